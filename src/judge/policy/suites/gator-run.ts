import type { EngineError, Engines } from '../../../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import type { PolicyDocument } from '../../../model/policy.ts'
import { at, textAt } from '../../field-steps.ts'
import { openGatekeeperClient, type GatekeeperClient } from '../gatekeeper/client.ts'
import {
  ExpansionError,
  impliedBy,
  impliedMessage,
  readExpansions,
  type Expansion,
  type Implied,
} from '../gatekeeper/expansion.ts'
import { isNamespace } from '../gatekeeper/match.ts'
import type { GatekeeperReview } from '../gatekeeper/review.ts'
import { holds, type GatorAssertion, type GatorCase, type GatorTest } from './gator-suite.ts'
import { matchMessages } from './messages.ts'

/** What the files of a test hold. */
export interface GatorFiles {
  readonly template: PolicyDocument
  readonly constraint: PolicyDocument
  /** Documents of the test's expansion file. */
  readonly expansions: readonly PolicyDocument[]
  /** By path as the case writes it. */
  readonly objects: ReadonlyMap<string, readonly JsonObject[]>
}

/** What came of a case, or of a test that wants its constraint refused. */
export interface GatorResult {
  readonly name: string
  readonly messages: readonly string[]
  /** Why it does not hold; absent when it does. */
  readonly problem?: string
  /** Why it could not be evaluated: never a pass. */
  readonly open?: string
}

/** Runs a test as `gator verify` does: reviews without an operation, matched by the namespaces of the inventory. */
export async function runGatorTest(
  test: GatorTest,
  { template, constraint, expansions: documents, objects }: GatorFiles,
  engines: Pick<Engines, 'admission' | 'rego'>,
  kubernetes: string,
): Promise<readonly GatorResult[] | { readonly error: EngineError }> {
  const cluster = { kubernetes, namespaces: [], customResourceDefinitions: [] }
  const client = await openGatekeeperClient([template, constraint], cluster, engines)
  if ('error' in client) return client
  const [refused] = client.problems
  if (test.invalid) {
    const held = refused?.invalid === true
    const problem = refused === undefined ? 'the constraint is valid' : refused.reason
    return [{ name: test.name, messages: [], ...(held ? {} : { problem }) }]
  }
  if (refused !== undefined)
    return test.cases.map(({ name }) => ({ name, messages: [], open: refused.reason }))
  const expansions = readExpansions(documents)
  const results: GatorResult[] = []
  for (const one of test.cases)
    results.push(await runCase(one, { client, expansions, files: objects }, engines))
  return results
}

async function runCase(
  { name, object, inventory, assertions }: GatorCase,
  {
    client,
    expansions,
    files,
  }: {
    readonly client: GatekeeperClient
    readonly expansions: readonly Expansion[]
    readonly files: GatorFiles['objects']
  },
  engines: Pick<Engines, 'rego'>,
): Promise<GatorResult> {
  const given = files.get(object) ?? []
  const [subject] = given
  if (subject === undefined || given.length !== 1)
    return { name, messages: [], problem: `${object} holds ${given.length} objects` }
  if (assertions.length === 0) return { name, messages: [], problem: 'the case has no assertions' }
  const others = inventory.flatMap((path) => files.get(path) ?? [])
  let implied: readonly Implied[]
  try {
    // gator does not take AdmissionReviews for what they review when it expands.
    implied = impliedBy(subject, expansions)
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error
    return { name, messages: [], problem: error.message }
  }
  const generated = implied.map(({ object }): GatekeeperReview => ({
    operation: '',
    object,
    asGator: true,
    source: 'Generated',
  }))
  const { violations, open } = await client.review([reviewOf(subject, others), ...generated], others)
  // gator counts a match that needs an unknown namespace as a violation.
  const autorejected = open.filter(({ code }) => code === 'not-evaluable').map(({ reason }) => reason)
  const broken = open.find(({ code }) => code !== 'not-evaluable')
  const told = violations.map(({ review, message }) => {
    const one = implied[review - 1]
    return one === undefined ? message : impliedMessage(one, message)
  })
  const messages = [...told, ...autorejected].sort()
  if (broken !== undefined) return { name, messages, open: broken.reason }
  const problem = await unmet(assertions, messages, engines)
  return { name, messages, ...(problem === undefined ? {} : { problem }) }
}

function reviewOf(object: JsonObject, inventory: readonly JsonObject[]): GatekeeperReview {
  const request = object['kind'] === 'AdmissionReview' ? at(object, 'request') : undefined
  if (isJsonObject(request)) {
    const operation = textAt(request, 'operation')
    const [next, old] = [request['object'], request['oldObject']]
    return {
      operation: operation === 'CREATE' || operation === 'UPDATE' || operation === 'DELETE' ? operation : '',
      request,
      asGator: true,
      ...(isJsonObject(next) ? { object: next } : {}),
      ...(isJsonObject(old) ? { old } : {}),
      ...namespaceIn(inventory, textAt(request, 'namespace')),
    }
  }
  return {
    operation: '',
    object,
    asGator: true,
    ...namespaceIn(inventory, textAt(object, 'metadata', 'namespace')),
  }
}

function namespaceIn(inventory: readonly JsonObject[], name: string | undefined): { namespace?: JsonObject } {
  const found = inventory.find((one) => isNamespace(one) && textAt(one, 'metadata', 'name') === name)
  return name === undefined || found === undefined ? {} : { namespace: found }
}

async function unmet(
  assertions: readonly GatorAssertion[],
  messages: readonly string[],
  engines: Pick<Engines, 'rego'>,
): Promise<string | undefined> {
  for (const assertion of assertions) {
    const matching =
      assertion.message === undefined
        ? messages.length
        : await matchMessages(engines.rego, assertion.message, messages)
    if (typeof matching === 'string') return matching
    if (holds(assertion, matching)) continue
    const about = assertion.message === undefined ? '' : ` with a message like ${assertion.message}`
    return `${matching} violations${about}, not ${assertion.violations}: ${messages.join(' | ') || 'none at all'}`
  }
  return undefined
}
