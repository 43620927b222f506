import { identityKey, type RenderedObject } from '../model/object.ts'
import { movedRelease } from '../model/release.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { CrdPolicy, Target } from '../model/target.ts'

/**
 * What the head side's `crds/` folder does to a release that is there already: `upgrade.crds` of a HelmRelease says
 * whether its definitions are left alone (Skip), only added (Create, the default) or replaced too (CreateReplace);
 * `install.crds` does where the release is installed anew. Helm never deletes one. Definitions among the templates are
 * objects like any other.
 */
export function settleCrds(pair: RenderedPair): RenderedPair {
  const { base, head } = pair
  if (base?.state !== 'rendered' || head?.state !== 'rendered') return pair
  const { plan } = head.target
  if (plan.tool !== 'helm' || plan.crds === undefined) return pair
  const action = isUpgrade(base.target, head.target) ? 'upgrade' : 'install'
  const policy = plan.crds[action]
  const old = crdsOf(base.objects)
  const now = crdsOf(head.objects)
  const kept = settle(old, now, policy)
  const others = head.objects.filter((object) => !isFromFolder(object))
  const held = [...now].filter(
    ([key, object]) => kept.get(key) !== object && !sameObject(old.get(key), object),
  )
  return {
    ...pair,
    head: { ...head, objects: [...kept.values(), ...others] },
    ...(held.length === 0
      ? {}
      : {
          heldBack: [
            ...(pair.heldBack ?? []),
            `keeps ${held.length === 1 ? 'a definition' : `${held.length} definitions`} of its chart's crds folder as they are in the cluster, although they change: ${action}.crds is ${policy}`,
          ],
        }),
  }
}

/** Whether helm-controller upgrades the release that `old` made; otherwise it installs one. */
export function isUpgrade(old: Target | undefined, now: Target): boolean {
  if (old === undefined) return false
  if (old.facts === undefined || now.facts === undefined) return true
  return movedRelease(old.facts, now.facts) === undefined
}

/**
 * Whether an object is a definition of a chart's `crds/` folder, or of a dependency's: those are applied before the
 * release. A folder of that name among the templates is like every other (Helm's CRDObjects; helm-controller drops
 * other kinds of the folder).
 */
export function isFromCrds(
  apiGroup: string,
  kind: string | undefined,
  generator: string | undefined,
): boolean {
  return apiGroup === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition' && inCrds(generator)
}

/** Whether a file of a chart, as Helm names it (`chart/charts/dependency/crds/x.yaml`), is in its `crds/` folder. */
export function inCrds(generator: string | undefined): boolean {
  return /^[^/]+(?:\/charts\/[^/]+)*\/crds\//.test(generator ?? '')
}

type Crds = ReadonlyMap<string, RenderedObject>

function settle(old: Crds, now: Crds, policy: CrdPolicy): Crds {
  switch (policy) {
    case 'Skip':
      return old
    case 'Create':
      return new Map([...now, ...old])
    case 'CreateReplace':
      return new Map([...old, ...now])
  }
}

function crdsOf(objects: readonly RenderedObject[]): Crds {
  return new Map(objects.filter(isFromFolder).map((object) => [identityKey(object.identity), object]))
}

function isFromFolder({ identity, origin }: RenderedObject): boolean {
  return isFromCrds(identity.group, identity.kind, origin.generator)
}

function sameObject(a: RenderedObject | undefined, b: RenderedObject): boolean {
  return a !== undefined && JSON.stringify(a.object) === JSON.stringify(b.object)
}
