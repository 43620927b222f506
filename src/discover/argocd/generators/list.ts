import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { objectAt, objectsAt, textAt } from '../../fields.ts'
import { readYamlList } from '../../yaml-text.ts'
import type { Parameters } from '../parameters.ts'
import { failed, sets, type Generated, type GeneratorContext } from './generator.ts'

/** `list`: elements as they stand, and those of `elementsYaml`. */
export async function generateList(generator: JsonObject, context: GeneratorContext): Promise<Generated> {
  const { repository, dialect } = context
  const elements: Json[] = [...objectsAt(generator, 'elements')]
  const text = textAt(generator, 'elementsYaml') ?? ''
  if (text !== '') {
    const parsed = await readYamlList(text, repository.tree, repository.engines)
    if ('error' in parsed) return failed(`error unmarshalling decoded ElementsYaml: ${parsed.error}`)
    const other = parsed.value.find((element) => !isJsonObject(element))
    if (other !== undefined)
      return failed(
        `error unmarshalling decoded ElementsYaml: cannot unmarshal ${jsonType(other)} into Go value of type map[string]interface {}: an element is no map of keys and values`,
      )
    elements.push(...parsed.value)
  }
  const objects = elements.filter(isJsonObject)
  if (dialect.goTemplate) return sets(objects)

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
  return sets(found)
}

/** As encoding/json names the types of values. */
function jsonType(value: Json): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : value === null ? 'null' : typeof value
}
