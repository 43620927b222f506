import type { JsonObject } from '../../model/json.ts'
import { objectAt, objectsAt, scalarText, textAt, textsAt } from '../fields.ts'

/** A label selector over flat values, as Kubernetes reads it; a missing one takes everything. */
export function matchesSelector(
  selector: JsonObject | undefined,
  values: Readonly<Record<string, string>>,
): boolean {
  const has = (key: string): boolean => Object.hasOwn(values, key)
  for (const [key, value] of labelsOf(selector)) if (values[key] !== value) return false
  for (const expression of objectsAt(selector, 'matchExpressions')) {
    const key = textAt(expression, 'key') ?? ''
    const wanted = textsAt(expression, 'values')
    switch (textAt(expression, 'operator')) {
      case 'In':
        if (!has(key) || !wanted.includes(values[key] ?? '')) return false
        break
      case 'NotIn':
        if (has(key) && wanted.includes(values[key] ?? '')) return false
        break
      case 'Exists':
        if (!has(key)) return false
        break
      case 'DoesNotExist':
        if (has(key)) return false
        break
      default:
        return false
    }
  }
  return true
}

/** Go decodes an unquoted `y` or `1` into a map of texts as it prints it: `true`, `1`. */
function labelsOf(selector: JsonObject | undefined): readonly (readonly [string, string])[] {
  return Object.entries(objectAt(selector, 'matchLabels') ?? {}).map(([key, value]) => [
    key,
    scalarText(value) ?? '',
  ])
}

/**
 * What is wrong with a selector: the controller generates nothing then. Selectors of generators take any value
 * (applicationset/utils/selector.go); those of the clusters generator are Kubernetes' own and take label values only.
 */
export function selectorProblem(
  selector: JsonObject | undefined,
  values: 'any' | 'labels',
): string | undefined {
  for (const [key, value] of labelsOf(selector)) {
    const problem = keyProblem(key) ?? (values === 'labels' ? valueProblem([value]) : undefined)
    if (problem !== undefined) return problem
  }
  for (const expression of objectsAt(selector, 'matchExpressions')) {
    const operator = textAt(expression, 'operator') ?? ''
    const wanted = textsAt(expression, 'values')
    const problem =
      operatorProblem(operator, wanted) ??
      keyProblem(textAt(expression, 'key') ?? '') ??
      (values === 'labels' ? valueProblem(wanted) : undefined)
    if (problem !== undefined) return problem
  }
  return undefined
}

function operatorProblem(operator: string, values: readonly string[]): string | undefined {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length === 0
        ? "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"
        : undefined
    case 'Exists':
    case 'DoesNotExist':
      return values.length > 0
        ? `values: Invalid value: ${JSON.stringify(values)}: values set must be empty for exists and does not exist`
        : undefined
    default:
      return `${JSON.stringify(operator)} is not a valid pod selector operator`
  }
}

/** Longest name part of a label's key, and longest value (apimachinery's validation). */
const maxLength = 63
const word = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

function keyProblem(key: string): string | undefined {
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  const prefix = parts.length > 1 ? parts.slice(0, -1).join('/') : undefined
  const good =
    name.length <= maxLength &&
    word.test(name) &&
    (prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix)))
  return good
    ? undefined
    : `key: Invalid value: ${JSON.stringify(key)}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`
}

function valueProblem(values: readonly string[]): string | undefined {
  const bad = values.find((value) => value.length > maxLength || (value !== '' && !word.test(value)))
  return bad === undefined
    ? undefined
    : `values[0][]: Invalid value: ${JSON.stringify(bad)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`
}
