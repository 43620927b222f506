import type { AdmissionLoadRequest } from '../../engine/api.ts'
import type { Engines } from '../../engine/engines.ts'
import type { Configuration, PolicyConfiguration } from '../../model/configuration.ts'
import type { RawFinding } from '../../model/finding.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Location } from '../../model/location.ts'
import type { NotChecked } from '../../model/outcome.ts'
import {
  policyKey,
  type Policy,
  type PolicyDocument,
  type PodSecurityPolicy,
  type RegoBundle,
} from '../../model/policy.ts'
import type { Tree } from '../../model/tree.ts'
import { at, textAt } from '../field-steps.ts'
import { emptyCollection, policyError, type Collection } from './collection.ts'
import { describePolicy, type SourceContext } from './describe.ts'
import { parseDocuments } from './documents.ts'
import { policyFiles } from './files.ts'
import { readRego } from './rego-files.ts'
import { readPolicySet, type PolicySet, type SetEntry } from './set.ts'
import { sortDocument } from './sort.ts'

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
  /** Pod Security Standards that sets ask for; several may apply to one object. */
  readonly podSecurity: readonly PodSecurityPolicy[]
  /** What is not evaluated and says so by itself: no binding, a kind that nothing evaluates. Decides nothing. */
  readonly notChecked: readonly NotChecked[]
  /** What should be evaluated and cannot be: a broken file, a set that is not there. Open for every change. */
  readonly failed: readonly NotChecked[]
  /** What is wrong with the sets themselves; it was there before. */
  readonly problems: readonly RawFinding[]
  /** Sets that were refused: no valid signature, other bytes than pinned. They fail the check. */
  readonly refused: readonly RawFinding[]
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

async function readSource(
  tree: Tree,
  source: PolicyConfiguration,
  engines: Engines,
  collected: Collection,
): Promise<void> {
  const files = policyFiles(tree, source.path)
  if (files === undefined) {
    const reason = 'is not in the base commit; nothing of it is evaluated'
    collected.failed.push(policyError(source.path, reason, { file: source.path }))
    return
  }
  const { documents, failed } = await parseDocuments(tree, files.manifests, engines)
  collected.failed.push(...failed)
  const objects = documents.flatMap(({ value, location }) =>
    isJsonObject(value) ? [{ object: value, location, source: source.path }] : [],
  )
  const entries: SetEntry[] = []
  for (const { object, location } of objects.filter(({ object: { kind } }) => kind === 'PolicySet')) {
    const set = readPolicySet(object, location, tree.time)
    entries.push(...set.entries)
    collected.problems.push(...set.problems)
    collected.notChecked.push(...set.notChecked)
    if (set.podSecurity !== null) addPodSecurity(set.podSecurity, { source, entries }, location, collected)
  }
  const context = { source, entries }
  for (const document of objects) sortDocument(document, context, collected)
  await readRego(tree, files, context, engines, collected)
  const loaded = [...collected.policies.values()].map(({ location }) => location.file)
  for (const { path, id, location } of entries) {
    if (!loaded.includes(path))
      collected.failed.push(policyError(id, `its file ${path} holds no policy`, location))
  }
}

function addPodSecurity(
  { id, level: standard, version }: NonNullable<PolicySet['podSecurity']>,
  context: SourceContext,
  location: Location,
  collected: Collection,
): void {
  const name = `${standard}:${version}`
  const native = { language: 'pod-security', name, id, location, annotations: () => undefined } as const
  const policy = describePolicy(native, context, collected)
  const key = policyKey(policy)
  collected.policies.set(key, policy)
  collected.podSecurity.push({ key, standard, version })
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
    const what = textAt(object, 'metadata', 'name') ?? location.file
    const policy = textAt(object, 'spec', 'policyName') ?? ''
    if (!collected.policies.has(policyKey({ language: 'admission', name: policy })))
      collected.notChecked.push(
        policyError(what, `binds the policy ${policy}, which is not among the policies`, location),
      )
    if (!Array.isArray(at(object, 'spec', 'validationActions')))
      collected.notChecked.push(
        policyError(what, 'has no validationActions: nothing follows from a violation', location),
      )
  }
  const { policyObjects, bindings, parameters, ...rest } = collected
  return {
    ...rest,
    load: { policies: policyObjects, bindings: bindings.map(({ object }) => object), parameters },
  }
}
