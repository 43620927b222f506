import type { Engines } from '../engine/engines.ts'
import { coveredByAny } from '../config/glob.ts'
import type { Configuration } from '../model/configuration.ts'
import type { JsonObject } from '../model/json.ts'
import type { Tree } from '../model/tree.ts'
import type { Remote } from '../source/remote/fetcher.ts'
import { readCharts, type Charts } from './charts.ts'
import { parseFiles } from './documents.ts'
import type { Placement } from './environment.ts'
import { objectsAt, textAt } from './fields.ts'
import { definitionKind, objectsOf, type FoundObject } from './found.ts'
import { compileSourceIgnore, type Ignored } from './flux/source-ignore.ts'
import type { SourceReference } from './flux/source.ts'
import { readKustomizations, type Kustomizations } from './kustomizations.ts'
import { ancestorsOf, childOf, compareText, directoryOf, nameOf, relativeTo } from './paths.ts'
import { mountable, type MountedTree } from './remote/mounted-tree.ts'
import { createSources, type RemoteSources } from './remote/sources.ts'
import { createRecognition, type Recognition } from './recognition.ts'
import { isManifestName, scan, type FileFacts } from './scan.ts'
import type { Surroundings } from './surroundings.ts'

/** Everything that discovery knows of one tree before it decides what deploys. */
export interface Repository {
  /** With fetched sources in it; its listing is the repository's own. */
  readonly tree: Tree
  readonly sources: RemoteSources
  readonly configuration: Configuration
  readonly engines: Engines
  readonly facts: ReadonlyMap<string, FileFacts>
  readonly kustomizations: Kustomizations
  readonly charts: Charts
  readonly recognition: Recognition
  /** Objects of Argo CD and Flux as they stand in files outside of charts, in the order of paths. */
  readonly written: readonly FoundObject[]
  /** Files whose every document is a definition that becomes targets of its own. */
  readonly definitionFiles: ReadonlySet<string>
  /** Files that mention a definition somewhere, templates included; sorted. */
  readonly mentions: readonly string[]
  /** True for paths that the configuration excludes from discovery. */
  excluded(path: string): boolean
  /** Files that one or more of the exclude globs cover. */
  readonly excludedCount: number
  /** `v1.34.0`: the cluster's version, else the configuration's. */
  kubeVersion(placement: Pick<Placement, 'kubernetes'>): string
  /** Written objects of a kind, ConfigMaps and Secrets included (those are parsed on first use). */
  list(kind: string): Promise<readonly FoundObject[]>
  /** What a source with these ignore patterns leaves out; without any, the tree's .sourceignore files count. */
  ignoredByFlux(patterns: string | undefined, root?: string): Promise<Ignored>
  /** The ArtifactGenerator that makes an artifact. */
  artifactGenerator(reference: SourceReference, surroundings: Surroundings): Promise<JsonObject | undefined>
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
  const { found, definitionFiles } = await readObjects(plainMentions, tree, engines)

  const recognition = createRecognition(tree, configuration)
  recognition.consider(found.map(({ object }) => object))
  const sources = await createSources(tree, remote, async (root, source) => {
    await Promise.all([kustomizations.mount(root, source), charts.mount(root, source)])
    mentions.push(...mentionsIn(await scan(source, engines)).map((path) => childOf(root, path)))
    mentions.sort(compareText)
  })
  let data: Promise<readonly FoundObject[]> | undefined
  const ignores = new Map<string, Promise<Ignored>>()

  return {
    tree,
    sources,
    configuration,
    engines,
    facts,
    kustomizations,
    charts,
    recognition,
    written: found,
    definitionFiles,
    mentions,
    excluded,
    excludedCount: tree.entries().filter((entry) => excluded(entry.path)).length,
    kubeVersion: (placement) => `v${placement.kubernetes ?? configuration.kubernetes}.0`,
    list(kind) {
      if (kind !== 'ConfigMap' && kind !== 'Secret') return Promise.resolve(found)
      data ??= readObjects(
        [...facts]
          .filter(([path, fact]) => fact.data && fact.object && !fact.template && isManifestName(path))
          .map(([path]) => path),
        tree,
        engines,
      ).then((answer) => answer.found)
      return data
    },
    ignoredByFlux(patterns, root = '') {
      const key = JSON.stringify([patterns, root])
      let ignored = ignores.get(key)
      if (ignored === undefined) ignores.set(key, (ignored = readIgnored(tree, patterns, root)))
      return ignored
    },
    async artifactGenerator(reference, surroundings) {
      // Artifacts are named inside their generator, whose own name is free.
      for (const { object } of found) {
        if (textAt(object, 'kind') !== 'ArtifactGenerator') continue
        if (!objectsAt(object, 'spec', 'artifacts').some((entry) => textAt(entry, 'name') === reference.name))
          continue
        const name = textAt(object, 'metadata', 'name') ?? ''
        const near = await surroundings.find('ArtifactGenerator', reference.namespace, name)
        if (near !== undefined) return near.object
      }
      return undefined
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

async function readObjects(
  paths: readonly string[],
  tree: Tree,
  engines: Engines,
): Promise<{ found: readonly FoundObject[]; definitionFiles: ReadonlySet<string> }> {
  const parsed = await parseFiles(tree, engines, paths)
  const found: FoundObject[] = []
  const definitionFiles = new Set<string>()
  for (const path of [...paths].sort(compareText)) {
    const file = parsed.get(path)
    if (file === undefined) continue
    let only = file.documents.length > 0 && file.error === undefined
    for (const document of file.documents) {
      const objects = objectsOf(document.value)
      if (objects.length === 0 || objects.some((object) => definitionKind(object) === undefined)) only = false
      for (const object of objects) found.push({ object, location: { file: path, line: document.line } })
    }
    if (only) definitionFiles.add(path)
  }
  return { found, definitionFiles }
}

function mentionsIn(facts: ReadonlyMap<string, FileFacts>): string[] {
  return [...facts].filter(([, fact]) => fact.argocd || fact.flux).map(([path]) => path)
}

/** Patterns of a source that stands at `root`: seen from there, whatever the path in the tree. */
async function readIgnored(tree: MountedTree, patterns: string | undefined, root: string): Promise<Ignored> {
  if (root !== '') {
    const source = tree.mountOf(root)
    if (source === undefined) return () => false
    const inside = await readIgnored(mountable(source.source), patterns, '')
    return (path) => inside(relativeTo(root, path))
  }
  if (patterns !== undefined) return compileSourceIgnore([{ base: '', text: patterns }])
  const files = tree
    .entries()
    .filter((entry) => entry.kind === 'file' && nameOf(entry.path) === '.sourceignore')
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
