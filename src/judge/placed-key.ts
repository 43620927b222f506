import { identityKey, type ObjectIdentity } from '../model/object.ts'

/** Equal for one object in one target. Findings on a whole target have no object. */
export function placedKey(target: string, object: ObjectIdentity | undefined): string {
  return `${target}\n${object === undefined ? '' : identityKey(object)}`
}
