import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { formatPath } from '../schema/path.ts'

/**
 * The field that a CEL validation is about, read off its text: the one path below `object` that it names. Empty when it
 * names several or none, or goes through `variables`, whose fields nobody can see here: then only the object is certain.
 * A list that the expression walks (`containers.all(c, …)`) is the field, since which entry failed is not told.
 * @param expression CEL of a ValidatingAdmissionPolicy (k8s.io/apiserver: `object`, `oldObject`, `params`, `variables`)
 */
export function fieldOfExpression(expression: string, object: JsonObject): string {
  const code = withoutTexts(expression)
  if (/(?<![.\w])variables\b/.test(code) || /(?<![.\w])object(?!\.|\w)/.test(code)) return ''
  const paths = [...code.matchAll(/(?<![.\w])object((?:\.\??[A-Za-z_]\w*)+)(\s*\()?/g)].map(
    ([, fields = '', call]) => {
      const steps = fields
        .slice(1)
        .split('.')
        .map((step) => step.replace(/^\?/, ''))
      return call === undefined ? steps : steps.slice(0, -1)
    },
  )
  const distinct = [...new Set(paths.map((steps) => steps.join('.')))]
  const deepest = distinct.filter((path) => !distinct.some((other) => other.startsWith(`${path}.`)))
  const [only] = deepest
  if (deepest.length !== 1 || only === undefined || only === '') return ''
  return formatPath(existing(only.split('.'), object))
}

/** Quoted texts hold no fields: `'object.spec'` is a word in a message. */
function withoutTexts(expression: string): string {
  return expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
}

/** Up to the first step that the object does not have, that one included: a missing field is what is wrong. */
function existing(steps: readonly string[], object: JsonObject): readonly string[] {
  let value: Json | undefined = object
  for (const [depth, step] of steps.entries()) {
    if (!isJsonObject(value)) return steps.slice(0, depth)
    if (!Object.hasOwn(value, step)) return steps.slice(0, depth + 1)
    value = value[step]
  }
  return steps
}
