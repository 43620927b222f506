/** Which entry of a kustomization, or of a definition that is built as one, made a field what it is. */
import { field, listAt, objectsAt, textAt } from '../discover/fields.ts'
import type { PathStep } from '../engine/api.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { RenderedObject } from '../model/object.ts'
import { isBadAnnotation, isBadLabel, isBadName } from './bad-names.ts'
import { valueAt } from './field-path.ts'

export interface EntryPlace {
  readonly path: readonly PathStep[]
  /** Zero-based line within the text that stands there, of an inline patch. */
  readonly inside?: number
}

/** The entry that set the field: an image, replicas, a name's affix, labels, a generator, a replacement or a patch. */
export function kustomizationField(
  value: Json | undefined,
  object: RenderedObject,
  steps: readonly PathStep[],
): EntryPlace | undefined {
  const current = valueAt(object.object, steps)
  const path =
    imageEntry(value, steps, current) ??
    replicasEntry(value, object, steps) ??
    namespaceEntry(value, steps, current) ??
    affixEntry(value, steps, current) ??
    metadataEntry(value, steps) ??
    generatorEntry(value, object, steps) ??
    replacementEntry(value, steps)
  return path === undefined ? inlinePatch(value, steps) : { path }
}

/** The same for what an Application, a Kustomization of Flux or a HelmRelease's post-renderer says. */
export function definitionField(
  value: Json | undefined,
  object: RenderedObject,
  steps: readonly PathStep[],
): EntryPlace | undefined {
  for (const { at, options } of definedOptions(value)) {
    const found = kustomizationField(options, object, steps)
    if (found !== undefined) return { ...found, path: [...at, ...found.path] }
  }
  return undefined
}

/** Options of kustomize in a definition, the last that are applied first. */
function definedOptions(value: Json | undefined): { at: readonly PathStep[]; options: Json }[] {
  const kind = textAt(value, 'kind')
  const found = (...at: PathStep[]): { at: readonly PathStep[]; options: Json }[] => {
    const options = valueAt(value, at)
    return options === undefined ? [] : [{ at, options }]
  }
  const numbered = (list: readonly string[], ...rest: PathStep[]): ReturnType<typeof found> =>
    listAt(value, ...list)
      .flatMap((_, i) => found(...list, i, ...rest))
      .reverse()
  switch (kind) {
    case 'Application':
      return [...numbered(['spec', 'sources'], 'kustomize'), ...found('spec', 'source', 'kustomize')]
    case 'ApplicationSet':
      return [
        ...numbered(['spec', 'template', 'spec', 'sources'], 'kustomize'),
        ...found('spec', 'template', 'spec', 'source', 'kustomize'),
      ]
    case 'HelmRelease':
      return numbered(['spec', 'postRenderers'], 'kustomize')
    case 'Kustomization':
      return found('spec')
    default:
      return []
  }
}

type Path = readonly PathStep[] | undefined

function imageEntry(value: Json | undefined, steps: readonly PathStep[], image: Json | undefined): Path {
  if (steps.at(-1) !== 'image' || typeof image !== 'string') return undefined
  const isOf = (name: string): boolean =>
    name !== '' && image.startsWith(name) && /^(?:$|[:@])/.test(image.slice(name.length))
  for (const [at, entry] of listAt(value, 'images').entries()) {
    // Argo CD writes `name=new:tag`.
    if (typeof entry === 'string') {
      const to = entry.slice(entry.indexOf('=') + 1)
      if (isOf(to) || isOf(to.replace(/[:@][^/]*$/, ''))) return ['images', at]
    } else if (isOf(textAt(entry, 'newName') ?? textAt(entry, 'name') ?? '')) {
      const key = ['newTag', 'digest', 'newName'].find((name) => field(entry, name) !== undefined)
      return key === undefined ? ['images', at] : ['images', at, key]
    }
  }
  return undefined
}

function replicasEntry(value: Json | undefined, object: RenderedObject, steps: readonly PathStep[]): Path {
  if (steps.at(-1) !== 'replicas' || steps.length !== 2) return undefined
  const at = objectsAt(value, 'replicas').findIndex((entry) =>
    object.identity.name.includes(textAt(entry, 'name') ?? '\n'),
  )
  return at < 0 ? undefined : ['replicas', at, 'count']
}

function namespaceEntry(
  value: Json | undefined,
  steps: readonly PathStep[],
  current: Json | undefined,
): Path {
  if (steps.join('.') !== 'metadata.namespace') return undefined
  return ['namespace', 'targetNamespace']
    .filter((key) => current !== undefined && textAt(value, key) === current)
    .map((key) => [key])[0]
}

/** A prefix or suffix that no name can have; one that can is not to blame. */
function affixEntry(value: Json | undefined, steps: readonly PathStep[], current: Json | undefined): Path {
  if (steps.at(-1) !== 'name' || typeof current !== 'string') return undefined
  for (const key of ['namePrefix', 'nameSuffix']) {
    const affix = textAt(value, key) ?? ''
    const there = key === 'namePrefix' ? current.startsWith(affix) : current.endsWith(affix)
    if (affix !== '' && there && isBadName(affix)) return [key]
  }
  return undefined
}

/** Labels and annotations that no object can have. */
function metadataEntry(value: Json | undefined, steps: readonly PathStep[]): Path {
  const about = (name: string): boolean => steps.includes(name)
  const labels = about('labels') || about('matchLabels') || about('selector')
  if (!labels && !about('annotations')) return undefined
  const places: PathStep[][] = labels
    ? [
        ...listAt(value, 'labels').map((_, i) => ['labels', i, 'pairs']),
        ['commonLabels'],
        ['commonMetadata', 'labels'],
      ]
    : [['commonAnnotations'], ['commonMetadata', 'annotations']]
  return badKey(value, places, labels ? isBadLabel : isBadAnnotation)
}

function badKey(
  value: Json | undefined,
  places: readonly (readonly PathStep[])[],
  isBad: (key: string, value: Json) => boolean,
): Path {
  for (const place of places) {
    const entries = valueAt(value, place)
    if (!isJsonObject(entries)) continue
    const bad = Object.entries(entries).find(([key, entry]) => isBad(key, entry))
    if (bad !== undefined) return [...place, bad[0]]
  }
  return undefined
}

const generators: Readonly<Record<string, string>> = {
  ConfigMap: 'configMapGenerator',
  Secret: 'secretGenerator',
}

/** What a generator of the kustomization made; of the object as a whole its entry. */
export function generatorEntry(
  value: Json | undefined,
  object: Pick<RenderedObject, 'identity' | 'origin'>,
  steps: readonly PathStep[],
): Path {
  const list = generators[object.identity.kind]
  if (list === undefined || object.origin.generator === undefined) return undefined
  const entries = objectsAt(value, list)
  const named = entries.flatMap((entry, at) => {
    const name = textAt(entry, 'name') ?? ''
    return name !== '' && object.identity.name.includes(name) ? [{ entry, at, size: name.length }] : []
  })
  const [best] = named.sort((a, b) => b.size - a.size)
  if (best === undefined) return undefined
  const own = (...rest: PathStep[]): readonly PathStep[] => [list, best.at, ...rest]
  const [first, second] = steps
  if (first === 'data' && typeof second === 'string') return own(...(sourceOf(best.entry, second) ?? []))
  if (first === 'type') return own('type')
  if (first === 'metadata' && (second === 'labels' || second === 'annotations')) {
    const isBad = second === 'labels' ? isBadLabel : isBadAnnotation
    const mine = badKey(best.entry, [['options', second]], isBad)
    return mine === undefined ? badKey(value, [['generatorOptions', second]], isBad) : own(...mine)
  }
  return second === 'name' ? own('name') : own()
}

/** The literal, file or file of variables that gives a key; the type for a key that it lacks. */
function sourceOf(entry: Json, key: string): Path {
  const literal = listAt(entry, 'literals').findIndex(
    (text) => typeof text === 'string' && text.startsWith(`${key}=`),
  )
  if (literal >= 0) return ['literals', literal]
  const file = listAt(entry, 'files').findIndex(
    (text) => typeof text === 'string' && (text.startsWith(`${key}=`) || text.split('/').at(-1) === key),
  )
  if (file >= 0) return ['files', file]
  if (listAt(entry, 'envs').length > 0) return ['envs', 0]
  return field(entry, 'type') === undefined ? undefined : ['type']
}

function replacementEntry(value: Json | undefined, steps: readonly PathStep[]): Path {
  for (const [i, replacement] of listAt(value, 'replacements').entries())
    for (const [j, target] of objectsAt(replacement, 'targets').entries())
      for (const [k, path] of listAt(target, 'fieldPaths').entries())
        if (typeof path === 'string' && writes(path, steps))
          return ['replacements', i, 'targets', j, 'fieldPaths', k]
  return undefined
}

/** A path of kustomize: names between dots, `[name=web]`, `*` and numbers for entries; `\.` is a dot. */
function writes(path: string, steps: readonly PathStep[]): boolean {
  const parts = path.replaceAll('\\.', '\0').match(/\[[^\]]*\]|[^.[\]]+/g) ?? []
  return (
    parts.length === steps.length &&
    parts.every((part, n) => {
      const step = steps[n]
      if (typeof step === 'number') return /^\[|^\*$/.test(part) || part === String(step)
      return part.replaceAll('\0', '.').replace(/^\[(.*)\]$/, '$1') === step
    })
  )
}

/** An inline patch is text: it is the place when it names the field's own key and that of its parent. */
function inlinePatch(value: Json | undefined, steps: readonly PathStep[]): EntryPlace | undefined {
  const keys = steps.filter((step) => typeof step === 'string').slice(-2)
  const names = (text: string): boolean => keys.length > 0 && keys.every((key) => text.includes(key))
  for (const key of ['patches', 'patchesJson6902', 'patchesStrategicMerge']) {
    const entries = listAt(value, key)
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i]
      const text = typeof entry === 'string' ? entry : textAt(entry, 'patch')
      if (text === undefined || !names(text)) continue
      const inside = lineInPatch(text, steps)
      return {
        path: typeof entry === 'string' ? [key, i] : [key, i, 'patch'],
        ...(inside === undefined ? {} : { inside }),
      }
    }
  }
  return undefined
}

/** Zero-based line of a patch's text: the value of the operation on the field, or the key, below its parents' keys. */
function lineInPatch(text: string, steps: readonly PathStep[]): number | undefined {
  const lines = text.split('\n')
  const operations = lines.flatMap((line, at) => {
    const pointer = /^[\s-]*path:\s*["']?(\/[^"'\s]*)/.exec(line)?.[1]
    return pointer !== undefined && covers(pointer, steps) ? [at] : []
  })
  const operation = operations.at(-1)
  if (operation !== undefined) {
    const from = lines.findLastIndex((line, at) => at <= operation && /^\s*-/.test(line))
    const next = lines.findIndex((line, at) => at > operation && /^\s*-\s+\w+:/.test(line))
    const value = lines.findIndex(
      (line, at) => at >= from && (next < 0 || at < next) && /^[\s-]*value:/.test(line),
    )
    return value < 0 ? operation : value
  }
  let at = -1
  for (const step of steps) {
    if (typeof step === 'number') continue
    const found = lines.findIndex(
      (line, n) => n > at && line.replace(/^[\s-]*["']?/, '').replace(/["']?:.*$/, '') === step,
    )
    if (found < 0) break
    at = found
  }
  return at < 0 ? undefined : at
}

function covers(pointer: string, steps: readonly PathStep[]): boolean {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .every((part, n) => (part === '-' ? typeof steps[n] === 'number' : String(steps[n]) === part))
}
