/**
 * kaptest suites in the shipped engine: `bench -- policies kaptest DIR` reads every kaptest.yaml below a checkout of
 * pfnet/kaptest, or any folder of that form. Nothing of them is committed here.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import type { PolicyEvaluateResult, PolicyWrite } from '../../src/engine/api.ts'
import type { AdmissionSession } from '../../src/engine/engines.ts'
import { createEngines } from '../../src/engine/pool.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { metadataOf, text } from '../admission/case.ts'

interface Reference {
  readonly group?: string
  readonly version?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
}

interface Test {
  readonly object?: Reference
  readonly oldObject?: Reference
  readonly param?: Reference
  readonly userInfo?: { readonly name?: string; readonly groups?: string[] }
  readonly expect: 'admit' | 'deny' | 'error' | 'skip'
}

interface Suite {
  readonly validatingAdmissionPolicies: string[]
  readonly resources: string[]
  readonly testSuites: { readonly policy: string; readonly tests: Test[] }[]
}

export async function kaptest([directory = '.']: readonly string[]): Promise<void> {
  const engines = createEngines({ directory: new URL('../../dist/engines/', import.meta.url) })
  const totals: Record<string, number> = { agree: 0, disagree: 0, error: 0, 'not supported': 0 }
  let neverAsked = 0
  const say = (verdict: string, where: string, why: string): void => {
    totals[verdict] = (totals[verdict] ?? 0) + 1
    if (verdict !== 'agree') console.log(`${verdict}: ${where}: ${why}`)
  }
  try {
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.test\/(kaptest|invalid-[^/]*)\.yaml$/.test(file),
    )
    for (const file of files.sort()) {
      const suite = parse(readFileSync(join(directory, file), 'utf8')) as Partial<Suite> | null
      if (suite === null || !Array.isArray(suite.testSuites)) continue
      await run(file, suite as Suite)
    }
  } finally {
    await engines.close()
  }
  if (neverAsked > 0)
    console.log(`${neverAsked} cases agree about an object that matchConstraints of the policy do not take`)
  console.log(
    Object.entries(totals)
      .map(([verdict, count]) => `${verdict} ${count}`)
      .join(', '),
  )

  async function run(file: string, suite: Suite): Promise<void> {
    const from = dirname(resolve(directory, file))
    const read = (paths: readonly string[] = []): JsonObject[] =>
      paths.flatMap((path) => documentsOf(join(from, path)))
    // kaptest reads every version of the API; those before v1 say the same in the same fields.
    const policies = read(suite.validatingAdmissionPolicies)
      .filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')
      .map((policy) => ({ ...policy, apiVersion: 'admissionregistration.k8s.io/v1' }))
    const resources = read(suite.resources)
    const customResourceDefinitions = resources.filter(({ kind }) => kind === 'CustomResourceDefinition')
    const load = { kubernetes: '1.37', customResourceDefinitions }
    const session = await engines.admission.open({ ...load, policies: policies.map(forEverything) })
    const narrow = await engines.admission.open({ ...load, policies })
    for (const one of [session, narrow])
      if ('error' in one) {
        say('error', file, one.error.message)
        return
      }
    if ('error' in session || 'error' in narrow) return
    for (const { message } of session.loaded.problems) console.log(`a server refuses: ${file}: ${message}`)
    for (const { policy, tests } of suite.testSuites)
      for (const [index, test] of tests.entries()) {
        const where = `${file} ${policy}[${index}]`
        const answer = await judge(session, policies, resources, policy, test)
        if ('why' in answer) say(test.expect === 'error' ? 'agree' : 'not supported', where, answer.why)
        else if (answer.verdict === test.expect) {
          say('agree', where, '')
          if (answer.verdict === 'skip') continue
          const asked = await judge(narrow, policies, resources, policy, test)
          if ('verdict' in asked && asked.verdict === 'skip') neverAsked += 1
        } else say('disagree', where, `expected ${test.expect}, is ${answer.verdict}: ${answer.said}`)
      }
  }
}

/** kaptest asks a policy whatever its matchConstraints say. */
function forEverything(policy: JsonObject): JsonObject {
  const spec = policy['spec']
  const rule = {
    apiGroups: ['*'],
    apiVersions: ['*'],
    resources: ['*'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
  }
  return {
    ...policy,
    spec: { ...(isJsonObject(spec) ? spec : {}), matchConstraints: { resourceRules: [rule] } },
  }
}

async function judge(
  session: AdmissionSession,
  policies: readonly JsonObject[],
  resources: readonly JsonObject[],
  name: string,
  test: Test,
): Promise<{ verdict: string; said: string } | { why: string }> {
  const policy = policies.find((one) => text(metadataOf(one)['name']) === name)
  if (policy === undefined) return { why: 'the policy is not there' }
  const find = (reference: Reference | undefined): JsonObject | undefined =>
    resources.find((object) => reference !== undefined && fits(object, reference))
  const [object, old] = [find(test.object), find(test.oldObject)]
  if (
    (test.object !== undefined && object === undefined) ||
    (test.oldObject !== undefined && old === undefined)
  )
    return { why: 'an object of the test is not there' }
  const subject = object ?? old
  if (subject === undefined) return { why: 'the test names no object' }
  const paramKind = (policy['spec'] as JsonObject | undefined)?.['paramKind']
  const parameter = isJsonObject(paramKind)
    ? find({ ...test.param, kind: text(paramKind['kind']) })
    : undefined
  if (isJsonObject(paramKind) && parameter === undefined) return { why: 'the parameter is not there' }
  const namespace = text(metadataOf(subject)['namespace'])
  const own = find({ kind: 'Namespace', name: namespace || 'default' })
  if (namespace !== '' && own === undefined) return { why: 'the namespace is not there' }
  const write: PolicyWrite = {
    operation: object === undefined ? 'DELETE' : old === undefined ? 'CREATE' : 'UPDATE',
    ...(object === undefined ? {} : { object }),
    ...(old === undefined ? {} : { old }),
    namespace: namespace || 'default',
    policies: [name],
    parameters: parameter === undefined ? [] : [parameter],
    namespaceObject: own ?? {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace || 'default' },
    },
    ...(test.userInfo === undefined
      ? {}
      : { user: { name: test.userInfo.name ?? '', groups: test.userInfo.groups ?? [] } }),
  }
  const answer = await session.evaluatePolicies([write], { detail: true })
  if (!answer.ok) return { why: answer.error.message }
  return verdictOf(answer.result, name)
}

function verdictOf(
  { evaluations, taken }: PolicyEvaluateResult,
  name: string,
): { verdict: string; said: string } {
  const said = evaluations.map(({ message }) => message).join('; ')
  if (evaluations.some(({ outcome }) => outcome === 'error')) return { verdict: 'error', said }
  if (evaluations.some(({ outcome }) => outcome === 'fail')) return { verdict: 'deny', said }
  if (evaluations.length > 0) return { verdict: 'not evaluable', said }
  return { verdict: taken?.[name] === undefined ? 'skip' : 'admit', said }
}

/** An absent namespace, group or version of a reference fits every object (kaptest's NameWithGVK.Match). */
function fits(object: JsonObject, { group, version, kind, namespace, name }: Reference): boolean {
  const [own, ownVersion] = text(object['apiVersion']).includes('/')
    ? text(object['apiVersion']).split('/')
    : ['', text(object['apiVersion'])]
  return (
    object['kind'] === kind &&
    metadataOf(object)['name'] === name &&
    (!namespace || metadataOf(object)['namespace'] === namespace) &&
    (!group || own === group) &&
    (!group || !version || ownVersion === version)
  )
}

function documentsOf(path: string): JsonObject[] {
  try {
    return parseAllDocuments(readFileSync(path, 'utf8')).flatMap((document) => {
      const value = JSON.parse(JSON.stringify(document.toJS() ?? null)) as Json
      return isJsonObject(value) ? [value] : []
    })
  } catch {
    return []
  }
}
