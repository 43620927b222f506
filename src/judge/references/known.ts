import { groupKind, type RenderedObject } from '../../model/object.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import type { Side } from '../judgement.ts'
import { below, entriesOf, rootOf, textOf, type Place, type Reference } from './reference.ts'

/** Names of what one side of one cluster holds, as far as it was rendered. */
export interface KnownNames {
  has(reference: KindAndName): boolean
  /** Names of the same kind in the same namespace, sorted. */
  beside(reference: Omit<KindAndName, 'name'>): readonly string[]
}
type KindAndName = Pick<Reference, 'group' | 'kind' | 'namespace' | 'name'>

/** Namespace of an object of a target, the target's destination where it names none. */
export function namespaceIn({ identity }: RenderedObject, destination: string | undefined): string {
  return identity.namespace || destination || 'default'
}

/** @param cluster targets of another cluster are left out; those without one are everywhere */
export function knownNames(pairs: readonly RenderedPair[], side: Side, cluster: string): KnownNames {
  const names = new Map<string, Set<string>>()
  const claims: { readonly namespace: string; readonly prefix: string }[] = []
  const add = ({ group, kind, namespace, name }: KindAndName): void => {
    const key = JSON.stringify([group, kind, namespace])
    names.set(key, (names.get(key) ?? new Set()).add(name))
  }
  for (const pair of pairs) {
    // Of a target that does not render any more nobody knows what it leaves out.
    const isLost = side === 'head' && pair.head !== undefined && pair.head.state !== 'rendered'
    const rendering = isLost ? pair.base : pair[side]
    if (rendering?.state !== 'rendered') continue
    const other = rendering.target.cluster ?? ''
    if (cluster !== '' && other !== '' && other !== cluster) continue
    for (const rendered of rendering.objects) {
      const namespace = namespaceIn(rendered, rendering.target.namespace)
      const { identity } = rendered
      add({ ...identity, namespace })
      // Nobody here knows which kinds are cluster-scoped: such objects are known by either way.
      if (identity.namespace === '') add(identity)
      for (const made of madeBy(rendered, namespace)) add(made)
      if (groupKind(identity) === 'apps/StatefulSet')
        for (const template of entriesOf(below(rootOf(rendered.object), 'spec', 'volumeClaimTemplates')))
          claims.push({ namespace, prefix: `${textOf(template, 'metadata', 'name')}-${identity.name}-` })
    }
  }
  return {
    has: ({ group, kind, namespace, name }) =>
      names.get(JSON.stringify([group, kind, namespace]))?.has(name) === true ||
      names.get(JSON.stringify([group, kind, everywhere]))?.has(name) === true ||
      (kind === 'PersistentVolumeClaim' &&
        claims.some(
          (claim) =>
            claim.namespace === namespace &&
            name.startsWith(claim.prefix) &&
            /^[0-9]+$/.test(name.slice(claim.prefix.length)),
        )),
    beside: ({ group, kind, namespace }) =>
      [...(names.get(JSON.stringify([group, kind, namespace])) ?? [])].sort(),
  }
}

/** Stands for all namespaces: trust-manager copies a Bundle into every one. */
const everywhere = '*'

/** Where operators' kinds say the name of what they make; the object's own name otherwise. From their API references. */
const makers: Readonly<
  Record<string, { readonly kind: string; readonly at: readonly (readonly string[])[] }>
> = {
  'bitnami.com/SealedSecret': { kind: 'Secret', at: [['spec', 'template', 'metadata', 'name']] },
  'external-secrets.io/ExternalSecret': { kind: 'Secret', at: [['spec', 'target', 'name']] },
  'cert-manager.io/Certificate': { kind: 'Secret', at: [['spec', 'secretName']] },
  'secrets.hashicorp.com/VaultStaticSecret': { kind: 'Secret', at: [['spec', 'destination', 'name']] },
  'secrets.hashicorp.com/VaultDynamicSecret': { kind: 'Secret', at: [['spec', 'destination', 'name']] },
  'onepassword.com/OnePasswordItem': { kind: 'Secret', at: [] },
  'infisical.com/InfisicalSecret': {
    kind: 'Secret',
    at: [['spec', 'managedSecretReference', 'secretName']],
  },
  'trust.cert-manager.io/Bundle': { kind: 'ConfigMap', at: [] },
}

function madeBy({ identity, object }: RenderedObject, namespace: string): KindAndName[] {
  const kind = groupKind(identity)
  const maker = Object.hasOwn(makers, kind) ? makers[kind] : undefined
  if (maker === undefined) return []
  const root: Place = rootOf(object)
  const where = kind === 'trust.cert-manager.io/Bundle' ? everywhere : namespace
  const name = maker.at.map((path) => textOf(root, ...path)).find((text) => text !== '') ?? identity.name
  return [{ group: '', kind: maker.kind, namespace: where, name }]
}
