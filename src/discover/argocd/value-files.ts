import type { InputSet } from '../../model/target.ts'
import type { Tree } from '../../model/tree.ts'
import { compareText, isWithin, joinPath } from '../paths.ts'
import { compileWildcard, doublestar, hasWildcard } from '../wildcard.ts'
import { expandEnvironment, type BuildEnvironment } from './build-environment.ts'

/** Where `$name/…` leads: the checkout of another source. */
export type Reference =
  | { readonly kind: 'repository' }
  | { readonly kind: 'remote'; readonly url: string }
  | { readonly kind: 'chart' }

export interface ValueFileRequest {
  readonly files: readonly string[]
  readonly ignoreMissing: boolean
  /** The application's path: relative names start there. */
  readonly path: string
  readonly environment: BuildEnvironment
  /** Undefined for an application with a single source: `$name` is a variable there. */
  readonly references: ReadonlyMap<string, Reference> | undefined
  readonly tree: Tree
}

export type ValueFiles =
  | { readonly kind: 'found'; readonly files: readonly string[]; readonly inputs: InputSet }
  | { readonly kind: 'broken'; readonly reason: string; readonly inputs: InputSet }
  | { readonly kind: 'remote'; readonly reason: string; readonly inputs: InputSet }

/**
 * Resolves `valueFiles` in order: the build environment first, then `/` for the repository's root, `$ref/` for another
 * source, globs in lexical order. A file that is named outright keeps its place, and nothing comes twice.
 */
export function resolveValueFiles(request: ValueFileRequest): ValueFiles {
  const { tree, environment, ignoreMissing } = request
  const watched: string[] = []
  const directories: string[] = []
  const inputs: InputSet = { files: watched, directories }
  const found: { path: string; explicit: boolean }[] = []

  for (const written of request.files) {
    const resolved = locate(written, request)
    if ('reason' in resolved) return { ...resolved, inputs }
    const { path } = resolved
    if (hasWildcard(path)) {
      // A new file may match: the directory in front of the first wildcard is an input.
      directories.push(staticDirectory(path))
      const matches = glob(tree, path)
      if (matches.length === 0 && !ignoreMissing)
        return { kind: 'broken', reason: `values file glob "${written}" matched no files`, inputs }
      found.push(...matches.map((match) => ({ path: match, explicit: false })))
      continue
    }
    watched.push(path)
    const end = tree.resolve(path)
    if (end.kind === 'refused' && end.reason === 'outside-repository')
      return { kind: 'broken', reason: outside(expandEnvironment(written, environment)), inputs }
    if (end.kind === 'file') watched.push(end.path)
    if (end.kind === 'missing' && ignoreMissing) continue
    found.push({ path, explicit: true })
  }

  const explicit = new Set(found.filter((file) => file.explicit).map((file) => file.path))
  const files: string[] = []
  const taken = new Set<string>()
  for (const file of found) {
    if (taken.has(file.path) || (!file.explicit && explicit.has(file.path))) continue
    taken.add(file.path)
    files.push(file.path)
  }
  return { kind: 'found', files, inputs }
}

/** Path in the tree of one entry (`valueFiles`, `fileParameters`), or why there is none. */
export function locate(
  written: string,
  request: Pick<ValueFileRequest, 'path' | 'environment' | 'references'>,
): { path: string } | { kind: 'broken' | 'remote'; reason: string } {
  // The reference's own dollar is no variable: only what follows it is substituted.
  const reference = /^\$(?<name>[a-zA-Z0-9_-]+)(?:\/(?<rest>.*))?$/.exec(written)?.groups
  const name = reference?.['name']
  const { references } = request
  if (references !== undefined && name !== undefined && !Object.hasOwn(request.environment, name)) {
    const target = references.get(name)
    if (target === undefined) return { kind: 'broken', reason: unknownReference(name, references) }
    if (target.kind === 'chart')
      return {
        kind: 'broken',
        reason: `source referenced "$${name}" is a chart: only git sources can be referenced`,
      }
    const rest = expandEnvironment(reference?.['rest'] ?? '', request.environment)
    if (target.kind === 'remote') return { kind: 'remote', reason: `${target.url} (${rest})` }
    const path = joinPath('', rest.replace(/^\/+/, ''))
    return path === undefined ? { kind: 'broken', reason: outside(written) } : { path }
  }

  const expanded = expandEnvironment(written, request.environment)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(expanded)) return { kind: 'remote', reason: expanded }
  const path = expanded.startsWith('/')
    ? joinPath('', expanded.replace(/^\/+/, ''))
    : joinPath(request.path, expanded)
  return path === undefined ? { kind: 'broken', reason: outside(expanded) } : { path }
}

function outside(file: string): string {
  return `error resolving value file path: file '${file}' resolved to outside repository root`
}

function unknownReference(name: string, references: ReadonlyMap<string, Reference>): string {
  const names = [...references.keys()].sort(compareText).map((known) => `$${known}`)
  return names.length === 0
    ? `source referenced "$${name}", but no source has a 'ref' field defined`
    : `source referenced "$${name}", which is not one of the available sources (${names.join(', ')})`
}

function staticDirectory(pattern: string): string {
  const segments = pattern.split('/')
  const at = segments.findIndex(hasWildcard)
  return segments.slice(0, at).join('/')
}

function glob(tree: Tree, pattern: string): string[] {
  const directory = staticDirectory(pattern)
  const matches = compileWildcard(pattern, doublestar)
  return filesBelow(tree, directory).filter(matches).sort(compareText)
}

function filesBelow(tree: Tree, directory: string): string[] {
  return tree
    .entries()
    .filter((entry) => entry.kind !== 'submodule' && isWithin(directory, entry.path))
    .map((entry) => entry.path)
}
