/**
 * A real API server as the judge. Nothing that it is asked about stays: creates are dry runs, and the old object of an
 * update is removed after its answer, but for what passes.ts names.
 */
import { Agent, request } from 'node:https'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { copy, metadataOf, text, type Answer, type Case } from './case.ts'
import { Kubectl } from './kubectl.ts'
import { staysStored } from './passes.ts'

interface Response {
  readonly status: number
  readonly body: JsonObject
}

interface Resource {
  readonly base: string
  readonly name: string
  readonly namespaced: boolean
}

/** Milliseconds of silence on a connection after which it is given up: an oracle answers within a few seconds. */
const patience = 60_000

const strict = 'fieldValidation=Strict'
const applied = `fieldManager=gitops&force=true&${strict}`

export class Server {
  readonly #url: string
  readonly #token: string
  // The certificate of an oracle is its own; the address is a loopback one.
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  readonly #resources = new Map<string, Promise<JsonObject[]>>()
  readonly #namespaces = new Map<string, Promise<unknown>>()
  readonly #busy = new Map<string, Promise<unknown>>()
  /** What stays stored from one case to the next. */
  readonly #kept = new Set<string>()
  readonly #kubectl: Kubectl | undefined

  /** `kubectl`: the program, for cases that it writes. */
  constructor(url: string, token: string, kubectl?: string) {
    this.#url = url
    this.#token = token
    this.#kubectl = kubectl === undefined ? undefined : new Kubectl(kubectl, url, token)
  }

  /** Makes definitions known and answers those that the server took, once they are served. */
  async define(definitions: readonly JsonObject[]): Promise<JsonObject[]> {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    const taken: JsonObject[] = []
    for (const definition of definitions) {
      const answer = await this.#call('POST', path, definition)
      if (answer.status < 400 || answer.body['reason'] === 'AlreadyExists') taken.push(definition)
      else console.error(`no definition: ${nameOf(definition)}: ${sentence(answer).slice(0, 200)}`)
    }
    for (const definition of taken) await this.#untilEstablished(`${path}/${nameOf(definition)}`)
    // Served a moment after they are established.
    await new Promise((resolve) => setTimeout(resolve, 5000))
    this.#resources.clear()
    return taken
  }

  async #untilEstablished(path: string): Promise<void> {
    for (let tries = 0; tries < 200 && !(await this.#established(path)); tries++)
      await new Promise((resolve) => setTimeout(resolve, 50))
  }

  async #established(path: string): Promise<boolean> {
    const { body } = await this.#call('GET', path)
    const conditions = (body['status'] as JsonObject | undefined)?.['conditions']
    return (
      Array.isArray(conditions) &&
      conditions.some(
        (c) => (c as JsonObject)['type'] === 'Established' && (c as JsonObject)['status'] === 'True',
      )
    )
  }

  async judge(one: Case): Promise<Answer> {
    const resource = await this.#resourceOf(one.object)
    if (resource === undefined) return { verdict: 'unknown', says: ['no such kind is served'] }
    const path = await this.#pathOf(resource, one.old ?? one.object)
    const { old } = one
    // Only one class may be the default at a time.
    if (old?.['kind'] === 'PriorityClass') return this.#alone(path, () => this.#update(path, one))
    if (old !== undefined) return this.#alone(`${path} ${nameOf(old)}`, () => this.#update(path, one))
    if (one.by === 'create') return this.#create(path, one.object)
    if (nameOf(one.object) === '') return { verdict: 'impossible', says: ['an apply needs a name'] }
    return this.#alone(`${path} ${nameOf(one.object)}`, () => this.#write(path, one.object, one.by, true))
  }

  /** An apply, answered as the tool tells it. */
  async #write(path: string, object: JsonObject, by: Case['by'], dry: boolean): Promise<Answer> {
    if (by !== 'client-side apply') return answerOf(await this.#apply(path, object, dry ? '&dryRun=All' : ''))
    if (this.#kubectl === undefined) return { verdict: 'impossible', says: ['there is no kubectl'] }
    return await this.#kubectl.apply(object, { dry })
  }

  /** A dry run never reaches the storage, which refuses resource versions: such an object is created and removed. */
  async #create(path: string, object: JsonObject): Promise<Answer> {
    const dry = answerOf(await this.#call('POST', `${path}?dryRun=All&${strict}`, object))
    if (dry.verdict !== 'accepted' || metadataOf(object)['resourceVersion'] === undefined) return dry
    const real = answerOf(await this.#call('POST', `${path}?${strict}`, object))
    if (real.verdict === 'accepted') await this.#remove(`${path}/${encodeURIComponent(nameOf(object))}`)
    return real
  }

  async #update(path: string, { old = {}, object, by }: Case): Promise<Answer> {
    const name = `${path}/${encodeURIComponent(nameOf(old))}`
    if (!this.#kept.has(name)) {
      const stored = await this.#write(path, old, by, false)
      if (stored.verdict !== 'accepted') return { verdict: 'impossible', says: ['old:', ...stored.says] }
      if (old['kind'] === 'PersistentVolumeClaim') await this.#bind(name, old)
      if (old['kind'] === 'CustomResourceDefinition') await this.#untilEstablished(name)
      if (staysStored(old)) this.#kept.add(name)
    }
    const answer = await this.#write(path, object, by, true)
    if (!staysStored(old)) await this.#remove(name)
    return answer
  }

  /** No controller takes finalizers away beside an oracle, and claims and volumes get one from the server. */
  async #remove(path: string): Promise<void> {
    await this.#call('PATCH', path, { metadata: { finalizers: null } }, 'application/merge-patch+json')
    const removal = `${path}?gracePeriodSeconds=0&propagationPolicy=Background`
    for (let tries = 1; ; tries++) {
      const { status } = await this.#call('DELETE', removal)
      if (status < 400 || status === 404 || status === 405) return
      // What stays would be another manager's in the next case.
      if (tries === 5) throw new Error(`cannot be removed: ${path}: ${status}`)
    }
  }

  /** The status that its controller would give a claim: without it no claim may grow. */
  async #bind(path: string, claim: JsonObject): Promise<void> {
    const resources = (claim['spec'] as JsonObject | undefined)?.['resources'] as JsonObject | undefined
    const status = { phase: 'Bound', capacity: resources?.['requests'] ?? {} }
    await this.#call('PATCH', `${path}/status`, { status }, 'application/merge-patch+json')
  }

  async #apply(path: string, object: JsonObject, query = ''): Promise<Response> {
    const name = encodeURIComponent(nameOf(object))
    return this.#call('PATCH', `${path}/${name}?${applied}${query}`, object, 'application/apply-patch+yaml')
  }

  /** One update at a time for an object: cases share names. */
  async #alone<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(key) ?? Promise.resolve()
    const now = before.then(work, work)
    this.#busy.set(key, now)
    return now
  }

  async #resourceOf(object: JsonObject): Promise<Resource | undefined> {
    const version = text(object['apiVersion'])
    const base = version.includes('/') ? `/apis/${version}` : `/api/${version}`
    let list = this.#resources.get(base)
    if (list === undefined) {
      list = this.#call('GET', base).then(({ body }) => (body['resources'] ?? []) as JsonObject[])
      this.#resources.set(base, list)
    }
    const found = (await list).find((r) => r['kind'] === object['kind'] && !text(r['name']).includes('/'))
    return found && { base, name: text(found['name']), namespaced: found['namespaced'] === true }
  }

  async #pathOf({ base, name, namespaced }: Resource, object: JsonObject): Promise<string> {
    if (!namespaced) return `${base}/${name}`
    const namespace = text(metadataOf(object)['namespace']) || 'default'
    let made = this.#namespaces.get(namespace)
    if (made === undefined) {
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
      made = this.#call('POST', '/api/v1/namespaces', object)
      this.#namespaces.set(namespace, made)
    }
    await made
    return `${base}/namespaces/${encodeURIComponent(namespace)}/${name}`
  }

  /** Asks again, and says so, when the server closed an idle connection in the same moment or does not answer. */
  async #call(method: string, path: string, body?: Json, type = 'application/json'): Promise<Response> {
    for (let tries = 1; ; tries++)
      try {
        return await this.#send(method, path, body, type)
      } catch (error) {
        if (tries === 5) throw error
        console.error(
          `asked again: ${method} ${path}: ${error instanceof Error ? error.message : String(error)}`,
        )
      }
  }

  #send(method: string, path: string, body: Json | undefined, type: string): Promise<Response> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-type': type }
      const sent = request(`${this.#url}${path}`, { method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const status = response.statusCode ?? 0
          resolve({ status, body: parse(Buffer.concat(chunks).toString('utf8')) })
        })
      })
      sent.on('error', reject)
      sent.setTimeout(patience, () => {
        sent.destroy(new Error(`no answer in ${patience / 1000} s`))
      })
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  close(): void {
    this.#agent.destroy()
    this.#kubectl?.close()
  }
}

function parse(body: string): JsonObject {
  try {
    return JSON.parse(body) as JsonObject
  } catch {
    return { message: body.trim() }
  }
}

function nameOf(object: JsonObject): string {
  return text(metadataOf(object)['name'])
}

function answerOf(response: Response): Answer {
  // Storage is asked last: what is already there has been accepted.
  if (response.status < 400 || response.body['reason'] === 'AlreadyExists')
    return { verdict: 'accepted', says: [] }
  const details = response.body['details'] as JsonObject | undefined
  const causes = (details?.['causes'] ?? []) as JsonObject[]
  const says = causes.map((cause) => `${text(cause['field'])}: ${text(cause['message'])}`)
  return { verdict: 'rejected', says: says.length > 0 ? says : [sentence(response)] }
}

function sentence({ status, body }: Response): string {
  return `${status} ${text(body['message'])}`
}

/** A definition that asks no webhook: none runs beside an oracle. */
export function withoutConversion(definition: JsonObject): JsonObject {
  const changed = copy(definition)
  const spec = changed['spec']
  if (isJsonObject(spec)) Reflect.deleteProperty(spec, 'conversion')
  Reflect.deleteProperty(changed, 'status')
  return changed
}
