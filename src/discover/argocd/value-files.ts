import type { InputSet } from '../../model/target.ts'
import type { Tree } from '../../model/tree.ts'
import { childOf, compareText, joinPath, sourceRootOf } from '../paths.ts'
import type { Answer } from '../remote/sources.ts'
import { compileWildcard, doublestarGlob, hasWildcard, isValueFileGlob } from '../wildcard.ts'
import { expandEnvironment, type BuildEnvironment } from './build-environment.ts'

/** Where `$name/…` leads: the checkout of another source. */
export type Reference =
  /** `root` is where another repository stands in the tree; empty for this one. */
  | { readonly kind: 'repository'; readonly root: string }
  | { readonly kind: 'remote'; readonly url: string; readonly answer: Exclude<Answer, { state: 'here' }> }
  | { readonly kind: 'chart' }
  | { readonly kind: 'artifact'; readonly url: string }

export interface ValueFileRequest {
  readonly files: readonly string[]
  readonly ignoreMissing: boolean
  /** The application's path: relative names start there. */
  readonly path: string
  readonly environment: BuildEnvironment
  /** Undefined for an application with a single source: `$name` is a variable there. */
  readonly references: ReadonlyMap<string, Reference> | undefined
  /** Files behind URLs, by URL: where they stand, or why they do not. */
  readonly fetched?: ReadonlyMap<string, Answer>
  readonly tree: Tree
}

export type ValueFiles =
  | { readonly kind: 'found'; readonly files: readonly string[]; readonly inputs: InputSet }
  | { readonly kind: 'broken'; readonly reason: string; readonly inputs: InputSet }
  | {
      readonly kind: 'remote'
      readonly reason: string
      readonly inputs: InputSet
      readonly answer: Exclude<Answer, { state: 'here' }>
    }

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

  let later: ValueFiles | undefined
  for (const written of request.files) {
    const resolved = locate(written, request)
    if ('reason' in resolved) {
      if (resolved.kind === 'broken') return { ...resolved, inputs }
      // What is in the repository is an input, whatever else has to be fetched first.
      if (resolved.answer.state === 'refused') return { ...resolved, inputs }
      later ??= { ...resolved, inputs }
      continue
    }
    const { path } = resolved
    if (isValueFileGlob(path)) {
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

  if (later !== undefined) return later

  const explicit = new Set(found.filter((file) => file.explicit).map((file) => file.path))
  const files: string[] = []
  const taken = new Set<string>()
  for (const file of found) {
    if (taken.has(file.path) || (!file.explicit && explicit.has(file.path))) continue
    taken.add(file.path)
    // Helm takes a comma for the end of a name (pflag's StringSlice); what follows is seen from the chart.
    const [first = '', ...more] = file.path.split(',')
    files.push(first)
    for (const name of more) {
      const path = joinPath(request.path, name)
      if (path === undefined) return { kind: 'broken', reason: outside(name), inputs }
      watched.push(path)
      files.push(path)
    }
  }
  return { kind: 'found', files, inputs }
}

type Unlocated =
  | { readonly kind: 'broken'; readonly reason: string }
  | { readonly kind: 'remote'; readonly reason: string; readonly answer: Exclude<Answer, { state: 'here' }> }

/** Path in the tree of one entry (`valueFiles`, `fileParameters`), or why there is none. */
export function locate(
  written: string,
  request: Pick<ValueFileRequest, 'path' | 'environment' | 'references' | 'fetched'>,
): { path: string } | Unlocated {
  const { references } = request
  // Between several sources every dollar in front is a reference, up to the first slash (resolveReferencedSources); what
  // follows it is substituted.
  if (references !== undefined && written.startsWith('$')) {
    const slash = written.indexOf('/')
    const name = written.slice(1, slash < 0 ? undefined : slash)
    const target = references.get(name)
    if (target === undefined) return { kind: 'broken', reason: unknownReference(name, references) }
    if (target.kind === 'chart')
      return {
        kind: 'broken',
        reason: `source referenced "$${name}" is a chart: only git sources can be referenced`,
      }
    if (target.kind === 'artifact')
      return { kind: 'broken', reason: `failed to get git client for repo ${target.url}` }
    const rest = expandEnvironment(slash < 0 ? '' : written.slice(slash + 1), request.environment)
    if (target.kind === 'remote')
      return { kind: 'remote', reason: `${target.url} (${rest})`, answer: target.answer }
    const path = joinPath(target.root, rest.replace(/^\/+/, ''))
    return path === undefined ? { kind: 'broken', reason: outside(written) } : { path }
  }

  const expanded = expandEnvironment(written, request.environment)
  if (isUrl(expanded)) {
    const answer = request.fetched?.get(expanded) ?? { state: 'refused', reason: '' }
    return answer.state === 'here' ? { path: answer.root } : { kind: 'remote', reason: expanded, answer }
  }
  const path = expanded.startsWith('/')
    ? joinPath(sourceRootOf(request.path) ?? '', expanded.replace(/^\/+/, ''))
    : joinPath(request.path, expanded)
  return path === undefined ? { kind: 'broken', reason: outside(expanded) } : { path }
}

/** URLs among the files, environment substituted. */
export function valueUrls(files: readonly string[], environment: BuildEnvironment): readonly string[] {
  return files.map((file) => expandEnvironment(file, environment)).filter(isUrl)
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
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
  const at = segments.findIndex((segment) => hasWildcard(segment) || segment.includes('\\'))
  return segments.slice(0, at).join('/')
}

/**
 * Paths that match, in doublestar's order (FilepathGlob): a folder's own entries by name, then those of the next folder; so
 * `**` brings what is deeper after what is above it, and Helm's precedence follows. Folders match, too: Argo CD hands them
 * to Helm, which cannot read them.
 */
function glob(tree: Tree, pattern: string): string[] {
  const matches = compileWildcard(pattern, doublestarGlob)
  const found = pattern.includes('{')
    ? below(tree, staticDirectory(pattern)).filter(matches)
    : globSegments(tree, pattern.split('/'), staticDirectory(pattern))
  return [...new Set(found)].filter((path) => tree.stat(path)?.kind !== 'submodule')
}

/** @param start where the pattern's first wildcard is looked for: fetched sources stand below no folder that is listed */
function globSegments(tree: Tree, segments: readonly string[], start: string): string[] {
  const last = segments.at(-1)
  if (last === undefined || segments.join('/') === start) return [start]
  const folders = globSegments(tree, segments.slice(0, -1), start).filter(
    (path) => tree.children(path) !== undefined,
  )
  if (last === '**') return folders.flatMap((folder) => [folder, ...below(tree, folder)])
  const matches = compileWildcard(last, doublestarGlob)
  return folders.flatMap((folder) =>
    (tree.children(folder) ?? []).filter(matches).map((name) => childOf(folder, name)),
  )
}

/** Everything below a folder: each entry, then what stands in it. */
function below(tree: Tree, directory: string): string[] {
  const found: string[] = []
  const open = [...(tree.children(directory) ?? [])].reverse().map((name) => childOf(directory, name))
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    found.push(at)
    const path = at
    open.push(...[...(tree.children(path) ?? [])].reverse().map((name) => childOf(path, name)))
  }
  return found
}
