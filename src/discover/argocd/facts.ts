import type { JsonObject } from '../../model/json.ts'
import type { DefinitionFacts, IgnoreRule } from '../../model/target.ts'
import { flagAt, objectAt, objectsAt, scalarText, textAt, textsAt } from '../fields.ts'

/**
 * What an Application says besides how to render it.
 * @param cluster name of its destination in the configuration; what the Application says when absent
 */
export function applicationFacts(object: JsonObject, cluster?: string): DefinitionFacts {
  const spec = objectAt(object, 'spec') ?? {}
  const finalizers = textsAt(object, 'metadata', 'finalizers')
  return {
    cluster:
      cluster ?? (textAt(spec, 'destination', 'name') || (textAt(spec, 'destination', 'server') ?? '')),
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
    ...hydratedFacts(objectAt(spec, 'sourceHydrator')),
  }
}

/** Branch that the render is written to, and the one that is deployed (v1alpha1 SourceHydrator). */
function hydratedFacts(hydrator: JsonObject | undefined): Pick<DefinitionFacts, 'hydrated'> {
  if (hydrator === undefined) return {}
  const from = textAt(hydrator, 'syncSource', 'targetBranch') ?? ''
  return { hydrated: { to: textAt(hydrator, 'hydrateTo', 'targetBranch') || from, from } }
}

/** What an ApplicationSet says besides how its Applications look. */
export interface SetFacts {
  readonly set: NonNullable<DefinitionFacts['set']>
  readonly sync: readonly string[]
  readonly ignored: readonly string[]
}

/** `applicationsSync` is the set's own answer to the controller's --policy, which allows everything (utils.DefaultPolicy). */
export function setFacts(spec: JsonObject): SetFacts {
  const policy = textAt(spec, 'syncPolicy', 'applicationsSync') ?? 'sync'
  return {
    set: {
      policy,
      updates: policy === 'sync' || policy === 'create-update',
      deletes: policy === 'sync' || policy === 'create-delete',
    },
    sync: [
      ...(policy === 'sync' ? [] : [`applicationsSync ${policy}`]),
      ...(textAt(spec, 'strategy', 'type') === 'RollingSync' ? ['RollingSync'] : []),
    ],
    ignored: objectsAt(spec, 'ignoreApplicationDifferences').flatMap((entry) => {
      const name = textAt(entry, 'name') ?? ''
      return [...textsAt(entry, 'jsonPointers'), ...textsAt(entry, 'jqPathExpressions')].map(
        (path) => `the Application${name === '' ? '' : ` ${name}`} itself: ${path}`,
      )
    }),
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
