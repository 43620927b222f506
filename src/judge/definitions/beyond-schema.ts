/** What an edited definition does to custom resources besides its schema: another scope, and no conversion any more. */
import type { JsonObject } from '../../model/json.ts'
import { at, textAt } from '../field-steps.ts'
import type { ChangeWrite } from '../writes.ts'
import type { CustomResourceAnswer } from './custom-resource-judge.ts'

/** The sentence for every resource when the scope changes; undefined when it stays. */
export function rescoped(old: JsonObject, next: JsonObject | undefined): string | undefined {
  const scope = textAt(next, 'spec', 'scope')
  if (scope === undefined || scope === textAt(old, 'spec', 'scope')) return undefined
  return scope === 'Cluster' ? 'the kind has no namespaces any more' : 'the kind lives in namespaces now'
}

/**
 * Writes as a server stores them once nothing converts them: another apiVersion, the same fields
 * (apiextensions pkg/apiserver/conversion, nopConverter). Only those of versions that are not stored, and only when the
 * edit takes a webhook away.
 */
export function unconverted(
  old: JsonObject,
  next: JsonObject | undefined,
  writes: readonly ChangeWrite[],
): ReadonlyMap<ChangeWrite, ChangeWrite> {
  const converts = (definition: JsonObject | undefined): boolean =>
    textAt(definition, 'spec', 'conversion', 'strategy') === 'Webhook'
  const versions = at(next, 'spec', 'versions')
  const stored = Array.isArray(versions)
    ? (versions as readonly JsonObject[]).find((version) => at(version, 'storage') === true)
    : undefined
  const version = textAt(stored, 'name')
  if (!converts(old) || converts(next) || version === undefined) return new Map()
  return new Map(
    writes.flatMap((one): [ChangeWrite, ChangeWrite][] => {
      const [group, own] = one.object.apiVersion.split('/')
      if (own === version) return []
      const apiVersion = `${group ?? ''}/${version}`
      const object = { ...one.object.object, apiVersion }
      return [
        [one, { ...one, object: { ...one.object, apiVersion, object }, write: { ...one.write, object } }],
      ]
    }),
  )
}

/** What the stored form of a write loses or breaks, and the write itself does not. */
export function lostUnconverted(
  write: ChangeWrite,
  converted: ReadonlyMap<ChangeWrite, ChangeWrite>,
  stored: CustomResourceAnswer,
  is: CustomResourceAnswer,
): readonly string[] {
  const form = converted.get(write)
  if (form === undefined) return []
  const own = is.said.get(write)
  return [...(stored.said.get(form) ?? [])]
    .filter(([key]) => own?.has(key) !== true)
    .map(
      ([
        ,
        {
          finding: { path, message },
        },
      ]) =>
        `without the conversion webhook it is stored as ${form.object.apiVersion}: ${path === '' ? '' : `${path}: `}${message}`,
    )
}
