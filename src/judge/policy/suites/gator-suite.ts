import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { splitApiVersion } from '../../../model/object.ts'
import { textAt } from '../../field-steps.ts'

/** A `suite.yaml` of `gator verify` (gatekeeper pkg/gator/verify/suite.go). Paths are as written, beside the suite. */
export interface GatorSuite {
  readonly tests: readonly GatorTest[]
}

/** A template and a constraint, and what they do to objects. */
export interface GatorTest {
  readonly name: string
  readonly template: string
  readonly constraint: string
  /** Holds an ExpansionTemplate; empty for none. */
  readonly expansion: string
  /** The constraint must be refused by the template's schema. */
  readonly invalid: boolean
  readonly cases: readonly GatorCase[]
}

export interface GatorCase {
  readonly name: string
  /** An object, or an AdmissionReview. */
  readonly object: string
  /** Files of objects for `data.inventory`. */
  readonly inventory: readonly string[]
  readonly assertions: readonly GatorAssertion[]
}

/** How many violations have a message that matches; `yes` is at least one, `no` is none. */
export interface GatorAssertion {
  readonly violations: number | 'yes' | 'no'
  /** RE2, as Go reads it; any message when absent. */
  readonly message?: string
}

export function isGatorSuite(object: JsonObject): boolean {
  const { group } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  return group === 'test.gatekeeper.sh' && object['kind'] === 'Suite'
}

/** Reads a suite; what is marked `skip` is left out. Answers a sentence when an assertion cannot be read. */
export function readGatorSuite(object: JsonObject): GatorSuite | string {
  try {
    return { tests: object['skip'] === true ? [] : objects(object['tests']).map(readTest) }
  } catch (error) {
    if (error instanceof UnreadableAssertion) return error.message
    throw error
  }
}

class UnreadableAssertion extends Error {}

function readTest(test: JsonObject): GatorTest {
  return {
    name: textAt(test, 'name') ?? '',
    template: textAt(test, 'template') ?? '',
    constraint: textAt(test, 'constraint') ?? '',
    expansion: textAt(test, 'expansion') ?? '',
    invalid: test['invalid'] === true,
    cases: objects(test['cases']).map((one) => ({
      name: textAt(one, 'name') ?? '',
      object: textAt(one, 'object') ?? '',
      inventory: list(one['inventory']).filter((path): path is string => typeof path === 'string'),
      assertions: objects(one['assertions']).map(readAssertion),
    })),
  }
}

function readAssertion(assertion: JsonObject): GatorAssertion {
  const violations = countOf(assertion['violations'] ?? 'yes')
  const message = textAt(assertion, 'message')
  return { violations, ...(message === undefined ? {} : { message }) }
}

/** gator's own reader takes a bare `yes` for a text; kubectl's, which read this suite, for a boolean. */
function countOf(value: Json): GatorAssertion['violations'] {
  if (value === 'yes' || value === true) return 'yes'
  if (value === 'no' || value === false) return 'no'
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new UnreadableAssertion('violations must be a number from 0 up, "yes" or "no"')
}

/** True when as many messages match as the assertion wants. */
export function holds({ violations }: GatorAssertion, matching: number): boolean {
  if (violations === 'yes') return matching > 0
  return matching === (violations === 'no' ? 0 : violations)
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return list(value).filter((entry): entry is JsonObject => isJsonObject(entry) && entry['skip'] !== true)
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
