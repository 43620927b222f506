import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'

/**
 * A label selector over the labels of an object, as Kubernetes reads it (metav1.LabelSelectorAsSelector); an empty one
 * takes everything, one that cannot be read takes nothing.
 */
export function selects(selector: Json | undefined, labels: JsonObject): boolean {
  if (!isJsonObject(selector)) return false
  const { matchLabels = {}, matchExpressions = [] } = selector
  if (!isJsonObject(matchLabels) || !Array.isArray(matchExpressions)) return false
  return (
    Object.entries(matchLabels).every(
      ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
    ) && (matchExpressions as readonly Json[]).every((expression) => holds(expression, labels))
  )
}

function holds(expression: Json, labels: JsonObject): boolean {
  if (!isJsonObject(expression) || typeof expression['key'] !== 'string') return false
  const has = Object.hasOwn(labels, expression['key'])
  const value = labels[expression['key']]
  const values = Array.isArray(expression['values']) ? (expression['values'] as readonly Json[]) : []
  const among = has && value !== undefined && values.includes(value)
  switch (expression['operator']) {
    case 'In':
      return among
    case 'NotIn':
      return !among
    case 'Exists':
      return has
    case 'DoesNotExist':
      return !has
    default:
      return false
  }
}
