import { nearestPointer } from '../parameters.ts'
import { applyPatch, type Operation as PatchOperation } from 'rfc6902'
import type { ConfigurationProblem } from '../../../config/errors.ts'
import type { ParsedFile, Step } from '../../../config/parse-yaml.ts'
import { parseYaml } from '../../../config/parse-yaml.ts'
import { validateWith } from '../../../config/validate.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { Expectation, PolicyCase } from './case.ts'
import { policyTestSchema } from './policy-test-schema.ts'

/** A suite as {@link policyTestSchema} lets it be. */
interface SuiteFile {
  readonly policy: string
  readonly object?: string | JsonObject
  readonly cases: readonly CaseFile[]
}
interface CaseFile {
  readonly name: string
  readonly object?: string | JsonObject
  readonly patch?: readonly PatchOperation[]
  readonly oldObject?: string | JsonObject
  readonly oldPatch?: readonly PatchOperation[]
  readonly operation?: 'CREATE' | 'UPDATE' | 'DELETE'
  readonly namespace?: string | JsonObject
  readonly others: readonly (string | JsonObject)[]
  readonly user?: { readonly name: string; readonly groups: readonly string[] }
  readonly kubernetes?: string
  readonly expect: Expectation
  readonly message?: string
  readonly count?: number
}

export interface ReadSuite {
  readonly cases: readonly PolicyCase[]
  readonly problems: readonly ConfigurationProblem[]
}

/**
 * Reads one suite of our own form. A case that cannot be read is a problem with its line; the others are read.
 * @param file path of the suite, in problems and locations
 * @param objectAt the object of a file that a suite names, as its path relative to the suite; undefined when there is none
 */
export function readPolicyTest(
  text: string,
  file: string,
  objectAt: (path: string) => JsonObject | undefined,
): ReadSuite {
  const parsed = parseYaml(text, file)
  if (!('value' in parsed)) return { cases: [], problems: parsed }
  const validated = validateWith(policyTestSchema, parsed, file)
  if ('problems' in validated) return { cases: [], problems: validated.problems }
  const suite = validated.value as SuiteFile
  const cases: PolicyCase[] = []
  const problems: ConfigurationProblem[] = []
  for (const [index, one] of suite.cases.entries()) {
    try {
      cases.push(readCase(suite, one, index))
    } catch (error) {
      if (!(error instanceof CaseProblem)) throw error
      problems.push({ file, ...parsed.positionOf(['cases', index, ...error.at]), message: error.message })
    }
  }
  return { cases, problems }

  function readCase({ policy, object: shared }: SuiteFile, one: CaseFile, index: number): PolicyCase {
    const next = one.object ?? shared
    if (next === undefined)
      throw new CaseProblem(['name'], 'the case has no object, and neither has the suite')
    const object = patched(resolve(next, ['object']), one.patch ?? [], ['patch'])
    const old =
      one.oldObject === undefined
        ? undefined
        : patched(resolve(one.oldObject, ['oldObject']), one.oldPatch ?? [], ['oldPatch'])
    if (old === undefined && one.oldPatch !== undefined)
      throw new CaseProblem(['oldPatch'], 'oldPatch changes an oldObject, and the case has none')
    const { message, count } = one
    if (one.expect !== 'fail' && one.expect !== 'error' && (message !== undefined || count !== undefined))
      throw new CaseProblem(
        [message === undefined ? 'count' : 'message'],
        `a case that expects ${one.expect} has no findings whose ${message === undefined ? 'count' : 'message'} could be checked`,
      )
    return {
      policy,
      name: one.name,
      write: writeOf(one.operation, object, old),
      others: one.others.map((other, at) => resolve(other, ['others', at])),
      expect: one.expect,
      location: { file, line: positionOf(parsed as ParsedFile, index) },
      ...(one.namespace === undefined ? {} : { namespace: resolve(one.namespace, ['namespace']) }),
      ...(one.user === undefined ? {} : { user: one.user }),
      ...(one.kubernetes === undefined ? {} : { kubernetes: one.kubernetes }),
      ...(message === undefined ? {} : { message }),
      ...(count === undefined ? {} : { count }),
    }
  }

  function resolve(value: string | JsonObject, at: readonly Step[]): JsonObject {
    if (typeof value !== 'string') return value
    const object = objectAt(value)
    if (object === undefined)
      throw new CaseProblem(
        at,
        `${value} is no file with one object: name one that stands beside the suite, as its path from there`,
      )
    return object
  }
}

function positionOf(parsed: ParsedFile, index: number): number {
  return parsed.positionOf(['cases', index]).line
}

function writeOf(
  operation: CaseFile['operation'],
  object: JsonObject,
  old: JsonObject | undefined,
): PolicyCase['write'] {
  switch (operation ?? (old === undefined ? 'CREATE' : 'UPDATE')) {
    case 'CREATE':
      if (old !== undefined) throw new CaseProblem(['oldObject'], 'a CREATE replaces nothing')
      return { operation: 'CREATE', object }
    case 'UPDATE':
      if (old === undefined) throw new CaseProblem(['operation'], 'an UPDATE needs an oldObject')
      return { operation: 'UPDATE', object, old }
    case 'DELETE':
      if (old !== undefined)
        throw new CaseProblem(['oldObject'], 'a DELETE deletes its object; it has no oldObject')
      return { operation: 'DELETE', old: object }
  }
}

/** The object after a JSON patch. Objects are shared between cases: a copy is patched. */
function patched(object: JsonObject, patch: readonly PatchOperation[], at: readonly Step[]): JsonObject {
  if (patch.length === 0) return object
  const copy: Json = structuredClone(object)
  const failed = applyPatch(copy, [...patch])
  for (const [index, error] of failed.entries()) {
    if (error === null) continue
    const path = patch[index]?.path ?? ''
    const reason =
      error.name === 'MissingError'
        ? `the object has nothing at ${path}${nearestPointer(object, path)}`
        : error.message
    throw new CaseProblem([...at, index], `the patch does not apply: ${reason}`)
  }
  if (!isJsonObject(copy)) throw new CaseProblem(at, 'the patch leaves no object')
  return copy
}

class CaseProblem extends Error {
  readonly at: readonly Step[]

  constructor(at: readonly Step[], message: string) {
    super(message)
    this.at = at
  }
}
