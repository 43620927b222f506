import type { CrdPolicy } from '../model/target.ts'
import { identityKey, type RenderedObject } from '../model/object.ts'
import type { Rendering } from '../model/rendering.ts'

/**
 * What the head side's `crds/` folder does to a release that is there already: `upgrade.crds` of a HelmRelease says
 * whether its definitions are left alone (Skip, the default), only added (Create) or replaced too (CreateReplace).
 * Helm never deletes one. Definitions among the templates are objects like any other.
 */
export function settleCrds(base: Rendering | undefined, head: Rendering | undefined): Rendering | undefined {
  if (base?.state !== 'rendered' || head?.state !== 'rendered') return head
  const { plan } = head.target
  if (plan.tool !== 'helm' || plan.crds === undefined) return head
  const old = crdsOf(base.objects)
  const now = crdsOf(head.objects)
  const kept = settle(old, now, plan.crds.upgrade)
  const left = [...now].filter(([key, object]) => kept.get(key) !== object)
  const changed = left.filter(([key, object]) => !sameObject(old.get(key), object))
  const others = head.objects.filter((object) => !isFromCrds(object))
  const sentence = `upgrade.crds is ${plan.crds.upgrade}: ${changed.length === 1 ? 'a changed definition' : `${changed.length} changed definitions`} of the chart's crds folder will not reach the cluster`
  return {
    ...head,
    objects: [...kept.values(), ...others],
    warnings: changed.length === 0 ? head.warnings : [...head.warnings, sentence],
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
