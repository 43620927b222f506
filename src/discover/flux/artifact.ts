import { stringifyExact } from '../../model/exact-numbers.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { MergedFile } from '../../model/target.ts'
import type { Tree } from '../../model/tree.ts'
import { parseFiles } from '../documents.ts'
import { objectsAt, textAt, textsAt } from '../fields.ts'
import type { FoundObject } from '../found.ts'
import { mergeValues } from '../merge-values.ts'
import { ancestorsOf, childOf, isWithin, joinInsideRoot, nameOf, relativeTo } from '../paths.ts'
import type { Repository } from '../repository.ts'
import type { Surroundings } from '../surroundings.ts'
import { compileWildcard, doublestar, goPathMatch, hasWildcard } from '../wildcard.ts'
import { ignoredOf } from './ignored-files.ts'
import { fillCaptures, matchPathPattern } from './path-pattern.ts'
import type { FluxSource, SourceReference } from './source.ts'
import { nothingAsked } from '../remote/sources.ts'

/** One artifact of an ArtifactGenerator, captures filled in. */
interface Artifact {
  readonly copies: readonly JsonObject[]
  readonly sources: readonly JsonObject[]
  readonly namespace: string
}

/** Resolves a reference of the generator's `sources`; the path is a directory that has to be in it. */
type ResolveAlias = (source: JsonObject, namespace: string, path: string) => Promise<FluxSource>

/**
 * What an ExternalArtifact holds: files of this repository as the ArtifactGenerator that makes it copies them
 * (fluxcd/source-watcher, internal/builder). Where the copies keep the layout below one directory, that directory is the
 * source itself. Undefined when no generator of this repository makes it.
 */
export async function resolveArtifact(
  reference: SourceReference,
  surroundings: Surroundings,
  repository: Repository,
  resolve: ResolveAlias,
): Promise<FluxSource | undefined> {
  const artifact = await findArtifact(reference, surroundings, repository)
  if (artifact === undefined) return undefined
  const files: Layers = new Map()
  let whole = true
  for (const copy of artifact.copies) {
    const strategy = textAt(copy, 'strategy') ?? 'Overwrite'
    if (strategy !== 'Overwrite' && strategy !== 'Merge')
      return {
        kind: 'remote',
        description: `ExternalArtifact ${reference.namespace}/${reference.name}, which is made with the strategy ${strategy}`,
        answer: nothingAsked,
      }
    const from = /^@(?<alias>[^/]+)\/(?<path>.*)$/.exec(textAt(copy, 'from') ?? '')?.groups
    const to = /^@artifact\/(?<path>.*)$/.exec(textAt(copy, 'to') ?? '')?.groups
    if (from === undefined || to === undefined) return undefined
    const alias = artifact.sources.find((source) => textAt(source, 'alias') === from['alias'])
    if (alias === undefined)
      return {
        kind: 'remote',
        description: `ExternalArtifact ${reference.namespace}/${reference.name}, whose generator has no source ${from['alias'] ?? ''}`,
        answer: nothingAsked,
      }
    const source = await resolve(alias, artifact.namespace, fixedDirectory(from['path'] ?? ''))
    if (source.kind !== 'self') return source
    const ignored = await ignoredOf(source, repository)
    const place = { tree: repository.tree, root: source.root, ignored }
    const exclude = textsAt(copy, 'exclude')
    if (exclude.length > 0) whole = false
    const operation = {
      from: from['path'] ?? '',
      to: to['path'] ?? '',
      exclude,
      merge: strategy === 'Merge',
    }
    const problem = copyFiles(operation, place, files)
    if (problem !== undefined)
      return { kind: 'broken', reason: problem.replace('%', () => textAt(copy, 'from') ?? '') }
  }
  const root = whole ? commonRoot(files, repository.tree) : undefined
  if (root !== undefined) return { kind: 'self', root }
  return await mergedFiles(files, repository)
}

async function findArtifact(
  reference: SourceReference,
  surroundings: Surroundings,
  repository: Repository,
): Promise<Artifact | undefined> {
  for (const { object } of repository.written) {
    if (textAt(object, 'kind') !== 'ArtifactGenerator') continue
    const name = textAt(object, 'metadata', 'name') ?? ''
    const near: FoundObject | undefined = await surroundings.find(
      'ArtifactGenerator',
      reference.namespace,
      name,
    )
    if (near === undefined) continue
    const namespace = textAt(near.object, 'metadata', 'namespace') ?? reference.namespace
    const sources = objectsAt(near.object, 'spec', 'sources')
    const copies = copiesOf(near.object, reference.name, repository)
    if (copies !== undefined) return { copies, sources, namespace }
  }
  return undefined
}

/** Copies of the artifact with this name; names and paths are filled from directories when there is a pathPattern. */
function copiesOf(
  generator: JsonObject,
  name: string,
  { tree, artifacts: pushed }: Repository,
): readonly JsonObject[] | undefined {
  const artifacts = objectsAt(generator, 'spec', 'artifacts')
  const pattern = /^@[^/]+\/(?<pattern>.+)$/.exec(textAt(generator, 'spec', 'pathPattern') ?? '')?.groups?.[
    'pattern'
  ]
  if (pattern === undefined) {
    const artifact = artifacts.find((entry) => textAt(entry, 'name') === name)
    return artifact === undefined ? undefined : objectsAt(artifact, 'copy')
  }
  // Paths of a source that is a folder of this repository start there.
  const roots = ['', ...new Set(pushed.map(({ root }) => root))]
  const inSources = roots.flatMap((root) =>
    root === ''
      ? directoriesOf(tree)
      : directoriesOf(tree).flatMap((path) =>
          path !== root && isWithin(root, path) ? [relativeTo(root, path)] : [],
        ),
  )
  for (const directory of inSources) {
    const captures = matchPathPattern(pattern, directory)
    if (captures === undefined) continue
    const lower = Object.fromEntries(Object.entries(captures).map(([key, text]) => [key, text.toLowerCase()]))
    const artifact = artifacts.find((entry) => fillCaptures(textAt(entry, 'name') ?? '', lower) === name)
    if (artifact === undefined) continue
    return objectsAt(artifact, 'copy').map((copy) => ({
      ...copy,
      from: fillCaptures(textAt(copy, 'from') ?? '', captures) ?? '',
      to: fillCaptures(textAt(copy, 'to') ?? '', captures) ?? '',
    }))
  }
  return undefined
}

/** The directories in front of the first wildcard; of a file the one that it is in. */
function fixedDirectory(path: string): string {
  const segments = path.split('/')
  const wild = segments.findIndex(hasWildcard)
  const fixed = wild < 0 ? segments : segments.slice(0, wild)
  return joinInsideRoot((/\.\w+$/.test(fixed.at(-1) ?? '') ? fixed.slice(0, -1) : fixed).join('/'))
}

const directories = new WeakMap<Tree, readonly string[]>()

function directoriesOf(tree: Tree): readonly string[] {
  let known = directories.get(tree)
  if (known === undefined) {
    known = [...new Set(tree.entries().flatMap(({ path }) => ancestorsOf(path)))]
      .filter((path) => path !== '')
      .sort()
    directories.set(tree, known)
  }
  return known
}

/** Files of the tree by their path in the artifact: one, or several whose values merge in this order. */
type Layers = Map<string, string[]>

interface Copy {
  readonly from: string
  readonly to: string
  readonly exclude: readonly string[]
  /** A file that is there already is merged with. */
  readonly merge: boolean
}

/**
 * Values as the strategy Merge puts them together: the documents of every file, in order, maps merged and everything else
 * replaced (internal/builder/merge.go). JSON is YAML, so that is how they are written.
 */
async function mergedFiles(layers: Layers, { tree, engines }: Repository): Promise<FluxSource> {
  const several = [...layers.values()].filter((files) => files.length > 1).flat()
  const parsed = await parseFiles(tree, engines, several)
  const files: Record<string, string | MergedFile> = {}
  for (const [path, from] of layers) {
    const [first, second] = from
    if (first === undefined) continue
    files[path] = first
    if (second === undefined) continue
    let merged: JsonObject = {}
    for (const file of from) {
      const content = parsed.get(file)
      for (const { value, error } of content?.documents ?? []) {
        const problem = content?.error ?? error
        if (problem !== undefined || (value !== null && !isJsonObject(value)))
          return {
            kind: 'broken',
            reason: `${file}: cannot unmarshal YAML document${problem === undefined ? ': it is no map' : `: ${problem.message}`}`,
          }
        if (isJsonObject(value)) merged = mergeValues(merged, value)
      }
      if (content?.error !== undefined) return { kind: 'broken', reason: `${file}: ${content.error.message}` }
    }
    files[path] = { text: `${stringifyExact(merged)}\n`, from }
  }
  return { kind: 'artifact', files }
}

/** Where copies come from: the source's root in the tree, and what its archive leaves out. */
interface Place {
  readonly tree: Tree
  readonly root: string
  readonly ignored: (path: string) => boolean
}

/**
 * One copy as `cp -r` makes it: a file or folder keeps its name, `folder/**` is the folder's contents, other patterns
 * (matched as Go's fs.Glob does) keep the whole path. Answers what is wrong with it, `%` in place of where it copies from:
 * a pattern has to match something that is not excluded, a path has to be there.
 */
function copyFiles(
  { from, to, exclude, merge }: Copy,
  { tree, root, ignored }: Place,
  into: Layers,
): string | undefined {
  const excluded = exclusion(exclude)
  const target = joinInsideRoot(to)
  /** Only a file that the operation itself names is merged; those of a copied folder replace. */
  const add = (source: string, destination: string, named: boolean): void => {
    const path = joinInsideRoot(destination)
    const known = merge && named ? into.get(path) : undefined
    into.set(path, [...(known ?? []), childOf(root, source)])
  }
  const below = (start: string): readonly string[] =>
    tree
      .entries()
      .filter(
        (entry) =>
          entry.kind === 'file' && !ignored(entry.path) && isWithin(childOf(root, start), entry.path),
      )
      .map((entry) => relativeTo(root, entry.path))
  const copy = (source: string, destination: string, base: string): void => {
    const kind = tree.stat(childOf(root, source))?.kind ?? (source === '' ? 'directory' : undefined)
    if (kind === 'file' && !ignored(childOf(root, source)) && !excluded(source, base))
      add(source, destination, true)
    if (kind !== 'directory') return
    for (const file of below(source))
      if (
        !excluded(file, base) &&
        !ancestorsOf(file).some((at) => at !== '' && isWithin(source, at) && excluded(at, base))
      )
        add(file, childOf(destination, relativeTo(source, file)), false)
  }

  if (!/[*?[\]]/.test(from)) {
    const source = joinInsideRoot(from)
    const isFile = tree.stat(childOf(root, source))?.kind === 'file'
    if (isFile ? ignored(childOf(root, source)) : below(source).length === 0)
      return "source '%' does not exist"
    const intoDirectory =
      to === '' || to.endsWith('/') || [...into.keys()].some((path) => path.startsWith(`${target}/`))
    if (isFile) copy(source, intoDirectory ? childOf(target, nameOf(source)) : target, '')
    else copy(source, childOf(target, nameOf(source)), source)
    return undefined
  }
  const contentsOf = from.endsWith('/**') ? from.slice(0, -'/**'.length) : undefined
  const base = from
    .split('/')
    .filter((_, i, all) => !all.slice(0, i + 1).some((part) => /[*?[\]]/.test(part)))
    .join('/')
  const matches = compileWildcard(from, goPathMatch)
  const candidates = new Set(
    below(base).flatMap((file) => [file, ...ancestorsOf(file).filter((directory) => directory !== '')]),
  )
  const matching = [...candidates].filter(matches).sort()
  if (matching.length === 0) return "no files match '%'"
  const kept = matching.filter((match) => !excluded(match, base))
  if (kept.length === 0) return "all files that match '%' are excluded"
  for (const match of kept) {
    const stripped = contentsOf !== undefined && match.startsWith(`${contentsOf}/`)
    copy(match, childOf(target, stripped ? match.slice(contentsOf.length + 1) : match), base)
  }
  return undefined
}

/** doublestar on the path, on the path below what was selected, and on the name for patterns without a slash. */
function exclusion(patterns: readonly string[]): (path: string, base: string) => boolean {
  const compiled = patterns.map((pattern) => ({
    named: !pattern.includes('/'),
    matches: compileWildcard(pattern, doublestar),
  }))
  const hit = (path: string): boolean =>
    compiled.some(({ named, matches }) => matches(path) || (named && matches(nameOf(path))))
  return (path, base) =>
    hit(path) || (base !== '' && path !== base && isWithin(base, path) && hit(relativeTo(base, path)))
}

/** The directory that the artifact mirrors: every file below it stands where the artifact has it, and none is missing. */
function commonRoot(files: Layers, tree: Tree): string | undefined {
  let root: string | undefined
  for (const [path, [real, more]] of files) {
    if (real === undefined || more !== undefined) return undefined
    if (real !== path && !real.endsWith(`/${path}`)) return undefined
    const own = real === path ? '' : real.slice(0, -(path.length + 1))
    if (root !== undefined && own !== root) return undefined
    root = own
  }
  if (root === undefined) return undefined
  const directory = root
  const all = tree.entries().filter((entry) => entry.kind === 'file' && isWithin(directory, entry.path))
  return all.length === files.size ? root : undefined
}
