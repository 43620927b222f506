import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { listAt, objectAt, textAt } from '../../fields.ts'
import { readYamlList } from '../../yaml-text.ts'
import type { Parameters } from '../parameters.ts'
import { failed, sets, type Generated, type GeneratorContext } from './generator.ts'

/** `list`: elements as they stand, and those of `elementsYaml`. */
export async function generateList(generator: JsonObject, context: GeneratorContext): Promise<Generated> {
  const { repository, dialect } = context
  const elements = listAt(generator, 'elements')
  const bad = elements.find((element) => !isJsonObject(element))
  if (bad !== undefined)
    return failed(
      `error unmarshalling list element: cannot unmarshal ${jsonType(bad)} into Go value of type map[string]interface {}`,
    )
  const written: JsonObject[] = []
  const text = textAt(generator, 'elementsYaml') ?? ''
  if (text !== '') {
    const parsed = await readYamlList(text, repository.tree, repository.engines)
    if ('error' in parsed) return failed(`error unmarshalling decoded ElementsYaml: ${parsed.error}`)
    const other = parsed.value.find((element) => !isJsonObject(element))
    if (other !== undefined)
      return failed(
        `error unmarshalling decoded ElementsYaml: cannot unmarshal ${jsonType(other)} into Go value of type map[string]interface {}: an element is no map of keys and values`,
      )
    written.push(...parsed.value.filter(isJsonObject))
  }
  const objects = elements.filter(isJsonObject)
  if (dialect.goTemplate) return sets([...objects, ...written])

  const found: Parameters[] = []
  for (const element of objects) {
    const flat: Record<string, Json> = {}
    for (const [key, value] of Object.entries(element)) {
      if (key === 'values') {
        for (const [name, item] of Object.entries(objectAt(element, 'values') ?? {})) {
          if (typeof item !== 'string') return failed(`error parsing value as string: values.${name}`)
          flat[`values.${name}`] = item
        }
      } else if (typeof value === 'string') flat[key] = value
      else return failed(`error parsing value as string: ${key}`)
    }
    found.push(flat)
  }
  // Those of the text are taken as they are: a value that is no text fills nothing (generators/list.go).
  return sets([...found, ...written])
}

/** As encoding/json names the types of values. */
function jsonType(value: Json): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : value === null ? 'null' : typeof value
}
