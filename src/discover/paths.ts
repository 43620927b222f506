/** Paths of a tree: relative to its root, `/`-separated, without a leading slash; the root is the empty path. */
import { posix } from 'node:path'

/**
 * The path after `.` and `..` are worked out; undefined when it is absolute or climbs above the root, which is the
 * source's own for a directory of a fetched source.
 */
export function joinPath(directory: string, relative: string): string | undefined {
  if (relative.startsWith('/')) return undefined
  const joined = posix.normalize(`${directory === '' ? '.' : directory}/${relative}`).replace(/\/+$/, '')
  if (joined === '..' || joined.startsWith('../')) return undefined
  const source = sourceRootOf(directory)
  if (source !== undefined && !isWithin(source, joined)) return undefined
  return joined === '.' ? '' : joined
}

/** Root of the fetched source that a path lies in (remote/mounted-tree.ts); undefined in the repository itself. */
export function sourceRootOf(path: string): string | undefined {
  return /^\.preadmit-remote\/[0-9a-f]{16}(?=\/|$)/.exec(path)?.[0]
}

/** As a chroot would: `..` above the root stays at the root (Flux's secure join of `spec.path`). */
export function joinInsideRoot(path: string): string {
  return posix.normalize(`/${path}`).replace(/^\/+|\/+$/g, '')
}

/** Directory of a path; the root's directory is the root. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

/** Last component; empty for the root. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** `directory/name`, where the directory may be the root. */
export function childOf(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`
}

/** True for the directory itself and everything below it: `apps/foo` does not hold `apps/foo-bar`. */
export function isWithin(directory: string, path: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`)
}

/** The path as seen from a directory that holds it. */
export function relativeTo(directory: string, path: string): string {
  if (directory === '') return path
  return path === directory ? '' : path.slice(directory.length + 1)
}

/** The path's directories, nearest first, the root last. */
export function ancestorsOf(path: string): string[] {
  const found: string[] = []
  for (let at = path; at !== '';) {
    at = directoryOf(at)
    found.push(at)
  }
  return found
}

/** Orders paths without a locale, so that every machine gives the same order. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
