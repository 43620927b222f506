import type { KyvernoLoadRequest, KyvernoWrite } from '../../engine/api-kyverno.ts'
import type { KyvernoSession } from '../../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { NotChecked } from '../../model/outcome.ts'
import type { Side } from '../judgement.ts'
import { engineFailure, targetsOf } from '../not-checked.ts'
import { afterPlugins } from '../admission/plugin-defaults.ts'
import type { ChangeWrite } from '../writes.ts'
import type { Evaluated, EvaluatorContext, PolicyEvaluator } from './evaluator.ts'
import { createJoiner } from './kyverno-answers.ts'
import { readKyverno, type KyvernoPolicies } from './kyverno-documents.ts'
import { sideOf } from './side.ts'

/**
 * Kyverno's CEL policies by Kyverno's own libraries. Policies see objects as the API server shows them to webhooks;
 * what they look up beyond the object is answered from the rendered objects of the same cluster.
 */
export function openKyvernoPolicies(context: EvaluatorContext): Promise<PolicyEvaluator> {
  const policies = readKyverno(context.policies)
  const sessions = new Map<string, ReturnType<typeof openSession>>()
  return Promise.resolve({ evaluate })

  async function evaluate(writes: readonly ChangeWrite[]): Promise<Evaluated> {
    const parts = await Promise.all([...byCluster(writes)].map((group) => evaluateGroup(group)))
    const matched: Record<string, number> = {}
    for (const part of parts)
      for (const [key, count] of Object.entries(part.matched)) matched[key] = (matched[key] ?? 0) + count
    return {
      found: parts.flatMap(({ found }) => found),
      notChecked: [...policies.notChecked, ...parts.flatMap(({ notChecked }) => notChecked)],
      matched,
    }
  }

  /** Only look-ups tell one cluster of an environment from another, and one side of a cluster from the other. */
  function byCluster(writes: readonly ChangeWrite[]): Iterable<Group> {
    const groups = new Map<string, Group>()
    for (const one of policies.evaluable.length + policies.invalid.length === 0 ? [] : writes) {
      const cluster = policies.lookUp ? (context.targetOf(one.change.target)?.cluster ?? '') : ''
      const side = policies.lookUp ? sideOf(one) : 'head'
      const key = `${side} ${cluster}`
      const group = groups.get(key) ?? { key, cluster, side, writes: [] }
      group.writes.push(one)
      groups.set(key, group)
    }
    return groups.values()
  }

  async function evaluateGroup({ key, cluster, side, writes }: Group): Promise<Evaluated> {
    let opening = sessions.get(key)
    if (opening === undefined) {
      opening = openSession(context, policies, { cluster, side })
      sessions.set(key, opening)
    }
    const session = await opening
    if ('error' in session) return failed(engineFailure(session.error, writes, 'Kyverno policies'))
    const prepared = await context.session.prepare(writes.map(afterPlugins))
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
    const invalid = policies.invalid.map((entry): NotChecked => ({ ...entry, targets: targetsOf(writes) }))
    const dropped = policies.evaluable.flatMap(({ policy }, index): NotChecked[] =>
      (loaded.policies[index]?.unknown ?? []).map((reason) => ({
        what: policy.id,
        code: 'policy-error',
        reason: `${reason}: an API server drops it`,
        targets: [],
        location: policy.location,
        count: 1,
      })),
    )
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
    return [...invalid, ...broken, ...dropped, ...unread]
  }
}

/** Writes that look the same objects up. */
interface Group {
  readonly key: string
  readonly cluster: string
  readonly side: Side
  readonly writes: ChangeWrite[]
}

function failed(entry: NotChecked): Evaluated {
  return { found: [], notChecked: [entry], matched: {} }
}

function openSession(
  { engines, environment: { load }, pairs }: EvaluatorContext,
  policies: KyvernoPolicies,
  place: Pick<Group, 'cluster' | 'side'>,
): ReturnType<EvaluatorContext['engines']['kyverno']['open']> {
  const definitions = load.customResourceDefinitions ?? []
  const request: Omit<KyvernoLoadRequest, 'op'> = {
    policies: policies.evaluable.map(({ object }) => object),
    exceptions: policies.exceptions.map(({ object }) => object),
    namespaces: load.namespaces ?? [],
    kinds: definitions.flatMap(kindOf),
    resources: policies.lookUp ? renderedObjects(pairs, place) : [],
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

/**
 * What the cluster holds of this repository on one side, as far as this run renders it: objects of its own targets, and
 * of targets without a cluster (as judge/environments.ts has it).
 */
function renderedObjects(
  pairs: EvaluatorContext['pairs'],
  { cluster, side }: Pick<Group, 'cluster' | 'side'>,
): JsonObject[] {
  return pairs.flatMap((pair) => {
    const rendering = pair[side]
    if (rendering?.state !== 'rendered') return []
    const { cluster: own } = rendering.target
    if (cluster !== '' && own !== undefined && own !== cluster) return []
    return rendering.objects.map(({ object, identity }) =>
      identity.namespace === '' || !isJsonObject(object['metadata'])
        ? object
        : { ...object, metadata: { ...object['metadata'], namespace: identity.namespace } },
    )
  })
}
