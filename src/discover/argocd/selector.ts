import type { JsonObject } from '../../model/json.ts'
import { objectsAt, textAt, textMapAt, textsAt } from '../fields.ts'

/** A label selector over flat values, as Kubernetes reads it; a missing one takes everything. */
export function matchesSelector(
  selector: JsonObject | undefined,
  values: Readonly<Record<string, string>>,
): boolean {
  const has = (key: string): boolean => Object.hasOwn(values, key)
  for (const [key, value] of Object.entries(textMapAt(selector, 'matchLabels')))
    if (values[key] !== value) return false
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
