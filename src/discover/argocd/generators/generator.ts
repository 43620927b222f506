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
  readonly code: 'needs-cluster' | 'remote-source'
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
 * templates, `values.<key>` without them.
 */
export async function withValues(
  parameters: Parameters,
  values: JsonObject | undefined,
  dialect: Dialect,
): Promise<{ readonly value: Parameters } | { readonly error: string }> {
  if (values === undefined || Object.keys(values).length === 0) return { value: parameters }
  const rendered = await dialect.render(values, parameters)
  if ('error' in rendered) return rendered
  if (dialect.goTemplate) return { value: { ...parameters, values: textMap(rendered.value) } }
  const flat = Object.fromEntries(
    Object.entries(rendered.value).map(([key, value]) => [`values.${key}`, value]),
  )
  return { value: { ...parameters, ...flat } }
}
