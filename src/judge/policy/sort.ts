import { closest } from 'fastest-levenshtein'
import type { Level } from '../../model/finding.ts'
import type { JsonObject } from '../../model/json.ts'
import { splitApiVersion } from '../../model/object.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { kindAndName, policyKey, type PolicyDocument, type PolicyLanguage } from '../../model/policy.ts'
import { textAt } from '../field-steps.ts'
import { policyError, setProblem, type Collection } from './collection.ts'
import { describePolicy, type SourceContext } from './describe.ts'
import { nativeLevel } from './levels.ts'
import { setFile } from './set.ts'

/** What a document of a policy source is, by its group and kind. */
type Sorted =
  | { readonly as: 'policy'; readonly language: PolicyLanguage; readonly name: string; readonly id: string }
  | { readonly as: 'binding' | 'kyverno' | 'gatekeeper' | 'mutation' | 'parameter' | 'nothing' }
  /** Meant as something that judges, and nothing of it does. */
  | { readonly as: 'mistake'; readonly reason: string }

const admissionGroup = 'admissionregistration.k8s.io'

/** Puts a document where its evaluator finds it; a policy also gets its entry among the policies. */
export function sortDocument(
  document: PolicyDocument,
  context: SourceContext,
  bindings: ReadonlyMap<string, Level>,
  collected: Collection,
): void {
  const { object } = document
  const sorted = sortOf(object)
  switch (sorted.as) {
    case 'nothing':
      return
    case 'mistake':
      collected.failed.push(policyError(kindAndName(object), sorted.reason, document.location))
      if (object['kind'] !== 'PolicySet') return
      collected.unreadableSets.push(document.location.file)
      collected.problems.push(
        setProblem(document.location.file, `a PolicySet ${sorted.reason}`, document.location),
      )
      return
    case 'binding':
      collected.bindings.push(document)
      return
    case 'mutation':
      collected.notChecked.push(mutation(document))
      return
    case 'parameter':
      collected.parameters.push(object)
      return
    case 'kyverno':
      collected.kyverno.push(document)
      return
    case 'gatekeeper':
      collected.gatekeeper.push(document)
      return
    case 'policy':
      if (!addPolicy(document, sorted, context, bindings, collected)) return
      if (sorted.language === 'admission') collected.policyObjects.push(object)
      if (sorted.language === 'kyverno') collected.kyverno.push(document)
      if (sorted.language === 'gatekeeper') collected.gatekeeper.push(document)
  }
}

/** Every kind of the groups whose documents are policies: a misspelt one would be nobody's. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  [admissionGroup]: [
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
    'ValidatingWebhookConfiguration',
    'MutatingWebhookConfiguration',
  ],
  'policies.kyverno.io': [
    ...['Validating', 'Mutating', 'Generating', 'Deleting', 'ImageValidating'].flatMap((one) => [
      `${one}Policy`,
      `Namespaced${one}Policy`,
    ]),
    'PolicyException',
  ],
  'kyverno.io': [
    'ClusterPolicy',
    'Policy',
    'PolicyException',
    'ClusterCleanupPolicy',
    'CleanupPolicy',
    'GlobalContextEntry',
    'UpdateRequest',
  ],
  'templates.gatekeeper.sh': ['ConstraintTemplate'],
}

function sortOf(object: JsonObject): Sorted {
  const kind = textAt(object, 'kind') ?? ''
  const { group } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  const name = textAt(object, 'metadata', 'name') ?? ''
  // A kustomization that ships the policies to the cluster is no parameter of theirs.
  if (kind === '' || group === 'kustomize.config.k8s.io') return { as: 'nothing' }
  if (group === 'preadmit.dev')
    return kind === 'PolicySet'
      ? { as: 'mistake', reason: `is not named ${setFile}, so nothing of it is used: rename the file` }
      : { as: 'nothing' }
  const known = kinds[group]
  if (known !== undefined && !known.includes(kind))
    return {
      as: 'mistake',
      reason: `${group} has no such kind, so nothing of it is used; did you mean ${closest(kind, [...known])}?`,
    }
  if (group === admissionGroup) {
    if (kind === 'ValidatingAdmissionPolicy') return { as: 'policy', language: 'admission', name, id: name }
    if (kind === 'ValidatingAdmissionPolicyBinding') return { as: 'binding' }
    if (kind === 'MutatingAdmissionPolicy' || kind === 'MutatingAdmissionPolicyBinding')
      return { as: 'mutation' }
  }
  if (group === 'kyverno.io' || group === 'policies.kyverno.io')
    return kind.endsWith('Policy')
      ? { as: 'policy', language: 'kyverno', name: kindAndName(object), id: name }
      : { as: 'kyverno' }
  if (group === 'constraints.gatekeeper.sh')
    return { as: 'policy', language: 'gatekeeper', name: kindAndName(object), id: kindAndName(object) }
  if (group.endsWith('.gatekeeper.sh')) return { as: 'gatekeeper' }
  return { as: 'parameter' }
}

/** It judges nothing, so nothing is open for lack of it; but objects may look different in the cluster. */
function mutation({ object, location }: PolicyDocument): NotChecked {
  const kind = textAt(object, 'kind') ?? ''
  const name = textAt(object, 'metadata', 'name') ?? location.file
  const reason = `a ${kind} is not evaluated: it changes objects`
  return { ...policyError(name, reason, location), code: 'not-evaluable' }
}

/** False when the name is taken, or missing: only the first policy of a name is evaluated, and that is said. */
function addPolicy(
  { object, location }: PolicyDocument,
  { language, name, id }: Sorted & { as: 'policy' },
  context: SourceContext,
  bindings: ReadonlyMap<string, Level>,
  collected: Collection,
): boolean {
  const known = collected.policies.get(policyKey({ language, name }))
  const unnamed = textAt(object, 'metadata', 'name') === undefined
  if (unnamed || known !== undefined) {
    const reason =
      known === undefined
        ? `a ${textAt(object, 'kind') ?? 'policy'} without a name is not evaluated`
        : `a policy of this name stands in ${known.location.file} already; only that one is evaluated`
    collected.failed.push(policyError(unnamed ? location.file : name, reason, location))
    return false
  }
  const annotations = (key: string): string | undefined =>
    textAt(object, 'metadata', 'annotations', `preadmit.dev/${key}`)
  const metadataName = textAt(object, 'metadata', 'name') ?? ''
  const level = nativeLevel(object, bindings)
  const native = { language, name, id, metadataName, location, level, annotations }
  const policy = describePolicy(native, context, collected)
  collected.policies.set(policyKey(policy), policy)
  return true
}
