import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Location } from '../../model/location.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { splitApiVersion } from '../../model/object.ts'
import { kindAndName, policyKey, type Policy } from '../../model/policy.ts'
import { at, textAt } from '../field-steps.ts'
import { policyError } from './collection.ts'
import { kyvernoActionProblem } from './kyverno-levels.ts'
import type { PolicySource } from './source.ts'

export interface KyvernoPolicy {
  readonly policy: Policy
  readonly object: JsonObject
  /** True for ClusterPolicy and Policy, whose rules have levels of their own. */
  readonly legacy: boolean
  /** The webhook does not ask it; only the background scan reports what it says. */
  readonly reportsOnly: boolean
}

export interface KyvernoException {
  readonly object: JsonObject
  /** `PolicyException namespace/name`. */
  readonly name: string
  readonly location: Location
}

/** What is there of Kyverno, in the order in which the engine loads it. */
export interface KyvernoPolicies {
  readonly evaluable: readonly KyvernoPolicy[]
  readonly exceptions: readonly KyvernoException[]
  /** An expression may look an object up: `resource.Get`, `resource.List`. */
  readonly lookUp: boolean
  /** Policies that the API server of a cluster with Kyverno refuses: nothing of them is evaluated. */
  readonly invalid: readonly NotChecked[]
  /** Policies of kinds and modes that say nothing about writes of objects, by name. */
  readonly notChecked: readonly NotChecked[]
}

const celKinds = ['ValidatingPolicy', 'NamespacedValidatingPolicy']
const legacyKinds = ['ClusterPolicy', 'Policy']

/** Kinds of documents beside policies that policies need; others configure Kyverno and judge nothing. */
const exceptionKind = 'PolicyException'

export function readKyverno({ kyverno, policies }: PolicySource): KyvernoPolicies {
  const evaluable: KyvernoPolicy[] = []
  const exceptions: KyvernoException[] = []
  const invalid: NotChecked[] = []
  const notChecked: NotChecked[] = []
  for (const { object, location } of kyverno) {
    if (object['kind'] === exceptionKind) {
      const name = [textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name') ?? '']
      exceptions.push({ object, location, name: `${exceptionKind} ${name.filter(Boolean).join('/')}` })
      continue
    }
    const policy = policies.get(policyKey({ language: 'kyverno', name: kindAndName(object) }))
    if (policy === undefined) continue
    const reason = whyNot(object)
    if (reason !== undefined) {
      notChecked.push({ ...policyError(policy.id, reason, location), code: 'not-evaluable' })
      continue
    }
    const legacy = legacyKinds.includes(textAt(object, 'kind') ?? '')
    const refused = versionProblem(object) ?? kyvernoActionProblem(object, legacy)
    if (refused !== undefined) {
      invalid.push(policyError(policy.id, refused, location))
      continue
    }
    evaluable.push({ policy, object, legacy, reportsOnly: !admits(object, legacy) })
  }
  // An exact answer needs a parser of CEL; a word too many costs a few objects in a request.
  const lookUp = evaluable.some(({ object }) => /\bresource\.\w/.test(JSON.stringify(object)))
  return { evaluable, exceptions, lookUp, invalid, notChecked }
}

/** Versions that Kyverno's definitions serve (config/crds of 1.19), by group. */
const versions: Readonly<Record<string, readonly string[]>> = {
  'policies.kyverno.io': ['v1', 'v1beta1', 'v1alpha1'],
  'kyverno.io': ['v1', 'v2beta1'],
}

function versionProblem(object: JsonObject): string | undefined {
  const { group, version } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  const served = versions[group] ?? []
  if (served.includes(version)) return undefined
  return `Kyverno has no ${textAt(object, 'kind') ?? ''} in ${group}/${version}: its versions are ${served.join(', ')}`
}

function whyNot(object: JsonObject): string | undefined {
  const kind = textAt(object, 'kind') ?? ''
  if (!celKinds.includes(kind) && !legacyKinds.includes(kind))
    return `a ${kind} is not evaluated: ${others[kind.replace(/^(?:Namespaced|Cluster)/, '')] ?? 'it judges no objects'}`
  const mode = textAt(object, 'spec', 'evaluation', 'mode')
  if (celKinds.includes(kind) && mode !== undefined && mode !== 'Kubernetes')
    return `its evaluation mode ${mode} is not for objects of a cluster`
  if (!admits(object, legacyKinds.includes(kind)) && !scans(object, legacyKinds.includes(kind)))
    return 'is not evaluated in the cluster either: its admission and background are both switched off'
  return undefined
}

/** What the kinds do that do not validate, by name without scope. */
const others: Readonly<Record<string, string>> = {
  MutatingPolicy: 'it changes objects',
  GeneratingPolicy: 'it generates objects',
  DeletingPolicy: 'it deletes objects by schedule',
  CleanupPolicy: 'it deletes objects by schedule',
  ImageValidatingPolicy: 'signatures are held by registries',
}

/** Both default to true in every version. */
function admits(object: JsonObject, legacy: boolean): boolean {
  const enabled = legacy
    ? at(object, 'spec', 'admission')
    : at(object, 'spec', 'evaluation', 'admission', 'enabled')
  return enabled !== false
}

function scans(object: JsonObject, legacy: boolean): boolean {
  const enabled = legacy
    ? at(object, 'spec', 'background')
    : at(object, 'spec', 'evaluation', 'background', 'enabled')
  return enabled !== false
}

/** Rules of a legacy policy by name. */
export function ruleOf({ object }: KyvernoPolicy, name: string): JsonObject | undefined {
  const rules = at(object, 'spec', 'rules')
  const all = Array.isArray(rules) ? (rules as readonly Json[]) : []
  return all.filter(isJsonObject).find((rule) => rule['name'] === name)
}

/**
 * The name of the rule that its author wrote. Kyverno puts a prefix before it for pod controllers and cuts what is then
 * longer than 63 characters (pkg/autogen/v1), so the rule is the one that would get this name.
 */
export function writtenRule(policy: KyvernoPolicy, name: string): string {
  if (ruleOf(policy, name) !== undefined) return name
  const rules = at(policy.object, 'spec', 'rules')
  const names = (Array.isArray(rules) ? (rules as readonly Json[]) : []).flatMap((rule) =>
    isJsonObject(rule) && typeof rule['name'] === 'string' ? [rule['name']] : [],
  )
  const written = names.find((own) =>
    ['autogen-cronjob-autogen', 'autogen-cronjob', 'autogen'].some(
      (prefix) => `${prefix}-${own}`.slice(0, 63) === name,
    ),
  )
  return written ?? name
}
