import type { Json } from '../../model/json.ts'

/** A limit was hit: "could not check", never a verdict (threats.md, I5). */
export class SchemaLimit extends Error {
  override readonly name = 'SchemaLimit'
}

/**
 * Levels that an object may nest. Kubernetes' own deepest type is a CRD, about six levels per level of the resource it
 * describes; public ones stay below 120. Beyond this recursion would end in a RangeError somewhere else.
 */
const maximumDepth = 500

/** Without recursion, so that the question itself cannot overflow the stack. */
export function isTooDeep(value: Json): boolean {
  let level: Json[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maximumDepth) return true
    const next: Json[] = []
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue
      for (const child of Array.isArray(one) ? (one as readonly Json[]) : Object.values(one)) next.push(child)
    }
    level = next
  }
  return false
}
