import type { Engines } from '../../engine/engines.ts'
import type { JsonObject } from '../../model/json.ts'
import type { ValuesSource } from '../../model/object.ts'
import type { Tree } from '../../model/tree.ts'
import { flagAt, objectAt, objectsAt, textAt } from '../fields.ts'
import type { Surroundings } from '../surroundings.ts'
import { readYamlTexts } from '../yaml-text.ts'
import { mergeValues } from '../merge-values.ts'
import { dataOf, placeOfData } from './variables.ts'
import { setValue } from './set-value.ts'

export type ReleaseValues =
  | {
      readonly kind: 'values'
      readonly values: JsonObject
      readonly files: readonly string[]
      readonly from: readonly ValuesSource[]
    }
  | { readonly kind: 'broken' | 'missing'; readonly reason: string; readonly files: readonly string[] }

/**
 * Values of a HelmRelease: `valuesFrom` in order (whole documents merge, `targetPath` items are set), then
 * `spec.values`, which wins over all of them. Merging shares what only one side has, so a path that leads into a map
 * which only `spec.values` has is set there, too, and stays (fluxcd/pkg/chartutil, ChartValuesFromReferences).
 */
export async function resolveValues(
  spec: JsonObject,
  namespace: string,
  surroundings: Surroundings,
  tree: Tree,
  engines: Engines,
): Promise<ReleaseValues> {
  const files: string[] = []
  const from: ValuesSource[] = []
  let values: JsonObject = {}
  const own = structuredClone(objectAt(spec, 'values') ?? {})
  for (const reference of objectsAt(spec, 'valuesFrom')) {
    const kind = textAt(reference, 'kind') ?? ''
    const name = textAt(reference, 'name') ?? ''
    const optional = flagAt(reference, 'optional') === true
    const label = `${kind} ${namespace}/${name}`
    const found = await surroundings.find(kind, namespace, name)
    if (found === undefined) {
      if (optional) continue
      return { kind: 'missing', reason: `values come from ${label}, which is not in this repository`, files }
    }
    if (found.location !== undefined) files.push(found.location.file)
    const data = dataOf(found.object)
    if (data === 'encrypted')
      return { kind: 'missing', reason: `values come from ${label}, which is encrypted`, files }
    const key = textAt(reference, 'valuesKey') || 'values.yaml'
    const text = data[key]
    if (text === undefined) {
      if (optional) continue
      return {
        kind: 'broken',
        reason: `could not resolve ${kind} chart values reference '${namespace}/${name}' with key '${key}': key not found`,
        files,
      }
    }
    const targetPath = textAt(reference, 'targetPath') ?? ''
    if (found.location !== undefined)
      from.push({ file: found.location.file, kind, name, path: placeOfData(found.object, key), targetPath })
    if (targetPath !== '') {
      // The release's own values stand below, so that a path can lead into them.
      const set = setValue(mergeValues(values, own), targetPath, text, flagAt(reference, 'literal') === true)
      if ('error' in set)
        return {
          kind: 'broken',
          reason: `could not resolve ${kind} chart values reference '${namespace}/${name}' with key '${key}': ${set.error}`,
          files,
        }
      values = set.values
      continue
    }
    const [parsed] = await readYamlTexts([text], tree, engines)
    if (parsed === undefined || 'error' in parsed)
      return {
        kind: 'broken',
        reason: `could not resolve ${kind} chart values reference '${namespace}/${name}' with key '${key}': ${parsed?.error ?? 'no answer'}`,
        files,
      }
    values = mergeValues(values, structuredClone(parsed.value))
  }
  return { kind: 'values', values: mergeValues(values, own), files, from }
}
