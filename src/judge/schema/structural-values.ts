/** Rules of structural schemas on single values, and the combinators over them. */
import type { PathStep } from '../../engine/api.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { visit, type Check, type Findings } from './structural.ts'

/** Enumerations in messages; longer ones are cut. */
const shownAlternatives = 8

export function valueRules(
  schema: JsonObject,
  value: Json,
  steps: readonly PathStep[],
  check: Check,
  structural: JsonObject,
  depth: number,
): void {
  const text = brokenRule(schema, value)
  if (text !== undefined)
    check.findings.problems.push({ kind: 'invalid-value', steps, text, ...shown(value) })
  // Not run here: see schema-structural.ts.
  if (typeof value === 'string' && (schema['pattern'] !== undefined || schema['format'] !== undefined))
    check.findings.undecided = true
  combinators(schema, value, steps, check, structural, depth)
}

/** The first rule that a value breaks, as a text that begins with `must`. */
function brokenRule(schema: JsonObject, value: Json): string | undefined {
  const allowed = schema['enum']
  if (Array.isArray(allowed) && !allowed.some((one: Json) => equal(one, value)))
    return `must be one of ${list(allowed)}`
  if (typeof value === 'number') return brokenNumber(schema, value)
  // Lengths count code points, as Go's utf8.RuneCount does.
  if (typeof value === 'string')
    return brokenSize(schema, 'Length', 'characters', () => Array.from(value).length, value.length)
  if (Array.isArray(value)) return brokenSize(schema, 'Items', 'items', () => value.length, value.length)
  if (!isJsonObject(value)) return undefined
  const size = Object.keys(value).length
  return brokenSize(schema, 'Properties', 'fields', () => size, size)
}

function brokenNumber(schema: JsonObject, value: number): string | undefined {
  const { minimum, maximum, multipleOf } = schema
  if (typeof minimum === 'number') {
    if (schema['exclusiveMinimum'] === true && value <= minimum) return `must be more than ${minimum}`
    if (value < minimum) return `must be at least ${minimum}`
  }
  if (typeof maximum === 'number') {
    if (schema['exclusiveMaximum'] === true && value >= maximum) return `must be less than ${maximum}`
    if (value > maximum) return `must be at most ${maximum}`
  }
  // Fractions are left to the admission engine: binary floating point answers them differently in Go.
  if (
    typeof multipleOf === 'number' &&
    Number.isInteger(multipleOf) &&
    multipleOf > 0 &&
    value % multipleOf !== 0
  )
    return `must be a multiple of ${multipleOf}`
  return undefined
}

/** @param bound an upper bound of the size that costs nothing: strings are only counted when it matters */
function brokenSize(
  schema: JsonObject,
  suffix: 'Length' | 'Items' | 'Properties',
  unit: string,
  size: () => number,
  bound: number,
): string | undefined {
  const [least, most] = [schema[`min${suffix}`], schema[`max${suffix}`]]
  if (typeof most === 'number' && bound > most && size() > most) return `must have at most ${most} ${unit}`
  if (typeof least === 'number' && size() < least) return `must have at least ${least} ${unit}`
  return undefined
}

function combinators(
  schema: JsonObject,
  value: Json,
  steps: readonly PathStep[],
  check: Check,
  structural: JsonObject,
  depth: number,
): void {
  const attempt = (branch: JsonObject): Findings => {
    const findings: Findings = { problems: [], undecided: false }
    visit(branch, value, steps, { ...check, findings, prunes: false }, structural, depth + 1)
    return findings
  }
  const { findings } = check
  for (const branch of branches(schema['allOf'])) {
    const { problems, undecided } = attempt(branch)
    for (const problem of problems) findings.problems.push(problem)
    findings.undecided ||= undecided
  }
  const refuse = (text: string) => {
    findings.problems.push({ kind: 'invalid-value', steps, text })
  }

  const any = branches(schema['anyOf'])
  if (any.length > 0) {
    const answers = any.map((branch) => answer(attempt(branch)))
    if (answers.every((one) => one === 'no'))
      refuse(`must match at least one of ${any.length} alternatives (anyOf)`)
    else if (!answers.includes('yes')) findings.undecided = true
  }
  const one = branches(schema['oneOf'])
  if (one.length > 0) {
    const answers = one.map((branch) => answer(attempt(branch)))
    const yes = answers.filter((each) => each === 'yes').length
    if (yes > 1) refuse(`must match exactly one of ${one.length} alternatives and matches ${yes} (oneOf)`)
    else if (answers.every((each) => each === 'no'))
      refuse(`must match exactly one of ${one.length} alternatives (oneOf)`)
    else if (answers.includes('unknown')) findings.undecided = true
  }
  const not = schema['not']
  if (isJsonObject(not)) {
    const verdict = answer(attempt(not))
    if (verdict === 'yes') refuse('must not match what the schema excludes (not)')
    else if (verdict === 'unknown') findings.undecided = true
  }
}

function branches(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : []
}

function answer({ problems, undecided }: Findings): 'yes' | 'no' | 'unknown' {
  if (problems.length > 0) return 'no'
  return undecided ? 'unknown' : 'yes'
}

/** Lists and objects would flood a message. */
function shown(value: Json): { value?: Json } {
  return typeof value === 'object' ? {} : { value }
}

function list(values: readonly Json[]): string {
  const texts = values.slice(0, shownAlternatives).map((value) => JSON.stringify(value).slice(0, 60))
  return values.length > shownAlternatives
    ? `${texts.join(', ')} and ${values.length - shownAlternatives} more`
    : texts.join(', ')
}

/** Equality of JSON values; objects in enumerations are rare and small. */
function equal(a: Json, b: Json): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((one: Json, i) => equal(one, b[i] as Json))
    )
  const [left, right] = [a as JsonObject, b as JsonObject]
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && equal(left[name] as Json, right[name] as Json))
  )
}
