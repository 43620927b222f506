/** Gatekeeper's client as far as reviews go: constraints that match are asked in Rego or in CEL. */
import type { PolicyWrite } from '../../../engine/api.ts'
import type { EngineError, Engines, RegoSession } from '../../../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import type { PolicyDocument } from '../../../model/policy.ts'
import { textAt } from '../../field-steps.ts'
import { codeOf } from '../../not-checked.ts'
import { faultCode } from '../rego-faults.ts'
import { unjudgedCode } from '../unjudged.ts'
import { policyName } from './cel.ts'
import type { Constraint } from './constraint.ts'
import { inventoryOf, readsInventory } from './inventory.ts'
import {
  loadConstraints,
  type ConstraintProblem,
  type GatekeeperCluster,
  type LoadedConstraints,
} from './load.ts'
import { MatchError } from './match.ts'
import { reviewInput, reviewMatches, type GatekeeperReview } from './review.ts'

export interface Violation {
  /** Position among the reviews. */
  readonly review: number
  readonly constraint: Constraint
  readonly message: string
  readonly cut?: number
  /** The template broke: Gatekeeper refuses the object then. */
  readonly broken?: true
}

/** An answer that is not known, for some reviews or, without any, for all. */
export interface OpenReview extends Omit<ConstraintProblem, 'document'> {
  readonly reviews: readonly number[] | 'all'
}

export interface ReviewAnswers {
  readonly violations: readonly Violation[]
  readonly open: readonly OpenReview[]
  /** `Kind/name` → number of reviews that it matched. */
  readonly matched: ReadonlyMap<string, number>
}

export interface GatekeeperClient {
  /** Constraints that are never asked. */
  readonly problems: readonly ConstraintProblem[]
  readonly constraints: readonly Constraint[]
  /** Whether some template looks other objects up. */
  readonly referential: boolean
  /** @param inventory objects of the cluster, where {@link referential} says that they are needed */
  review(reviews: readonly GatekeeperReview[], inventory: readonly JsonObject[]): Promise<ReviewAnswers>
}

/** Compiles templates and constraints. Answers an error when an engine does not answer. */
export async function openGatekeeperClient(
  documents: readonly PolicyDocument[],
  cluster: GatekeeperCluster,
  engines: Pick<Engines, 'admission' | 'rego'>,
): Promise<GatekeeperClient | { readonly error: EngineError }> {
  const loaded = await loadConstraints(documents, cluster, engines)
  if ('error' in loaded) return loaded
  const first = await openRegoTemplates(loaded, [], engines)
  if (first !== undefined && 'error' in first) return first
  const faulty = new Map(
    (first?.loaded.templates ?? []).flatMap(({ kind, fault }) =>
      fault === undefined ? [] : [[kind, fault]],
    ),
  )
  const usable = loaded.constraints.filter(({ kind }) => !faulty.has(kind))
  const referential = regoTemplates(loaded).some(({ rego, libs }) => readsInventory(rego, libs))
  return {
    constraints: usable,
    referential,
    problems: [
      ...loaded.problems,
      ...loaded.constraints.flatMap(({ kind, key, document }): ConstraintProblem[] => {
        const fault = faulty.get(kind)
        if (fault === undefined) return []
        const line = fault.line === undefined ? '' : ` (line ${fault.line} of its Rego)`
        const reason = `its ConstraintTemplate is not evaluated: ${fault.message}${line}`
        return [{ constraint: key, document, code: faultCode(fault), reason }]
      }),
    ],
    async review(reviews, inventory) {
      const { pairs, open, matched } = matchAll(usable, reviews)
      const session = referential ? await openRegoTemplates(loaded, inventory, engines) : first
      const [rego, cel] = await Promise.all([
        askRego(session, pairs, reviews),
        askCel(loaded, pairs, reviews),
      ])
      return {
        violations: [...rego.violations, ...cel.violations],
        open: [...open, ...rego.open, ...cel.open],
        matched,
      }
    },
  }
}

/** Constraints that match a review, by the review's position. */
type Pairs = readonly (readonly Constraint[])[]

function matchAll(
  constraints: readonly Constraint[],
  reviews: readonly GatekeeperReview[],
): { pairs: Pairs; open: OpenReview[]; matched: Map<string, number> } {
  const open: OpenReview[] = []
  const matched = new Map(constraints.map(({ key }) => [key, 0]))
  const pairs = reviews.map((review, index) =>
    constraints.filter(({ key, match, actions }) => {
      if (actions.length === 0) return false
      try {
        if (!reviewMatches(match, review)) return false
      } catch (error) {
        if (!(error instanceof MatchError)) throw error
        open.push({ constraint: key, code: 'not-evaluable', reason: error.message, reviews: [index] })
        return false
      }
      matched.set(key, (matched.get(key) ?? 0) + 1)
      return true
    }),
  )
  return { pairs, open, matched }
}

function regoTemplates({ templates }: LoadedConstraints) {
  return [...templates.values()].flatMap(({ kind, code }) =>
    code.engine === 'rego' ? [{ kind, rego: code.rego, libs: [...code.libs], version: code.version }] : [],
  )
}

async function openRegoTemplates(
  loaded: LoadedConstraints,
  inventory: readonly JsonObject[],
  engines: Pick<Engines, 'rego'>,
): Promise<RegoSession | { readonly error: EngineError } | undefined> {
  const templates = regoTemplates(loaded)
  if (templates.length === 0) return undefined
  return await engines.rego.open({
    bundles: [],
    gatekeeper: {
      templates,
      constraints: loaded.constraints.map(({ kind, name, parameters }) => ({ kind, name, parameters })),
      inventory: inventoryOf(inventory),
    },
  })
}

type Answers = Pick<ReviewAnswers, 'violations' | 'open'>

async function askRego(
  session: RegoSession | { readonly error: EngineError } | undefined,
  pairs: Pairs,
  reviews: readonly GatekeeperReview[],
): Promise<Answers> {
  if (session === undefined) return { violations: [], open: [] }
  if ('error' in session) return { violations: [], open: notAnswered(pairs.flat(), session.error) }
  const kinds = new Set(
    session.loaded.templates.flatMap(({ kind, fault }) => (fault === undefined ? [kind] : [])),
  )
  const asked = reviews.flatMap((review, index) => {
    const constraints = (pairs[index] ?? []).filter(({ kind }) => kinds.has(kind))
    return constraints.length === 0 ? [] : [{ index, review: reviewInput(review), constraints }]
  })
  if (asked.length === 0) return { violations: [], open: [] }
  const answer = await session.review(
    asked.map(({ review, constraints }) => ({
      review,
      constraints: constraints.map(({ kind, name }) => ({ kind, name })),
    })),
  )
  const constraintOf = (position: number, kind: string, name: string): Constraint | undefined =>
    asked[position]?.constraints.find((one) => one.kind === kind && one.name === name)
  const violations = answer.results.flatMap(({ review, kind, name, message, cut }): Violation[] => {
    const constraint = constraintOf(review, kind, name)
    const index = asked[review]?.index ?? 0
    return constraint === undefined
      ? []
      : [{ review: index, constraint, message, ...(cut === undefined ? {} : { cut }) }]
  })
  const open = answer.lost.flatMap(({ key, error }) =>
    notAnswered(
      pairs.flat().filter(({ kind }) => kind === key),
      error,
    ),
  )
  for (const { review, kind, constraints, code, message } of answer.problems)
    for (const name of constraints) {
      const constraint = constraintOf(review, kind, name)
      if (constraint === undefined) continue
      const index = asked[review]?.index ?? 0
      // An error of the template refuses the object in a cluster (constraint/pkg/client/drivers/rego/driver.go).
      if (code === 'error') violations.push({ review: index, constraint, message, broken: true })
      else
        open.push({
          constraint: constraint.key,
          code: code === 'limit' ? 'limit' : 'policy-error',
          reason: message,
          reviews: code === 'limit' ? 'all' : [index],
        })
    }
  return { violations, open }
}

function notAnswered(constraints: readonly Constraint[], error: EngineError): OpenReview[] {
  const keys = [...new Set(constraints.map(({ key }) => key))]
  return keys.map((constraint) => ({
    constraint,
    code: codeOf(error),
    reason: `is not evaluated: ${error.message}`,
    reviews: 'all',
  }))
}

async function askCel(
  { templates, session }: LoadedConstraints,
  pairs: Pairs,
  reviews: readonly GatekeeperReview[],
): Promise<Answers> {
  const asked = reviews.flatMap((review, index) =>
    (pairs[index] ?? []).flatMap((constraint) => {
      const template = templates.get(constraint.kind)
      return template?.code.engine === 'cel'
        ? [{ review, index, constraint, policy: policyName(template) }]
        : []
    }),
  )
  if (asked.length === 0 || session === undefined) return { violations: [], open: [] }
  const answer = await session.evaluatePolicies(
    asked.map(({ review, constraint, policy }) => celWrite(review, constraint, policy)),
  )
  if (!answer.ok)
    return {
      violations: [],
      open: notAnswered(
        asked.map(({ constraint }) => constraint),
        answer.error,
      ),
    }
  const violations: Violation[] = []
  const open: OpenReview[] = []
  for (const { write, outcome, failurePolicy, message } of answer.result.evaluations) {
    const one = asked[write]
    if (one === undefined) continue
    const { index, constraint } = one
    if (outcome === 'fail') violations.push({ review: index, constraint, message })
    else if (outcome === 'error' && failurePolicy === 'Fail') {
      violations.push({ review: index, constraint, message, broken: true })
      const code = unjudgedCode(message)
      if (code !== undefined)
        open.push({ constraint: constraint.key, code, reason: message, reviews: [index] })
    } else {
      const code = outcome === 'error' ? 'policy-error' : 'not-evaluable'
      open.push({ constraint: constraint.key, code, reason: message, reviews: [index] })
    }
  }
  return { violations, open }
}

function celWrite(
  { operation, object, old, namespace, user, asGator }: GatekeeperReview,
  constraint: Constraint,
  policy: string,
): PolicyWrite {
  const subject = object ?? old
  return {
    operation: operation === '' ? 'CREATE' : operation,
    ...(operation === 'DELETE' || object === undefined ? {} : { object }),
    // Suites give updates without the old object, which no API server sends.
    ...(operation === 'UPDATE' ? { old: old ?? subject ?? {} } : old === undefined ? {} : { old }),
    namespace: textAt(subject, 'metadata', 'namespace') ?? '',
    ...(namespace === undefined ? {} : { namespaceObject: namespace }),
    ...(user === undefined ? {} : { user: { name: user.name, groups: [...user.groups] } }),
    policies: [policy],
    ...(asGator === true ? { asGiven: true } : {}),
    // Defaults of the template's schema are those that the API server would have stored.
    parameters: [withParameters(constraint)],
  }
}

function withParameters({ document: { object }, parameters }: Constraint): JsonObject {
  const spec = object['spec']
  return { ...object, spec: { ...(isJsonObject(spec) ? spec : {}), parameters } }
}
