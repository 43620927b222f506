import type { JsonObject } from '../model/json.ts'
import type { Rendering } from '../model/rendering.ts'
import { textAt } from './fields.ts'
import { nameKey, type FoundObject } from './found.ts'
import { ancestorsOf } from './paths.ts'

/** What a definition can refer to by name: sources, ConfigMaps, Secrets. */
export interface Surroundings {
  /** Equal for what finds the same, on one side of a change or on both as long as no definition changed. */
  readonly key: string
  /** The object of this kind, namespace and name that the definition's cluster would hold. */
  find(kind: string, namespace: string, name: string): Promise<FoundObject | undefined>
}

/** Renderings that both sides of a change share are one object. */
const numbers = new WeakMap<Rendering, number>()
let count = 0

/** Objects that were rendered together come first: they are what the cluster really holds. */
export function renderedSurroundings(
  rendering: Rendering,
  objects: readonly FoundObject[],
  beyond: Surroundings,
): Surroundings {
  let number = numbers.get(rendering)
  if (number === undefined) numbers.set(rendering, (number = count++))
  const byName = new Map<string, FoundObject>()
  for (const found of objects) {
    const { object } = found
    const key = nameKey(
      textAt(object, 'kind') ?? '',
      textAt(object, 'metadata', 'namespace') ?? '',
      textAt(object, 'metadata', 'name') ?? '',
    )
    byName.set(key, found)
  }
  return {
    key: `${beyond.key} ${number}`,
    find: async (kind, namespace, name) =>
      byName.get(nameKey(kind, namespace, name)) ?? (await beyond.find(kind, namespace, name)),
  }
}

/**
 * Objects as they stand in files. The same name often stands in several clusters' folders: the file that shares the
 * most directories with the definition wins, and two that are equally near with different contents mean "not known".
 */
export function writtenSurroundings(
  repository: { named(kind: string, name: string): Promise<readonly FoundObject[]> },
  near: string,
): Surroundings {
  return {
    key: near,
    async find(kind, namespace, name) {
      const candidates = (await repository.named(kind, name)).filter(({ object }) =>
        // The namespace may be filled in by whatever deploys the file.
        [namespace, undefined].includes(textAt(object, 'metadata', 'namespace')),
      )
      const ranked = candidates
        .map((found) => ({ found, distance: distance(near, found.location?.file ?? '') }))
        .sort((a, b) => a.distance - b.distance)
      const [first, second] = ranked
      if (first === undefined) return undefined
      if (second?.distance === first.distance && !equal(first.found.object, second.found.object))
        return undefined
      return first.found
    },
  }
}

/** Directories that have to be left to reach one file's directory from the other's. */
function distance(from: string, to: string): number {
  const shared = new Set(ancestorsOf(to))
  const up = ancestorsOf(from).findIndex((directory) => shared.has(directory))
  return up < 0 ? Number.MAX_SAFE_INTEGER : up
}

function equal(a: JsonObject, b: JsonObject): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
