import type { Configuration } from '../model/configuration.ts'
import { groupKind } from '../model/object.ts'
import type { NotChecked } from '../model/outcome.ts'
import { unservedReason } from './definitions/shipped.ts'
import { targetsOf } from './not-checked.ts'
import type { ShippedDefinition } from './schema/catalogue.ts'
import type { ChangeWrite } from './writes.ts'

const nowhere =
  'neither Kubernetes nor a CustomResourceDefinition in the repository has this kind: add the definition or a schema location, or name the kind under schemas.skip'

/** Why nobody knows the kind of a write: nothing defines it, or its tool does not serve this version any more. */
export function unknownReason(shipped: readonly ShippedDefinition[]): (write: ChangeWrite) => string {
  return ({ change, object }) => {
    const tool = shipped.find(({ kind }) => kind === groupKind(change.identity))
    return tool === undefined ? nowhere : unservedReason(tool, object.apiVersion, 'schemas.crds')
  }
}

/**
 * One entry per kind and reason, with the number of its objects; kinds that are skipped by configuration are left out.
 * `byVersion` tells versions of a kind apart: one may be judged while another is not.
 */
export function unknownKinds(
  writes: readonly ChangeWrite[],
  { schemas }: Pick<Configuration, 'schemas'>,
  reasonOf: (write: ChangeWrite) => string,
  { byVersion = false }: { readonly byVersion?: boolean } = {},
): readonly NotChecked[] {
  const groups = new Map<string, { what: string; reason: string; list: ChangeWrite[] }>()
  for (const write of writes) {
    const { group, kind } = write.change.identity
    const { apiVersion } = write.object
    const whole = groupKind({ group, kind })
    const skipped = [whole, `${group}/*`, `${apiVersion}/${kind}`, `${apiVersion}/*`]
    if (skipped.some((name) => schemas.skip.includes(name))) continue
    const what = byVersion ? `${apiVersion}/${kind}` : whole
    const reason = reasonOf(write)
    const key = `${what}\n${reason}`
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { what, reason, list: [write] })
    else known.list.push(write)
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { what, reason, list }]) => ({
      what,
      code: 'unknown-kind',
      reason,
      targets: targetsOf(list),
      count: list.length,
    }))
}
