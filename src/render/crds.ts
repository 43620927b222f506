import type { CrdPolicy } from '../model/target.ts'
import { identityKey, type RenderedObject } from '../model/object.ts'
import type { RenderedPair } from '../model/rendering.ts'

/**
 * What the head side's `crds/` folder does to a release that is there already: `upgrade.crds` of a HelmRelease says
 * whether its definitions are left alone (Skip, the default), only added (Create) or replaced too (CreateReplace).
 * Helm never deletes one. Definitions among the templates are objects like any other.
 */
export function settleCrds(pair: RenderedPair): RenderedPair {
  const { base, head } = pair
  if (base?.state !== 'rendered' || head?.state !== 'rendered') return pair
  const { plan } = head.target
  if (plan.tool !== 'helm' || plan.crds === undefined) return pair
  const old = crdsOf(base.objects)
  const now = crdsOf(head.objects)
  const kept = settle(old, now, plan.crds.upgrade)
  const others = head.objects.filter((object) => !isFromCrds(object))
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
            `keeps ${held.length === 1 ? 'a definition' : `${held.length} definitions`} of its chart's crds folder as they are in the cluster, although they change: upgrade.crds is ${plan.crds.upgrade}`,
          ],
        }),
  }
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
  return new Map(objects.filter(isFromCrds).map((object) => [identityKey(object.identity), object]))
}

function isFromCrds({ identity, origin }: RenderedObject): boolean {
  return identity.kind === 'CustomResourceDefinition' && /(?:^|\/)crds\//.test(origin.generator ?? '')
}

function sameObject(a: RenderedObject | undefined, b: RenderedObject): boolean {
  return a !== undefined && JSON.stringify(a.object) === JSON.stringify(b.object)
}
