import type { AdmissionLoadRequest, YamlDocument } from '../../engine/api.ts'
import type { Engines } from '../../engine/engines.ts'
import type { Configuration, PolicyConfiguration } from '../../model/configuration.ts'
import type { RawFinding, Severity } from '../../model/finding.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { Location } from '../../model/location.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { policyKey, type Policy, type PolicyDocument, type RegoBundle } from '../../model/policy.ts'
import type { Tree } from '../../model/tree.ts'
import { at, textAt } from '../field-steps.ts'
import { policyFiles } from './files.ts'
import { readPolicySet, type SetEntry } from './set.ts'

export interface PolicySource {
  /** By {@link policyKey}. */
  readonly policies: ReadonlyMap<string, Policy>
  /** What a session is opened with. */
  readonly load: Pick<AdmissionLoadRequest, 'policies' | 'bindings' | 'parameters'>
  /** Kyverno's policies and exceptions. */
  readonly kyverno: readonly PolicyDocument[]
  /** Gatekeeper's templates and constraints. */
  readonly gatekeeper: readonly PolicyDocument[]
  /** Rego as conftest uses it, one bundle for each source that holds any. */
  readonly rego: readonly RegoBundle[]
  /** Pod Security level that a set asks for where namespaces say nothing. */
  readonly podSecurity: { readonly id: string; readonly level: string; readonly version: string } | null
  /** Policies that cannot be evaluated here: other engines, no binding, a broken file. */
  readonly notChecked: readonly NotChecked[]
  /** What is wrong with the sets themselves. */
  readonly problems: readonly RawFinding[]
}

interface Document {
  readonly object: JsonObject
  readonly location: Location
}

/** Reads the policies that the configuration names, from the base tree only (threats.md, I1). */
export async function loadPolicies(
  tree: Tree,
  configuration: Configuration,
  engines: Engines,
): Promise<PolicySource> {
  const collected = emptyCollection()
  for (const source of configuration.policies) await readSource(tree, source, engines, collected)
  return finish(collected)
}

interface Collection {
  readonly policies: Map<string, Policy>
  readonly policyObjects: JsonObject[]
  readonly bindings: Document[]
  readonly parameters: JsonObject[]
  readonly kyverno: PolicyDocument[]
  readonly gatekeeper: PolicyDocument[]
  readonly rego: RegoBundle[]
  readonly notChecked: NotChecked[]
  readonly problems: RawFinding[]
  podSecurity: PolicySource['podSecurity']
}

function emptyCollection(): Collection {
  return {
    policies: new Map(),
    policyObjects: [],
    bindings: [],
    parameters: [],
    kyverno: [],
    gatekeeper: [],
    rego: [],
    notChecked: [],
    problems: [],
    podSecurity: null,
  }
}

async function readSource(
  tree: Tree,
  source: PolicyConfiguration,
  engines: Engines,
  collected: Collection,
): Promise<void> {
  const files = policyFiles(tree, source.path)
  if (files === undefined) {
    const reason = 'is not in the base commit; nothing of it is evaluated'
    collected.notChecked.push(policyError(source.path, reason, { file: source.path }))
    return
  }
  for (const file of files.other) {
    const reason = 'Rego is not evaluated by this version'
    collected.notChecked.push({ ...policyError(file, reason, { file }), code: 'not-evaluable' })
  }
  const documents = await parse(tree, files.manifests, engines, collected.notChecked)
  const sets = documents.filter(({ object }) => object['kind'] === 'PolicySet')
  const entries: SetEntry[] = []
  for (const { object, location } of sets) {
    const set = readPolicySet(object, location, tree.time)
    entries.push(...set.entries)
    collected.problems.push(...set.problems)
    collected.notChecked.push(...set.notChecked)
    collected.podSecurity ??= set.podSecurity
  }
  for (const document of documents) sort(document, source, entries, collected)
  for (const { path, id, location } of entries) {
    if (!documents.some((document) => document.location.file === path && isPolicy(document.object)))
      collected.notChecked.push(
        policyError(id, `its file ${path} holds no ValidatingAdmissionPolicy`, location),
      )
  }
}

async function parse(
  tree: Tree,
  files: readonly string[],
  engines: Engines,
  notChecked: NotChecked[],
): Promise<Document[]> {
  if (files.length === 0) return []
  const answer = await engines.render.run(
    { op: 'yaml.parse', files: [...files] },
    { tree, declared: { files, directories: [] }, label: 'policies' },
  )
  if (!answer.ok) {
    notChecked.push({ ...policyError('policies', answer.error.message), code: 'engine', count: files.length })
    return []
  }
  return answer.result.files.flatMap(({ path, documents, error }) => {
    if (error !== undefined) notChecked.push(policyError(path, error.message, { file: path }))
    return documents.flatMap((document) => readDocument(path, document, notChecked))
  })
}

function readDocument(
  file: string,
  { value, line, error }: YamlDocument,
  notChecked: NotChecked[],
): Document[] {
  const location = { file, line: error?.line ?? line }
  if (error !== undefined) notChecked.push(policyError(file, error.message, location))
  return isJsonObject(value) ? [{ object: value, location }] : []
}

const native = 'admissionregistration.k8s.io/'
/** Groups of policy engines that this version does not run, with the name that people know. */
const foreign: Readonly<Record<string, string>> = {
  'kyverno.io': 'Kyverno',
  'policies.kyverno.io': 'Kyverno',
  'templates.gatekeeper.sh': 'Gatekeeper',
  'constraints.gatekeeper.sh': 'Gatekeeper',
}

function sort(
  document: Document,
  source: PolicyConfiguration,
  entries: readonly SetEntry[],
  collected: Collection,
): void {
  const { object, location } = document
  const apiVersion = textAt(object, 'apiVersion') ?? ''
  const kind = textAt(object, 'kind') ?? ''
  const group = apiVersion.split('/')[0] ?? ''
  // A kustomization that ships the policies to the cluster is no parameter of theirs.
  if (kind === 'PolicySet' || group === 'kustomize.config.k8s.io' || kind === '') return
  const engine = Object.hasOwn(foreign, group) ? foreign[group] : undefined
  if (engine !== undefined) {
    const what = `${kind} ${textAt(object, 'metadata', 'name') ?? ''}`.trim()
    const reason = `${engine} is not evaluated by this version`
    collected.notChecked.push({ ...policyError(what, reason, location), code: 'not-evaluable' })
  } else if (isPolicy(object)) addPolicy(document, source, entries, collected)
  else if (apiVersion.startsWith(native) && kind === 'ValidatingAdmissionPolicyBinding')
    collected.bindings.push(document)
  else collected.parameters.push(object)
}

function isPolicy(object: JsonObject): boolean {
  return (
    object['kind'] === 'ValidatingAdmissionPolicy' && (textAt(object, 'apiVersion') ?? '').startsWith(native)
  )
}

function addPolicy(
  { object, location }: Document,
  source: PolicyConfiguration,
  entries: readonly SetEntry[],
  collected: Collection,
): void {
  const name = textAt(object, 'metadata', 'name') ?? ''
  const key = policyKey({ language: 'admission', name })
  const known = collected.policies.get(key)
  if (name === '' || known !== undefined) {
    const reason =
      known === undefined
        ? 'a ValidatingAdmissionPolicy without a name is not evaluated'
        : `a policy of this name stands in ${known.location.file} already; only that one is evaluated`
    collected.notChecked.push(policyError(name === '' ? location.file : name, reason, location))
    return
  }
  const entry = entries.find(({ path }) => path === location.file)
  const level = source.level ?? entry?.level
  const remedy = entry?.remedy ?? annotation(object, 'remediation')
  const docs = httpsOnly(entry?.docs ?? annotation(object, 'docs'))
  const owner = source.owner ?? entry?.owner ?? annotation(object, 'owner')
  collected.policyObjects.push(object)
  collected.policies.set(key, {
    id: entry?.id ?? name,
    language: 'admission',
    name,
    severity: entry?.severity ?? severityOf(annotation(object, 'severity')) ?? 'medium',
    source: source.path,
    location,
    ...(level === undefined ? {} : { level }),
    ...(entry?.title === undefined ? {} : { title: entry.title }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(docs === undefined ? {} : { docs }),
    ...(owner === undefined ? {} : { owner }),
  })
}

function annotation(object: JsonObject, name: string): string | undefined {
  return textAt(object, 'metadata', 'annotations', `preadmit.dev/${name}`)
}

export function severityOf(text: string | undefined): Severity | undefined {
  const severities: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']
  return severities.find((severity) => severity === text)
}

/** A page is linked from a comment: nothing but https gets there. */
function httpsOnly(url: string | undefined): string | undefined {
  return url?.startsWith('https://') === true ? url : undefined
}

/** A policy that no binding names is not enforced by an API server either; that is said, since it is rarely meant. */
function finish(collected: Collection): PolicySource {
  const bound = new Set(collected.bindings.map(({ object }) => textAt(object, 'spec', 'policyName')))
  for (const { id, language, name, location } of collected.policies.values()) {
    if (language === 'admission' && !bound.has(name))
      collected.notChecked.push(
        policyError(
          id,
          'has no binding and is not evaluated: the API server would not enforce it either',
          location,
        ),
      )
  }
  for (const { object, location } of collected.bindings) {
    const policy = textAt(object, 'spec', 'policyName') ?? ''
    if (!collected.policies.has(policyKey({ language: 'admission', name: policy })))
      collected.notChecked.push(
        policyError(
          textAt(object, 'metadata', 'name') ?? location.file,
          `binds the policy ${policy}, which is not among the policies`,
          location,
        ),
      )
    if (!Array.isArray(at(object, 'spec', 'validationActions')))
      collected.notChecked.push(
        policyError(
          textAt(object, 'metadata', 'name') ?? location.file,
          'has no validationActions: nothing follows from a violation',
          location,
        ),
      )
  }
  const { policies, policyObjects, bindings, parameters, kyverno, gatekeeper, rego } = collected
  const { podSecurity, notChecked, problems } = collected
  return {
    policies,
    load: { policies: policyObjects, bindings: bindings.map(({ object }) => object), parameters },
    kyverno,
    gatekeeper,
    rego,
    podSecurity,
    notChecked,
    problems,
  }
}

function policyError(what: string, reason: string, location?: Location): NotChecked {
  return { what, code: 'policy-error', reason, targets: [], count: 1, ...(location && { location }) }
}
