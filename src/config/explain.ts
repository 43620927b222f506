import { configurationSchema, type Schema } from './schema.ts'

/** The keys of the configuration as a Markdown table, for the README. */
export function explainConfiguration(): string {
  return ['| key | what | default |', '|:--|:--|:--|', ...rowsOf(configurationSchema, '')].join('\n')
}

/** The text of docs/configuration.schema.json. */
export function configurationSchemaText(): string {
  return `${JSON.stringify(configurationSchema, null, 2)}\n`
}

function rowsOf(schema: Schema, prefix: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const name = `${prefix}${key}`
    return [
      `| ${code(name)} | ${whatOf(property)} | ${defaultOf(property, schema.required?.includes(key) === true)} |`,
      ...rowsOf(property, `${name}.`),
      ...rowsOf(property.items ?? { type: 'null' }, `${name}[].`),
    ]
  })
}

function whatOf(schema: Schema): string {
  const parts = [schema.description ?? '']
  if (schema.enum !== undefined)
    parts.push(`One of ${schema.enum.map((value) => code(String(value))).join(', ')}.`)
  const example = schema.examples?.[0]
  if (example !== undefined) parts.push(`Example: ${code(JSON.stringify(example))}`)
  return parts.join(' ')
}

function defaultOf(schema: Schema, required: boolean): string {
  if (required) return 'required'
  // A mapping's default is the defaults of its keys, which have rows of their own.
  if (schema.default === undefined || (schema.type === 'object' && schema.properties !== undefined)) return ''
  return code(
    typeof schema.default === 'string' && !/^[0-9]/.test(schema.default)
      ? schema.default
      : JSON.stringify(schema.default),
  )
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}
