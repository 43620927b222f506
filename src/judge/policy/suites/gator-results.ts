import type { ConfigurationProblem } from '../../../config/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { Location } from '../../../model/location.ts'
import { kindAndName, type PolicyDocument } from '../../../model/policy.ts'
import { textAt } from '../../field-steps.ts'
import type { CaseResult } from './case.ts'
import { readGatorSuite, type GatorCase, type GatorTest } from './gator-suite.ts'
import { runGatorTest, type GatorResult } from './gator-run.ts'
import { notRun, policyOf, type NativeContext, type NativeResults } from './native-suites.ts'
import type { NativeSuite } from './suite-files.ts'

/** Runs a `suite.yaml` of `gator verify`. A case is of the constraint that its test names. */
export async function runGatorSuite(suite: NativeSuite, context: NativeContext): Promise<NativeResults> {
  const results: CaseResult[] = []
  const whole = suite.object['skip'] === true
  for (const [index, raw] of entries(suite.object['tests'])) {
    const at = suite.locate(['tests', index])
    const named = { policy: suite.file, foreign: true, name: textAt(raw, 'name') ?? '' } as const
    if (whole || raw['skip'] === true) {
      results.push({ ...named, ...notRun, location: at })
      continue
    }
    const read = readGatorSuite({ tests: [raw] })
    if (typeof read === 'string') {
      suite.problems.push(problemAt(at, read))
      continue
    }
    for (const test of read.tests) results.push(...(await runTest(suite, test, raw, index, context)))
  }
  return { results, problems: suite.problems }
}

async function runTest(
  suite: NativeSuite,
  test: GatorTest,
  raw: JsonObject,
  index: number,
  { engines, policies, kubernetes }: NativeContext,
): Promise<readonly CaseResult[]> {
  const location = suite.locate(['tests', index])
  const [template] = await documents(suite, [test.template])
  const [constraint] = await documents(suite, [test.constraint])
  if (template === undefined || constraint === undefined) {
    suite.problems.push(problemAt(location, `${test.name}: its template or its constraint cannot be read`))
    return []
  }
  const of = policyOf('gatekeeper', kindAndName(constraint.object), policies)
  const expansions = test.expansion === '' ? [] : await documents(suite, [test.expansion])
  const objects = new Map<string, readonly JsonObject[]>()
  for (const { object, inventory } of test.cases)
    for (const path of [object, ...inventory])
      if (!objects.has(path))
        objects.set(
          path,
          (await suite.read([path])).map((document) => document.object),
        )
  const answers = await runGatorTest(test, { template, constraint, expansions, objects }, engines, kubernetes)
  if ('error' in answers) {
    suite.problems.push(problemAt(location, `${test.name}: ${answers.error.message}`))
    return []
  }
  const results: CaseResult[] = []
  const [invalid] = answers
  if (test.invalid && invalid !== undefined)
    return [{ ...of, ...verdict('error', invalid, []), name: test.name, location }]
  let next = 0
  for (const [position, one] of entries(raw['cases'])) {
    const place = suite.locate(['tests', index, 'cases', position])
    const name = `${test.name}: ${textAt(one, 'name') ?? ''}`
    if (one['skip'] === true) {
      results.push({ ...of, ...notRun, name, location: place })
      continue
    }
    const [answer, wanted] = [answers[next], test.cases[next]]
    next++
    if (answer === undefined || wanted === undefined) continue
    const expects = expected(wanted)
    results.push({ ...of, ...verdict(expects, answer, [expects]), name, location: place })
  }
  return results
}

/** Violations that some assertion wants make a case that the policy refuses. */
function expected({ assertions }: GatorCase): 'pass' | 'fail' {
  return assertions.some(({ violations }) => violations !== 'no' && violations !== 0) ? 'fail' : 'pass'
}

function verdict(
  expects: string,
  { messages, problem, open }: GatorResult,
  shows: CaseResult['shows'],
): Pick<CaseResult, 'expected' | 'outcome' | 'messages' | 'shows' | 'problem'> {
  if (open !== undefined)
    return { expected: expects, outcome: 'not-evaluable', messages, shows: [], problem: open }
  const outcome =
    expects === 'error' && problem === undefined ? 'error' : messages.length > 0 ? 'fail' : 'pass'
  return { expected: expects, outcome, messages, shows, ...(problem === undefined ? {} : { problem }) }
}

async function documents(suite: NativeSuite, paths: readonly string[]): Promise<readonly PolicyDocument[]> {
  return (await suite.read(paths)).map((document) => ({ ...document, source: suite.file }))
}

function problemAt({ file, line = 1 }: Location, message: string): ConfigurationProblem {
  return { file, line, column: 1, message }
}

function entries(value: Json | undefined): readonly (readonly [number, JsonObject])[] {
  const list = Array.isArray(value) ? (value as readonly Json[]) : []
  return list.flatMap((entry, index) => (isJsonObject(entry) ? [[index, entry] as const] : []))
}
