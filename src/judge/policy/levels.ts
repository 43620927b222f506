import type { Level } from '../../model/finding.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { at, textAt } from '../field-steps.ts'

const order: readonly Level[] = ['advisory', 'required', 'mandatory']

export function isLower(level: Level, than: Level): boolean {
  return order.indexOf(level) < order.indexOf(than)
}

/**
 * The level that a native policy asks for by itself (docs/policy-sets.md); undefined where the file does not say or
 * nobody binds it. A rule that says several is as strict as the strictest of them.
 * @param boundLevels what the bindings of ValidatingAdmissionPolicies ask for, by policy
 */
export function nativeLevel(object: JsonObject, boundLevels: ReadonlyMap<string, Level>): Level | undefined {
  const group = (textAt(object, 'apiVersion') ?? '').split('/')[0]
  switch (group) {
    case 'admissionregistration.k8s.io':
      return boundLevels.get(textAt(object, 'metadata', 'name') ?? '')
    case 'constraints.gatekeeper.sh':
      return levelOfAction(textAt(object, 'spec', 'enforcementAction') ?? 'deny')
    case 'policies.kyverno.io':
      return levelOfActions(at(object, 'spec', 'validationActions') ?? ['Deny'])
    case 'kyverno.io':
      return kyvernoLevel(object)
    default:
      return undefined
  }
}

/** ClusterPolicy: Audit by default (Kyverno's API); rules may say their own. */
function kyvernoLevel(object: JsonObject): Level {
  const rules = at(object, 'spec', 'rules')
  const actions = [
    textAt(object, 'spec', 'validationFailureAction') ?? 'Audit',
    ...(Array.isArray(rules) ? (rules as readonly Json[]) : []).flatMap(
      (rule) => textAt(rule, 'validate', 'failureAction') ?? [],
    ),
  ]
  return levelOfActions(actions)
}

/** By policy: the strictest of the actions of its bindings. */
export function levelsOfBindings(bindings: readonly JsonObject[]): ReadonlyMap<string, Level> {
  const levels = new Map<string, Level>()
  for (const binding of bindings) {
    const policy = textAt(binding, 'spec', 'policyName') ?? ''
    const level = levelOfActions(at(binding, 'spec', 'validationActions') ?? [])
    const known = levels.get(policy)
    if (known === undefined || isLower(known, level)) levels.set(policy, level)
  }
  return levels
}

/** A Rego module that denies is required; the words are conftest's. */
export function regoLevel(text: string): Level {
  return /^[ \t]*(?:deny|violation)(?:_\w+)?\b/m.test(text) ? 'required' : 'advisory'
}

function levelOfActions(actions: Json): Level {
  const list = Array.isArray(actions) ? (actions as readonly Json[]) : [actions]
  return list.some((action) => levelOfAction(action) === 'required') ? 'required' : 'advisory'
}

function levelOfAction(action: Json): Level {
  return typeof action === 'string' && ['deny', 'enforce', 'scoped'].includes(action.toLowerCase())
    ? 'required'
    : 'advisory'
}

/** True for an object whose fields a parameter may set: no policy's own text. */
export function isParameterObject(object: Json): boolean {
  if (!isJsonObject(object)) return true
  const group = (textAt(object, 'apiVersion') ?? '').split('/')[0] ?? ''
  return ![
    'admissionregistration.k8s.io',
    'kyverno.io',
    'policies.kyverno.io',
    'templates.gatekeeper.sh',
  ].includes(group)
}
