import type { KyvernoLoadRequest, KyvernoWrite } from '../../engine/api-kyverno.ts'
import type { KyvernoSession } from '../../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { engineFailure, targetsOf } from '../not-checked.ts'
import type { ChangeWrite } from '../writes.ts'
import type { Evaluated, EvaluatorContext, PolicyEvaluator } from './evaluator.ts'
import { createJoiner } from './kyverno-answers.ts'
import { readKyverno, type KyvernoPolicies } from './kyverno-documents.ts'

/**
 * Kyverno's CEL policies by Kyverno's own libraries. Policies see objects as the API server shows them to webhooks;
 * what they look up beyond the object is answered from the rendered objects of the same cluster.
 */
export function openKyvernoPolicies(context: EvaluatorContext): Promise<PolicyEvaluator> {
  const policies = readKyverno(context.policies)
  const sessions = new Map<string, ReturnType<typeof openSession>>()
  return Promise.resolve({ evaluate })

  async function evaluate(writes: readonly ChangeWrite[]): Promise<Evaluated> {
    const parts = await Promise.all(
      [...byCluster(writes)].map(([cluster, group]) => evaluateCluster(cluster, group)),
    )
    const matched: Record<string, number> = {}
    for (const part of parts)
      for (const [key, count] of Object.entries(part.matched)) matched[key] = (matched[key] ?? 0) + count
    return {
      found: parts.flatMap(({ found }) => found),
      notChecked: [...policies.notChecked, ...parts.flatMap(({ notChecked }) => notChecked)],
      matched,
    }
  }

  /** Only look-ups tell one cluster of an environment from another. */
  function byCluster(writes: readonly ChangeWrite[]): Map<string, ChangeWrite[]> {
    const groups = new Map<string, ChangeWrite[]>()
    for (const one of policies.evaluable.length === 0 ? [] : writes) {
      const cluster = policies.lookUp ? (context.targetOf(one.change.target)?.cluster ?? '') : ''
      groups.set(cluster, [...(groups.get(cluster) ?? []), one])
    }
    return groups
  }

  async function evaluateCluster(cluster: string, writes: readonly ChangeWrite[]): Promise<Evaluated> {
    let opening = sessions.get(cluster)
    if (opening === undefined) {
      opening = openSession(context, policies, cluster)
      sessions.set(cluster, opening)
    }
    const session = await opening
    if ('error' in session) return failed(engineFailure(session.error, writes, 'Kyverno policies'))
    const prepared = await context.session.prepare(writes.map(({ write }) => write))
    if (!prepared.ok) return failed(engineFailure(prepared.error, writes, 'Kyverno policies'))
    const shown = writes.map(({ write: { operation } }, index): KyvernoWrite => {
      const { namespace = '', object, old } = prepared.result.writes[index] ?? {}
      return {
        operation,
        namespace,
        ...(object === undefined ? {} : { object }),
        ...(old === undefined ? {} : { old }),
      }
    })
    const answer = await session.evaluate(shown)
    if (!answer.ok) return failed(engineFailure(answer.error, writes, 'Kyverno policies'))
    const joined = createJoiner(policies, session.loaded, context.environment.load.namespaces ?? [])(
      writes,
      shown,
      answer.result,
    )
    return { ...joined, notChecked: [...problems(session, writes), ...joined.notChecked] }
  }

  /** A policy that does not compile judges nothing, in the cluster either: every write that it was to judge is open. */
  function problems({ loaded }: KyvernoSession, writes: readonly ChangeWrite[]): NotChecked[] {
    const broken = policies.evaluable.flatMap(({ policy }, index): NotChecked[] => {
      const reason = loaded.policies[index]?.problem
      if (reason === undefined) return []
      const { id: what, location } = policy
      return [{ what, code: 'policy-error', reason, targets: targetsOf(writes), location, count: 1 }]
    })
    const unread = Object.entries(loaded.exceptions ?? {}).flatMap(([index, reason]): NotChecked[] => {
      const exception = policies.exceptions[Number(index)]
      if (exception === undefined) return []
      const { name, location } = exception
      return [{ what: name, code: 'policy-error', reason, targets: [], location, count: 1 }]
    })
    return [...broken, ...unread]
  }
}

function failed(entry: NotChecked): Evaluated {
  return { found: [], notChecked: [entry], matched: {} }
}

function openSession(
  { engines, environment: { load }, pairs }: EvaluatorContext,
  policies: KyvernoPolicies,
  cluster: string,
): ReturnType<EvaluatorContext['engines']['kyverno']['open']> {
  const definitions = load.customResourceDefinitions ?? []
  const request: Omit<KyvernoLoadRequest, 'op'> = {
    policies: policies.evaluable.map(({ object }) => object),
    exceptions: policies.exceptions.map(({ object }) => object),
    namespaces: load.namespaces ?? [],
    kinds: definitions.flatMap(kindOf),
    resources: policies.lookUp ? renderedObjects(pairs, cluster) : [],
    ...(load.user === undefined ? {} : { user: { name: load.user.name, groups: load.user.groups } }),
  }
  return engines.kyverno.open(request)
}

function kindOf(definition: JsonObject): NonNullable<KyvernoLoadRequest['kinds']> {
  const spec = definition['spec']
  if (!isJsonObject(spec) || !isJsonObject(spec['names'])) return []
  const { kind, plural: resource } = spec['names']
  const { group } = spec
  if (typeof group !== 'string' || typeof kind !== 'string' || typeof resource !== 'string') return []
  return [{ group, kind, resource }]
}

/** What the cluster will hold of this repository, as far as this run renders it; deletions are not among it. */
function renderedObjects(pairs: EvaluatorContext['pairs'], cluster: string): JsonObject[] {
  return pairs.flatMap(({ head }) => {
    if (head?.state !== 'rendered' || (head.target.cluster ?? '') !== cluster) return []
    return head.objects.map(({ object, identity }) =>
      identity.namespace === '' || !isJsonObject(object['metadata'])
        ? object
        : { ...object, metadata: { ...object['metadata'], namespace: identity.namespace } },
    )
  })
}
