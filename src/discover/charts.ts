import type { Engines } from '../engine/engines.ts'
import type { JsonObject } from '../model/json.ts'
import type { Tree } from '../model/tree.ts'
import { parseTakingLast } from './repeated-keys.ts'
import { objectsAt, textAt } from './fields.ts'
import { ancestorsOf, childOf, compareText, directoryOf, joinPath, nameOf } from './paths.ts'

/** One chart in the repository. */
export interface Chart {
  readonly directory: string
  readonly name: string
  readonly version: string
  /** Of the chart's own format, as written: `v1`, `v2`. */
  readonly apiVersion: string
  readonly library: boolean
  /** Dependencies that Chart.yaml declares, or requirements.yaml beside one of the old format. */
  readonly dependencies: readonly ChartDependency[]
}

export interface ChartDependency {
  readonly name: string
  readonly version: string
  readonly repository: string
  /** Directory in the tree of a `file://` dependency. */
  readonly local?: string
  /** Stands in the chart's own `charts/`, unpacked or as an archive. */
  readonly vendored: boolean
}

export interface Charts {
  readonly byDirectory: ReadonlyMap<string, Chart>
  /** Directories of charts that others contain or depend on: they deploy with those. */
  readonly parts: ReadonlySet<string>
  /** Directories that rendering the chart can read: its own and those of its `file://` dependencies. */
  directoriesOf(directory: string): readonly string[]
  /** Dependencies without which Helm refuses to render and which are not in the repository. */
  missing(directory: string): readonly ChartDependency[]
  /** Adds the charts of a source that stands at `root` of the tree now. */
  mount(root: string, source: Tree): Promise<void>
}

/** Reads every Chart.yaml of the tree. */
export async function readCharts(tree: Tree, engines: Engines): Promise<Charts> {
  const byDirectory = await readAll(tree, engines, '', tree)
  const parts = new Set(partsOf(byDirectory))
  return {
    byDirectory,
    parts,
    directoriesOf: (directory) => closure(byDirectory, directory),
    missing: (directory) =>
      closure(byDirectory, directory)
        .flatMap((at) => byDirectory.get(at)?.dependencies ?? [])
        .filter((dependency) => !dependency.vendored && dependency.local === undefined),
    async mount(root, source) {
      const inside = await readAll(source, engines, root, tree)
      for (const [directory, chart] of inside) byDirectory.set(directory, chart)
      for (const part of partsOf(inside)) parts.add(part)
    },
  }
}

/** Charts of a source whose files stand below `root` of the tree; the empty root is the tree itself. */
async function readAll(
  source: Tree,
  engines: Engines,
  root: string,
  tree: Tree,
): Promise<Map<string, Chart>> {
  const files = source
    .entries()
    .filter((entry) => entry.kind !== 'submodule' && nameOf(entry.path) === 'Chart.yaml')
    .map((entry) => entry.path)
  const parsed = await parseTakingLast(source, engines, files)
  const old = files
    .filter((file) => textAt(parsed.get(file)?.documents[0]?.value, 'apiVersion') === 'v1')
    .map((file) => childOf(directoryOf(file), requirementsFile))
    .filter((file) => source.stat(file)?.kind === 'file')
  const requirements = old.length === 0 ? parsed : await parseTakingLast(source, engines, old)

  const byDirectory = new Map<string, Chart>()
  for (const file of files) {
    const below = directoryOf(file)
    const directory = root === '' ? below : below === '' ? root : childOf(root, below)
    const value = parsed.get(file)?.documents[0]?.value
    // What stands in both is taken from the older file (pkg/chart/v2/loader).
    const listed = requirements.get(childOf(below, requirementsFile))?.documents[0]?.value ?? value
    byDirectory.set(directory, {
      directory,
      name: textAt(value, 'name') ?? nameOf(directory),
      version: textAt(value, 'version') ?? '',
      apiVersion: textAt(value, 'apiVersion') ?? '',
      library: textAt(value, 'type') === 'library',
      dependencies: objectsAt(listed, 'dependencies').map((entry) => dependencyOf(tree, directory, entry)),
    })
  }

  return byDirectory
}

const requirementsFile = 'requirements.yaml'

/** The dependencies of a chart with all their fields, as its files write them. */
export async function requirementsOf(
  directory: string,
  { tree, engines, charts }: { readonly tree: Tree; readonly engines: Engines; readonly charts: Charts },
): Promise<readonly JsonObject[]> {
  const old = charts.byDirectory.get(directory)?.apiVersion === 'v1'
  const own = childOf(directory, 'Chart.yaml')
  const file =
    old && tree.resolve(childOf(directory, requirementsFile)).kind === 'file' ? requirementsFile : ''
  const wanted = file === '' ? own : childOf(directory, file)
  return objectsAt(
    (await parseTakingLast(tree, engines, [wanted])).get(wanted)?.documents[0]?.value,
    'dependencies',
  )
}

function partsOf(byDirectory: ReadonlyMap<string, Chart>): ReadonlySet<string> {
  const parts = new Set<string>()
  for (const { directory, dependencies } of byDirectory.values()) {
    for (const ancestor of ancestorsOf(directory)) {
      // Helm reads every folder of `charts/`; a chart elsewhere inside another one is a file of it like any other.
      if (byDirectory.has(ancestor) && directory.startsWith(`${childOf(ancestor, 'charts')}/`))
        parts.add(directory)
    }
    for (const { local } of dependencies) if (local !== undefined) parts.add(local)
  }

  return parts
}

function dependencyOf(tree: Tree, directory: string, entry: JsonObject): ChartDependency {
  const name = textAt(entry, 'name') ?? ''
  const repository = textAt(entry, 'repository') ?? ''
  const local = repository.startsWith('file://')
    ? joinPath(directory, repository.slice('file://'.length))
    : undefined
  const there = local !== undefined && tree.resolve(local).kind === 'directory'
  return {
    name,
    version: textAt(entry, 'version') ?? '',
    repository,
    ...(there ? { local } : {}),
    vendored: isVendored(tree, directory, name),
  }
}

function isVendored(tree: Tree, directory: string, name: string): boolean {
  const charts = tree.children(childOf(directory, 'charts')) ?? []
  return charts.some((child) => child === name || (child.startsWith(`${name}-`) && child.endsWith('.tgz')))
}

function closure(byDirectory: ReadonlyMap<string, Chart>, root: string): readonly string[] {
  const seen = new Set<string>()
  const open = [root]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue
    seen.add(at)
    for (const { local } of byDirectory.get(at)?.dependencies ?? []) if (local !== undefined) open.push(local)
  }
  return [...seen].sort(compareText)
}
