import type { Configuration } from '../../model/configuration.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KustomizePlan } from '../../model/target.ts'
import type { Tree } from '../../model/tree.ts'
import { field, flagAt, listAt, objectAt, objectsAt, textAt, textMapAt, textsAt } from '../fields.ts'
import { editImages, parseImage } from '../kustomization-edits.ts'
import { isRemoteReference } from '../kustomization-references.ts'
import type { Kustomizations } from '../kustomizations.ts'
import { joinPath } from '../paths.ts'
import { broken, type Planned } from '../planned.ts'
import { compileWildcard, goPathMatch, hasWildcard } from '../wildcard.ts'
import { expandEnvironment, type BuildEnvironment } from './build-environment.ts'
import { kubeVersionOf } from './kube-version.ts'

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
  const kubeVersion = kubeVersionOf(textAt(options, 'kubeVersion'))
  const edits = kubeVersion?.error ?? edit(found?.value ?? {}, options, parts)
  if (typeof edits === 'string') {
    const { files, directories } = kustomizations.closure(path)
    return broken(what, edits, { files, directories })
  }

  const { files, directories } = kustomizations.closure(path, edits.changed ? edits.value : undefined)
  const inputs = { files, directories }
  if (edits.changed && found === undefined)
    return broken(what, "Missing kustomization file 'kustomization.yaml'", inputs)
  const version = textAt(options, 'version') ?? ''
  const plan: KustomizePlan = {
    tool: 'kustomize',
    root: path,
    // Over a file that cannot be read nothing is written: it would hide why.
    ...(edits.changed && found?.value !== undefined
      ? { overlay: { [found.file]: `${JSON.stringify(edits.value, null, 2)}\n` } }
      : {}),
    order: 'legacy',
    loadRestrictions: configuration.kustomize.loadRestrictions,
    enableHelm: configuration.kustomize.enableHelm,
    ...(version === ''
      ? {}
      : {
          notice: `asks for kustomize ${version}, and is built by the version in here: Argo CD takes a program that its own configuration registers under that name, and fails without one`,
        }),
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
  if (images.length > 0) {
    const edits = images.map(parseImage)
    const bad = images[edits.indexOf(undefined)]
    if (bad !== undefined)
      return `invalid format of image ${bad}: <image>=<newimage>:<newtag> or <image>:<newtag>`
    value['images'] = editImages(
      objectsAt(base, 'images'),
      edits.filter((image) => image !== undefined),
    )
  }

  const replicas = objectsAt(options, 'replicas')
  if (replicas.length > 0) {
    const edited = editReplicas(objectsAt(base, 'replicas'), replicas)
    if (typeof edited === 'string') return edited
    value['replicas'] = edited
  }

  const labels = asArguments(expandMap(textMapAt(options, 'commonLabels'), expand), 'label')
  if (typeof labels === 'string') return labels
  if (Object.keys(labels).length > 0) {
    const problem = editLabels(value, labels, options)
    if (problem !== undefined) return problem
  }

  const annotations = textMapAt(options, 'commonAnnotations')
  if (Object.keys(annotations).length > 0) {
    const wanted = asArguments(
      flagAt(options, 'commonAnnotationsEnvsubst') === true ? expandMap(annotations, expand) : annotations,
      'annotation',
    )
    if (typeof wanted === 'string') return wanted
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
    const wanted = new Set(textsAt(base, 'components'))
    for (const component of components) {
      const there = isThere(tree, joinPath(path, component))
      // The repo server looks for the very name, before `kustomize edit` reads it as a glob.
      if (ignoreMissing && !there) continue
      const matches = there ? [component] : globComponents(component, path, tree)
      if (matches.length === 0 && !isRemoteReference(component))
        return `${component} has no match: must build at directory: not a valid directory`
      for (const match of matches.length === 0 ? [component] : matches) wanted.add(match)
    }
    value['components'] = [...wanted]
  }
  return { changed: JSON.stringify(value) !== JSON.stringify(base), value }
}

/** `kustomize edit add component` takes a pattern of Go's path.Match, directory by directory. */
function globComponents(pattern: string, path: string, tree: Tree): readonly string[] {
  let open = ['']
  for (const segment of pattern.split('/')) {
    const matches = compileWildcard(segment, goPathMatch)
    open = open.flatMap((at) => {
      const next = (name: string): string => (at === '' ? name : `${at}/${name}`)
      if (!hasWildcard(segment)) return [next(segment)]
      const directory = joinPath(path, at)
      return (directory === undefined ? [] : (tree.children(directory) ?? [])).filter(matches).map(next)
    })
  }
  return open.filter((at) => isThere(tree, joinPath(path, at)))
}

function isThere(tree: Tree, path: string | undefined): boolean {
  return path !== undefined && ['directory', 'file'].includes(tree.resolve(path).kind)
}

/** `kustomize edit set replicas`: an entry of the same name is replaced; counts are integers (GetIntCount). */
function editReplicas(existing: readonly JsonObject[], wanted: readonly JsonObject[]): Json[] | string {
  const byName = new Map<string, JsonObject>()
  for (const entry of [...existing, ...wanted]) {
    const count = field(entry, 'count')
    const name = textAt(entry, 'name') ?? ''
    if (typeof count === 'string' && !/^[+-]?\d+$/.test(count))
      return `expected integer value for count. Received: ${count}`
    byName.set(name, { name, count: typeof count === 'string' ? Number(count) : (count ?? 0) })
  }
  return [...byName.values()]
}

/**
 * Labels and annotations as arguments of `kustomize edit add`, `key:value`: the first colon parts them, and quotes
 * around the value are the shell's to kustomize (commands/internal/util ConvertSliceToMap).
 */
function asArguments(
  map: Readonly<Record<string, string>>,
  kind: 'label' | 'annotation',
): Readonly<Record<string, string>> | string {
  const read: Record<string, string> = {}
  for (const [key, text] of Object.entries(map)) {
    const argument = `${key}:${text}`
    const colon = argument.indexOf(':')
    if (colon === 0) return `invalid ${kind}: '${argument}' (need k:v pair where v may be quoted)`
    read[argument.slice(0, colon)] = argument.slice(colon + 1).replace(/^"([^]*)"$/, '$1')
  }
  return read
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
  const includeTemplates = flagAt(options, 'labelIncludeTemplates') === true
  // The first entry with the same settings takes them; those of other settings may say the same key.
  const at = existing.findIndex(
    (entry) =>
      flagAt(entry, 'includeSelectors') !== true &&
      (flagAt(entry, 'includeTemplates') === true) === includeTemplates,
  )
  const pairs = textMapAt(existing[at], 'pairs')
  for (const key of Object.keys(labels)) if (!force && Object.hasOwn(pairs, key)) return alreadyThere(key)
  const entry = {
    ...(existing[at] ?? (includeTemplates ? { includeTemplates } : {})),
    pairs: { ...pairs, ...labels },
  }
  value['labels'] = at < 0 ? [...existing, entry] : existing.with(at, entry)
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
