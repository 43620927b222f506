import type { ConfigurationProblem } from '../../../config/errors.ts'
import type { KyvernoEvaluation, KyvernoLoadRequest } from '../../../engine/api-kyverno.ts'
import type { KyvernoSession } from '../../../engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { Location } from '../../../model/location.ts'
import { kindAndName, type PolicyLanguage } from '../../../model/policy.ts'
import { at, textAt } from '../../field-steps.ts'
import type { CaseResult } from './case.ts'
import { askAdmissionPolicies, isAdmissionPolicy } from './kyverno-admission.ts'
import { compareKyverno } from './kyverno-compare.ts'
import { evaluated, inNamespace, isCalled, isJson, kindOf, writeOf } from './kyverno-objects.ts'
import { clusterScoped } from './kyverno-scope.ts'
import {
  kyvernoCases,
  kyvernoWorld,
  readKyvernoSuite,
  type KyvernoCase,
  type KyvernoSuite,
  type KyvernoWorld,
} from './kyverno-test.ts'
import { policyOf, type NativeResults, type SuiteContext } from './native-suites.ts'
import type { NativeSuite } from './suite-files.ts'

/** What a suite says, with its files read. */
interface Opened {
  readonly suite: KyvernoSuite
  readonly world: KyvernoWorld
  readonly policies: readonly JsonObject[]
  readonly known: readonly JsonObject[]
  readonly resources: readonly JsonObject[]
  readonly parameters: readonly JsonObject[]
  readonly load: Omit<KyvernoLoadRequest, 'op'>
}

/** A case with where its result stands in the suite. */
type Placed = KyvernoCase & { readonly location: Location }

/** Runs a `kyverno-test.yaml` as `kyverno test` does, on the files that it names. */
export async function runKyvernoSuite(native: NativeSuite, context: SuiteContext): Promise<NativeResults> {
  const opened = await open(native)
  const cases = placedCases(native, opened)
  for (const field of opened.suite.unsupported)
    native.problems.push(problemAt(native.locate([field]), `${field} of kyverno suites is not supported`))
  const session = opened.known.length === 0 ? undefined : await context.engines.kyverno.open(opened.load)
  const answers =
    session === undefined || 'error' in session
      ? undefined
      : await session.evaluate(cases.map(writeOf), { all: true })
  const failure =
    session !== undefined && 'error' in session
      ? session.error.message
      : answers?.ok === false
        ? answers.error.message
        : undefined
  const admission = await askAdmissionPolicies(
    cases.map((one) => ({ ...one, policy: policyCalled(one, opened) })),
    { documents: opened.policies, parameters: opened.parameters, world: opened.world },
    context.engines,
    context.kubernetes,
  )
  const results = cases.map((one, index): CaseResult => {
    const own = admission.get(index)
    if (typeof own === 'string') return { ...base(one, opened, context), ...brokenBy(own) }
    if (own !== undefined)
      return { ...base(one, opened, context), ...compared(one, own, policyCalled(one, opened), false) }
    if (session === undefined || 'error' in session || answers?.ok !== true)
      return { ...base(one, opened, context), ...notEvaluable(failure ?? whyNot(one, opened)) }
    const evaluations = answers.result.evaluations.filter(({ write }) => write === index)
    const undecodable = answers.result.undecodable?.[String(index)]
    return {
      ...base(one, opened, context),
      ...answerTo(one, opened, session, evaluations, undecodable),
    }
  })
  return { results, problems: native.problems }
}

async function open(native: NativeSuite): Promise<Opened> {
  const suite = readKyvernoSuite(native.object)
  const read = async (paths: readonly string[]): Promise<JsonObject[]> =>
    (await native.read(paths)).map(({ object }) => object)
  const one = async (path: string | undefined): Promise<JsonObject | undefined> =>
    path === undefined ? undefined : (await read([path]))[0]
  const [variables, userInfo, context] = [
    await one(suite.variables),
    await one(suite.userInfo),
    await one(suite.context),
  ]
  const clusterResources = await read(suite.clusterResources)
  const globalContext = new Map<string, readonly JsonObject[]>()
  for (const { name, files } of suite.globalContext) globalContext.set(name, await read(files))
  const world = kyvernoWorld(suite, {
    clusterResources,
    globalContext,
    ...(variables && { variables }),
    ...(userInfo && { userInfo }),
    ...(context && { context }),
  })
  const definitions = await read(clusterResources.flatMap((entry) => texts(at(entry, 'spec', 'crds'))))
  const scope = clusterScoped(definitions)
  const withNamespace = (object: JsonObject): JsonObject => inNamespace(object, scope)
  const policies = await read(suite.policies)
  const resources = unique((await read(suite.resources)).map(withNamespace))
  const exceptions = await read(suite.exceptions)
  const known = policies.filter(
    (policy) => evaluated.includes(textAt(policy, 'kind') ?? '') && !isJson(policy),
  )
  const load = {
    policies: known,
    exceptions: exceptions.filter(({ kind }) => kind === 'PolicyException'),
    namespaces: [...world.namespaces],
    resources: [...world.others.map(withNamespace), ...(suite.clusterResources.length > 0 ? resources : [])],
    kinds: definitions.flatMap(kindOf),
    complete: true,
    mocks: {
      images: Object.fromEntries(Object.entries(world.images).filter(isObjectEntry)),
      globalContext: world.globalContext,
      http: suite.http,
    },
    ...(world.user === undefined
      ? {}
      : {
          user: {
            name: world.user.name,
            groups: [...world.user.groups],
            roles: [...world.user.roles],
            clusterRoles: [...world.user.clusterRoles],
          },
        }),
  }
  const parameters = await read(suite.parameters)
  return { suite, world, policies, known, resources, parameters, load }
}

function isObjectEntry(entry: [string, Json]): entry is [string, JsonObject] {
  return isJsonObject(entry[1])
}

/** Every result on its resources; results that cannot be read or name a resource that is not there are problems. */
function placedCases(native: NativeSuite, { suite, resources, world }: Opened): readonly Placed[] {
  const raw = native.object['results']
  const list = Array.isArray(raw) ? (raw as readonly Json[]) : []
  return list.flatMap((entry, index) => {
    const location = native.locate(['results', index])
    const { results } = readKyvernoSuite({ results: [entry] })
    if (results.length === 0)
      native.problems.push(problemAt(location, 'the result names no policy, or no result that kyverno knows'))
    return results.flatMap((expectation) => {
      for (const name of expectation.resources)
        if (
          kyvernoCases({ ...suite, results: [{ ...expectation, resources: [name] }] }, resources, world)
            .length === 0
        )
          native.problems.push(problemAt(location, `no resource of the suite is called ${name}`))
      return kyvernoCases({ ...suite, results: [expectation] }, resources, world).map((one) => ({
        ...one,
        location,
      }))
    })
  })
}

type Answer = Pick<CaseResult, 'outcome' | 'messages' | 'shows' | 'problem'>

function answerTo(
  { expectation }: KyvernoCase,
  opened: Opened,
  session: KyvernoSession,
  evaluations: readonly KyvernoEvaluation[],
  undecodable: string | undefined,
): Answer {
  const position = opened.known.findIndex((policy) => isCalled(policy, expectation.policy))
  const policy = opened.known[position]
  if (policy === undefined) return notEvaluable(whyNot({ expectation }, opened))
  const loaded = session.loaded.policies[position]
  const broken = loaded?.problem ?? undecodable
  if (broken !== undefined) return brokenBy(broken)
  const own = evaluations.filter((evaluation) => evaluation.policy === position)
  const legacy = !(textAt(policy, 'apiVersion') ?? '').startsWith('policies.kyverno.io/')
  const types = loaded?.rules ?? []
  const rule = types.find(({ name }) => name === expectation.rule) ?? types[0]
  // A rule of another type that takes nothing here was not evaluated either.
  if (legacy && rule?.reason !== undefined) return notEvaluable(rule.reason)
  if (opened.world.unresolved.length > 0 && JSON.stringify(policy).includes('globalContext'))
    return notEvaluable('JMESPath in mocks of the global context is not evaluated')
  return compared({ expectation }, own, policy, legacy)
}

function brokenBy(problem: string): Answer {
  return { outcome: 'error', messages: [], shows: [], problem }
}

function compared(
  { expectation }: Pick<KyvernoCase, 'expectation'>,
  own: readonly KyvernoEvaluation[],
  policy: JsonObject | undefined,
  legacy: boolean,
): Answer {
  const scored = at(policy ?? {}, 'metadata', 'annotations', 'policies.kyverno.io/scored') !== 'false'
  const comparison = compareKyverno(expectation, own, { legacy, scored })
  const messages = [
    ...new Set(own.flatMap(({ outcome, message }) => (outcome === 'pass' || !message ? [] : [message]))),
  ]
  messages.sort()
  const { result } = expectation
  const shows: CaseResult['shows'] =
    result === 'pass' ? ['pass'] : result === 'fail' || result === 'warn' ? ['fail'] : []
  switch (comparison.state) {
    case 'agree':
      return { outcome: result, messages, shows }
    // kyverno counts it as a pass; it shows nothing of the policy.
    case 'excluded':
      return { outcome: 'skip', messages, shows: [] }
    case 'disagree':
      return {
        outcome: comparison.got,
        messages,
        shows,
        problem: `expected ${result}, came to ${comparison.got}`,
      }
    case 'not-supported':
      return notEvaluable(comparison.reason)
  }
}

function notEvaluable(problem: string): Answer {
  return { outcome: 'not-evaluable', messages: [], shows: [], problem }
}

function policyCalled(
  { expectation }: Pick<KyvernoCase, 'expectation'>,
  { policies }: Pick<Opened, 'policies'>,
): JsonObject | undefined {
  return policies.find((one) => isPolicy(one) && isCalled(one, expectation.policy))
}

/** A binding, or a parameter in the same file, may be called as a policy is. */
function isPolicy({ kind }: JsonObject): boolean {
  return typeof kind === 'string' && kind.endsWith('Policy')
}

function whyNot(one: Pick<KyvernoCase, 'expectation'>, opened: Opened): string {
  const { expectation } = one
  const policy = policyCalled(one, opened)
  if (policy === undefined) return `no policy of the suite is called ${expectation.policy}`
  const mode = isJson(policy) ? ' in another mode than Kubernetes' : ''
  return `a ${textAt(policy, 'kind') ?? ''}${mode} is not evaluated in kyverno suites`
}

function base(
  { expectation, resource, operation, location }: Placed,
  opened: Opened,
  context: SuiteContext,
): Pick<CaseResult, 'policy' | 'foreign' | 'name' | 'location' | 'expected'> {
  const { policy: called, rule, result } = expectation
  const policy = policyCalled({ expectation }, opened)
  const language = policy !== undefined && isAdmissionPolicy(policy) ? 'admission' : 'kyverno'
  const object = [
    ...(rule === undefined ? [] : [`${rule}:`]),
    kindAndName(resource),
    ...(operation === 'CREATE' ? [] : [operation]),
  ]
  return {
    ...policyOf(language, nameOf(policy, language, called), context.policies),
    name: object.join(' '),
    location,
    expected: result,
  }
}

function nameOf(policy: JsonObject | undefined, language: PolicyLanguage, called: string): string {
  if (policy === undefined) return called
  return language === 'admission' ? (textAt(policy, 'metadata', 'name') ?? '') : kindAndName(policy)
}

function unique(resources: readonly JsonObject[]): JsonObject[] {
  return [
    ...new Map(resources.toReversed().map((object) => [kindAndName(object), object])).values(),
  ].reverse()
}

function problemAt({ file, line = 1 }: Location, message: string): ConfigurationProblem {
  return { file, line, column: 1, message }
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((entry): entry is string => typeof entry === 'string')
    : []
}
