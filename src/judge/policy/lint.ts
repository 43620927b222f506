import type { AdmissionLoadResult } from '../../engine/api.ts'
import type { Engines } from '../../engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { ExpressionCost, LintProblem, PolicyLintReport } from '../../model/policy-lint.ts'
import { policyKey, type Policy } from '../../model/policy.ts'
import { at, textAt } from '../field-steps.ts'
import type { PolicySource } from './source.ts'

export interface LintInput {
  readonly policies: PolicySource
  readonly engines: Engines
  /** Minor versions to compile for, oldest first. */
  readonly kubernetes: readonly string[]
  /** Definitions of custom resources that the policies match. */
  readonly definitions: readonly JsonObject[]
  /** Warnings fail too. */
  readonly strict: boolean
}

/** What is wrong with policies before anything was written that they could judge. */
export async function lintPolicies(input: LintInput): Promise<PolicyLintReport> {
  const { policies, kubernetes, strict } = input
  const found = [
    ...setProblems(policies),
    ...[...policies.policies.values()].flatMap(undocumented),
    ...unreachable(policies),
  ]
  const costs = new Map<string, ExpressionCost>()
  for (const minor of kubernetes) {
    const answers = await Promise.all(portions(policies).map((load) => inspect(load, minor, input)))
    for (const { problems, loaded } of answers) {
      found.push(...problems)
      if (loaded !== undefined) for (const cost of costsOf(loaded, policies)) keepHighest(costs, cost)
    }
  }
  const problems = merged(found)
  const failed = problems.some(({ level }) => level === 'error' || strict)
  return {
    verdict: failed ? 'fail' : 'pass',
    kubernetes,
    policies: policies.policies.size,
    problems,
    costs: [...costs.values()].sort(byCost),
  }
}

type Load = PolicySource['load']

/** Policies that are inspected in one call: type checking for every kind took up to a second each. */
const portion = 6

/** The policies in portions, each with the bindings that name them. Sets without any have nothing to compile here. */
function portions({ load }: PolicySource): readonly Load[] {
  const { policies = [], bindings = [], parameters = [] } = load
  return Array.from({ length: Math.ceil(policies.length / portion) }, (_, index) => {
    const own = policies.slice(index * portion, (index + 1) * portion)
    const names = new Set(own.map((object) => textAt(object, 'metadata', 'name')))
    return {
      policies: own,
      bindings: bindings.filter((object) => names.has(textAt(object, 'spec', 'policyName'))),
      parameters,
    }
  })
}

async function inspect(
  load: Load,
  minor: string,
  { policies, engines, definitions }: LintInput,
): Promise<{ readonly problems: readonly LintProblem[]; readonly loaded?: AdmissionLoadResult }> {
  const session = await engines.admission.open({
    kubernetes: minor,
    customResourceDefinitions: [...definitions],
    ...load,
    inspect: true,
  })
  if ('error' in session) {
    const { message } = session.error
    return { problems: [{ level: 'error', code: 'compile', message, kubernetes: [minor] }] }
  }
  return { problems: loadProblems(session.loaded, load, policies, minor), loaded: session.loaded }
}

function setProblems({ problems, refused, failed, notChecked }: PolicySource): LintProblem[] {
  return [
    ...[...problems, ...refused].map(({ message, location }): LintProblem => ({
      level: 'error',
      code: 'set',
      message,
      ...(location === undefined ? {} : { location }),
    })),
    ...[...failed, ...notChecked].map(({ what, reason, location }): LintProblem => ({
      level: 'error',
      code: 'compile',
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

/**
 * Policies that match nothing which a GitOps controller writes: it neither connects nor writes subresources, and a rule
 * that an exclusion covers whole is no rule.
 */
function unreachable({ policies, load }: PolicySource): LintProblem[] {
  return (load.policies ?? []).flatMap((object): LintProblem[] => {
    const name = textAt(object, 'metadata', 'name') ?? ''
    const policy = policies.get(policyKey({ language: 'admission', name }))
    const rules = listAt(object, 'spec', 'matchConstraints', 'resourceRules')
    if (policy === undefined || rules.length === 0) return []
    if (rules.some(writes)) return []
    const message = 'matches only subresources or CONNECT, which no GitOps controller writes'
    return [{ level: 'warning', code: 'unreachable', policy: policy.id, message, location: policy.location }]
  })
}

function writes(rule: Json): boolean {
  const operations = listAt(rule, 'operations')
  const resources = listAt(rule, 'resources')
  return (
    operations.some((one) => one === '*' || one === 'CREATE' || one === 'UPDATE' || one === 'DELETE') &&
    resources.some((one) => typeof one === 'string' && (one === '*/*' || !one.includes('/')))
  )
}

function listAt(value: Json, ...path: string[]): readonly Json[] {
  const found = isJsonObject(value) ? at(value, ...path) : undefined
  return Array.isArray(found) ? (found as readonly Json[]) : []
}

function loadProblems(
  loaded: AdmissionLoadResult,
  load: Load,
  policies: PolicySource,
  minor: string,
): LintProblem[] {
  const of = (name: string): Policy | undefined =>
    policies.policies.get(policyKey({ language: 'admission', name }))
  const about = (policy: Policy | undefined): Pick<LintProblem, 'policy' | 'location' | 'kubernetes'> => ({
    kubernetes: [minor],
    ...(policy === undefined ? {} : { policy: policy.id, location: policy.location }),
  })
  return [
    ...loaded.problems.map(({ list, index, field, message }): LintProblem => {
      const object =
        list === 'policies'
          ? load.policies?.[index]
          : list === 'bindings'
            ? load.bindings?.[index]
            : undefined
      const name =
        list === 'bindings'
          ? textAt(object ?? {}, 'spec', 'policyName')
          : textAt(object ?? {}, 'metadata', 'name')
      const text = field === undefined ? message : `${field}: ${message}`
      return { level: 'error', code: 'compile', message: text, ...about(of(name ?? '')) }
    }),
    ...loaded.policies.flatMap(({ name, errors, inspection }): LintProblem[] => {
      const place = about(of(name))
      // What validation refuses does not compile, and fits no type: one field, one problem.
      const refused = loaded.problems.flatMap(({ list, index, field, message }) =>
        list === 'policies' && textAt(load.policies?.[index] ?? {}, 'metadata', 'name') === name
          ? [field === undefined ? message : `${field}: ${message}`]
          : [],
      )
      const uncompiled = errors.filter(({ field }) => !refused.some((text) => text.startsWith(`${field}:`)))
      const broken = (field: string): boolean =>
        errors.some((error) => error.field === field) || refused.some((text) => text.startsWith(`${field}:`))
      return [
        ...uncompiled.map(({ field, message }): LintProblem => ({
          level: 'error',
          code: 'compile',
          message: `${field}: ${message}`,
          ...place,
        })),
        ...(inspection?.unknownResources ?? []).map((resource): LintProblem => ({
          level: 'error',
          code: 'unknown-resource',
          message: `no API server of this version has ${resource}`,
          ...place,
        })),
        ...(inspection?.typeWarnings ?? [])
          .filter(({ field }) => !broken(field))
          .map(({ field, kind, message }): LintProblem => ({
            level: 'warning',
            code: 'type',
            message: `${field} for ${kind}: ${message}`,
            ...place,
          })),
      ]
    }),
  ]
}

function costsOf(loaded: AdmissionLoadResult, policies: PolicySource): ExpressionCost[] {
  return loaded.policies.flatMap(({ name, inspection }) =>
    (inspection?.costs ?? []).map(({ field, kind, maximum, limit }): ExpressionCost => ({
      policy: policies.policies.get(policyKey({ language: 'admission', name }))?.id ?? name,
      field,
      maximum: maximum ?? null,
      limit,
      ...(kind === undefined ? {} : { kind }),
    })),
  )
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
