import type { JsonObject } from '../../model/json.ts'
import type { RenderedObject } from '../../model/object.ts'
import type { Target } from '../../model/target.ts'
import { textAt } from '../field-steps.ts'
import { syncOptions } from '../admission/immutable.ts'

/** What becomes of an object in the cluster once the repository does not render it any more. */
export interface Fate {
  readonly kept: boolean
  /** `is deleted at the sync`; a whole sentence when it is kept. */
  readonly sentence: string
}

/**
 * The rules of the tools: Argo CD keeps what carries `Prune=false` (`Delete=false` and Helm's `keep` when the whole
 * Application goes), Flux what carries `kustomize.toolkit.fluxcd.io/prune: disabled`, Helm what carries
 * `helm.sh/resource-policy: keep`.
 * @param gone the target itself is deleted, not only the object
 */
export function fateOf(
  { object, hook }: Pick<RenderedObject, 'object' | 'hook'>,
  target: Target | undefined,
  gone: boolean,
): Fate {
  // gitops-engine skips hooks where it prunes, and Helm keeps no record of them in a release's manifest.
  if (hook !== undefined && !gone)
    return { kept: true, sentence: 'leaves the repository but stays in the cluster: it is a hook' }
  const reason = keptBy(object, target, gone)
  if (reason !== undefined)
    return { kept: true, sentence: `leaves the repository but stays in the cluster: ${reason}` }
  if (target === undefined) return { kept: false, sentence: 'is deleted if what applies it prunes' }
  if (gone && target.facts?.onDelete === 'keep')
    return { kept: true, sentence: `stays in the cluster: ${keptWithTarget(target)}` }
  if (gone) return { kept: false, sentence: deletedWithTarget(target) }
  const when = target.sync.automatic === false ? 'at the next manual sync' : 'at the sync'
  switch (target.sync.prune) {
    case true:
      return { kept: false, sentence: `is deleted ${when}` }
    case false:
      return { kept: true, sentence: 'leaves the repository but stays in the cluster: pruning is off' }
    case 'unknown':
      return { kept: false, sentence: 'is deleted if what applies it prunes' }
  }
}

function keptBy(object: JsonObject, { kind }: Partial<Target> = {}, gone = false): string | undefined {
  const annotation = (name: string): string | undefined => textAt(object, 'metadata', 'annotations', name)
  const keeps = annotation('helm.sh/resource-policy')?.trim() === 'keep'
  if (kind === 'argocd') {
    const options = syncOptions(object)
    if (gone && (options.includes('Delete=false') || keeps))
      return keeps ? 'helm.sh/resource-policy: keep' : 'the sync option Delete=false'
    return !gone && options.includes('Prune=false') ? 'the sync option Prune=false' : undefined
  }
  if (kind === 'flux-kustomization') {
    const name = 'kustomize.toolkit.fluxcd.io/prune'
    const value = annotation(name) ?? textAt(object, 'metadata', 'labels', name)
    return value?.toLowerCase() === 'disabled' ? `${name}: disabled` : undefined
  }
  if ((kind === 'flux-helmrelease' || kind === 'helm') && keeps) return 'helm.sh/resource-policy: keep'
  return undefined
}

/** Why deleting the definition leaves what it deployed. */
function keptWithTarget({ kind, name, facts }: Target): string {
  if (kind === 'argocd') return `the Application ${name} has no finalizer that cascades`
  const what = kind === 'flux-kustomization' ? 'Kustomization' : 'HelmRelease'
  return `the ${what} ${name} ${facts?.suspended === true ? 'is suspended' : 'does not prune'}`
}

function deletedWithTarget({ kind, name, facts }: Target): string {
  switch (kind) {
    case 'flux-kustomization':
      return `is deleted with the Kustomization ${name}`
    case 'flux-helmrelease':
      return `is deleted with the HelmRelease ${name}`
    case 'argocd':
      return facts === undefined
        ? `is deleted with the Application ${name} if that has the finalizer that cascades`
        : `is deleted with the Application ${name}, which has the finalizer that cascades`
    case 'kustomize':
    case 'helm':
    case 'plain':
      return 'is deleted if what applies it prunes'
  }
}
