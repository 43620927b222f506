import { gunzip } from 'node:zlib'
import { promisify } from 'node:util'
import { unpackTar, type ParsedTarEntryWithData } from 'modern-tar'
import { RemoteError } from './errors.ts'
import type { RemoteLimits } from './limits.ts'

const inflate = promisify(gunzip)

/**
 * Files of a tar archive, by path. Nothing is written anywhere. Links, devices, absolute and climbing paths and names
 * that stand twice are refused, and so is what passes the limits (threats.md T24).
 *
 * @param url for messages
 * @throws RemoteError `bad-archive`, `too-large`
 */
export async function unpackArchive(
  packed: Uint8Array,
  url: string,
  limits: RemoteLimits,
  {
    gzipped = true,
    links = 'refuse',
  }: { readonly gzipped?: boolean; readonly links?: 'refuse' | 'skip' } = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  // A small archive of text may well shrink more than a hundredfold; the ratio is about bombs.
  const most = Math.min(limits.archiveBytes, Math.max(packed.length, 16 * 1024) * limits.archiveRatio)
  let tar = packed
  try {
    if (gzipped) tar = await inflate(packed, { maxOutputLength: most })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new RemoteError('too-large', url, `${url} unpacks to more than ${most} bytes`, { cause: error })
    throw new RemoteError('bad-archive', url, `${url} is no gzip archive`, { cause: error })
  }
  let entries: readonly ParsedTarEntryWithData[]
  let count = 0
  try {
    entries = await unpackTar(tar, {
      strict: true,
      filter(header) {
        count += 1
        if (count > limits.archiveEntries)
          throw new RemoteError('too-large', url, `${url} holds more than ${limits.archiveEntries} entries`)
        if (header.type === 'pax-global-header') return false
        if (links === 'skip' && header.type === 'symlink') return false
        if (header.type !== undefined && header.type !== 'file' && header.type !== 'directory')
          throw new RemoteError('bad-archive', url, `${url} holds a ${header.type}: ${quoted(header.name)}`)
        return true
      },
    })
  } catch (error) {
    if (error instanceof RemoteError) throw error
    throw new RemoteError('bad-archive', url, `${url} is no tar archive`, { cause: error })
  }
  const files = new Map<string, Uint8Array>()
  for (const { header, data } of entries) {
    const path = header.name.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
    if (header.type === 'directory' && (path === '' || path === '.')) continue
    const steps = path.split('/')
    if (
      path.startsWith('/') ||
      path.includes('\\') ||
      path.includes('\0') ||
      /^[A-Za-z]:/.test(path) ||
      steps.some((step) => step === '' || step === '.' || step === '..' || step.toLowerCase() === '.git')
    )
      throw new RemoteError('bad-archive', url, `${url} holds a path that leaves it: ${quoted(header.name)}`)
    if (header.type === 'directory') continue
    if (files.has(path)) throw new RemoteError('bad-archive', url, `${url} holds ${quoted(path)} twice`)
    files.set(path, data ?? new Uint8Array())
  }
  for (const path of files.keys())
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      if (files.has(path.slice(0, at)))
        throw new RemoteError(
          'bad-archive',
          url,
          `${url} holds ${quoted(path.slice(0, at))} as a file and as a folder`,
        )
  return files
}

/** The files of a packed chart without its first folder, as Helm loads them. @throws RemoteError */
export function chartFiles(
  files: ReadonlyMap<string, Uint8Array>,
  url: string,
): ReadonlyMap<string, Uint8Array> {
  const inside = new Map<string, Uint8Array>()
  for (const [path, content] of files) {
    const slash = path.indexOf('/')
    if (slash < 0)
      throw new RemoteError(
        'bad-archive',
        url,
        `${url} is no chart: ${quoted(path)} stands outside of its folder`,
      )
    inside.set(path.slice(slash + 1), content)
  }
  if (!inside.has('Chart.yaml'))
    throw new RemoteError('bad-archive', url, `${url} is no chart: it holds no Chart.yaml`)
  return inside
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
