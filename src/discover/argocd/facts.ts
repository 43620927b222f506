import type { JsonObject } from '../../model/json.ts'
import type { DefinitionFacts, IgnoreRule } from '../../model/target.ts'
import { flagAt, objectAt, objectsAt, scalarText, textAt, textsAt } from '../fields.ts'

/** What an Application says besides how to render it. */
export function applicationFacts(object: JsonObject): DefinitionFacts {
  const spec = objectAt(object, 'spec') ?? {}
  const finalizers = textsAt(object, 'metadata', 'finalizers')
  return {
    cluster: textAt(spec, 'destination', 'name') || (textAt(spec, 'destination', 'server') ?? ''),
    namespace: textAt(spec, 'destination', 'namespace') ?? '',
    project: textAt(spec, 'project') ?? '',
    suspended: false,
    // resources-finalizer.argocd.argoproj.io, also with /background or /foreground (v1alpha1 types).
    onDelete: finalizers.some((name) => name.startsWith('resources-finalizer.argocd.argoproj.io'))
      ? 'delete'
      : 'keep',
    sync: syncPhrases(objectAt(spec, 'syncPolicy')),
    ignored: objectsAt(spec, 'ignoreDifferences').flatMap(ignoredPhrases),
    ignoreRules: objectsAt(spec, 'ignoreDifferences').map(ignoreRule),
    dependsOn: [],
  }
}

function syncPhrases(policy: JsonObject | undefined): readonly string[] {
  const automated = objectAt(policy, 'automated')
  const on = automated !== undefined && flagAt(automated, 'enabled') !== false
  const flags = ['prune', 'selfHeal', 'allowEmpty'].filter((key) => on && flagAt(automated, key) === true)
  const limit = objectAt(policy, 'retry')?.['limit']
  return [
    ...(on ? ['automated'] : []),
    ...flags,
    ...textsAt(policy, 'syncOptions'),
    ...(limit === undefined ? [] : [`retry ${scalarText(limit) ?? ''}`]),
  ]
}

function ignoreRule(entry: JsonObject): IgnoreRule {
  return {
    group: textAt(entry, 'group') ?? '',
    kind: textAt(entry, 'kind') ?? '',
    name: textAt(entry, 'name') ?? '',
    namespace: textAt(entry, 'namespace') ?? '',
    pointers: textsAt(entry, 'jsonPointers').map((pointer) =>
      pointer
        .split('/')
        .slice(1)
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')),
    ),
    jqPaths: textsAt(entry, 'jqPathExpressions'),
    managers: textsAt(entry, 'managedFieldsManagers'),
  }
}

/** `apps/Deployment web: /spec/replicas`. */
function ignoredPhrases(entry: JsonObject): readonly string[] {
  const { group, kind, name } = {
    group: textAt(entry, 'group') ?? '',
    kind: textAt(entry, 'kind') ?? '*',
    name: textAt(entry, 'name') ?? '',
  }
  const what = `${group === '' ? '' : `${group}/`}${kind}${name === '' ? '' : ` ${name}`}`
  return [
    ...textsAt(entry, 'jsonPointers'),
    ...textsAt(entry, 'jqPathExpressions'),
    ...textsAt(entry, 'managedFieldsManagers').map((manager) => `fields of ${manager}`),
  ].map((path) => `${what}: ${path}`)
}
