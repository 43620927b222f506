import type { Engines } from '../engine/engines.ts'
import { coveredByAny } from '../config/glob.ts'
import type { Configuration } from '../model/configuration.ts'
import type { Tree } from '../model/tree.ts'
import type { Remote } from '../source/remote/remote.ts'
import { readCharts, type Charts } from './charts.ts'
import { parseTakingLast } from './repeated-keys.ts'
import type { Placement } from './environment.ts'
import { textAt } from './fields.ts'
import { definitionKind, nameKey, objectsOf, type FoundObject } from './found.ts'
import { instanceSource } from './flux/instance.ts'
import { readPushedArtifacts, type PushedArtifact } from './flux/pushed-artifacts.ts'
import { compileSourceIgnore, type Ignored } from './flux/source-ignore.ts'
import { readKustomizations, type Kustomizations } from './kustomizations.ts'
import { ancestorsOf, childOf, compareText, directoryOf, isWithin, nameOf, relativeTo } from './paths.ts'
import { mountable, type MountedTree } from './remote/mounted-tree.ts'
import { createSources, type RemoteSources } from './remote/sources.ts'
import { createRecognition, type Recognition } from './recognition.ts'
import { isManifestName, scan, type FileFacts } from './scan.ts'

/** Everything that discovery knows of one tree before it decides what deploys. */
export interface Repository {
  /** With fetched sources in it; its listing is the repository's own. */
  readonly tree: MountedTree
  readonly sources: RemoteSources
  readonly configuration: Configuration
  readonly engines: Engines
  readonly facts: ReadonlyMap<string, FileFacts>
  readonly kustomizations: Kustomizations
  readonly charts: Charts
  readonly recognition: Recognition
  /** Folders of this repository that clusters read as artifacts. */
  readonly artifacts: readonly PushedArtifact[]
  /** Objects of Argo CD and Flux as they stand in files outside of charts, in the order of paths. */
  readonly written: readonly FoundObject[]
  /** Files that mention a definition somewhere, templates included; sorted. */
  readonly mentions: readonly string[]
  readonly mentioned: ReadonlySet<string>
  /** True for paths that the configuration excludes from discovery. */
  excluded(path: string): boolean
  /** Files that one or more of the exclude globs cover. */
  readonly excludedCount: number
  /** `v1.34.0`: the cluster's version, else the configuration's. */
  kubeVersion(placement: Pick<Placement, 'kubernetes'>): string
  /** Whether any file mentions global projects: ConfigMaps are not parsed to look for their setting otherwise. */
  readonly globalProjects: boolean
  /** Written objects of a kind and name, ConfigMaps and Secrets included (those are parsed on first use). */
  named(kind: string, name: string): Promise<readonly FoundObject[]>
  /** The definitions among the written objects of a file. */
  definitionsIn(file: string): readonly FoundObject[]
  /** What a source with these ignore patterns leaves out; without any, the tree's .sourceignore files count. */
  ignoredByFlux(patterns: string | undefined, root?: string): Promise<Ignored>
}

const known = new WeakMap<
  Tree,
  {
    configuration: Configuration
    engines: Engines
    remote: Remote | undefined
    repository: Promise<Repository>
  }
>()

/** Reads what the tree holds, once: later calls with the same arguments answer the same repository. */
export function repositoryOf(
  tree: Tree,
  configuration: Configuration,
  engines: Engines,
  remote?: Remote,
): Promise<Repository> {
  const cached = known.get(tree)
  if (cached?.configuration === configuration && cached.engines === engines && cached.remote === remote)
    return cached.repository
  const repository = readRepository(tree, configuration, engines, remote)
  known.set(tree, { configuration, engines, remote, repository })
  return repository
}

async function readRepository(
  own: Tree,
  configuration: Configuration,
  engines: Engines,
  remote: Remote | undefined,
): Promise<Repository> {
  const tree = mountable(own)
  const [facts, kustomizations, charts] = await Promise.all([
    scan(tree, engines),
    readKustomizations(tree, engines),
    readCharts(tree, engines),
  ])
  const excluded = coveredByAny(configuration.exclude)
  const mentions = mentionsIn(facts).sort(compareText)
  const plainMentions = mentions.filter(
    (path) => isManifestName(path) && !excluded(path) && !isSkipped(path) && !isInChart(path, charts),
  )
  const found = await readObjects(plainMentions, tree, engines)

  const artifacts = await readPushedArtifacts(tree, configuration)
  const recognition = createRecognition(tree, configuration)
  recognition.consider(found.map(({ object }) => object))
  const written = indexOf([...found, ...found.flatMap(instanceSource)])
  const byFile = new Map<string, FoundObject[]>()
  for (const entry of found) {
    if (entry.location === undefined || definitionKind(entry.object) === undefined) continue
    const { file } = entry.location
    const entries = byFile.get(file)
    if (entries === undefined) byFile.set(file, [entry])
    else entries.push(entry)
  }
  let data: Promise<ReadonlyMap<string, readonly FoundObject[]>> | undefined
  const ignores = new Map<string, Promise<Ignored>>()
  const mentioned = new Set(mentions)
  const sources = await createSources(tree, remote, async (root, source) => {
    await Promise.all([kustomizations.mount(root, source), charts.mount(root, source)])
    mentions.push(...mentionsIn(await scan(source, engines)).map((path) => childOf(root, path)))
    mentions.sort(compareText)
    for (const path of mentions) mentioned.add(path)
  })

  return {
    tree,
    sources,
    configuration,
    engines,
    facts,
    globalProjects: [...facts.values()].some((fact) => fact.globalProjects && fact.data),
    kustomizations,
    charts,
    recognition,
    artifacts,
    written: found,
    mentions,
    mentioned,
    excluded,
    excludedCount: tree.entries().filter((entry) => excluded(entry.path)).length,
    kubeVersion: (placement) => `v${placement.kubernetes ?? configuration.kubernetes}.0`,
    async named(kind, name) {
      if (kind === 'ConfigMap' || kind === 'Secret')
        data ??= readObjects(
          [...facts]
            .filter(([path, fact]) => fact.data && fact.object && !fact.template && isManifestName(path))
            .map(([path]) => path),
          tree,
          engines,
        ).then(indexOf)
      const index = kind === 'ConfigMap' || kind === 'Secret' ? await data : written
      return index?.get(nameKey(kind, '', name)) ?? []
    },
    definitionsIn: (file) => byFile.get(file) ?? [],
    ignoredByFlux(patterns, root = '') {
      const key = JSON.stringify([patterns, root])
      let ignored = ignores.get(key)
      if (ignored === undefined) ignores.set(key, (ignored = readIgnored(tree, patterns, root)))
      return ignored
    },
  }
}

/** True for paths below folders that hold tools' own files and never deploy. */
export function isSkipped(path: string): boolean {
  return path
    .split('/')
    .some((segment) => segment === 'node_modules' || (segment.startsWith('.') && segment.length > 1))
}

/** True for files that a chart renders or ships. */
export function isInChart(path: string, charts: Charts): boolean {
  return ancestorsOf(path).some((directory) => {
    if (!charts.byDirectory.has(directory)) return false
    const below = path.slice(directory === '' ? 0 : directory.length + 1)
    return /^(?:templates|charts|crds)\//.test(below) || below.startsWith('values') || below === 'Chart.yaml'
  })
}

/** Objects by kind and name, in the order of their files. */
function indexOf(objects: readonly FoundObject[]): ReadonlyMap<string, readonly FoundObject[]> {
  const index = new Map<string, FoundObject[]>()
  for (const found of objects) {
    const { object } = found
    const key = nameKey(textAt(object, 'kind') ?? '', '', textAt(object, 'metadata', 'name') ?? '')
    const entries = index.get(key)
    if (entries === undefined) index.set(key, [found])
    else entries.push(found)
  }
  return index
}

async function readObjects(
  paths: readonly string[],
  tree: Tree,
  engines: Engines,
): Promise<readonly FoundObject[]> {
  const parsed = await parseTakingLast(tree, engines, paths)
  return [...paths]
    .sort(compareText)
    .flatMap((path) =>
      (parsed.get(path)?.documents ?? []).flatMap(({ value, line }) =>
        objectsOf(value).map((object) => ({ object, location: { file: path, line } })),
      ),
    )
}

function mentionsIn(facts: ReadonlyMap<string, FileFacts>): string[] {
  return [...facts].filter(([, fact]) => fact.argocd || fact.flux).map(([path]) => path)
}

/** Patterns of a source that stands at `root`: seen from there, whatever the path in the tree. */
async function readIgnored(tree: MountedTree, patterns: string | undefined, root: string): Promise<Ignored> {
  const source = root === '' ? undefined : tree.mountOf(root)
  if (source !== undefined) {
    const inside = await readIgnored(mountable(source.source), patterns, '')
    return (path) => inside(relativeTo(root, path))
  }
  if (patterns !== undefined) return compileSourceIgnore([{ base: '', text: patterns }])
  const files = tree
    .entries()
    // What stands above the folder of an artifact is none of it.
    .filter(
      (entry) =>
        entry.kind === 'file' && nameOf(entry.path) === '.sourceignore' && isWithin(root, entry.path),
    )
    .map((entry) => entry.path)
  const contents = await tree.read(files)
  return compileSourceIgnore(
    files.map((file) => {
      const content = contents.get(file)
      return {
        base: directoryOf(file),
        text: content instanceof Uint8Array ? Buffer.from(content).toString('utf8') : '',
      }
    }),
  )
}
