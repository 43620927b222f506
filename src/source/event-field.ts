/** What stands at a path of an event's payload, of which nothing is taken for granted; undefined where nothing does. */
export function at(payload: unknown, ...path: readonly string[]): unknown {
  let found = payload
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = (found as Readonly<Record<string, unknown>>)[key]
  }
  return found
}
