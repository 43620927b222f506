import { flagAt, objectAt, textAt } from '../discover/fields.ts'
import type { JsonObject } from '../model/json.ts'
import type { Hook } from '../model/object.ts'
import type { Target } from '../model/target.ts'

/** argo-cd/gitops-engine/pkg/sync/common/types.go, and argo-cd/controller/hook.go for those of a deletion. */
const argoEvents = ['PreSync', 'Sync', 'PostSync', 'SyncFail', 'Skip', 'PreDelete', 'PostDelete']
/** argo-cd/gitops-engine/pkg/sync/hook/helm/type.go, and the same for deletions: Argo CD has no place for others. */
const helmEventsOfArgo = [
  'pre-install',
  'pre-upgrade',
  'post-upgrade',
  'post-install',
  'pre-delete',
  'post-delete',
]
/** Events of `helm test`; the first name is Helm 2's. */
const testEvents = ['test-success', 'test-failure', 'test']

/**
 * Whether an object is a hook for the tool that deploys it, and what becomes of it. To helm-controller only what Helm
 * says is one; kustomize-controller knows none. A target of ours without a tool is taken for Argo CD's where an
 * annotation says so, as nobody else reads it.
 *
 * @param events what Helm found in a chart's template
 */
export function hookOf(
  object: JsonObject,
  events: readonly string[] | undefined,
  { kind, manifest }: Target,
): Hook | undefined {
  switch (kind) {
    case 'flux-kustomization':
      return undefined
    case 'flux-helmrelease':
    case 'helm': {
      if (events === undefined) return kind === 'helm' ? argoHook(object) : undefined
      // Tests are run when somebody asks for them, by `helm test` or the release's own field.
      const tests = flagAt(objectAt(manifest ?? {}, 'spec', 'test'), 'enable') === true
      const run = events.filter(
        (event) => (tests || !testEvents.includes(event)) && !isDisabled(event, manifest),
      )
      // Helm creates hooks and nothing else; what is there already goes before, unless a policy keeps it (execHook).
      return { events, fate: run.length === 0 ? 'left-out' : 'recreated' }
    }
    case 'argocd':
    case 'kustomize':
    case 'plain':
      return argoHook(object)
  }
}

/** Events that `install`, `upgrade`, `rollback` and `uninstall` of a HelmRelease switch off (internal/action). */
function isDisabled(event: string, manifest: JsonObject | undefined): boolean {
  const phase = /^(?:pre|post)-(?<phase>install|upgrade|rollback|delete)$/.exec(event)?.groups?.['phase']
  if (phase === undefined) return false
  return flagAt(manifest, 'spec', phase === 'delete' ? 'uninstall' : phase, 'disableHooks') === true
}

/** gitops-engine's `hook.IsHook`, `hook.Types`, `ignore.Ignore` and `hook.DeletePolicies`. */
function argoHook(object: JsonObject): Hook | undefined {
  const annotations = objectAt(object, 'metadata', 'annotations') ?? {}
  const own = textAt(annotations, 'argocd.argoproj.io/hook')
  const helm = textAt(annotations, 'helm.sh/hook')
  // A definition of custom resources with Helm 2's event is applied like any other.
  if (own === undefined && (helm === undefined || helm === 'crd-install')) return undefined
  const known = entriesOf(own).filter((event) => argoEvents.includes(event))
  const events =
    known.length > 0 ? known : entriesOf(helm).filter((event) => helmEventsOfArgo.includes(event))
  if (events.every((event) => event === 'Skip'))
    return { events: [...entriesOf(own), ...entriesOf(helm)], fate: 'left-out' }
  const policies = [
    ...entriesOf(textAt(annotations, 'argocd.argoproj.io/hook-delete-policy')),
    ...entriesOf(textAt(annotations, 'helm.sh/hook-delete-policy')),
  ].filter((policy) => goesBeforeTheNext.includes(policy) || staysAfterSuccess.includes(policy))
  const stays = policies.length > 0 && !policies.some((policy) => goesBeforeTheNext.includes(policy))
  return { events, fate: stays ? 'applied' : 'recreated' }
}

const goesBeforeTheNext = ['BeforeHookCreation', 'HookSucceeded', 'before-hook-creation', 'hook-succeeded']
const staysAfterSuccess = ['HookFailed', 'hook-failed']

/** Both annotations hold lists with commas. */
function entriesOf(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
