import type { JsonObject } from '../../../model/json.ts'
import type { Repository } from '../../repository.ts'
import { textMap, type Parameters } from '../parameters.ts'
import type { Dialect } from '../templates.ts'

/** What generators work with. */
export interface GeneratorContext {
  readonly repository: Repository
  readonly dialect: Dialect
  /** The ApplicationSet that generates. */
  readonly set: { readonly namespace: string; readonly name: string }
}

/** Something that only a cluster or a service knows: the elements that are known come all the same. */
export interface Unknown {
  readonly code: 'needs-cluster' | 'remote-source' | 'unsupported'
  readonly reason: string
}

export type Generated =
  | { readonly kind: 'sets'; readonly sets: readonly Parameters[]; readonly unknown: readonly Unknown[] }
  /** The controller fails: no Application of the set changes at all. */
  | { readonly kind: 'error'; readonly message: string }

export function sets(found: readonly Parameters[], ...unknown: readonly Unknown[]): Generated {
  return { kind: 'sets', sets: found, unknown }
}

export function failed(message: string): Generated {
  return { kind: 'error', message }
}

/**
 * Adds the generator's `values`, whose templates see the parameters of the same set: nested under `values` for Go
 * templates, `values.<key>` without them. The first set that cannot be filled is the error of all.
 */
export async function withValues(
  given: readonly Parameters[],
  values: JsonObject | undefined,
  dialect: Dialect,
): Promise<{ readonly sets: readonly Parameters[] } | { readonly error: string }> {
  if (values === undefined || Object.keys(values).length === 0) return { sets: given }
  // Keys stay as they are written: only the values are templates.
  const names = Object.keys(values)
  const rendered = await dialect.renderEach(Object.values(values), given)
  const sets: Parameters[] = []
  for (const [i, parameters] of given.entries()) {
    const filled = rendered[i]
    if (filled === undefined || 'error' in filled) return { error: filled?.error ?? 'no answer' }
    const own = Object.fromEntries(names.map((name, n) => [name, filled.value[n] ?? null]))
    if (dialect.goTemplate) sets.push({ ...parameters, values: textMap(own) })
    else {
      const flat = Object.entries(own).map(([key, value]) => [`values.${key}`, value])
      sets.push({ ...parameters, ...(Object.fromEntries(flat) as Parameters) })
    }
  }
  return { sets }
}
