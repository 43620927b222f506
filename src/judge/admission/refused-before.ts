/**
 * Updates of objects that the API server refused as they were: none of them is in a cluster, so what comes of merging with
 * one is no fault of the new object (an old list entry without the key by which entries are merged stays in the list).
 */
import type { Change } from '../../model/change.ts'
import { displayName } from '../../model/object.ts'
import { fingerprintKey } from '../fingerprint.ts'
import type { Found } from '../judgement.ts'
import type { Admitted } from './findings.ts'
import { placedKey } from '../placed-key.ts'

/** Updates of which the old object is refused as a new one. */
export function refusedBefore(changes: readonly Change[], before: readonly Found[]): readonly Change[] {
  const refused = new Set(
    before.filter(isRefusal).map(({ finding }) => placedKey(finding.target, finding.object)),
  )
  return changes.filter(
    ({ operation, target, identity }) => operation === 'UPDATE' && refused.has(placedKey(target, identity)),
  )
}

/**
 * What is said of updates, without what the new objects do not have by themselves. What an update forbids stays: nobody
 * knows what the cluster holds in place of the old object.
 *
 * @param changes those that {@link refusedBefore} answers
 * @param asNew what is said of their new objects as creates
 */
export function withoutMerged(admitted: Admitted, changes: readonly Change[], asNew: Admitted): Admitted {
  if (changes.length === 0) return admitted
  const doubtful = new Set(changes.map(({ target, identity }) => placedKey(target, identity)))
  const own = new Set(asNew.found.map(({ finding }) => fingerprintKey(finding)))
  // A merge that failed leaves its object open, which is judged as a create now.
  const merges = new Set(changes.map(({ target, identity }) => openKey(displayName(identity), [target])))
  return {
    ...admitted,
    found: admitted.found.filter(
      (one) =>
        !isRefusal(one) ||
        one.finding.rule === 'admission/FieldValueForbidden' ||
        !doubtful.has(placedKey(one.finding.target, one.finding.object)) ||
        own.has(fingerprintKey(one.finding)),
    ),
    notChecked: [
      ...admitted.notChecked.filter(({ what, targets }) => !merges.has(openKey(what, targets))),
      ...asNew.notChecked,
    ],
  }
}

function openKey(what: string, targets: readonly string[]): string {
  return JSON.stringify([what, targets])
}

function isRefusal({ finding }: Found): boolean {
  return finding.source === 'admission' && finding.level === 'required'
}
