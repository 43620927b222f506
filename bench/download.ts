/** What a user of the action downloads: the archive of the committed files, as GitHub's runner gets it. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export async function download(): Promise<void> {
  const root = join(import.meta.dirname, '..')
  const git = (...args: string[]): Buffer => execFileSync('git', args, { cwd: root, maxBuffer: 1 << 30 })
  const archive = git('archive', '--format=tar.gz', 'HEAD').length
  console.log(`archive of HEAD (tar.gz): ${megabytes(archive)}`)
  const rows = git('ls-tree', '-r', '-l', '--full-tree', 'HEAD')
    .toString()
    .trim()
    .split('\n')
    .map((line) => /^\S+ \S+ \S+ +(?<size>\d+)\t(?<path>.*)$/.exec(line)?.groups)
    .flatMap((row) => (row ? [{ path: row['path'] ?? '', size: Number(row['size']) }] : []))
    .sort((a, b) => b.size - a.size)
    .slice(0, 12)
  for (const row of rows) console.log(`${megabytes(row.size).padStart(10)}  ${row.path}`)
  await Promise.resolve()
}

/** Decimal megabytes, as the limits are written. */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
