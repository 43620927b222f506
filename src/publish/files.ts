import { constants } from 'node:fs'
import { mkdir, open, realpath } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'

/** A report cannot be written where the workflow wants it. */
export class ReportFileError extends Error {
  readonly code: 'leaves-workspace' | 'not-writable'

  constructor(code: ReportFileError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    this.name = 'ReportFileError'
  }
}

/**
 * Writes a report to a path that the workflow named. The checkout holds files of a stranger: a link at that path, or
 * at a directory above it, would send our text elsewhere. So nothing is written through a link, and a path inside the
 * workspace stays inside.
 *
 * @param workspace absolute; `path` is relative to it
 * @returns the absolute path that was written
 * @throws ReportFileError
 */
export async function writeReportFile(workspace: string, path: string, text: string): Promise<string> {
  const wanted = resolve(workspace, path)
  try {
    const root = await realpath(workspace)
    const inside = isBelow(wanted, resolve(workspace))
    const parent = await makeParent(wanted, inside ? root : undefined)
    if (inside && !isBelow(parent, root))
      throw new ReportFileError('leaves-workspace', `${path} leads out of the workspace through a link`)
    const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants
    const file = await open(wanted, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644)
    try {
      await file.writeFile(text)
    } finally {
      await file.close()
    }
    return wanted
  } catch (error) {
    if (error instanceof ReportFileError) throw error
    throw new ReportFileError(
      'not-writable',
      `the report cannot be written to ${path}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}

/** Makes missing directories, after the nearest one that exists was seen to lie inside. Answers the real parent. */
async function makeParent(wanted: string, root: string | undefined): Promise<string> {
  const parent = dirname(wanted)
  let existing = parent
  for (;;) {
    const real = await realpath(existing).catch(() => undefined)
    if (real !== undefined) {
      if (root !== undefined && !isBelow(real, root)) return real
      break
    }
    if (dirname(existing) === existing) break
    existing = dirname(existing)
  }
  await mkdir(parent, { recursive: true })
  return await realpath(parent)
}

function isBelow(path: string, directory: string): boolean {
  const way = relative(directory, path)
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`))
}
