import type { AdmissionLoadResult } from '../../../engine/api.ts'
import { isJsonObject, type Json } from '../../../model/json.ts'
import type { ExpressionCost, LintProblem } from '../../../model/policy-lint.ts'
import { policyKey, type Policy } from '../../../model/policy.ts'
import { at, textAt } from '../../field-steps.ts'
import type { PolicySource } from '../source.ts'
import type { LintInput } from './lint.ts'

type Load = PolicySource['load']

/** Policies that are inspected in one call: type checking for every kind took up to a second each. */
const portion = 6

/** What the API server of one minor says of ValidatingAdmissionPolicies, and what their expressions cost. */
export async function lintAdmission(
  minor: string,
  { policies, engines, definitions, kinds }: LintInput,
): Promise<{ readonly problems: readonly LintProblem[]; readonly costs: readonly ExpressionCost[] }> {
  const groups = new Set([...kinds].map((kind) => kind.slice(0, Math.max(kind.indexOf('/'), 0))))
  const answers = await Promise.all(
    portions(policies).map(async (load) => {
      const session = await engines.admission.open({
        kubernetes: minor,
        customResourceDefinitions: [...definitions],
        ...load,
        inspect: true,
      })
      if ('error' in session) {
        const { message } = session.error
        const problem: LintProblem = { level: 'error', code: 'compile', message, kubernetes: [minor] }
        return { problems: [problem], costs: [] }
      }
      const { loaded } = session
      return {
        problems: loadProblems(loaded, load, policies, minor, groups),
        costs: costsOf(loaded, policies),
      }
    }),
  )
  return {
    problems: answers.flatMap(({ problems }) => problems),
    costs: answers.flatMap(({ costs }) => costs),
  }
}

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

/**
 * Policies that match nothing which a GitOps controller writes: it neither connects nor writes subresources, and a rule
 * that an exclusion covers whole is no rule.
 */
export function unreachable({ policies, load }: PolicySource): LintProblem[] {
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
  groups: ReadonlySet<string>,
): LintProblem[] {
  const of = (name: string): Policy | undefined =>
    policies.policies.get(policyKey({ language: 'admission', name }))
  const about = (policy: Policy | undefined): Pick<LintProblem, 'policy' | 'location' | 'kubernetes'> => ({
    kubernetes: [minor],
    ...(policy === undefined ? {} : { policy: policy.id, location: policy.location }),
  })
  return [
    ...loaded.problems.map(({ list, index, field, message }): LintProblem => {
      const isBinding = list === 'bindings'
      const object = isBinding
        ? load.bindings?.[index]
        : list === 'policies'
          ? load.policies?.[index]
          : undefined
      const policy = of(
        textAt(object ?? {}, ...(isBinding ? ['spec', 'policyName'] : ['metadata', 'name'])) ?? '',
      )
      const place = isBinding ? policies.bindings.find((one) => one.object === object)?.location : undefined
      return {
        level: 'error',
        code: 'compile',
        message: field === undefined ? message : `${field}: ${message}`,
        ...about(policy),
        ...(place === undefined ? {} : { location: place }),
        ...(field === undefined ? {} : { field }),
      }
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
          field,
          ...place,
        })),
        ...(inspection?.unknownResources ?? []).map((resource): LintProblem => ({
          ...unknownResource(resource, groups),
          field: 'spec.matchConstraints.resourceRules',
          ...place,
        })),
        ...(inspection?.typeWarnings ?? [])
          .filter(({ field }) => !broken(field))
          .map(({ field, kind, message }): LintProblem => ({
            level: 'warning',
            code: 'type',
            message: `${field} for ${kind}: ${message}`,
            field,
            ...place,
          })),
      ]
    }),
  ]
}

/** `group/version/resource`: of a group that API servers have it is a mistake, of any other a definition is missing. */
function unknownResource(
  resource: string,
  groups: ReadonlySet<string>,
): Pick<LintProblem, 'level' | 'code' | 'message'> {
  const group = resource.slice(0, resource.indexOf('/'))
  const served = !group.includes('.') || (group.endsWith('.k8s.io') && groups.has(group))
  return served
    ? { level: 'error', code: 'unknown-resource', message: `no API server of this version has ${resource}` }
    : {
        level: 'warning',
        code: 'unknown-resource',
        message: `the definition of ${resource} is not here, so no expression is checked against its types: name it with --crds`,
      }
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
