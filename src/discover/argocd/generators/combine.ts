import type { Json, JsonObject } from '../../../model/json.ts'
import { listAt, objectsAt, scalarText } from '../../fields.ts'
import { compareText } from '../../paths.ts'
import { overrideParameters, ParameterTypeError, type Parameters } from '../parameters.ts'
import { failed, sets, type Generated, type GeneratorContext, type Unknown } from './generator.ts'

/** Runs a generator of a list, given parameters that its own fields may use. */
export type RunGenerator = (generator: JsonObject, parameters: Parameters | undefined) => Promise<Generated>

/** `matrix`: every set of the first generator with every set of the second, which may use the first's parameters. */
export async function generateMatrix(
  generator: JsonObject,
  run: RunGenerator,
  context: GeneratorContext,
): Promise<Generated> {
  const [first, second, third] = objectsAt(generator, 'generators')
  if (first === undefined || second === undefined)
    return failed('found less than two generators, Matrix supports only two')
  if (third !== undefined) return failed('found more than two generators, Matrix supports only two')

  const outer = await run(first, undefined)
  if (outer.kind === 'error') return outer
  const unknown: Unknown[] = [...outer.unknown]
  const found: Parameters[] = []
  for (const a of outer.sets) {
    const inner = await run(second, a)
    if (inner.kind === 'error') return inner
    for (const reason of inner.unknown)
      if (!unknown.some((known) => known.reason === reason.reason)) unknown.push(reason)
    for (const b of inner.sets) {
      if (context.dialect.goTemplate) {
        const both = combined(b, a)
        if (typeof both === 'string') return failed(both)
        found.push(both)
        continue
      }
      for (const [key, value] of Object.entries(b)) {
        const old = a[key]
        if (old !== undefined && old !== value)
          return failed(
            `failed to combine string maps with merging params for the matrix generator: found duplicate key ${key} with different value, a: ${text(old)}, b: ${text(value)}`,
          )
      }
      found.push({ ...a, ...b })
    }
  }
  return sets(found, ...unknown)
}

/** `merge`: the first generator's sets, each overridden by those of the others with equal merge keys. */
export async function generateMerge(
  generator: JsonObject,
  run: RunGenerator,
  context: GeneratorContext,
): Promise<Generated> {
  const generators = objectsAt(generator, 'generators')
  // Go decodes an unquoted `n` into a text as it prints it, `false`, and so the keys of parameters.
  const mergeKeys = listAt(generator, 'mergeKeys').map((key) => scalarText(key) ?? '')
  if (generators.length < 2) return failed('found less than two generators, Merge requires two or more')
  if (mergeKeys.length === 0) return failed('no merge keys were specified, Merge requires at least one')

  // All generators run before any key is looked at: that decides whose error is told.
  const unknown: Unknown[] = []
  const given: (readonly Parameters[])[] = []
  for (const each of generators) {
    const answer = await run(each, undefined)
    if (answer.kind === 'error') return answer
    unknown.push(...answer.unknown)
    given.push(answer.sets)
  }
  const merged = new Map<string, Parameters>()
  for (const [i, list] of given.entries()) {
    const seen = new Set<string>()
    for (const set of list) {
      const key = mergeKey(set, mergeKeys)
      if (seen.has(key))
        return failed(
          `error getting param sets by merge key: the parameters from a generator were not unique by the given mergeKeys, Merge requires all param sets to be unique. Duplicate key was ${key}`,
        )
      seen.add(key)
      const base = merged.get(key)
      if (i === 0) merged.set(key, set)
      else if (base !== undefined) {
        const both = context.dialect.goTemplate ? combined(base, set) : { ...base, ...set }
        if (typeof both === 'string') return failed(both)
        merged.set(key, both)
      }
    }
  }
  const ordered = [...merged].sort(([a], [b]) => compareText(a, b)).map(([, set]) => set)
  return sets(ordered, ...unknown)
}

/** Two sets in one, or why the controller cannot make one of them. */
function combined(first: Parameters, second: Parameters): Parameters | string {
  try {
    return overrideParameters(first, second)
  } catch (cause) {
    if (cause instanceof ParameterTypeError) return cause.message
    throw cause
  }
}

function mergeKey(set: Parameters, keys: readonly string[]): string {
  const values: Record<string, Json> = {}
  for (const key of [...keys].sort(compareText))
    // A key with dots is one name: nothing nested is looked into (generators/merge.go).
    values[key] = set[key] ?? null
  return JSON.stringify(values)
}

function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
