import { isJsonObject, type JsonObject } from '../../model/json.ts'
import { groupKind } from '../../model/object.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { kindAndName, policyKey, type Policy } from '../../model/policy.ts'
import { textAt } from '../field-steps.ts'
import type { Found, Side } from '../judgement.ts'
import { engineFailure } from '../not-checked.ts'
import type { ChangeWrite } from '../writes.ts'
import type { Evaluated, EvaluatorContext, PolicyEvaluator } from './evaluator.ts'
import { openGatekeeperClient, type GatekeeperClient, type ReviewAnswers } from './gatekeeper/client.ts'
import { actionProblem } from './gatekeeper/constraint.ts'
import { constraintGroup } from './gatekeeper/definition.ts'
import {
  ExpansionError,
  impliedBy,
  readExpansions,
  type Expansion,
  type Implied,
} from './gatekeeper/expansion.ts'
import { exclusions, notEvaluated, type Exclusions } from './gatekeeper/other-documents.ts'
import { group } from './gatekeeper/template.ts'
import type { GatekeeperReview } from './gatekeeper/review.ts'
import { violationFinding } from './gatekeeper/findings.ts'
import { openPolicies, type OpenPolicies } from './open-policies.ts'
import { sideOf } from './side.ts'

/** Gatekeeper's templates and constraints, asked as its webhook would be for each write. */
export async function openGatekeeper(context: EvaluatorContext): Promise<PolicyEvaluator> {
  const { policies, environment, engines } = context
  const { load, kubernetes } = environment
  const client = await openGatekeeperClient(
    policies.gatekeeper,
    {
      kubernetes,
      namespaces: load.namespaces ?? [],
      customResourceDefinitions: load.customResourceDefinitions ?? [],
      ...(load.user && { user: load.user }),
    },
    engines,
  )
  if ('error' in client)
    return {
      evaluate: (writes) => {
        const failure = engineFailure(client.error, writes, 'Gatekeeper policies')
        return Promise.resolve({ found: [], notChecked: writes.length === 0 ? [] : [failure], matched: {} })
      },
    }
  const excluded = exclusions(policies.gatekeeper)
  return { evaluate: (writes) => evaluate(writes, client, excluded, context) }
}

async function evaluate(
  all: readonly ChangeWrite[],
  client: GatekeeperClient,
  excluded: Exclusions,
  context: EvaluatorContext,
): Promise<Evaluated> {
  if (all.length === 0) return { found: [], notChecked: [], matched: {} }
  const open = openPolicies()
  const policyOf = (key: string): Policy | undefined =>
    context.policies.policies.get(policyKey({ language: 'gatekeeper', name: key }))
  for (const { constraint, code, reason, document } of client.problems)
    open.add(policyOf(constraint) ?? { id: constraint, location: document.location }, code, reason, all)
  const asked = all.filter((one) => !excluded(subjectOf(one)))
  const prepared = await context.session.prepare(asked.map(({ write }) => write))
  if (!prepared.ok)
    return {
      found: [],
      notChecked: [engineFailure(prepared.error, asked, 'Gatekeeper policies')],
      matched: {},
    }
  const shown = new Map(
    asked.map((one, index): [ChangeWrite, Shown] => [one, prepared.result.writes[index] ?? one.write]),
  )
  const found: Found[] = []
  const matched: Record<string, number> = {}
  const expansions = readExpansions(context.policies.gatekeeper)
  for (const document of context.policies.gatekeeper) {
    const reason = group(document.object) === constraintGroup ? actionProblem(document.object) : undefined
    const policy = policyOf(kindAndName(document.object))
    if (reason !== undefined && policy !== undefined) open.add(policy, 'policy-error', reason, all)
  }
  const parts = await inventories(asked, client, context)
  if ('failure' in parts) return { found: [], notChecked: [parts.failure], matched: {} }
  for (const part of parts) {
    const reviews = part.writes.map((one) => reviewOf(one, shown.get(one) ?? one.write, context))
    const implied = part.writes.flatMap((write, index) => {
      const review = reviews[index]
      return review === undefined ? [] : impliedReviews(review, write, expansions, open)
    })
    // What an object implies is asked about after the object itself, and is about it.
    const asks = [...reviews, ...implied.map(({ review }) => review)]
    const writes = [...part.writes, ...implied.map(({ write }) => write)]
    const answers = await client.review(asks, part.objects)
    sayOpen(answers, writes, policyOf, open)
    for (const violation of answers.violations) {
      const policy = policyOf(violation.constraint.key)
      const write = writes[violation.review]
      const by = implied[violation.review - part.writes.length]?.implied
      if (policy !== undefined && write !== undefined)
        found.push(violationFinding(violation, policy, write, by))
    }
    for (const [key, count] of answers.matched) {
      const name = policyKey({ language: 'gatekeeper', name: key })
      matched[name] = (matched[name] ?? 0) + count
    }
  }
  const idle = client.constraints.flatMap(({ key, actions, document: { location } }) =>
    actions.length > 0
      ? []
      : [
          {
            what: policyOf(key)?.id ?? key,
            location,
            code: 'not-evaluable' as const,
            targets: [],
            count: 1,
            reason: 'has no action at gator.gatekeeper.sh, the point of checks outside of a cluster',
          },
        ],
  )
  return {
    found,
    notChecked: [...open.list(), ...idle, ...notEvaluated(context.policies.gatekeeper, all, expansions)],
    matched,
  }
}

/** Reviews of what a write's object implies, as Gatekeeper's webhook makes them (pkg/webhook/policy.go). */
function impliedReviews(
  { operation, object, old, namespace, user }: GatekeeperReview,
  write: ChangeWrite,
  expansions: readonly Expansion[],
  open: OpenPolicies,
): readonly { readonly write: ChangeWrite; readonly implied: Implied; readonly review: GatekeeperReview }[] {
  const parent = object ?? old
  if (parent === undefined || expansions.length === 0) return []
  try {
    return impliedBy(parent, expansions).map((implied) => ({
      write,
      implied,
      review: {
        operation,
        ...(operation === 'DELETE' ? { old: implied.object } : { object: implied.object }),
        source: 'Generated' as const,
        ...(namespace && { namespace }),
        ...(user && { user }),
      },
    }))
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error
    const [first] = expansions
    if (first !== undefined)
      open.add(
        { id: 'ExpansionTemplate', location: first.document.location },
        'policy-error',
        `${error.message}: nothing that the object implies is judged`,
        [write],
      )
    return []
  }
}

function sayOpen(
  { open: entries }: ReviewAnswers,
  writes: readonly ChangeWrite[],
  policyOf: (key: string) => Policy | undefined,
  open: OpenPolicies,
): void {
  for (const { constraint, code, reason, reviews } of entries) {
    const policy = policyOf(constraint)
    const concerned = reviews === 'all' ? writes : reviews.flatMap((index) => writes[index] ?? [])
    if (policy !== undefined) open.add(policy, code, reason, concerned)
  }
}

/** Writes of one cluster and side, with the objects that it holds. */
interface Part {
  readonly writes: readonly ChangeWrite[]
  readonly objects: readonly JsonObject[]
}

/**
 * Writes with the objects that their cluster holds, where a template looks others up; else all at once. What a cluster
 * holds was decoded and defaulted when it was written; objects without types are as their manifests give them.
 */
async function inventories(
  writes: readonly ChangeWrite[],
  { referential }: GatekeeperClient,
  { pairs, targetOf, session }: EvaluatorContext,
): Promise<readonly Part[] | { readonly failure: NotChecked }> {
  if (!referential) return writes.length === 0 ? [] : [{ writes, objects: [] }]
  const groups = new Map<string, { cluster: string; side: Side; writes: ChangeWrite[] }>()
  for (const write of writes) {
    const cluster = targetOf(write.change.target)?.cluster ?? ''
    const side = sideOf(write)
    const key = JSON.stringify([cluster, side])
    const group = groups.get(key) ?? { cluster, side, writes: [] }
    group.writes.push(write)
    groups.set(key, group)
  }
  const parts: Part[] = []
  for (const group of groups.values()) {
    const held = pairs.flatMap((pair) => {
      const rendering = pair[group.side]
      if (rendering?.state !== 'rendered' || (rendering.target.cluster ?? '') !== group.cluster) return []
      return rendering.objects
    })
    const stored = await session.prepare(
      held.map(({ object, identity: { namespace } }) => ({ operation: 'CREATE', object, namespace })),
    )
    if (!stored.ok) return { failure: engineFailure(stored.error, group.writes, 'Gatekeeper policies') }
    parts.push({
      writes: group.writes,
      objects: held.map(({ object, identity: { namespace } }, index) =>
        inNamespace(stored.result.writes[index]?.object ?? object, namespace),
      ),
    })
  }
  return parts
}

/** Objects as the API server shows them to webhooks: versioned and defaulted. */
type Shown = Pick<ChangeWrite['write'], 'object' | 'old'>

function reviewOf(
  { write, change }: ChangeWrite,
  shown: Shown,
  { environment: { load } }: EvaluatorContext,
): GatekeeperReview {
  const place = change.identity.namespace
  const namespace = (load.namespaces ?? []).find((object) => textAt(object, 'metadata', 'name') === place)
  return {
    operation: write.operation,
    ...(shown.object === undefined ? {} : { object: inNamespace(shown.object, place) }),
    ...(shown.old === undefined ? {} : { old: inNamespace(shown.old, place) }),
    ...(place === '' || namespace === undefined ? {} : { namespace }),
    ...(load.user === undefined ? {} : { user: load.user }),
  }
}

function subjectOf({ object, change }: ChangeWrite): {
  object: JsonObject
  namespace: string
  groupKind: string
} {
  return {
    object: object.object,
    namespace: change.identity.namespace,
    groupKind: groupKind(change.identity),
  }
}

/** The API server fills the namespace in before it asks webhooks. */
function inNamespace(object: JsonObject, namespace: string): JsonObject {
  const metadata = object['metadata']
  if (namespace === '' || !isJsonObject(metadata) || textAt(metadata, 'namespace') !== undefined)
    return object
  return { ...object, metadata: { ...metadata, namespace } }
}
