import { isJsonObject, type Json } from '../../../model/json.ts'
import { at, textAt } from '../../field-steps.ts'
import { listAt, textsAt } from './template.ts'

/** A label selector as Kubernetes reads it (apimachinery LabelSelectorAsSelector); one that is absent takes everything. */
export function selects(selector: Json | undefined, labels: Json | undefined): boolean {
  const label = (key: string): string | undefined => textAt(labels, key)
  const wanted = at(selector, 'matchLabels')
  for (const [key, value] of Object.entries(isJsonObject(wanted) ? wanted : {}))
    if (label(key) !== value) return false
  return listAt(selector, 'matchExpressions').every((expression) => {
    const value = label(textAt(expression, 'key') ?? '')
    const values = textsAt(expression, 'values')
    switch (textAt(expression, 'operator')) {
      case 'In':
        return value !== undefined && values.includes(value)
      case 'NotIn':
        return value === undefined || !values.includes(value)
      case 'Exists':
        return value !== undefined
      case 'DoesNotExist':
        return value === undefined
      default:
        // The constraint is refused before it gets here.
        return false
    }
  })
}
