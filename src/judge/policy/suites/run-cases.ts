import { unjudgedCode } from '../unjudged.ts'
import { compileNameGlob } from '../../../config/glob.ts'
import type { Engines } from '../../../engine/engines.ts'
import type { Change } from '../../../model/change.ts'
import type { Configuration } from '../../../model/configuration.ts'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import { splitApiVersion, type RenderedObject } from '../../../model/object.ts'
import type { RenderedPair, Rendering } from '../../../model/rendering.ts'
import { policyKey } from '../../../model/policy.ts'
import { withNameLabel, type Environment } from '../../environments.ts'
import { textAt } from '../../field-steps.ts'
import type { ChangeWrite } from '../../writes.ts'
import { openEvaluators, type Evaluated } from '../evaluator.ts'
import type { PolicySource } from '../source.ts'
import type { CaseResult, Expectation, PolicyCase } from './case.ts'

export interface CasesToRun {
  readonly cases: readonly PolicyCase[]
  readonly policies: PolicySource
  readonly engines: Engines
  readonly configuration: Configuration
}

/**
 * Runs cases on the evaluators that judge pull requests: the same compilers, the same order, the same states. Cases with
 * equal surroundings share a session. Where a set applies is left out: a case is about the policy, not about a fleet.
 */
export async function runCases(input: CasesToRun): Promise<readonly CaseResult[]> {
  const policies = everywhere(input.policies)
  const results: Settled[] = []
  for (const group of bySurroundings(input.cases, policies, input.configuration)) {
    const answers = await runGroup(group, { ...input, policies })
    results.push(...answers)
  }
  const order = new Map(input.cases.map((one, index) => [one, index]))
  return results
    .sort((a, b) => (order.get(a.of) ?? 0) - (order.get(b.of) ?? 0))
    .map(({ of: { policy, name, location, expect }, ...rest }) => ({
      policy,
      name,
      location,
      expected: expect,
      shows: expect === 'pass' || expect === 'fail' ? [expect] : [],
      ...rest,
    }))
}

interface Settled extends Pick<CaseResult, 'messages' | 'problem'> {
  readonly of: PolicyCase
  readonly outcome: Expectation
}

function everywhere(source: PolicySource): PolicySource {
  const policies = [...source.policies].map(([key, policy]) => [key, { ...policy, appliesTo: [] }] as const)
  return { ...source, policies: new Map(policies) }
}

interface Group {
  readonly environment: Omit<Environment, 'changes'>
  readonly cases: readonly PolicyCase[]
}

function bySurroundings(
  cases: readonly PolicyCase[],
  policies: PolicySource,
  configuration: Configuration,
): readonly Group[] {
  const groups = new Map<string, { environment: Group['environment']; cases: PolicyCase[] }>()
  for (const one of cases) {
    const kubernetes = one.kubernetes ?? configuration.kubernetes
    const load = {
      kubernetes,
      namespaces: [namespaceOf(one)],
      user: one.user === undefined ? controller : { ...one.user, groups: [...one.user.groups] },
    }
    const key = JSON.stringify([load, one.others])
    const group = groups.get(key)
    if (group === undefined)
      groups.set(key, {
        environment: { kubernetes, load: { ...load, ...policies.load }, shipped: [] },
        cases: [one],
      })
    else group.cases.push(one)
  }
  return [...groups.values()]
}

/** Argo CD's, as environments.ts names it: most repositories are read by it. */
const controller = {
  name: 'system:serviceaccount:argocd:argocd-application-controller',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:argocd', 'system:authenticated'],
}

function namespaceOf({ namespace, write }: PolicyCase): JsonObject {
  if (namespace !== undefined) return withNameLabel(namespace)
  const name = textAt(write.object ?? write.old ?? {}, 'metadata', 'namespace') ?? 'default'
  return withNameLabel({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
}

async function runGroup(
  { environment, cases }: Group,
  { policies, engines, configuration }: CasesToRun,
): Promise<readonly Settled[]> {
  const session = await engines.admission.open(environment.load)
  if ('error' in session) {
    const { message } = session.error
    return cases.map((one) => settle(one, 'error', [message]))
  }
  const context = {
    engines,
    configuration,
    policies,
    session,
    targetOf: () => undefined,
    pairs: [clusterOf(cases[0]?.others ?? [])],
    environment: { ...environment, changes: [] },
  }
  const evaluator = await openEvaluators(context)
  const broken = new Map(
    session.loaded.problems.flatMap(({ list, index, message }) => {
      const { policies: own, bindings } = environment.load
      const name =
        list === 'policies'
          ? textAt(own?.[index] ?? {}, 'metadata', 'name')
          : list === 'bindings'
            ? textAt(bindings?.[index] ?? {}, 'spec', 'policyName')
            : undefined
      return name === undefined ? [] : [[policyKey({ language: 'admission', name }), message] as const]
    }),
  )
  const keys = new Map([...policies.policies].map(([key, { id }]) => [id, key]))
  const ids = new Set(keys.keys())
  const results: Settled[] = []
  for (const one of cases) {
    const key = keys.get(one.policy) ?? ''
    const problem = broken.get(key)
    if (problem !== undefined) {
      results.push(settle(one, 'error', [problem]))
      continue
    }
    const write = changeWrite(one)
    results.push(answerOf(one, key, ids, await evaluator.evaluate([write])))
  }
  return results
}

function answerOf(
  one: PolicyCase,
  key: string,
  ids: ReadonlySet<string>,
  { found, notChecked, matched }: Evaluated,
): Settled {
  // What names another policy is that policy's; what names none (a time limit, a full memory) concerns them all.
  const open = notChecked.find(({ what }) => what === one.policy || !ids.has(what))
  if (open !== undefined) {
    // The cluster of a case holds what the set and the case say: a parameter that is not among it is missing.
    const onlyCluster = open.code === 'not-evaluable' && unjudgedCode(open.reason) === undefined
    return settle(one, onlyCluster ? 'not-evaluable' : 'error', [open.reason])
  }
  const own = found.filter(({ finding }) => finding.rule === one.policy)
  const messages = own.map(({ finding }) => finding.message).sort()
  if (own.some(({ failedClosed }) => failedClosed)) return settle(one, 'error', messages)
  if (own.length > 0) return settle(one, 'fail', messages)
  return settle(one, (matched[key] ?? 0) > 0 ? 'pass' : 'skip', [])
}

/** Compares what came of a case with what it expects. */
function settle(one: PolicyCase, outcome: Expectation, messages: readonly string[]): Settled {
  const problem = problemOf(one, outcome, messages)
  return { of: one, outcome, messages, ...(problem === undefined ? {} : { problem }) }
}

function problemOf(
  { expect, message, count }: PolicyCase,
  outcome: Expectation,
  messages: readonly string[],
): string | undefined {
  if (outcome !== expect) return `expected ${expect}, came to ${outcome}`
  if (count !== undefined && messages.length !== count)
    return `expected ${count} ${count === 1 ? 'finding' : 'findings'}, came to ${messages.length}`
  if (message !== undefined) {
    const glob = compileNameGlob(`*${message.replace(/[?{}\\[\]]/g, '\\$&')}*`)
    if (!messages.some((text) => glob.matches(text))) return `no message holds ${JSON.stringify(message)}`
  }
  return undefined
}

/** What else the cluster holds, as the rendering of a target: that is where policies look other objects up. */
function clusterOf(others: readonly JsonObject[]): RenderedPair {
  const rendering: Rendering = {
    state: 'rendered',
    target: {
      id: 'tests',
      kind: 'plain',
      name: 'tests',
      path: 'tests',
      sync: { prune: 'unknown', serverSide: false, automatic: 'unknown' },
      plan: { tool: 'manifests', files: [], rules: 'plain' },
      inputs: { files: [], directories: [] },
    },
    objects: others.map(rendered),
    notChecked: [],
    warnings: [],
    read: [],
  }
  return { id: 'tests', base: rendering, head: rendering }
}

function changeWrite({ write, name }: PolicyCase): ChangeWrite {
  const next = write.object ?? write.old ?? {}
  const object = rendered(next)
  const change: Change = {
    target: name,
    identity: object.identity,
    operation: write.operation,
    differences: [],
    ...(write.object === undefined ? {} : { new: object }),
    ...(write.old === undefined ? {} : { old: write.object === undefined ? object : rendered(write.old) }),
  }
  const namespace = object.identity.namespace || 'default'
  return { change, object, write: { ...write, namespace } }
}

function rendered(object: JsonObject): RenderedObject {
  const apiVersion = textAt(object, 'apiVersion') ?? ''
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {}
  return {
    apiVersion,
    object,
    origin: {},
    identity: {
      group: splitApiVersion(apiVersion).group,
      kind: textAt(object, 'kind') ?? '',
      namespace: textAt(metadata, 'namespace') ?? '',
      name: textAt(metadata, 'name') ?? '',
    },
  }
}
