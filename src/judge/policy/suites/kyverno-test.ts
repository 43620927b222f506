/**
 * Kyverno's own suites: a `kyverno-test.yaml` names files and says what each policy does with each resource
 * (cmd/cli/kubectl-kyverno/apis/v1alpha1 of Kyverno 1.19). Pure: the caller reads the files that {@link KyvernoSuite}
 * names, gives their documents to {@link kyvernoWorld} and {@link kyvernoCases}, asks the engine, and has the answers
 * compared by `compareKyverno` (kyverno-compare.ts).
 */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { at, textAt } from '../../field-steps.ts'

export type KyvernoOperation = 'CREATE' | 'UPDATE' | 'DELETE'

/** One suite. Paths are as written: relative to the directory of the suite's file. */
export interface KyvernoSuite {
  readonly name: string
  readonly policies: readonly string[]
  readonly resources: readonly string[]
  readonly exceptions: readonly string[]
  /** Files of objects that the cluster holds, and of mocks (`context`, `clusterResources`). */
  readonly clusterResources: readonly string[]
  /** Files of parameters for ValidatingAdmissionPolicies. */
  readonly parameters: readonly string[]
  readonly context?: string
  readonly variables?: string
  readonly userInfo?: string
  /** Inline values; they win over the file of `variables`. */
  readonly values?: JsonObject
  /** Mocks of `apiCallResponses`: `METHOD:url` or url → body and status. */
  readonly http: JsonObject
  readonly globalContext: readonly KyvernoGlobalContext[]
  /** Fields that no evaluation of CEL policies on objects needs: payloads of other protocols, objects to mutate. */
  readonly unsupported: readonly string[]
  readonly results: readonly KyvernoExpectation[]
}

/** What is expected of one policy or rule, on the named resources or on all. */
export interface KyvernoExpectation {
  /** `metadata.name`, with the namespace before it for namespaced policies. */
  readonly policy: string
  /** Of ClusterPolicy and Policy; without the prefix of generated rules. */
  readonly rule?: string
  readonly result: 'pass' | 'fail' | 'skip' | 'error' | 'warn'
  /** `name` or `namespace/name`; empty for every resource. */
  readonly resources: readonly string[]
  readonly operation?: KyvernoOperation
}

/** A mocked global context entry: its data stand in the suite, or are the objects of the named files. */
export interface KyvernoGlobalContext {
  readonly name: string
  readonly data?: Json
  readonly files: readonly string[]
  /** JMESPath below the data; ways of names only are followed. */
  readonly fieldPath?: string
  readonly projections: readonly { readonly name: string; readonly path: string }[]
}

/** What policies of a suite are told of the cluster. */
export interface KyvernoWorld {
  readonly namespaces: readonly JsonObject[]
  readonly user?: {
    readonly name: string
    readonly groups: readonly string[]
    readonly roles: readonly string[]
    readonly clusterRoles: readonly string[]
  }
  /** Objects that `resource.Get` finds. */
  readonly others: readonly JsonObject[]
  readonly images: JsonObject
  /** Global context entry → what it holds, or its projections by name. */
  readonly globalContext: JsonObject
  /** Entries whose JMESPath is more than a way of names: policies that read them cannot be told. */
  readonly unresolved: readonly string[]
  /** `request.operation` of the values. */
  readonly operation?: KyvernoOperation
}

/** One write with what is expected of one policy. */
export interface KyvernoCase {
  readonly expectation: KyvernoExpectation
  readonly resource: JsonObject
  readonly operation: KyvernoOperation
}

/** True for a document that is a suite. */
export function isKyvernoSuite(document: JsonObject): boolean {
  return (textAt(document, 'apiVersion') ?? '').startsWith('cli.kyverno.io/') && document['kind'] === 'Test'
}

/** Reads a suite. Fields of a wrong shape are left out, as if they were not there. */
export function readKyvernoSuite(document: JsonObject): KyvernoSuite {
  const unsupported = ['jsonPayload', 'jsonPayloads', 'httpPayloads', 'envoyPayloads', 'targetResources']
  const values = document['values']
  return {
    name: textAt(document, 'metadata', 'name') ?? textAt(document, 'name') ?? '',
    policies: texts(document['policies']),
    resources: texts(document['resources']),
    exceptions: texts(document['exceptions']),
    clusterResources: texts(document['clusterResources']),
    parameters: texts(document['paramResources']),
    ...optional('context', textAt(document, 'context')),
    ...optional('variables', textAt(document, 'variables')),
    ...optional('userInfo', textAt(document, 'userinfo')),
    ...(isJsonObject(values) ? { values } : {}),
    http: mockedResponses(document['apiCallResponses']),
    globalContext: objects(document['globalContextEntries']).flatMap(readEntry),
    unsupported: unsupported.filter((field) => document[field] !== undefined),
    results: objects(document['results']).flatMap(readExpectation),
  }
}

function readExpectation(entry: JsonObject): KyvernoExpectation[] {
  const results = ['pass', 'fail', 'skip', 'error', 'warn'] as const
  // `status` is how suites said it before Kyverno 1.7.
  const result = results.find((known) => known === (textAt(entry, 'result') ?? textAt(entry, 'status')))
  const policy = textAt(entry, 'policy')
  if (policy === undefined || result === undefined) return []
  const operations: readonly KyvernoOperation[] = ['CREATE', 'UPDATE', 'DELETE']
  const operation = operations.find((known) => known === textAt(entry, 'operation'))
  const one = textAt(entry, 'resource')
  const namespace = textAt(entry, 'namespace')
  const specs = objects(entry['resourceSpecs']).map((spec) =>
    [textAt(spec, 'namespace'), textAt(spec, 'name')].filter(Boolean).join('/'),
  )
  return [
    {
      policy,
      ...optional('rule', textAt(entry, 'rule')),
      result,
      resources: [
        ...texts(entry['resources']),
        ...specs,
        ...(one === undefined ? [] : [namespace === undefined ? one : `${namespace}/${one}`]),
      ],
      ...(operation === undefined ? {} : { operation }),
    },
  ]
}

/** What the files of a suite say of the cluster; documents are those of the files that the suite names. */
export function kyvernoWorld(
  suite: KyvernoSuite,
  files: {
    readonly variables?: JsonObject
    readonly userInfo?: JsonObject
    readonly context?: JsonObject
    readonly clusterResources: readonly JsonObject[]
    /** Objects of the files of each global context entry that names any, by the entry's name. */
    readonly globalContext?: ReadonlyMap<string, readonly JsonObject[]>
  },
): KyvernoWorld {
  const values = suite.values ?? files.variables ?? {}
  const info = files.userInfo
  const operations: readonly KyvernoOperation[] = ['CREATE', 'UPDATE', 'DELETE']
  const global = isJsonObject(values['globalValues'])
    ? values['globalValues']['request.operation']
    : undefined
  const operation = operations.find((known) => known === global)
  const images = objects(at(files.context ?? {}, 'spec', 'images'))
  const entries = suite.globalContext.map((entry) => ({
    name: entry.name,
    value: resolveEntry(entry, files.globalContext?.get(entry.name) ?? []),
  }))
  return {
    globalContext: Object.fromEntries(
      entries.flatMap(({ name, value }): [string, Json][] => (value === undefined ? [] : [[name, value]])),
    ),
    unresolved: entries.flatMap(({ name, value }) => (value === undefined ? [name] : [])),
    namespaces: [...objects(values['namespaceSelector']).map(namespaceOf), ...objects(values['namespaces'])],
    ...(info === undefined
      ? {}
      : {
          user: {
            name: textAt(info, 'userInfo', 'username') ?? '',
            groups: texts(at(info, 'userInfo', 'groups')),
            roles: texts(info['roles']),
            clusterRoles: texts(info['clusterRoles']),
          },
        }),
    others: [
      ...objects(at(files.context ?? {}, 'spec', 'resources')),
      ...files.clusterResources.flatMap((document) => objects(at(document, 'spec', 'resources'))),
    ],
    images: Object.fromEntries(
      images.flatMap((image) => {
        const name = textAt(image, 'image')
        return name === undefined ? [] : [[name, image]]
      }),
    ),
    ...(operation === undefined ? {} : { operation }),
  }
}

/** A Namespace of which a name and labels are known; without labels where none are. */
export function namespaceOf(entry: JsonObject): JsonObject {
  const { name = '', labels = {} } = entry
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

/** Every result on every resource that it names, in the order of the suite. */
export function kyvernoCases(
  suite: KyvernoSuite,
  resources: readonly JsonObject[],
  world: Pick<KyvernoWorld, 'operation'>,
): readonly KyvernoCase[] {
  return suite.results.flatMap((expectation) =>
    resources
      .filter((resource) => isNamed(resource, expectation.resources))
      .map((resource) => ({
        expectation,
        resource,
        operation: expectation.operation ?? world.operation ?? 'CREATE',
      })),
  )
}

function isNamed(resource: JsonObject, names: readonly string[]): boolean {
  const name = textAt(resource, 'metadata', 'name') ?? ''
  const namespace = textAt(resource, 'metadata', 'namespace') ?? 'default'
  return names.length === 0 || names.some((wanted) => wanted === name || wanted === `${namespace}/${name}`)
}

/** `METHOD:url` or url → body and status, as buildHTTPMockIndex makes them. */
function mockedResponses(entries: Json | undefined): JsonObject {
  return Object.fromEntries(
    objects(entries).flatMap((entry): [string, Json][] => {
      const url = textAt(entry, 'url') ?? textAt(entry, 'urlPath')
      if (url === undefined) return []
      const method = textAt(entry, 'method')?.trim().toUpperCase() ?? ''
      const body = at(entry, 'response', 'body') ?? null
      const statusCode = at(entry, 'response', 'statusCode') ?? 200
      return [[method === '' ? url : `${method}:${url}`, { body, statusCode }]]
    }),
  )
}

function readEntry(entry: JsonObject): KyvernoGlobalContext[] {
  const name = textAt(entry, 'name')
  const { data, resources } = entry
  const root = data ?? resources
  if (name === undefined) return []
  return [
    {
      name,
      ...(root === undefined ? {} : { data: root }),
      files: texts(entry['resourceFiles']),
      ...optional('fieldPath', textAt(entry, 'fieldPath')),
      projections: objects(entry['projections']).flatMap((projection) => {
        const [own, path] = [textAt(projection, 'name'), textAt(projection, 'path')]
        return own === undefined || path === undefined ? [] : [{ name: own, path }]
      }),
    },
  ]
}

/** As applyFieldPathAndProjections does; undefined where a path is more than names. */
function resolveEntry(entry: KyvernoGlobalContext, resources: readonly JsonObject[]): Json | undefined {
  const root = follow(entry.data ?? [...resources], entry.fieldPath)
  if (entry.projections.length === 0 || root === undefined) return root
  const projected = entry.projections.map(({ name, path }) => [name, follow(root, path)] as const)
  if (projected.some(([, value]) => value === undefined)) return undefined
  return Object.fromEntries(projected) as JsonObject
}

function follow(root: Json, path: string | undefined): Json | undefined {
  if (path === undefined || path === '@') return root
  if (!/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(path)) return undefined
  let value: Json = root
  for (const step of path.split('.'))
    value = isJsonObject(value) && Object.hasOwn(value, step) ? (value[step] ?? null) : null
  return value
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((entry): entry is string => typeof entry === 'string')
    : []
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : []
}

function optional<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, string>)
}
