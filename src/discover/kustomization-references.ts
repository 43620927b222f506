import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { field, listAt, objectAt, objectsAt, textAt, textsAt } from './fields.ts'

/** The names under which kustomize looks for its file, in its order (api/konfig). */
export const kustomizationNames: readonly string[] = [
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
]

/** What a kustomization names, as written: nothing is resolved or looked up. */
export interface References {
  /** `Component` kustomizations never build on their own. */
  readonly component: boolean
  /** Files or directories, or remote: resources, bases, components, and plugin configurations. */
  readonly builds: readonly string[]
  /** Files only: patches, generators' sources, replacements, schemas, values. */
  readonly files: readonly string[]
  /** Files that configure generators, transformers and validators; they may name more files. */
  readonly plugins: readonly string[]
  /** Directories of charts in the repository (`helmCharts` with a chart below `chartHome`). */
  readonly charts: readonly string[]
  /** Charts that kustomize would pull. */
  readonly remoteCharts: readonly {
    readonly name: string
    readonly version?: string
    readonly repo: string
    /** Relative to the kustomization: `charts/name-version/name` (HelmChartInflationGenerator, absChartHome). */
    readonly path: string
  }[]
}

/** By value: base and head share what they parse alike. */
const known = new WeakMap<JsonObject, References>()

/** Reads the references of a parsed kustomization, deprecated fields included. */
export function referencesOf(value: Json | undefined): References {
  if (!isJsonObject(value)) return readReferences(value)
  let references = known.get(value)
  if (references === undefined) known.set(value, (references = readReferences(value)))
  return references
}

function readReferences(value: Json | undefined): References {
  const generators = [...objectsAt(value, 'configMapGenerator'), ...objectsAt(value, 'secretGenerator')]
  const plugins = ['generators', 'transformers', 'validators'].flatMap((key) =>
    textsAt(value, key).filter((entry) => !isInline(entry)),
  )
  const inlinePatches = textsAt(value, 'patchesStrategicMerge').filter((entry) => !isInline(entry))
  const charts = chartReferences(value)
  return {
    component: textAt(value, 'kind') === 'Component',
    builds: ['resources', 'bases', 'components'].flatMap((key) => textsAt(value, key)).concat(plugins),
    plugins,
    files: [
      ...inlinePatches,
      ...['patches', 'patchesJson6902', 'replacements'].flatMap((key) => pathsIn(listAt(value, key))),
      ...generators.flatMap(generatorFiles),
      ...['crds', 'configurations'].flatMap((key) => textsAt(value, key)),
      ...[textAt(value, 'openapi', 'path')].filter((path) => path !== undefined),
      ...charts.files,
    ],
    charts: charts.local,
    remoteCharts: charts.remote,
  }
}

/**
 * Files that the configuration of a built-in plugin names. Every plugin has its own fields; their names are few, so
 * all of them are looked for everywhere: too many inputs cost a render, one too few costs the truth.
 */
export function pluginFiles(value: Json | undefined): readonly string[] {
  const found: string[] = []
  const visit = (at: Json, depth: number): void => {
    if (depth > 20) return
    if (Array.isArray(at)) {
      for (const item of at as readonly Json[]) visit(item, depth + 1)
    } else if (isJsonObject(at)) {
      for (const [key, item] of Object.entries(at)) {
        if (['path', 'valuesFile', 'env'].includes(key) && typeof item === 'string') found.push(item)
        if (['paths', 'envs', 'additionalValuesFiles'].includes(key)) found.push(...textsAt(item))
        if (key === 'files') found.push(...textsAt(item).map(sourceOfPair))
        visit(item, depth + 1)
      }
    }
  }
  if (value !== undefined) visit(value, 0)
  return found
}

/** True for text that kustomize takes for YAML and not for a path. */
function isInline(entry: string): boolean {
  return entry.includes('\n') || /^\s*\{/.test(entry)
}

function pathsIn(entries: readonly Json[]): string[] {
  return entries.flatMap((entry) => textAt(entry, 'path') ?? [])
}

function generatorFiles(generator: JsonObject): string[] {
  return [
    ...textsAt(generator, 'files').map(sourceOfPair),
    ...textsAt(generator, 'envs'),
    ...[textAt(generator, 'env')].filter((path) => path !== undefined),
  ]
}

/** `key=path` or `path`. */
function sourceOfPair(entry: string): string {
  return entry.slice(entry.indexOf('=') + 1)
}

function chartReferences(value: Json | undefined): {
  local: string[]
  remote: { name: string; version?: string; repo: string; path: string }[]
  files: string[]
} {
  const home = textAt(value, 'helmGlobals', 'chartHome') ?? 'charts'
  const local: string[] = []
  const remote: { name: string; version?: string; repo: string; path: string }[] = []
  const files: string[] = []
  for (const chart of [
    ...objectsAt(value, 'helmCharts'),
    ...objectsAt(value, 'helmChartInflationGenerator'),
  ]) {
    const name = textAt(chart, 'name') ?? textAt(chart, 'chartName') ?? ''
    const repo = textAt(chart, 'repo') ?? textAt(chart, 'chartRepo')
    const version = textAt(chart, 'version') ?? textAt(chart, 'chartVersion')
    const chartHome = textAt(chart, 'chartHome') ?? home
    // A chart of a repository is unpacked below chartHome too, once as `name` and in newer versions as `name-version`.
    local.push(`${chartHome}/${name}`, ...(version === undefined ? [] : [`${chartHome}/${name}-${version}`]))
    if (repo !== undefined && repo !== '') {
      const home = version === undefined || version === '' ? chartHome : `${chartHome}/${name}-${version}`
      remote.push({ name, repo, path: `${home}/${name}`, ...(version === undefined ? {} : { version }) })
    }
    for (const file of [
      textAt(chart, 'valuesFile') ?? textAt(chart, 'values'),
      ...textsAt(chart, 'additionalValuesFiles'),
    ])
      if (file !== undefined) files.push(file)
  }
  return { local, remote, files }
}

/** True when kustomize would fetch the reference: it has a scheme, a host in front, or a query. */
export function isRemoteReference(reference: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:\/\//i.test(reference) ||
    /^(?:git::|[^/\s]+@[^/\s]+:)/.test(reference) ||
    /^(?:github\.com|gitlab\.com|bitbucket\.org)[/:]/i.test(reference) ||
    /\?(?:.*&)?(?:ref|version|timeout|submodules)=/.test(reference)
  )
}

/** True when a parsed document is a kustomization's (it may leave its apiVersion and kind out). */
export function isKustomizationText(value: Json | undefined): value is JsonObject {
  return (
    isJsonObject(value) &&
    (field(value, 'metadata') === undefined || objectAt(value, 'metadata') !== undefined)
  )
}
