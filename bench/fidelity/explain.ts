import type { Json, JsonObject } from '../../src/model/json.ts'
import { isJsonObject } from '../../src/model/json.ts'
import { objectAt, textAt } from '../../src/discover/fields.ts'

/** Both sides of what differs: fields of objects that stand on both, whole objects otherwise. */
export function explainObjects(lacking: readonly JsonObject[], extra: readonly JsonObject[]): string[] {
  const left = [...extra]
  const lines: string[] = []
  for (const object of lacking) {
    const at = left.findIndex((other) => nameOf(other) === nameOf(object))
    const other = left[at]
    if (other === undefined) {
      lines.push(`  - ${sorted(object)}`)
      continue
    }
    left.splice(at, 1)
    lines.push(`  ~ ${nameOf(object)}`)
    for (const difference of differences(object, other, '')) lines.push(`      ${difference}`)
  }
  for (const object of left) lines.push(`  + ${sorted(object)}`)
  return lines
}

function nameOf(object: JsonObject): string {
  return `${textAt(object, 'kind') ?? ''} ${textAt(objectAt(object, 'metadata'), 'name') ?? ''}`
}

function differences(judge: Json | undefined, ours: Json | undefined, path: string): string[] {
  if (JSON.stringify(judge) === JSON.stringify(ours)) return []
  if (isJsonObject(judge) && isJsonObject(ours))
    return [...new Set([...Object.keys(judge), ...Object.keys(ours)])]
      .sort()
      .flatMap((key) => differences(judge[key], ours[key], `${path}.${key}`))
  return [`${path}: ${sorted(judge)} ≠ ${sorted(ours)}`]
}

/** JSON with sorted keys: two lines of one object can be compared by eye. */
function sorted(value: Json | undefined): string {
  if (value === undefined) return 'absent'
  return JSON.stringify(value, (_, node: unknown) =>
    typeof node === 'object' && node !== null && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)))
      : node,
  )
}
