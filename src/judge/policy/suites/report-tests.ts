import { closest, distance } from 'fastest-levenshtein'
import type { ConfigurationProblem } from '../../../config/errors.ts'
import type { PolicyTestReport, TestedCase, TestedPolicy } from '../../../model/policy-tests.ts'
import type { PolicySource } from '../source.ts'
import type { CaseResult } from './case.ts'

/**
 * Sums up what came of a set's suites. It fails when a case does not hold, when a policy has no case that passes or none
 * that fails (nobody knows whether such a policy does anything), and when something could not be read.
 */
export function reportTests(input: {
  readonly policies: PolicySource
  readonly results: readonly CaseResult[]
  readonly suiteProblems: readonly ConfigurationProblem[]
  readonly kubernetes: string
}): PolicyTestReport {
  const { policies, results, suiteProblems, kubernetes } = input
  // What follows from a broken policyset.yaml says less than what is wrong in it.
  if (policies.unreadableSets.length > 0)
    return { verdict: 'fail', kubernetes, policies: [], problems: policies.problems.map(toldOfSet) }
  const ids = [...policies.policies.values()].map(({ id }) => id)
  const own = [...policies.policies.values()].map(({ id, location }): TestedPolicy => {
    const own = results.filter((result) => result.policy === id && result.foreign !== true)
    const shown = new Set(own.flatMap(({ shows }) => shows))
    return {
      id,
      location,
      cases: own.map(testedCase),
      untested: [
        ...(shown.has('pass') ? [] : (['a case that passes'] as const)),
        ...(shown.has('fail') ? [] : (['a case that fails'] as const)),
      ],
    }
  })
  const tested = [...own, ...foreign(results)].sort((a, b) => (a.id < b.id ? -1 : 1))
  const strays = new Map(
    results
      .filter(({ policy, foreign }) => foreign !== true && !ids.includes(policy))
      .toReversed()
      .map((result) => [result.policy, result]),
  )
  const problems = [
    ...suiteProblems.map(({ file, line, message, nearest }) => ({
      message: nearest === undefined ? message : `${message}: did you mean ${nearest}?`,
      location: { file, line },
    })),
    ...[...strays].map(([id, result]) => ({
      message: `the set has no policy ${id}${hint(id, ids)}`,
      location: result.location,
    })),
    ...[...policies.problems, ...policies.refused].map(toldOfSet),
    ...[...policies.failed, ...policies.notChecked]
      .filter(saidHere(policies))
      .map(({ what, reason, location }) => ({
        message: `${what}: ${reason}`,
        ...(location === undefined ? {} : { location }),
      })),
  ]
  const failed = tested.some(
    ({ cases, untested }) => untested.length > 0 || cases.some(({ problem }) => problem !== null),
  )
  return { verdict: failed || problems.length > 0 ? 'fail' : 'pass', kubernetes, policies: tested, problems }
}

/** What the set was told already is said once; what nothing evaluates by its nature is lint's to tell. */
function saidHere({ problems }: PolicySource): (entry: PolicySource['failed'][number]) => boolean {
  const told = new Set(problems.map(({ message }) => message))
  return ({ code, reason }) => code !== 'not-evaluable' && !told.has(reason)
}

function toldOfSet({
  message,
  location,
}: PolicySource['problems'][number]): PolicyTestReport['problems'][number] {
  return { message, ...(location === undefined ? {} : { location }) }
}

/** Cases of what native suites bring along: they must hold, and show nothing of the set's own policies. */
function foreign(results: readonly CaseResult[]): TestedPolicy[] {
  const byName = new Map<string, CaseResult[]>()
  for (const result of results)
    if (result.foreign === true) byName.set(result.policy, [...(byName.get(result.policy) ?? []), result])
  return [...byName].flatMap(([id, cases]) =>
    cases[0] === undefined
      ? []
      : [{ id, location: { file: cases[0].location.file }, cases: cases.map(testedCase), untested: [] }],
  )
}

function testedCase({ name, location, expected, outcome, messages, problem }: CaseResult): TestedCase {
  return { name, location, expected, outcome, messages, problem: problem ?? null }
}

function hint(id: string, ids: readonly string[]): string {
  if (ids.length === 0) return ''
  const best = closest(id, [...ids])
  return distance(id, best) > best.length / 2 ? '' : `: did you mean ${best}?`
}
