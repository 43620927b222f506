import type { JsonObject } from '../../model/json.ts'
import type { Tree } from '../../model/tree.ts'
import { objectsAt, textAt, textsAt } from '../fields.ts'
import type { FoundObject } from '../found.ts'
import { ancestorsOf, childOf, isWithin, joinInsideRoot, nameOf, relativeTo } from '../paths.ts'
import type { Repository } from '../repository.ts'
import type { Surroundings } from '../surroundings.ts'
import { compileWildcard, doublestar, goPathMatch } from '../wildcard.ts'
import { fillCaptures, matchPathPattern } from './path-pattern.ts'
import type { FluxSource, SourceReference } from './source.ts'
import { nothingAsked } from '../remote/sources.ts'

/** One artifact of an ArtifactGenerator, captures filled in. */
interface Artifact {
  readonly copies: readonly JsonObject[]
  readonly sources: readonly JsonObject[]
  readonly namespace: string
}

/** Resolves a reference of the generator's `sources`. */
type ResolveAlias = (source: JsonObject | undefined, namespace: string) => Promise<FluxSource>

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
  const files = new Map<string, string>()
  let whole = true
  for (const copy of artifact.copies) {
    const strategy = textAt(copy, 'strategy') ?? 'Overwrite'
    if (strategy !== 'Overwrite')
      return {
        kind: 'remote',
        description: `ExternalArtifact ${reference.namespace}/${reference.name}, which is made with the strategy ${strategy}`,
        answer: nothingAsked,
      }
    const from = /^@(?<alias>[^/]+)\/(?<path>.*)$/.exec(textAt(copy, 'from') ?? '')?.groups
    const to = /^@artifact\/(?<path>.*)$/.exec(textAt(copy, 'to') ?? '')?.groups
    if (from === undefined || to === undefined) return undefined
    const alias = artifact.sources.find((source) => textAt(source, 'alias') === from['alias'])
    const source = await resolve(alias, artifact.namespace)
    if (source.kind !== 'self') return source
    const ignored = await repository.ignoredByFlux(source.ignore)
    const place = { tree: repository.tree, root: source.root, ignored }
    const exclude = textsAt(copy, 'exclude')
    if (exclude.length > 0) whole = false
    const copied = copyFiles(from['path'] ?? '', to['path'] ?? '', exclude, place, files)
    if (copied === 0) return { kind: 'broken', reason: `no files match '${textAt(copy, 'from') ?? ''}'` }
  }
  const root = whole ? commonRoot(files, repository.tree) : undefined
  return root === undefined ? { kind: 'artifact', files: Object.fromEntries(files) } : { kind: 'self', root }
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
    const copies = copiesOf(near.object, reference.name, repository.tree)
    if (copies !== undefined) return { copies, sources, namespace }
  }
  return undefined
}

/** Copies of the artifact with this name; names and paths are filled from directories when there is a pathPattern. */
function copiesOf(generator: JsonObject, name: string, tree: Tree): readonly JsonObject[] | undefined {
  const artifacts = objectsAt(generator, 'spec', 'artifacts')
  const pattern = /^@[^/]+\/(?<pattern>.+)$/.exec(textAt(generator, 'spec', 'pathPattern') ?? '')?.groups?.[
    'pattern'
  ]
  if (pattern === undefined) {
    const artifact = artifacts.find((entry) => textAt(entry, 'name') === name)
    return artifact === undefined ? undefined : objectsAt(artifact, 'copy')
  }
  for (const directory of directoriesOf(tree)) {
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

/** Where copies come from: the source's root in the tree, and what its archive leaves out. */
interface Place {
  readonly tree: Tree
  readonly root: string
  readonly ignored: (path: string) => boolean
}

/**
 * One copy as `cp -r` makes it: a file or folder keeps its name, `folder/**` is the folder's contents, other patterns
 * (matched as Go's fs.Glob does) keep the whole path. Answers the number of files.
 */
function copyFiles(
  from: string,
  to: string,
  exclude: readonly string[],
  { tree, root, ignored }: Place,
  into: Map<string, string>,
): number {
  const excluded = exclusion(exclude)
  const target = joinInsideRoot(to)
  let count = 0
  const add = (source: string, destination: string): void => {
    into.set(joinInsideRoot(destination), childOf(root, source))
    count += 1
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
      add(source, destination)
    if (kind !== 'directory') return
    for (const file of below(source))
      if (
        !excluded(file, base) &&
        !ancestorsOf(file).some((at) => at !== '' && isWithin(source, at) && excluded(at, base))
      )
        add(file, childOf(destination, relativeTo(source, file)))
  }

  if (!/[*?[\]]/.test(from)) {
    const source = joinInsideRoot(from)
    const isFile = tree.stat(childOf(root, source))?.kind === 'file'
    const intoDirectory =
      to === '' || to.endsWith('/') || [...into.keys()].some((path) => path.startsWith(`${target}/`))
    if (isFile) copy(source, intoDirectory ? childOf(target, nameOf(source)) : target, '')
    else copy(source, childOf(target, nameOf(source)), source)
    return count
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
  for (const match of [...candidates].sort()) {
    if (!matches(match) || excluded(match, base)) continue
    const stripped = contentsOf !== undefined && match.startsWith(`${contentsOf}/`)
    copy(match, childOf(target, stripped ? match.slice(contentsOf.length + 1) : match), base)
  }
  return count
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
function commonRoot(files: ReadonlyMap<string, string>, tree: Tree): string | undefined {
  let root: string | undefined
  for (const [path, real] of files) {
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
