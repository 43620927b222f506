/** Templates and constraints of a policy source, compiled: what can be asked, and why the rest cannot. */
import { closest } from 'fastest-levenshtein'
import type { AdmissionLoadRequest, AdmissionUser } from '../../../engine/api.ts'
import type { AdmissionSession, EngineError, Engines } from '../../../engine/engines.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { NotCheckedCode } from '../../../model/outcome.ts'
import { kindAndName, type PolicyDocument } from '../../../model/policy.ts'
import { textAt } from '../../field-steps.ts'
import { celPolicy, policyName } from './cel.ts'
import { readConstraint, type Constraint } from './constraint.ts'
import { constraintDefinition, constraintGroup } from './definition.ts'
import { group, isTemplate, readTemplate, type UsableTemplate } from './template.ts'

export interface GatekeeperCluster {
  readonly kubernetes: string
  readonly namespaces: readonly JsonObject[]
  readonly customResourceDefinitions: readonly JsonObject[]
  readonly user?: AdmissionUser
}

/** A constraint that cannot be asked, or whose answer is not known. */
export interface ConstraintProblem {
  /** `Kind/name`. */
  readonly constraint: string
  readonly document: PolicyDocument
  readonly code: NotCheckedCode
  readonly reason: string
  /** The constraint itself is refused by its template's schema. */
  readonly invalid?: true
}

export interface LoadedConstraints {
  readonly templates: ReadonlyMap<string, UsableTemplate>
  readonly constraints: readonly Constraint[]
  readonly problems: readonly ConstraintProblem[]
  /** Holds the definitions, and a policy for each template in CEL; absent when there is no template. */
  readonly session?: AdmissionSession
}

const twice = 'two templates make this kind'

/**
 * Reads documents, lets the API server's engine check definitions, constraints and CEL, and says what cannot be used.
 * Answers an error when that engine does not answer.
 */
export async function loadConstraints(
  documents: readonly PolicyDocument[],
  cluster: GatekeeperCluster,
  engines: Pick<Engines, 'admission'>,
): Promise<LoadedConstraints | { readonly error: EngineError }> {
  const problems: ConstraintProblem[] = []
  const why = new Map<string, string>()
  const templates = new Map<string, UsableTemplate>()
  const policies: JsonObject[] = []
  for (const document of documents.filter(({ object }) => isTemplate(object))) {
    const template = readTemplate(document)
    if (templates.has(template.kind) || why.get(template.kind) === twice) {
      why.set(template.kind, twice)
      templates.delete(template.kind)
      continue
    }
    if ('problem' in template) {
      why.set(template.kind, template.problem)
      continue
    }
    if (template.code.engine === 'cel') {
      const policy = celPolicy(template, template.code.source)
      if (typeof policy === 'string') {
        why.set(template.kind, policy)
        continue
      }
      policies.push(policy)
    }
    templates.set(template.kind, template)
  }
  const kinds = [...why.keys(), ...templates.keys()]
  const wanted = documents.filter(({ object }) => group(object) === constraintGroup)
  const refuse = (document: PolicyDocument, reason: string, invalid?: true): void => {
    const constraint = kindAndName(document.object)
    problems.push({ constraint, document, code: 'policy-error', reason, ...(invalid && { invalid }) })
  }
  if (templates.size === 0) {
    for (const document of wanted) refuse(document, missingTemplate(document, why, kinds))
    return { templates, constraints: [], problems }
  }

  const session = await openDefinitions([...templates.values()], policies, cluster, engines)
  if ('error' in session) return session
  for (const { kind, reason } of session.refused) {
    why.set(kind, reason)
    templates.delete(kind)
  }
  const constraints: Constraint[] = []
  const known: PolicyDocument[] = []
  for (const document of wanted) {
    if (templates.has(textAt(document.object, 'kind') ?? '')) known.push(document)
    else refuse(document, missingTemplate(document, why, kinds))
  }
  const admitted = await session.session.admit(
    known.map(({ object }) => ({ operation: 'CREATE', object, namespace: '' })),
  )
  if (!admitted.ok) return { error: admitted.error }
  for (const [index, document] of known.entries()) {
    const answer = admitted.result.writes[index]
    const faults = (answer?.findings ?? []).filter(({ stage }) => stage !== 'warning')
    if (answer?.verdict !== 'accepted' || faults.length > 0) {
      const said = faults.map(({ field, message }) => [field, message].filter(Boolean).join(': '))
      refuse(document, `its template does not allow it: ${said.join('; ') || 'its kind is not known'}`, true)
      continue
    }
    const template = templates.get(textAt(document.object, 'kind') ?? '')
    if (template !== undefined) constraints.push(readConstraint(document, template))
  }
  return { templates, constraints, problems, session: session.session }
}

function missingTemplate(
  { object }: PolicyDocument,
  why: ReadonlyMap<string, string>,
  kinds: readonly string[],
): string {
  const kind = textAt(object, 'kind') ?? ''
  const reason = why.get(kind)
  return reason === undefined
    ? `its ConstraintTemplate (${kind}) is not among the policies${kinds.length === 0 ? '' : `; did you mean ${closest(kind, kinds)}?`}`
    : `its ConstraintTemplate ${reason}`
}

/** A session that knows the kinds of the constraints; a template that it cannot load is refused with its reason. */
async function openDefinitions(
  templates: readonly UsableTemplate[],
  policies: readonly JsonObject[],
  cluster: GatekeeperCluster,
  engines: Pick<Engines, 'admission'>,
): Promise<
  { session: AdmissionSession; refused: { kind: string; reason: string }[] } | { readonly error: EngineError }
> {
  const definitions = templates.map(constraintDefinition)
  // Objects are evaluated in this session only when there is CEL: else the cluster's own definitions are not needed.
  const load: Omit<AdmissionLoadRequest, 'op'> = {
    kubernetes: cluster.kubernetes,
    customResourceDefinitions: [
      ...definitions,
      ...(policies.length === 0 ? [] : cluster.customResourceDefinitions),
    ],
    ...(policies.length === 0
      ? {}
      : {
          namespaces: [...cluster.namespaces],
          policies: [...policies],
          ...(cluster.user && { user: cluster.user }),
        }),
  }
  const session = await engines.admission.open(load)
  if ('error' in session) return session
  const refused = session.loaded.problems.flatMap(({ list, index, field, message }) => {
    const reason = [field, message].filter(Boolean).join(': ')
    if (list === 'customResourceDefinitions') {
      const kind = templates[index]?.kind
      return kind === undefined ? [] : [{ kind, reason: `has a schema that no cluster takes: ${reason}` }]
    }
    if (list !== 'policies') return []
    const template = templates.find((one) => policyName(one) === textAt(policies[index], 'metadata', 'name'))
    return template === undefined ? [] : [{ kind: template.kind, reason: `does not compile: ${reason}` }]
  })
  return { session, refused }
}
