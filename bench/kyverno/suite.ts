import { dirname } from 'node:path/posix'
import type { KyvernoEvaluation, KyvernoLoadRequest } from '../../src/engine/api-kyverno.ts'
import type { Engines } from '../../src/engine/engines.ts'
import { at, textAt } from '../../src/judge/field-steps.ts'
import { compareKyverno } from '../../src/judge/policy/suites/kyverno-compare.ts'
import {
  evaluated,
  inNamespace,
  isCalled,
  isJson,
  kindOf,
  writeOf,
} from '../../src/judge/policy/suites/kyverno-objects.ts'
import {
  kyvernoCases,
  kyvernoWorld,
  readKyvernoSuite,
  type KyvernoCase,
} from '../../src/judge/policy/suites/kyverno-test.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import type { Reader } from './documents.ts'
import { clusterScoped } from '../../src/judge/policy/suites/kyverno-scope.ts'

export interface SuiteResult {
  readonly suite: string
  /** Kind of the policy, with `validate.cel` for rules of that type. */
  readonly kind: string
  readonly policy: string
  readonly resource: string
  readonly state: 'agree' | 'excluded' | 'disagree' | 'error' | 'not-supported'
  readonly reason: string
}

export async function runSuite(
  document: JsonObject,
  file: string,
  reader: Reader,
  engines: Engines,
): Promise<SuiteResult[]> {
  const suite = readKyvernoSuite(document)
  const directory = dirname(file)
  const read = async (paths: readonly string[]) => await reader.read(reader.resolve(directory, paths))
  const one = async (path: string | undefined): Promise<JsonObject | undefined> =>
    path === undefined ? undefined : (await read([path])).objects[0]
  const [variables, userInfo, context] = [
    await one(suite.variables),
    await one(suite.userInfo),
    await one(suite.context),
  ]
  const clusterResources = (await read(suite.clusterResources)).objects
  const globalContext = new Map<string, readonly JsonObject[]>()
  for (const { name, files } of suite.globalContext) globalContext.set(name, (await read(files)).objects)
  const world = kyvernoWorld(suite, {
    clusterResources,
    globalContext,
    ...(variables && { variables }),
    ...(userInfo && { userInfo }),
    ...(context && { context }),
  })
  const definitions = await read(clusterResources.flatMap((entry) => texts(at(entry, 'spec', 'crds'))))
  const scope = clusterScoped(definitions.objects)
  const withNamespace = (object: JsonObject): JsonObject => inNamespace(object, scope)
  const policies = await read(suite.policies)
  const resources = (await read(suite.resources)).objects.map(withNamespace)
  const exceptions = (await read(suite.exceptions)).objects
  const known = policies.objects.filter(
    (policy) => evaluated.includes(textAt(policy, 'kind') ?? '') && !isJson(policy),
  )
  const load: Omit<KyvernoLoadRequest, 'op'> = {
    policies: known,
    exceptions: exceptions.filter(({ kind }) => kind === 'PolicyException'),
    namespaces: [...world.namespaces],
    resources: [...world.others.map(withNamespace), ...(suite.clusterResources.length > 0 ? resources : [])],
    kinds: definitions.objects.flatMap(kindOf),
    complete: true,
    mocks: {
      images: world.images as Record<string, JsonObject>,
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
  const cases = kyvernoCases(suite, unique(resources), world)
  if (known.length === 0) return cases.map((entry) => unsupported(file, entry, policies.objects))
  const session = await engines.kyverno.open(load)
  if ('error' in session) return cases.map((entry) => failed(file, entry, session.error.message))
  const answer = await session.evaluate(cases.map(writeOf), { all: true })
  if (!answer.ok) return cases.map((entry) => failed(file, entry, answer.error.message))
  return cases.map((entry, index): SuiteResult => {
    const position = known.findIndex((policy) => isCalled(policy, entry.expectation.policy))
    const policy = known[position]
    if (policy === undefined) return unsupported(file, entry, policies.objects)
    const problem = session.loaded.policies[position]?.problem
    if (problem !== undefined) return failed(file, entry, problem)
    const undecodable = answer.result.undecodable?.[String(index)]
    if (undecodable !== undefined) return failed(file, entry, undecodable)
    const own = answer.result.evaluations.filter(
      (evaluation: KyvernoEvaluation) => evaluation.write === index && evaluation.policy === position,
    )
    const legacy = !(textAt(policy, 'apiVersion') ?? '').startsWith('policies.kyverno.io/')
    const types = session.loaded.policies[position]?.rules ?? []
    const rule = types.find(({ name }) => name === entry.expectation.rule)
    const kind = `${textAt(policy, 'kind') ?? ''}${legacy ? ` ${rule?.type ?? types[0]?.type ?? ''}` : ''}`
    // A rule of another type that takes nothing here was not evaluated either.
    if (legacy && (rule ?? types[0])?.reason !== undefined)
      return { ...base(file, entry, kind), state: 'not-supported', reason: (rule ?? types[0])?.reason ?? '' }
    if (world.unresolved.length > 0 && JSON.stringify(policy).includes('globalContext'))
      return { ...base(file, entry, kind), state: 'not-supported', reason: 'JMESPath in mocks' }
    const scored = at(policy, 'metadata', 'annotations', 'policies.kyverno.io/scored') !== 'false'
    const compared = compareKyverno(entry.expectation, own, { legacy, scored })
    return {
      ...base(file, entry, kind),
      state: compared.state,
      reason: 'reason' in compared ? compared.reason : '',
    }
  })
}

function unique(resources: readonly JsonObject[]): JsonObject[] {
  const seen = new Set<string>()
  return resources.filter((object) => {
    const key = JSON.stringify([
      object['kind'],
      textAt(object, 'metadata', 'namespace'),
      textAt(object, 'metadata', 'name'),
    ])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function unsupported(file: string, entry: KyvernoCase, policies: readonly JsonObject[]): SuiteResult {
  const policy = policies.find((one) => isCalled(one, entry.expectation.policy))
  const kind = textAt(policy ?? {}, 'kind') ?? 'no such policy'
  const mode = policy !== undefined && isJson(policy) ? ' in another mode than Kubernetes' : ''
  return { ...base(file, entry, kind), state: 'not-supported', reason: `${kind}${mode} is not evaluated` }
}

function failed(file: string, entry: KyvernoCase, reason: string): SuiteResult {
  return { ...base(file, entry, 'error'), state: 'error', reason: reason.replaceAll('\n', ' ') }
}

function base(file: string, { expectation, resource, operation }: KyvernoCase, kind: string) {
  const name = [textAt(resource, 'metadata', 'namespace'), textAt(resource, 'metadata', 'name')].filter(
    Boolean,
  )
  return {
    suite: dirname(file),
    kind,
    policy: [expectation.policy, expectation.rule].filter(Boolean).join('/'),
    resource: `${textAt(resource, 'kind') ?? ''} ${name.join('/')}${operation === 'CREATE' ? '' : ` ${operation}`}`,
  }
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : []
}
