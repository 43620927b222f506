import { Ajv, type ErrorObject } from 'ajv'
import { closest, distance } from 'fastest-levenshtein'
import type { ConfigurationProblem } from './errors.ts'
import { globProblem, nameGlobProblem, pathProblem } from './glob.ts'
import type { ParsedFile, Step } from './parse-yaml.ts'
import { parseHostPattern } from '../source/remote/access.ts'
import { configurationSchema, patternMeanings, type Format, type Schema } from './schema.ts'

/** A value with the shape of the schema and its defaults, or what is wrong with it, in the order of the file. */
export type Validation = { readonly value: unknown } | { readonly problems: readonly ConfigurationProblem[] }

/** Why a string has not the format, as a clause that follows its name. */
const formats: Readonly<Record<Format, (value: string) => string | undefined>> = {
  'path-glob': globProblem,
  'name-glob': nameGlobProblem,
  'repository-path': pathProblem,
  'schema-location': (value) =>
    /^[a-z][a-z0-9+.-]*:/i.test(value)
      ? 'is a URL, and nothing is fetched: commit the schemas and name their path'
      : pathProblem(value),
  'path-pattern': (value) => globProblem(value.replace(/^!/, '')),
  'name-pattern': (value) => nameGlobProblem(value.replace(/^!/, '')),
  date: (value) => (isDate(value) ? undefined : 'must be a date such as 2027-01-31'),
  'host-pattern': (value) =>
    parseHostPattern(value) === undefined
      ? 'must be a host, such as charts.example.com, ghcr.io/acme, *.example.com or http://localhost:5000'
      : undefined,
}

/** A day of the calendar: `2027-01-31`. */
export function isDate(value: string): boolean {
  const day = new Date(`${value}T00:00:00Z`)
  return (
    /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value)
  )
}

/** Checks the configuration against its schema and fills in the defaults. */
export function validate(parsed: ParsedFile, file: string): Validation {
  return validateWith(configurationSchema, parsed, file, duplicates)
}

/**
 * Checks a parsed file against a schema of ours and fills in the defaults.
 * @param more what a schema cannot say
 */
export function validateWith(
  schema: Schema,
  parsed: ParsedFile,
  file: string,
  more: (value: unknown, parsed: ParsedFile, file: string) => readonly ConfigurationProblem[] = () => [],
): Validation {
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    allowUnionTypes: true,
    // The schema is ours and a test holds it against the meta schema: half of the time went into doing that on every run.
    validateSchema: false,
    // Polishing code that runs once costs more than the code.
    code: { optimize: false },
  })
  for (const [name, problem] of Object.entries(formats))
    ajv.addFormat(name, { type: 'string', validate: (value: string) => problem(value) === undefined })
  const check = ajv.compile(schema)
  // An empty file is an empty mapping: every default.
  const value: unknown = parsed.value ?? {}
  const valid = check(value)
  const problems = [
    ...(valid ? [] : worthTelling(check.errors ?? []).map((error) => explain(error, parsed, file))),
    ...more(value, parsed, file),
  ]
  if (problems.length === 0) return { value }
  return {
    problems: problems.sort((a, b) => a.line - b.line || a.column - b.column),
  }
}

/** A value of the wrong type is not one of the choices either: one sentence is enough. */
function worthTelling(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const wrongType = new Set(errors.flatMap((error) => (error.keyword === 'type' ? [error.instancePath] : [])))
  return errors.filter((error) => error.keyword !== 'enum' || !wrongType.has(error.instancePath))
}

function explain(error: ErrorObject, parsed: ParsedFile, file: string): ConfigurationProblem {
  const path = stepsOf(error.instancePath)
  const at = { file, ...parsed.positionOf(path) }
  const schema = (error.parentSchema ?? {}) as Partial<Schema>
  const params = error.params as Readonly<Record<string, unknown>>
  const name = nameOf(path)

  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty'])
      const within = path.length === 0 ? '' : ` in ${name}`
      return {
        file,
        ...parsed.positionOfKey(path, key),
        message: `unknown key ${JSON.stringify(key)}${within}`,
        ...nearest(key, Object.keys(schema.properties ?? {})),
      }
    }
    case 'required':
      return { ...at, message: `${name} has no ${String(params['missingProperty'])}` }
    case 'type':
      return { ...at, message: `${name} ${typeProblem(schema, error.data, parsed.sourceOf(path))}` }
    case 'enum': {
      const allowed = (schema.enum ?? []).map(String)
      return {
        ...at,
        message: `${name} must be one of ${allowed.join(', ')}`,
        ...nearest(String(error.data), allowed),
      }
    }
    case 'pattern':
      return { ...at, message: `${name} ${patternMeanings[String(params['pattern'])] ?? 'is not valid'}` }
    case 'format':
      return {
        ...at,
        message: `${name} ${formats[schema.format ?? 'path-glob'](String(error.data)) ?? 'is not valid'}`,
      }
    case 'minLength':
      return { ...at, message: `${name} is empty` }
    case 'minimum':
    case 'maximum': {
      const { minimum = 0, maximum } = schema
      const range = maximum === undefined ? `be at least ${minimum}` : `be from ${minimum} to ${maximum}`
      return { ...at, message: `${name} must ${range}` }
    }
    default:
      return { ...at, message: `${name} ${error.message ?? 'is not valid'}` }
  }
}

function typeProblem(schema: Partial<Schema>, value: unknown, source: string | undefined): string {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  if (schema.pattern?.startsWith('^1\\.') === true && typeof value === 'number')
    return (
      `must be in quotes: "${source ?? String(value)}"` +
      (source !== undefined && source !== String(value)
        ? `; YAML reads ${source} as the number ${value}`
        : '')
    )
  const wanted = types.map((type) => typeNames[type]).join(' or ')
  return `must be ${wanted}, not ${typeNames[typeOf(value)]}`
}

const typeNames = {
  object: 'a mapping',
  array: 'a list',
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
  null: 'null',
} as const

function typeOf(value: unknown): keyof typeof typeNames {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'boolean'
  return typeof value === 'object' ? 'object' : 'number'
}

/** The nearest of the valid names, unless even that one is something else altogether. */
function nearest(written: string, valid: readonly string[]): { nearest?: string } {
  if (valid.length === 0) return {}
  const best = closest(written.toLowerCase(), [...valid])
  // More than half of the letters differ: no typing mistake.
  return distance(written.toLowerCase(), best.toLowerCase()) > Math.max(2, best.length / 2)
    ? {}
    : { nearest: best }
}

/** Names and destinations that two clusters claim: which of them is meant would depend on the order. */
function duplicates(value: unknown, parsed: ParsedFile, file: string): ConfigurationProblem[] {
  const seen = new Map<string, string>()
  const problems: ConfigurationProblem[] = []
  const claim = (kind: string, claimed: unknown, path: readonly Step[]): void => {
    if (typeof claimed !== 'string') return
    const key = `${kind} ${claimed}`
    const first = seen.get(key)
    if (first === undefined) seen.set(key, nameOf(path))
    else
      problems.push({
        file,
        ...parsed.positionOf(path),
        message: `${nameOf(path)} repeats ${first}: ${JSON.stringify(claimed)}`,
      })
  }
  listAt(value, 'clusters').forEach((cluster, n) => {
    claim('name', propertyOf(cluster, 'name'), ['clusters', n, 'name'])
    listAt(cluster, 'destinations').forEach((destination, m) => {
      claim('destination', destination, ['clusters', n, 'destinations', m])
    })
  })
  listAt(value, 'policies').forEach((policy, n) => {
    const of = (key: string): unknown => propertyOf(policy, key)
    if (of('path') === undefined && of('source') === undefined && of('set') === undefined)
      problems.push({
        file,
        ...parsed.positionOf(['policies', n]),
        message: `policies[${n}] names neither path nor source nor set`,
      })
    const source = of('source')
    const key = typeof source === 'string' ? 'source' : of('path') === undefined ? 'set' : 'path'
    const path = of('path')
    const place = typeof path === 'string' ? path : '.'
    claim('policy', typeof source === 'string' ? `${source}//${place}` : of(key), ['policies', n, key])
  })
  return problems
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = propertyOf(value, key)
  return Array.isArray(list) ? list : []
}

/** Steps of a JSON pointer. Indexes stay strings: a mapping may have the key `0`. */
function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** A place in the file as people write it: `clusters[0].paths[1]`. */
function nameOf(path: readonly Step[]): string {
  if (path.length === 0) return 'the file'
  return path
    .map((step, n) => (/^[0-9]+$/.test(String(step)) ? `[${step}]` : `${n === 0 ? '' : '.'}${step}`))
    .join('')
}
