/**
 * A catalogue of JSON schemas for kubeconform without a network: the shapes that preadmit embeds, closed as
 * kubernetes-json-schema's "standalone-strict" folders are. kubeconform thus knows the same fields and types.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadSchemas } from '../src/judge/schema/artefact.ts'
import { definitionAt, type SchemaDefinition } from '../src/judge/schema/catalogue.ts'

/** Writes the newest minor's kinds into the directory; answers the value for `-schema-location`. */
export async function writeKubeconformSchemas(directory: string): Promise<string> {
  const { catalogue } = await loadSchemas(new URL('../dist/', import.meta.url))
  await mkdir(directory, { recursive: true })
  const definitions = Object.fromEntries(catalogue.definitions.map((one, at) => [String(at), strict(one)]))
  await writeFile(join(directory, 'definitions.json'), JSON.stringify({ definitions }))
  for (const entry of catalogue.kinds) {
    const at = definitionAt(entry, catalogue.minors.length - 1)
    if (at === undefined) continue
    const group = entry.group === '' ? '' : `-${entry.group.split('.', 1)[0] ?? ''}`
    const name = `${entry.kind.toLowerCase()}${group}-${entry.version}.json`
    await writeFile(join(directory, name), JSON.stringify({ $ref: `definitions.json#/definitions/${at}` }))
  }
  return join(directory, '{{ .ResourceKind }}{{ .KindSuffix }}.json')
}

function strict(definition: SchemaDefinition): object {
  const { $ref, type, properties, required, additionalProperties, items } = definition
  if ($ref !== undefined) return { $ref: `#/definitions/${$ref}` }
  return {
    ...(type === undefined ? {} : { type: jsonTypes(type) }),
    ...(required === undefined ? {} : { required }),
    ...(items === undefined ? {} : { items: strict(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: strict(additionalProperties) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, strict(one)])),
          additionalProperties: false,
        }),
  }
}

function jsonTypes(type: NonNullable<SchemaDefinition['type']>): string[] {
  if (type === 'quantity') return ['string', 'number', 'null']
  return type === 'int-or-string' ? ['integer', 'string', 'null'] : [type, 'null']
}
