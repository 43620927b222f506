import { createHash } from 'node:crypto'
import type { RawFinding } from '../model/finding.ts'
import { groupKind, identityKey } from '../model/object.ts'

/**
 * SHA-256, in hex, of what makes a finding the same finding in another run: rule, element, group-kind, namespace and
 * name, and the target as its application (shared policy-sets.md). No line, no position, no message and no API version
 * is part of it.
 */
export function fingerprint({ rule, element, object, target }: FingerprintParts): string {
  const parts = [
    rule,
    element,
    object === undefined ? '' : groupKind(object),
    object === undefined ? '' : object.namespace,
    object === undefined ? '' : object.name,
    target,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

export type FingerprintParts = Pick<RawFinding, 'rule' | 'element' | 'object' | 'target'>

/** One text per fingerprint, without the cost of hashing. */
export function fingerprintKey({ rule, element, object, target }: FingerprintParts): string {
  return JSON.stringify([rule, element, object === undefined ? '' : identityKey(object), target])
}
