import type { PolicyEvaluateResult, PolicyWrite } from '../../../engine/api.ts'
import type { AdmissionSession } from '../../../engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { splitApiVersion } from '../../../model/object.ts'
import type { Location } from '../../../model/location.ts'
import { at, textAt } from '../../field-steps.ts'
import type { CaseResult } from './case.ts'
import { policyOf, type NativeResults, type SuiteContext } from './native-suites.ts'
import type { NativeSuite } from './suite-files.ts'

/** kaptest's suites have no kind: they are known by their lists. */
export function isKaptestSuite(object: JsonObject): boolean {
  return (
    object['kind'] === undefined &&
    Array.isArray(object['validatingAdmissionPolicies']) &&
    Array.isArray(object['testSuites'])
  )
}

/** Its words for what a policy does (internal/tester/manifest.go). */
const expected: Readonly<Record<string, string>> = {
  admit: 'pass',
  deny: 'fail',
  error: 'error',
  skip: 'skip',
}

/**
 * Runs a suite of kaptest as kaptest does: a policy is asked whatever its matchConstraints and bindings say. A case that
 * a cluster would never ask about holds, and shows nothing of the policy.
 */
export async function runKaptestSuite(suite: NativeSuite, context: SuiteContext): Promise<NativeResults> {
  const { engines, policies: known, kubernetes } = context
  const read = async (list: string): Promise<readonly JsonObject[]> =>
    (await suite.read(listAt(suite.object, list).filter((path) => typeof path === 'string'))).map(
      ({ object }) => object,
    )
  const policies = (await read('validatingAdmissionPolicies'))
    .filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')
    // Versions before v1 say the same in the same fields, and kaptest reads them all.
    .map((policy): JsonObject => ({ ...policy, apiVersion: 'admissionregistration.k8s.io/v1' }))
  const resources = await read('resources')
  const load = {
    kubernetes,
    customResourceDefinitions: resources.filter(({ kind }) => kind === 'CustomResourceDefinition'),
  }
  const session = await engines.admission.open({ ...load, policies: policies.map(forEverything) })
  const narrow = await engines.admission.open({ ...load, policies })
  const results: CaseResult[] = []
  const say = (message: string, { file, line = 1 }: Location): void => {
    suite.problems.push({ file, line, column: 1, message })
  }
  if ('error' in session || 'error' in narrow) {
    const { message } = 'error' in session ? session.error : (narrow as { error: { message: string } }).error
    say(message, suite.location)
    return { results, problems: suite.problems }
  }
  for (const [index, group] of listAt(suite.object, 'testSuites').entries()) {
    const name = textAt(group, 'policy') ?? ''
    const policy = policies.find((one) => textAt(one, 'metadata', 'name') === name)
    for (const [position, test] of listAt(group, 'tests').entries()) {
      const location = suite.locate(['testSuites', index, 'tests', position])
      const said = textAt(test, 'expect') ?? ''
      const wanted = Object.hasOwn(expected, said) ? expected[said] : undefined
      if (wanted === undefined) {
        say(
          `expect must be one of ${Object.keys(expected).join(', ')}, not ${JSON.stringify(said)}`,
          location,
        )
        continue
      }
      const written = policy === undefined ? 'the policy is not there' : writeOf(policy, test, resources)
      const answer: Answer =
        typeof written === 'string' ? broken(written) : await ask(session.evaluatePolicies, written, name)
      const asked =
        typeof written !== 'string' && (await ask(narrow.evaluatePolicies, written, name)).outcome !== 'skip'
      results.push({
        ...policyOf('admission', name, known),
        name: nameOf(test),
        location,
        expected: wanted,
        outcome: answer.outcome,
        messages: answer.messages,
        shows: asked && (wanted === 'pass' || wanted === 'fail') ? [wanted] : [],
        ...problemOf(wanted, answer),
      })
    }
  }
  return { results, problems: suite.problems }
}

/** What came of a case, or why it cannot be run. */
interface Answer extends Pick<CaseResult, 'outcome' | 'messages'> {
  readonly why?: string
}

/** A case that cannot be run holds for nobody, whatever it expects (result.go: policyNotFoundResult, setupErrorResult). */
function problemOf(wanted: string, { outcome, why }: Answer): Pick<CaseResult, 'problem'> {
  if (why !== undefined) return { problem: `expected ${wanted}, and cannot be run: ${why}` }
  return outcome === wanted ? {} : { problem: `expected ${wanted}, came to ${outcome}` }
}

function broken(why: string): Answer {
  return { outcome: 'error', messages: [], why }
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

/** The write of a case (internal/tester/tester.go), or what it lacks. */
function writeOf(policy: JsonObject, test: Json, resources: readonly JsonObject[]): PolicyWrite | string {
  const find = (reference: Json | undefined): JsonObject | undefined =>
    reference === undefined ? undefined : resources.find((object) => fits(object, reference))
  const [wanted, wantedOld] = [at(test, 'object'), at(test, 'oldObject')]
  const [object, old] = [find(wanted), find(wantedOld)]
  if ((wanted !== undefined && object === undefined) || (wantedOld !== undefined && old === undefined))
    return 'an object of the case is not among the resources'
  const subject = object ?? old
  if (subject === undefined) return 'the case names no object'
  const paramKind = at(policy, 'spec', 'paramKind')
  const param = at(test, 'param')
  const parameter = isJsonObject(paramKind)
    ? find({ ...(isJsonObject(param) ? param : {}), kind: textAt(paramKind, 'kind') ?? '' })
    : undefined
  if (isJsonObject(paramKind) && parameter === undefined) return 'the parameter is not among the resources'
  const namespace = textAt(subject, 'metadata', 'namespace') ?? ''
  const name = namespace || 'default'
  const own = find({ kind: 'Namespace', name })
  if (namespace !== '' && own === undefined) return `the namespace ${namespace} is not among the resources`
  const user = at(test, 'userInfo')
  return {
    operation: object === undefined ? 'DELETE' : old === undefined ? 'CREATE' : 'UPDATE',
    ...(object === undefined ? {} : { object }),
    ...(old === undefined ? {} : { old }),
    namespace: name,
    policies: [textAt(policy, 'metadata', 'name') ?? ''],
    parameters: parameter === undefined ? [] : [parameter],
    namespaceObject: own ?? { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    ...(isJsonObject(user)
      ? {
          user: {
            name: textAt(user, 'name') ?? '',
            groups: listAt(user, 'groups').filter((group) => typeof group === 'string'),
          },
        }
      : {}),
  }
}

async function ask(
  evaluate: AdmissionSession['evaluatePolicies'],
  write: PolicyWrite,
  policy: string,
): Promise<Answer> {
  const answer = await evaluate([write], { detail: true })
  return answer.ok ? outcomeOf(answer.result, policy) : broken(answer.error.message)
}

function outcomeOf({ evaluations, taken }: PolicyEvaluateResult, policy: string): Answer {
  const messages = evaluations.map(({ message }) => message).sort()
  const has = (wanted: string): boolean => evaluations.some(({ outcome }) => outcome === wanted)
  if (has('error')) return { outcome: 'error', messages }
  if (has('fail')) return { outcome: 'fail', messages }
  if (evaluations.length > 0) return { outcome: 'not-evaluable', messages }
  return { outcome: taken?.[policy] === undefined ? 'skip' : 'pass', messages }
}

/** An absent namespace, group or version of a reference fits every object (NameWithGVK.Match). */
function fits(object: JsonObject, reference: Json): boolean {
  const own = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  const [group, version, namespace] = ['group', 'version', 'namespace'].map(
    (key) => textAt(reference, key) ?? '',
  )
  return (
    object['kind'] === textAt(reference, 'kind') &&
    textAt(object, 'metadata', 'name') === textAt(reference, 'name') &&
    (namespace === '' || textAt(object, 'metadata', 'namespace') === namespace) &&
    (group === '' || own.group === group) &&
    (group === '' || version === '' || own.version === version)
  )
}

/** `Deployment shop/web`, or what it changes or deletes. */
function nameOf(test: Json): string {
  const of = (key: string): string | undefined => {
    const name = textAt(test, key, 'name')
    if (name === undefined) return undefined
    const place = [textAt(test, key, 'namespace'), name].filter(Boolean).join('/')
    return `${textAt(test, key, 'kind') ?? ''} ${place}`
  }
  const [object, old, param] = [of('object'), of('oldObject'), textAt(test, 'param', 'name')]
  const subject =
    object === undefined ? `deletion of ${old ?? ''}` : old === undefined ? object : `${object} after ${old}`
  return param === undefined ? subject : `${subject} with ${param}`
}

function listAt(value: Json, key: string): readonly Json[] {
  const found = isJsonObject(value) ? value[key] : undefined
  return Array.isArray(found) ? (found as readonly Json[]) : []
}
