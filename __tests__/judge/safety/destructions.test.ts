import { describe, expect, it } from 'vitest'
import { compare } from '../../../src/compare/compare.ts'
import { classesOfClusters } from '../../../src/judge/admission/classes.ts'
import { targetsById } from '../../../src/judge/environments.ts'
import { destroyed, joinDestroyed } from '../../../src/judge/safety/destructions.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { RenderedPair } from '../../../src/model/rendering.ts'
import type { Target } from '../../../src/model/target.ts'
import { configMap, pair } from '../../compare/objects.ts'

const claim = (annotations: JsonObject = {}, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'uploads', namespace: 'web', annotations },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } }, ...spec },
})
const other = (apiVersion: string, kind: string, spec: JsonObject): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x' },
  spec,
})
const storageClass = (reclaimPolicy?: string): JsonObject => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'fast' },
  ...(reclaimPolicy === undefined ? {} : { reclaimPolicy }),
})
const flux = (prune: boolean | 'unknown' = true): Partial<Target> => ({
  kind: 'flux-kustomization',
  name: 'web',
  sync: { prune, serverSide: true, automatic: true },
})
const argo = (prune: boolean, automatic = true): Partial<Target> => ({
  kind: 'argocd',
  name: 'web',
  sync: { prune, serverSide: false, automatic },
})
const gone = (
  object: JsonObject,
  more: Partial<Target>,
  kept: readonly JsonObject[] = [],
): RenderedPair[] => [
  pair('a', [object, ...kept, configMap('stay', {})], [...kept, configMap('stay', {})], more),
]

const destroyedBy = (pairs: readonly RenderedPair[]) =>
  destroyed(compare(pairs), pairs, classesOfClusters(pairs, [], targetsById(pairs), 'base'))

const cases: readonly { name: string; pairs: readonly RenderedPair[]; told: readonly string[] }[] = [
  {
    name: 'a claim, pruned, unknown class',
    pairs: gone(claim(), flux()),
    told: ['is deleted at the sync: its data (20Gi) is lost unless the storage class retains volumes'],
  },
  {
    name: 'a claim whose class deletes',
    pairs: gone(claim({}, { storageClassName: 'fast' }), flux(), [storageClass()]),
    told: ['is deleted at the sync: the storage class fast deletes the volume, its data (20Gi) is lost'],
  },
  {
    name: 'a claim whose class retains',
    pairs: gone(claim({}, { storageClassName: 'fast' }), flux(), [storageClass('Retain')]),
    told: [
      'is deleted at the sync: the storage class fast retains the volume, released and out of reach of a new claim',
    ],
  },
  {
    name: 'a claim whose class goes with it',
    pairs: [
      pair(
        'a',
        [claim({}, { storageClassName: 'fast' }), storageClass('Retain')],
        [configMap('x', {})],
        flux(),
      ),
    ],
    told: [
      'is deleted at the sync: the storage class fast retains the volume, released and out of reach of a new claim',
    ],
  },
  {
    name: 'a claim whose class retains in another cluster only',
    pairs: [
      pair('dev', [storageClass('Retain')], [storageClass('Retain')], { ...flux(), cluster: 'dev' }),
      pair('a', [storageClass('Delete')], [storageClass('Delete')], { ...flux(), cluster: 'prod' }),
      pair('b', [claim({}, { storageClassName: 'fast' })], [], { ...flux(), cluster: 'prod' }),
      pair('z', [storageClass('Retain')], [storageClass('Retain')], { ...flux(), cluster: 'dev' }),
    ],
    told: ['is deleted at the sync: the storage class fast deletes the volume, its data (20Gi) is lost'],
  },
  {
    name: 'pruning is off',
    pairs: gone(claim(), argo(false)),
    told: ['leaves the repository but stays in the cluster: pruning is off'],
  },
  {
    name: 'Argo CD: Prune=false',
    pairs: gone(claim({ 'argocd.argoproj.io/sync-options': 'Validate=false, Prune=false' }), argo(true)),
    told: ['leaves the repository but stays in the cluster: the sync option Prune=false'],
  },
  {
    name: 'Argo CD: Helm keeps only what goes with the Application',
    pairs: gone(claim({ 'helm.sh/resource-policy': 'keep' }), argo(true)),
    told: ['is deleted at the sync: its data (20Gi) is lost unless the storage class retains volumes'],
  },
  {
    name: 'Argo CD: a manual sync',
    pairs: gone(claim(), argo(true, false)),
    told: [
      'is deleted at the next manual sync: its data (20Gi) is lost unless the storage class retains volumes',
    ],
  },
  {
    name: 'Flux: prune disabled',
    pairs: gone(claim({ 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' }), flux()),
    told: ['leaves the repository but stays in the cluster: kustomize.toolkit.fluxcd.io/prune: disabled'],
  },
  {
    name: 'a release: resource-policy keep',
    pairs: gone(claim({ 'helm.sh/resource-policy': 'keep' }), { kind: 'flux-helmrelease' }),
    told: ['leaves the repository but stays in the cluster: helm.sh/resource-policy: keep'],
  },
  {
    name: 'no definition of a tool',
    pairs: gone(claim(), {}),
    told: [
      'is deleted if what applies it prunes: its data (20Gi) is lost unless the storage class retains volumes',
    ],
  },
  {
    name: 'the whole Kustomization goes',
    pairs: [pair('a', [claim()], undefined, flux())],
    told: [
      'is deleted with the Kustomization web: its data (20Gi) is lost unless the storage class retains volumes',
    ],
  },
  {
    name: 'handed over to another target',
    pairs: [pair('a', [claim()], [], flux()), pair('b', [], [claim()], flux())],
    told: ['b renders it as well from now on: it is handed over, not deleted'],
  },
  {
    name: 'a definition takes its objects with it',
    pairs: gone(
      other('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { names: { kind: 'Widget' } }),
      flux(),
    ),
    told: ['is deleted at the sync: every Widget in the cluster is deleted with it'],
  },
  {
    name: 'a namespace',
    pairs: gone(other('v1', 'Namespace', {}), flux()),
    told: ['is deleted at the sync: everything in it is deleted with it, claims and their data included'],
  },
  {
    name: 'a StatefulSet keeps its claims',
    pairs: gone(other('apps/v1', 'StatefulSet', { volumeClaimTemplates: [{}] }), flux()),
    told: ['is deleted at the sync: its pods stop; the claims that it made stay'],
  },
  {
    name: 'a volume with Retain',
    pairs: gone(other('v1', 'PersistentVolume', { persistentVolumeReclaimPolicy: 'Retain' }), flux()),
    told: ['is deleted at the sync: the storage behind it stays, but no claim reaches it any more'],
  },
  { name: 'a ConfigMap is no loss', pairs: gone(configMap('x', {}), flux()), told: [] },
]

describe('destructions', () => {
  it.each(cases)('$name', ({ pairs, told }) => {
    expect(destroyedBy(pairs).map(({ sentence }) => sentence)).toEqual(told)
  })

  it('joins targets', () => {
    const pairs = ['b', 'a'].map((id) => pair(id, [claim()], [], flux()))
    const rows = joinDestroyed(destroyedBy(pairs).map((entry) => ({ ...entry, location: null })))
    expect(rows.map(({ targets }) => targets)).toEqual([['a', 'b']])
  })
})
