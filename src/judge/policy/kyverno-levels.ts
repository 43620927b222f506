import type { Level } from '../../model/finding.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { at, textAt } from '../field-steps.ts'
import { ruleOf, writtenRule, type KyvernoPolicy } from './kyverno-documents.ts'
import { selects } from './selector.ts'

/** Where a violation stands, for actions that depend on it. */
export interface Place {
  readonly namespace: string
  /** Undefined where the namespace is not known. */
  readonly labels: JsonObject | undefined
}

/**
 * What follows from a violation (shared policy-sets.md): Deny and Enforce refuse the write, everything else only tells.
 * A policy that the webhook does not ask refuses nothing. The level of a set wins.
 * @param rule as the engine names it, of a ClusterPolicy or Policy
 */
export function kyvernoLevel(policy: KyvernoPolicy, rule: string | undefined, place: Place): Level {
  if (policy.policy.level !== undefined) return policy.policy.level
  if (policy.reportsOnly) return 'advisory'
  const refuses = policy.legacy ? enforces(policy, rule ?? '', place) : denies(policy.object)
  return refuses ? 'required' : 'advisory'
}

/** `validationActions` is Deny where it is absent or empty (ValidatingPolicySpec.ValidationActions). */
function denies(object: JsonObject): boolean {
  const actions = at(object, 'spec', 'validationActions')
  return !Array.isArray(actions) || actions.length === 0 || (actions as readonly Json[]).includes('Deny')
}

/** The action of a rule, then of the policy, each after its overrides (pkg/engine/api/engineresponse.go). */
function enforces(policy: KyvernoPolicy, name: string, place: Place): boolean {
  const validate = ruleOf(policy, writtenRule(policy, name))?.['validate']
  const own = isJsonObject(validate)
    ? (override(validate['failureActionOverrides'], place) ?? textAt(validate, 'failureAction'))
    : undefined
  const spec = policy.object['spec']
  const action =
    own ??
    override(at(policy.object, 'spec', 'validationFailureActionOverrides'), place) ??
    (isJsonObject(spec) ? textAt(spec, 'validationFailureAction') : undefined)
  return action?.toLowerCase() === 'enforce'
}

function override(overrides: Json | undefined, { namespace, labels }: Place): string | undefined {
  if (!Array.isArray(overrides)) return undefined
  for (const entry of overrides as readonly Json[]) {
    const action = isJsonObject(entry) ? textAt(entry, 'action') : undefined
    if (!isJsonObject(entry) || action === undefined || !/^(?:enforce|audit)$/i.test(action)) continue
    const { namespaces, namespaceSelector } = entry
    const selected = namespaceSelector === undefined || selects(namespaceSelector, labels ?? {})
    if (!Array.isArray(namespaces)) {
      if (selected && namespaceSelector !== undefined) return action
      continue
    }
    const named = (namespaces as readonly Json[]).some(
      (pattern) => typeof pattern === 'string' && wildcard(pattern, namespace),
    )
    if (named && selected) return action
  }
  return undefined
}

/** Kyverno's wildcards (ext/wildcard): `*` any number of characters, `?` one. */
export function wildcard(pattern: string, text: string): boolean {
  let states = new Set([0])
  const closure = (at: Set<number>): Set<number> => {
    for (const state of at) if (pattern[state] === '*') at.add(state + 1)
    return at
  }
  states = closure(states)
  for (const character of text) {
    const next = new Set<number>()
    for (const state of states) {
      const expected = pattern[state]
      if (expected === '*') next.add(state)
      else if (expected === '?' || expected === character) next.add(state + 1)
    }
    states = closure(next)
  }
  return states.has(pattern.length)
}

/** The enums of Kyverno's definitions: validationActions, and validationFailureAction and its like. */
const celActions = ['Deny', 'Audit', 'Warn']
const legacyActions = ['Enforce', 'Audit', 'enforce', 'audit']

/** Why the API server refuses a policy for its actions: a word of the other kind of policy would only tell. */
export function kyvernoActionProblem(object: JsonObject, legacy: boolean): string | undefined {
  const listed = at(object, 'spec', legacy ? 'rules' : 'validationActions')
  const entries = Array.isArray(listed) ? (listed as readonly Json[]) : []
  const [field, said, allowed] = legacy
    ? ([
        'failureAction',
        [
          at(object, 'spec', 'validationFailureAction'),
          ...entries.map((rule) => (isJsonObject(rule) ? at(rule, 'validate', 'failureAction') : undefined)),
        ],
        legacyActions,
      ] as const)
    : (['spec.validationActions', entries, celActions] as const)
  const wrong = said.find((action) => typeof action === 'string' && !allowed.includes(action))
  return wrong === undefined
    ? undefined
    : `${field} ${JSON.stringify(wrong)} is not one of ${allowed.slice(0, legacy ? 2 : 3).join(', ')}`
}
