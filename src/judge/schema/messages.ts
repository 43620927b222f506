/** From problems to sentences that a person understands. */
import { distance } from 'fastest-levenshtein'
import type { Json } from '../../model/json.ts'
import { formatPath } from './path.ts'
import type { Problem } from './problem.ts'

/** @param hideValues for Secrets: types are named, values never (threats T47, T50) */
export function describeProblem(problem: Problem, hideValues: boolean): string {
  switch (problem.kind) {
    case 'unknown-field': {
      const field = lastName(problem)
      const start = `unknown field "${shorten(field)}"`
      if (problem.elsewhere !== undefined) return `${start}: ${problem.elsewhere}`
      const nearest = nearestName(field, problem.known)
      const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`
      return problem.pruned ? `${start}: the API server drops it${hint}` : `${start}${hint}`
    }
    case 'missing-field':
      return `missing required field "${shorten(lastName(problem))}"`
    case 'wrong-type':
      return `expected ${problem.expected}, got ${describeValue(problem.value, hideValues)}`
    case 'invalid-value':
      return problem.value === undefined
        ? problem.text
        : `${problem.text}, got ${describeValue(problem.value, hideValues)}`
  }
}

/** `string "3"`, `integer 3`, `list`, `object`. */
export function describeValue(value: Json, hide: boolean): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  switch (typeof value) {
    case 'string':
      return hide ? 'string' : `string ${JSON.stringify(shorten(value))}`
    case 'number': {
      const type = Number.isInteger(value) ? 'integer' : 'number'
      return hide ? type : `${type} ${value}`
    }
    case 'boolean':
      return hide ? 'boolean' : `boolean ${String(value)}`
    default:
      return 'object'
  }
}

/**
 * The candidate that was probably meant. Equal but for case always counts; otherwise a third of the letters may differ,
 * at most three: more than that suggests fields that nobody had in mind.
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  // Names of fields are short; a hostile one of a megabyte must not cost its square.
  if (name.length > 64) return undefined
  const budget = Math.min(3, Math.max(1, Math.floor(name.length / 3)))
  let best: { candidate: string; cost: number } | undefined
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > budget) continue
    const cost = candidate.toLowerCase() === name.toLowerCase() ? 0 : distance(name, candidate)
    if (cost <= budget && (best === undefined || cost < best.cost)) best = { candidate, cost }
  }
  return best?.candidate
}

function lastName(problem: Problem): string {
  return String(problem.steps.at(-1) ?? formatPath(problem.steps))
}

/** Values and names come from the pull request; a sentence stays a sentence. */
function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`
}
