/** A real API server that holds the policies of scenarios, and is asked by dry runs. */
import { Agent, request } from 'node:https'
import type { AdmissionWrite } from '../../src/engine/api.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { metadataOf, text } from '../admission/case.ts'
import { sentence, type Said, type Scenario } from './scenario.ts'

interface Response {
  readonly status: number
  readonly body: JsonObject
  readonly warnings: readonly string[]
}

const policiesPath = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'
const bindingsPath = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings'
const applied = 'fieldManager=gitops&force=true&fieldValidation=Ignore'
const applyType = 'application/apply-patch+yaml'

export class Cluster {
  readonly #url: string
  readonly #token: string
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 8 })
  readonly #lists = new Map<string, Promise<JsonObject[]>>()

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  async define(definitions: readonly JsonObject[]): Promise<void> {
    for (const definition of definitions)
      await this.#call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
    await this.#keepParameters()
    await new Promise((resolve) => setTimeout(resolve, 12_000))
  }

  /**
   * A server stops to watch ConfigMaps when the last policy with such parameters goes, and never starts again
   * (ensureParamsForPolicyLocked and its informer factory): selectors then find what was there before. One policy that
   * judges nothing stays for good.
   */
  async #keepParameters(): Promise<void> {
    const typed = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'keeps-parameters' } }
    await this.#call('POST', policiesPath, {
      ...typed,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['none.example'],
              apiVersions: ['v1'],
              operations: ['CREATE'],
              resources: ['nothings'],
            },
          ],
        },
        validations: [{ expression: 'true' }],
      },
    })
    await this.#call('POST', bindingsPath, {
      ...typed,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: {
        policyName: 'keeps-parameters',
        validationActions: ['Audit'],
        paramRef: { name: 'none', parameterNotFoundAction: 'Allow' },
      },
    })
  }

  /** Namespaces, parameters and the objects that updates and deletions start from, before any policy is in force. */
  async prepare(scenario: Scenario): Promise<boolean[]> {
    for (const object of [...scenario.namespaces, ...scenario.parameters]) {
      const { status, body } = await this.#apply(object, '')
      if (status >= 400) throw new Error(`${scenario.id}: ${text(body['message'])}`)
    }
    const ready: boolean[] = []
    for (const { old } of scenario.writes)
      ready.push(old === undefined || (await this.#apply(old, '')).status < 400)
    return ready
  }

  /** Answers the positions of the policies and bindings that the server refused, with what it says. */
  async install(
    scenario: Scenario,
  ): Promise<{ policies: Map<number, string>; bindings: Map<number, string> }> {
    return {
      policies: await this.#create(policiesPath, scenario.policies),
      bindings: await this.#create(bindingsPath, scenario.bindings),
    }
  }

  async #create(path: string, objects: readonly JsonObject[]): Promise<Map<number, string>> {
    const refused = new Map<number, string>()
    for (const [index, object] of objects.entries()) {
      const { status, body } = await this.#call('POST', path, object)
      if (status >= 400) refused.set(index, text(body['message']))
    }
    return refused
  }

  /** Waits until policies that were created before are in force: the last one denies. */
  async settle(): Promise<void> {
    const name = `canary-${Date.now()}`
    const spec = {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
        ],
      },
      validations: [{ expression: `!object.metadata.name.startsWith('${name}')`, message: name }],
    }
    const typed = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name } }
    await this.#call('POST', policiesPath, { ...typed, kind: 'ValidatingAdmissionPolicy', spec })
    await this.#call('POST', bindingsPath, {
      ...typed,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: name, validationActions: ['Deny'] },
    })
    const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } }
    for (let tries = 0; tries < 600; tries++) {
      const { body } = await this.#call('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', probe)
      if (text(body['message']).includes(name)) break
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    // The next refresh, where the informer of the bindings was ahead of the other one.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await this.#call('DELETE', `${bindingsPath}/${name}`)
    await this.#call('DELETE', `${policiesPath}/${name}`)
  }

  async remove(scenario: Scenario): Promise<void> {
    for (const object of scenario.bindings)
      await this.#call('DELETE', `${bindingsPath}/${text(metadataOf(object)['name'])}`)
    for (const object of scenario.policies)
      await this.#call('DELETE', `${policiesPath}/${text(metadataOf(object)['name'])}`)
    for (const { old } of scenario.writes) if (old !== undefined) await this.#delete(old, '')
  }

  async ask({ operation, object, old }: AdmissionWrite): Promise<Said> {
    const dry = '&dryRun=All'
    if (operation === 'DELETE') return saidBy(await this.#delete(old ?? {}, dry))
    if (operation === 'UPDATE') return saidBy(await this.#apply(object ?? {}, dry))
    const path = await this.#pathOf(object ?? {})
    if (path === undefined) return { verdict: 'other', denied: [], warned: [], note: 'no such kind' }
    return saidBy(await this.#call('POST', `${path}?fieldValidation=Ignore${dry}`, object))
  }

  async #apply(object: JsonObject, query: string): Promise<Response> {
    const path = await this.#pathOf(object)
    if (path === undefined) return { status: 404, body: { message: 'no such kind' }, warnings: [] }
    const name = encodeURIComponent(text(metadataOf(object)['name']))
    return this.#call('PATCH', `${path}/${name}?${applied}${query}`, object, applyType)
  }

  async #delete(object: JsonObject, query: string): Promise<Response> {
    const path = await this.#pathOf(object)
    const name = encodeURIComponent(text(metadataOf(object)['name']))
    return this.#call('DELETE', `${path ?? ''}/${name}?gracePeriodSeconds=0${query}`)
  }

  async #pathOf(object: JsonObject): Promise<string | undefined> {
    const version = text(object['apiVersion'])
    const base = version.includes('/') ? `/apis/${version}` : `/api/${version}`
    let list = this.#lists.get(base)
    if (list === undefined) {
      list = this.#call('GET', base).then(({ body }) => (body['resources'] ?? []) as JsonObject[])
      this.#lists.set(base, list)
    }
    const found = (await list).find((r) => r['kind'] === object['kind'] && !text(r['name']).includes('/'))
    if (found === undefined) return undefined
    const namespace = text(metadataOf(object)['namespace']) || 'default'
    return found['namespaced'] === true
      ? `${base}/namespaces/${encodeURIComponent(namespace)}/${text(found['name'])}`
      : `${base}/${text(found['name'])}`
  }

  #call(method: string, path: string, body?: Json, type = 'application/json'): Promise<Response> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-type': type }
      const sent = request(`${this.#url}${path}`, { method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            body: parse(Buffer.concat(chunks).toString('utf8')),
            warnings: warningsOf(response.rawHeaders),
          })
        })
      })
      sent.on('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function parse(body: string): JsonObject {
  try {
    const value = JSON.parse(body) as Json
    return isJsonObject(value) ? value : {}
  } catch {
    return { message: body.trim() }
  }
}

/** Texts of `299 - "text"` headers; the API server escapes quotes and backslashes only. */
function warningsOf(headers: readonly string[]): string[] {
  return headers.flatMap((name, index) => {
    if (index % 2 === 1 || name.toLowerCase() !== 'warning') return []
    const value = Buffer.from(headers[index + 1] ?? '', 'latin1').toString('utf8')
    const quoted = /^\d+ \S+ "(.*)"$/s.exec(value)?.[1]
    return quoted === undefined ? [] : [quoted.replace(/\\(["\\])/g, '$1')]
  })
}

const denial = /ValidatingAdmissionPolicy '([^']*)'(?: with binding '([^']*)')? denied request: (.*)$/s
const warning = /^Validation failed for ValidatingAdmissionPolicy '([^']*)' with binding '([^']*)': (.*)$/s

function saidBy({ status, body, warnings }: Response): Said {
  const warned = warnings.flatMap((line) => {
    const [, policy, binding, message] = warning.exec(line) ?? []
    return policy === undefined ? [] : [sentence(policy, binding ?? '', message ?? '')]
  })
  if (status < 400) return { verdict: 'accepted', denied: [], warned }
  const message = text(body['message'])
  const [, policy, binding, rest] = denial.exec(message) ?? []
  if (policy === undefined) return { verdict: 'other', denied: [], warned, note: message }
  return {
    verdict: 'denied',
    denied: [sentence(policy, binding ?? '', rest ?? '')],
    warned,
    reason: text(body['reason']),
  }
}
