/**
 * Objects of custom resources against their CRD's structural schema, by interpretation.
 *
 * Why not ajv: these schemas can come from the pull request. ajv turns a schema into JavaScript and evaluates it, and
 * its own documentation asks for care with untrusted ones: `pattern` runs on a backtracking engine (T40), references
 * and nesting can exhaust the stack (T39), and compile time is the author's to choose. A structural schema is a small
 * language without references, and Kubernetes gives it meanings that JSON Schema does not have (pruning, defaulting
 * before validation, nulls). Reading it directly is less code than translating it, evaluates nothing, and can count its
 * own steps. `pattern` and `format` are left to the admission engine, whose Go code runs them in linear time.
 */
import type { PathStep } from '../../engine/api.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Problem } from './problem.ts'
import { SchemaLimit } from './limits.ts'
import { valueRules } from './structural-values.ts'

/** Objects that are validated may nest this deep; the same for combinators inside combinators. */
const maximumDepth = 500
/**
 * Visits of (schema, value) pairs per object. The largest public resources need tens of thousands; what needs more is
 * built to (alternatives inside alternatives multiply).
 */
const maximumVisits = 2_000_000

/** What a check found out. Undecided means that only skipped keywords stand between the value and a yes. */
export interface Findings {
  readonly problems: Problem[]
  undecided: boolean
}

export interface Check {
  readonly findings: Findings
  readonly visits: { left: number }
  /** False inside allOf, anyOf, oneOf and not: those never specify fields, so they never prune. */
  readonly prunes: boolean
  /** Called on the metadata of embedded resources. */
  readonly metadata: (metadata: Json, steps: readonly PathStep[]) => Problem[]
}

/**
 * @param preserve the definition's legacy switch: nothing is pruned
 * @param metadata checks what every object's metadata must be
 * @throws SchemaLimit when the object or schema is deeper or larger than limits allow
 */
export function structuralProblems(
  schema: JsonObject,
  object: JsonObject,
  preserve: boolean,
  metadata: Check['metadata'],
): Problem[] {
  const findings: Findings = { problems: [], undecided: false }
  const check: Check = { findings, visits: { left: maximumVisits }, prunes: !preserve, metadata }
  // The root is a resource whether the schema says so or not.
  visit({ ...schema, 'x-kubernetes-embedded-resource': true }, object, [], check, schema, 0)
  return findings.problems
}

/**
 * @param structural the part of the structural schema that describes the value: combinators look defaults up there
 * @param depth levels of value and of combinators so far
 */
export function visit(
  schema: JsonObject,
  value: Json,
  steps: readonly PathStep[],
  check: Check,
  structural: JsonObject,
  depth: number,
): void {
  if (--check.visits.left < 0)
    throw new SchemaLimit('the object needs more steps to validate than are allowed')
  if (depth > maximumDepth)
    throw new SchemaLimit(`the object or its schema is nested deeper than ${maximumDepth}`)
  if (value === null && schema['nullable'] === true) return
  const expected = expectedType(schema)
  if (expected !== undefined && !hasType(value, expected)) {
    check.findings.problems.push({
      kind: 'wrong-type',
      steps,
      expected: typeNames[expected] ?? expected,
      value,
    })
    return
  }
  valueRules(schema, value, steps, check, structural, depth)
  if (Array.isArray(value)) visitList(schema, value as readonly Json[], steps, check, structural, depth)
  else if (isJsonObject(value)) visitObject(schema, value, steps, check, structural, depth)
}

function visitList(
  schema: JsonObject,
  list: readonly Json[],
  steps: readonly PathStep[],
  check: Check,
  structural: JsonObject,
  depth: number,
): void {
  const items = own(schema, 'items')
  if (!isJsonObject(items)) return
  const inner = own(structural, 'items')
  list.forEach((element, index) => {
    visit(items, element, [...steps, index], check, isJsonObject(inner) ? inner : items, depth + 1)
  })
}

function visitObject(
  schema: JsonObject,
  object: JsonObject,
  steps: readonly PathStep[],
  check: Check,
  structural: JsonObject,
  depth: number,
): void {
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  for (const [name, value] of Object.entries(object)) {
    const field = [...steps, name]
    if (embedded && name === 'metadata') {
      // The server reads metadata as its own type whatever the schema says; the schema may only restrict names further.
      if (check.prunes) check.findings.problems.push(...check.metadata(value, field))
      continue
    }
    const described = fieldSchema(schema, name)
    if (described === undefined) {
      if (check.prunes && isPruned(schema, embedded, name))
        check.findings.problems.push({
          kind: 'unknown-field',
          steps: field,
          known: knownFields(schema, embedded),
          pruned: true,
        })
      continue
    }
    // A null that is not allowed is dropped before validation.
    if (value === null && described['nullable'] !== true) continue
    visit(described, value, field, check, fieldSchema(structural, name) ?? described, depth + 1)
  }
  requiredFields(schema, object, steps, check, structural)
  if (!check.prunes) visitDefaults(schema, object, steps, check, structural, depth)
}

/** A field with a default is there when the rules run. */
function requiredFields(
  schema: JsonObject,
  object: JsonObject,
  steps: readonly PathStep[],
  check: Check,
  structural: JsonObject,
): void {
  const required = schema['required']
  if (!Array.isArray(required)) return
  for (const name of required as readonly Json[]) {
    if (typeof name !== 'string') continue
    const described = fieldSchema(structural, name) ?? fieldSchema(schema, name)
    const value = own(object, name)
    const present =
      value !== undefined && (value !== null || described === undefined || described['nullable'] === true)
    if (!present && described?.['default'] === undefined)
      check.findings.problems.push({ kind: 'missing-field', steps: [...steps, name] })
  }
}

/** Inside combinators: rules on fields that only a default will fill in. */
function visitDefaults(
  schema: JsonObject,
  object: JsonObject,
  steps: readonly PathStep[],
  check: Check,
  structural: JsonObject,
  depth: number,
): void {
  const properties = schema['properties']
  if (!isJsonObject(properties)) return
  for (const [name, rule] of Object.entries(properties)) {
    if (Object.hasOwn(object, name) || !isJsonObject(rule)) continue
    const described = fieldSchema(structural, name)
    const value = described?.['default']
    if (described !== undefined && value !== undefined)
      visit(rule, value, [...steps, name], check, described, depth + 1)
  }
}

function isPruned(schema: JsonObject, embedded: boolean, name: string): boolean {
  if (embedded && ['apiVersion', 'kind', 'metadata'].includes(name)) return false
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return false
  // Without a type nothing is said about fields; such schemas are not structural and not ours to judge.
  return schema['type'] === 'object' && schema['additionalProperties'] !== true
}

function knownFields(schema: JsonObject, embedded: boolean): string[] {
  const properties = schema['properties']
  const names = isJsonObject(properties) ? Object.keys(properties) : []
  return embedded ? [...new Set([...names, 'apiVersion', 'kind', 'metadata'])] : names
}

/** The schema of a field: its own, or that of a map's values. */
export function fieldSchema(schema: JsonObject, name: string): JsonObject | undefined {
  const properties = schema['properties']
  const property = isJsonObject(properties) ? own(properties, name) : undefined
  if (isJsonObject(property)) return property
  const rest = schema['additionalProperties']
  return isJsonObject(rest) ? rest : undefined
}

function expectedType(schema: JsonObject): string | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return 'int-or-string'
  const type = schema['type']
  return typeof type === 'string' ? type : undefined
}

const typeNames: Readonly<Record<string, string>> = { array: 'list', 'int-or-string': 'integer or string' }

/** Types that no one knows are taken for satisfied: the definition is wrong, not the object. */
function hasType(value: Json, type: string): boolean {
  switch (type) {
    case 'object':
      return isJsonObject(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'int-or-string':
      return typeof value === 'string' || Number.isInteger(value)
    case 'string':
    case 'boolean':
    case 'number':
      return typeof value === type
    default:
      return true
  }
}

/** A key of an object itself: `constructor` and the like are names as any other (case Y29). */
function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
