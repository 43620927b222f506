import type { RawFinding } from '../../model/finding.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Location } from '../../model/location.ts'
import type { NotChecked } from '../../model/outcome.ts'
import type { LoadedSource } from './source.ts'
import type { Policy, PolicyDocument, PodSecurityPolicy, RegoBundle } from '../../model/policy.ts'

/** What is gathered while sources are read, one after the other. */
export interface Collection {
  readonly policies: Map<string, Policy>
  readonly policyObjects: JsonObject[]
  readonly bindings: PolicyDocument[]
  readonly parameters: JsonObject[]
  readonly kyverno: PolicyDocument[]
  readonly gatekeeper: PolicyDocument[]
  readonly rego: RegoBundle[]
  readonly podSecurity: PodSecurityPolicy[]
  readonly notChecked: NotChecked[]
  readonly failed: NotChecked[]
  readonly problems: RawFinding[]
  readonly refused: RawFinding[]
  readonly sources: LoadedSource[]
  readonly unreadableSets: string[]
}

export function emptyCollection(): Collection {
  return {
    policies: new Map(),
    policyObjects: [],
    bindings: [],
    parameters: [],
    kyverno: [],
    gatekeeper: [],
    rego: [],
    podSecurity: [],
    notChecked: [],
    failed: [],
    problems: [],
    refused: [],
    sources: [],
    unreadableSets: [],
  }
}

/** A policy, set or file that is not evaluated. */
export function policyError(what: string, reason: string, location?: Location): NotChecked {
  return { what, code: 'policy-error', reason, targets: [], count: 1, ...(location && { location }) }
}

/** Something that is wrong with a set, as a finding on its file. */
export function setProblem(
  element: string,
  message: string,
  location: Location | undefined,
  rule: 'config/policy-set' | 'config/policy-signature' | 'config/policy-rollback' = 'config/policy-set',
): RawFinding {
  return {
    source: 'config',
    rule,
    level: rule === 'config/policy-set' ? 'required' : 'mandatory',
    severity: 'high',
    target: '',
    path: '',
    element,
    message,
    ...(location && { location }),
  }
}
