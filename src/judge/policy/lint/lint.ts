import type { Engines } from '../../../engine/engines.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { ExpressionCost, LintProblem, PolicyLintReport } from '../../../model/policy-lint.ts'
import type { Policy } from '../../../model/policy.ts'
import type { Tree } from '../../../model/tree.ts'
import type { PolicySource } from '../source.ts'
import { lintAdmission, unreachable } from './admission.ts'
import { lintGatekeeper } from './gatekeeper.ts'
import { lintKyverno } from './kyverno.ts'
import { atTheirFields } from './lines.ts'
import { missingParameters } from './parameters.ts'
import { podsOnly } from './pods-only.ts'
import { lintRego } from './rego.ts'

export interface LintInput {
  readonly policies: PolicySource
  /** Where the policies were read. */
  readonly tree: Tree
  readonly engines: Engines
  /** Minor versions to compile for, oldest first. */
  readonly kubernetes: readonly string[]
  /** Definitions of custom resources that the policies match. */
  readonly definitions: readonly JsonObject[]
  /** `group/Kind` of everything that Kubernetes has had, and of the tools whose definitions are shipped. */
  readonly kinds: ReadonlySet<string>
  /** Warnings fail too. */
  readonly strict: boolean
}

/** What is wrong with policies before anything was written that they could judge. */
export async function lintPolicies(input: LintInput): Promise<PolicyLintReport> {
  const { policies, tree, engines, kubernetes, strict } = input
  if (policies.unreadableSets.length > 0) return broken(input)
  const found = [
    ...setProblems(policies),
    ...[...policies.policies.values()].flatMap(undocumented),
    ...unreachable(policies),
    ...missingParameters(policies),
    ...podsOnly(policies),
    // Neither Kyverno nor OPA compiles differently for another Kubernetes.
    ...(await lintKyverno(input)),
    ...(await lintRego(input)),
  ]
  const costs = new Map<string, ExpressionCost>()
  for (const minor of kubernetes) {
    const admission = await lintAdmission(minor, input)
    found.push(...admission.problems, ...(await lintGatekeeper(minor, input)))
    for (const cost of admission.costs) keepHighest(costs, cost)
  }
  const problems = merged(await atTheirFields(found, tree, engines))
  const failed = problems.some(({ level }) => level === 'error' || strict)
  return {
    verdict: failed ? 'fail' : 'pass',
    kubernetes,
    policies: policies.policies.size,
    problems,
    costs: [...costs.values()].sort(byCost),
  }
}

/** What is wrong with the set's file itself, and nothing else: its policies are not what it says they are. */
function broken({ policies: { problems, policies }, kubernetes }: LintInput): PolicyLintReport {
  return {
    verdict: 'fail',
    kubernetes,
    policies: policies.size,
    problems: problems.map(({ message, location }): LintProblem => ({
      level: 'error',
      code: 'set',
      message,
      ...(location === undefined ? {} : { location }),
    })),
    costs: [],
  }
}

function setProblems({ problems, refused, failed, notChecked }: PolicySource): LintProblem[] {
  const told = new Set(problems.map(({ message }) => message))
  return [
    ...[...problems, ...refused].map(({ message, location }): LintProblem => ({
      level: 'error',
      code: 'set',
      message,
      ...(location === undefined ? {} : { location }),
    })),
    ...[...failed, ...notChecked]
      .filter(({ reason }) => !told.has(reason))
      .map(({ what, code, reason, location }): LintProblem => ({
        level: code === 'policy-error' || code === 'engine' ? 'error' : 'warning',
        code: code === 'not-evaluable' ? 'not-evaluable' : 'compile',
        policy: what,
        message: reason,
        ...(location === undefined ? {} : { location }),
      })),
  ]
}

/** A reviewer who is stopped by a rule wants to know what it is and what to do. */
function undocumented({ id, title, docs, remedy, location }: Policy): LintProblem[] {
  const missing = [
    ...(title === undefined ? ['title'] : []),
    ...(remedy === undefined ? ['remediation'] : []),
    ...(docs === undefined ? ['docs'] : []),
  ]
  if (missing.length === 0) return []
  const message = `has no ${missing.join(', no ')}`
  return [{ level: 'warning', code: 'undocumented', policy: id, message, location }]
}

function keepHighest(costs: Map<string, ExpressionCost>, cost: ExpressionCost): void {
  const key = `${cost.policy} ${cost.field}`
  const known = costs.get(key)
  if (known === undefined || byCost(cost, known) < 0) costs.set(key, cost)
}

function byCost(a: ExpressionCost, b: ExpressionCost): number {
  const [left, right] = [a.maximum ?? Infinity, b.maximum ?? Infinity]
  if (left !== right) return left > right ? -1 : 1
  return `${a.policy} ${a.field}` < `${b.policy} ${b.field}` ? -1 : 1
}

/** One entry for what several minors say alike. */
function merged(problems: readonly LintProblem[]): readonly LintProblem[] {
  const byKey = new Map<string, LintProblem>()
  for (const problem of problems) {
    const { level, code, policy, message, location, kubernetes } = problem
    const key = JSON.stringify([level, code, policy, message, location])
    const known = byKey.get(key)
    byKey.set(
      key,
      known?.kubernetes === undefined || kubernetes === undefined
        ? problem
        : { ...known, kubernetes: [...new Set([...known.kubernetes, ...kubernetes])] },
    )
  }
  const order = ({ location, code, message }: LintProblem): string =>
    [location?.file ?? '', String(location?.line ?? 0).padStart(8, '0'), code, message].join('\n')
  return [...byKey.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1))
}
