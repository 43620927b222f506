import type { Json, JsonObject } from '../../../model/json.ts'
import { textAt } from '../../field-steps.ts'

/**
 * `data.inventory`: every object under `cluster/<apiVersion>/<kind>/<name>` or
 * `namespace/<namespace>/<apiVersion>/<kind>/<name>` (gatekeeper pkg/target/target.go). Later objects win.
 */
export function inventoryOf(objects: Iterable<JsonObject>): JsonObject {
  const root = branch()
  for (const object of objects) {
    const apiVersion = textAt(object, 'apiVersion')
    const kind = textAt(object, 'kind')
    const name = textAt(object, 'metadata', 'name')
    if (apiVersion === undefined || kind === undefined || name === undefined) continue
    const namespace = textAt(object, 'metadata', 'namespace') ?? ''
    const path = namespace === '' ? ['cluster'] : ['namespace', namespace]
    let at = root
    for (const step of [...path, apiVersion, kind]) at = (at[step] ??= branch()) as Record<string, Json>
    at[name] = object
  }
  return root
}

/** Without a prototype: names of objects are keys. */
function branch(): Record<string, Json> {
  return Object.create(null) as Record<string, Json>
}

/** Whether Rego of a template may read the inventory: its text says so, since nothing else can. */
export function readsInventory(rego: string, libs: readonly string[]): boolean {
  return [rego, ...libs].some((text) => /\binventory\b/.test(text))
}
