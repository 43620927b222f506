import type { Configuration } from '../../model/configuration.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KustomizePlan } from '../../model/target.ts'
import type { Tree } from '../../model/tree.ts'
import { field, flagAt, listAt, objectAt, objectsAt, textAt, textMapAt, textsAt } from '../fields.ts'
import { editImages, parseImage } from '../kustomization-edits.ts'
import type { Kustomizations } from '../kustomizations.ts'
import { joinPath } from '../paths.ts'
import { broken, type Planned } from '../planned.ts'
import { expandEnvironment, type BuildEnvironment } from './build-environment.ts'

export interface KustomizeSourceParts {
  readonly source: JsonObject
  readonly path: string
  readonly environment: BuildEnvironment
  readonly kustomizations: Kustomizations
  readonly configuration: Configuration
  readonly tree: Tree
  readonly what: string
}

/** A kustomization in the repository, edited by the options of `source.kustomize` as the repo server edits it. */
export function planKustomize(parts: KustomizeSourceParts): Planned {
  const { path, kustomizations, configuration, what } = parts
  const options = objectAt(parts.source, 'kustomize') ?? {}
  const found = kustomizations.byDirectory.get(path)
  const edits = edit(found?.value ?? {}, options, parts)
  if (typeof edits === 'string') {
    const { files, directories } = kustomizations.closure(path)
    return broken(what, edits, { files, directories })
  }

  const { files, directories } = kustomizations.closure(path, edits.changed ? edits.value : undefined)
  const inputs = { files, directories }
  if (edits.changed && found === undefined)
    return broken(what, "Missing kustomization file 'kustomization.yaml'", inputs)
  const plan: KustomizePlan = {
    tool: 'kustomize',
    root: path,
    ...(edits.changed && found !== undefined
      ? { overlay: { [found.file]: `${JSON.stringify(edits.value, null, 2)}\n` } }
      : {}),
    order: 'legacy',
    loadRestrictions: configuration.kustomize.loadRestrictions,
    enableHelm: configuration.kustomize.enableHelm,
  }
  return { plan, inputs }
}

type Edited = { readonly changed: boolean; readonly value: JsonObject }

/** The order is that of util/kustomize in Argo CD; a string says what `kustomize edit` would refuse. */
function edit(base: JsonObject, options: JsonObject, parts: KustomizeSourceParts): Edited | string {
  const { environment, tree, path } = parts
  const value: Record<string, Json> = { ...base }
  const expand = (text: string): string => expandEnvironment(text, environment)

  for (const key of ['namePrefix', 'nameSuffix'] as const) {
    const text = textAt(options, key) ?? ''
    if (text !== '') value[key] = text
  }
  const images = textsAt(options, 'images').map(expand)
  if (images.length > 0) value['images'] = editImages(objectsAt(base, 'images'), images.map(parseImage))

  const replicas = objectsAt(options, 'replicas')
  if (replicas.length > 0) value['replicas'] = editReplicas(objectsAt(base, 'replicas'), replicas)

  const labels = expandMap(textMapAt(options, 'commonLabels'), expand)
  if (Object.keys(labels).length > 0) {
    const problem = editLabels(value, labels, options)
    if (problem !== undefined) return problem
  }

  const annotations = textMapAt(options, 'commonAnnotations')
  if (Object.keys(annotations).length > 0) {
    const wanted =
      flagAt(options, 'commonAnnotationsEnvsubst') === true ? expandMap(annotations, expand) : annotations
    const problem = merge(
      value,
      'commonAnnotations',
      wanted,
      flagAt(options, 'forceCommonAnnotations') === true,
    )
    if (problem !== undefined) return problem.replace('label', 'annotation')
  }

  const namespace = textAt(options, 'namespace') ?? ''
  if (namespace !== '') value['namespace'] = namespace

  const patches = listAt(options, 'patches')
  if (patches.length > 0) value['patches'] = [...listAt(base, 'patches'), ...patches]

  const components = textsAt(options, 'components')
  if (components.length > 0) {
    const ignoreMissing = flagAt(options, 'ignoreMissingComponents') === true
    const wanted: string[] = []
    for (const component of components) {
      const directory = joinPath(path, component)
      const there = directory !== undefined && tree.resolve(directory).kind === 'directory'
      if (!there && !ignoreMissing)
        return `${component} has no match: must build at directory: not a valid directory`
      if (there) wanted.push(component)
    }
    value['components'] = [...listAt(base, 'components'), ...wanted]
  }
  return { changed: JSON.stringify(value) !== JSON.stringify(base), value }
}

/** `kustomize edit set replicas`: an entry of the same name is replaced. */
function editReplicas(existing: readonly JsonObject[], wanted: readonly JsonObject[]): Json[] {
  const byName = new Map<string, JsonObject>()
  for (const entry of [...existing, ...wanted]) {
    const count = field(entry, 'count')
    const name = textAt(entry, 'name') ?? ''
    byName.set(name, { name, count: typeof count === 'string' ? Number(count) : (count ?? 0) })
  }
  return [...byName.values()]
}

/** Labels go into `commonLabels`, or with labelWithoutSelector into `labels` (and templates on request). */
function editLabels(
  value: Record<string, Json>,
  labels: Readonly<Record<string, string>>,
  options: JsonObject,
): string | undefined {
  const force = flagAt(options, 'forceCommonLabels') === true
  if (flagAt(options, 'labelWithoutSelector') !== true)
    return flagAt(options, 'labelIncludeTemplates') === true
      ? '--without-selector flag must be specified for --include-templates to work'
      : merge(value, 'commonLabels', labels, force)
  const existing = objectsAt(value, 'labels')
  for (const key of Object.keys(labels)) {
    if (!force && existing.some((entry) => field(entry, 'pairs', key) !== undefined)) return alreadyThere(key)
  }
  const includeTemplates = flagAt(options, 'labelIncludeTemplates') === true
  value['labels'] = [...existing, { pairs: labels, ...(includeTemplates ? { includeTemplates: true } : {}) }]
  return undefined
}

function merge(
  value: Record<string, Json>,
  key: string,
  wanted: Readonly<Record<string, string>>,
  force: boolean,
): string | undefined {
  const existing = value[key]
  const map = isJsonObject(existing) ? existing : {}
  for (const name of Object.keys(wanted)) {
    if (!force && Object.hasOwn(map, name)) return alreadyThere(name)
  }
  value[key] = { ...map, ...wanted }
  return undefined
}

function alreadyThere(key: string): string {
  return `label ${key} already in kustomization file. Use --force to override.`
}

function expandMap(
  map: Readonly<Record<string, string>>,
  expand: (text: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, text]) => [key, expand(text)]))
}
