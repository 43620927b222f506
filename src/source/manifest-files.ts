/** Files that the caller of `preadmit validate` named: no repository, any directory, standard input. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { setImmediate as letOthersRun } from 'node:timers/promises'
import type { Tree } from '../model/tree.ts'
import { SourceError } from './errors.ts'
import { limits } from './limits.ts'
import { memoryTree } from './memory-tree.ts'
import { comparePaths } from './path-bytes.ts'

export interface ManifestFile {
  /** As the caller named it: what reports show. */
  readonly name: string
  /** Where the tree holds it; absent when it could not be read. */
  readonly path?: string
  /** Why it could not be read, one clause. */
  readonly problem?: string
  /** Lies below the `templates/` of a chart, whether or not the chart was named too. */
  readonly inChart?: boolean
  /** The caller named the file itself, not a directory above it. */
  readonly named?: boolean
}

export interface ManifestFiles {
  readonly files: readonly ManifestFile[]
  /** Their contents under paths of ours: names on a command line may lead anywhere, paths of a tree may not. */
  readonly tree: Tree
}

export interface ReadOptions {
  /** What relative paths are relative to. */
  readonly directory: string
  /** Bytes of standard input, for `-`. */
  readonly standardInput: () => Promise<Uint8Array>
  /** Files whose name matches are left out, as kubeconform's -ignore-filename-pattern does. */
  readonly ignore: readonly RegExp[]
}

/** Reading is synchronous, which is several times faster for small files; engines start up in the breaks. */
const filesPerTurn = 200

/**
 * Reads files, directories (every .yaml, .yml and .json below, in byte order) and standard input (`-`). A file that was
 * named twice is read once. Links to files are followed, links to directories below a directory are not, as with
 * kubeconform.
 * @throws SourceError `missing-path` when a path does not exist
 */
export async function readManifestFiles(
  paths: readonly string[],
  options: ReadOptions,
): Promise<ManifestFiles> {
  const contents: Record<string, Uint8Array> = {}
  const files = new Map<string, ManifestFile>()
  const { directory, standardInput, ignore } = options
  const inChart = chartFinder(directory)
  const named = new Set(paths)
  for (const name of paths.flatMap((path) => expand(path, directory))) {
    if (files.has(name) || ignore.some((pattern) => pattern.test(posix.normalize(name)))) continue
    const path = `manifest-${String(files.size).padStart(6, '0')}`
    const content = name === '-' ? await standardInput() : readOne(resolve(directory, name))
    if (typeof content === 'string') files.set(name, { name, problem: content })
    else {
      contents[path] = content
      files.set(name, {
        name,
        path,
        ...(inChart(name) ? { inChart: true } : {}),
        ...(named.has(name) ? { named: true } : {}),
      })
    }
    if (files.size % filesPerTurn === 0) await letOthersRun()
  }
  return { files: [...files.values()], tree: memoryTree(contents, { label: 'manifests' }) }
}

/** Tells files below the `templates/` of a folder that holds a Chart.yaml. */
function chartFinder(directory: string): (name: string) => boolean {
  const known = new Map<string, boolean>()
  return (name) => {
    const path = resolve(directory, name)
    for (let at = path.indexOf('/templates/'); at >= 0; at = path.indexOf('/templates/', at + 1)) {
      const chart = path.slice(0, at)
      const found = known.get(chart) ?? existsSync(`${chart}/Chart.yaml`)
      known.set(chart, found)
      if (found) return true
    }
    return false
  }
}

/** The file itself, or the manifests below a directory. */
function expand(path: string, directory: string): readonly string[] {
  if (path === '-') return [path]
  const status = statSync(resolve(directory, path), { throwIfNoEntry: false })
  if (status === undefined)
    throw new SourceError(
      'missing-path',
      `${path} does not exist`,
      'name a file, a directory, or - for standard input',
    )
  if (!status.isDirectory()) return [path]
  const prefix = path.endsWith('/') ? path : `${path}/`
  const below: string[] = []
  walk(resolve(directory, path), '', below)
  return below.sort(comparePaths).map((found) => prefix + found)
}

function walk(root: string, below: string, found: string[]): void {
  for (const entry of readdirSync(resolve(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) {
      if (entry.name !== '.git') walk(root, path, found)
    } else if (/\.(?:ya?ml|json)$/i.test(entry.name) && !leadsToDirectory(root, path, entry.isSymbolicLink()))
      found.push(path)
  }
}

function leadsToDirectory(root: string, path: string, link: boolean): boolean {
  return link && statSync(resolve(root, path), { throwIfNoEntry: false })?.isDirectory() === true
}

/** The bytes, or why there are none. */
function readOne(path: string): Uint8Array | string {
  try {
    if (statSync(path).size > limits.fileBytes) return 'the file is larger than 20 MB'
    return readFileSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return `the file cannot be read (${code})`
  }
}
