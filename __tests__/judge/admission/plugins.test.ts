import { describe, expect, it } from 'vitest'
import { compare } from '../../../src/compare/compare.ts'
import { classesAmong, classesOfClusters } from '../../../src/judge/admission/classes.ts'
import { refusedByPlugins } from '../../../src/judge/admission/plugins.ts'
import { targetsById } from '../../../src/judge/environments.ts'
import { writesAfter } from '../../../src/judge/writes.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { RenderedPair } from '../../../src/model/rendering.ts'
import type { Target } from '../../../src/model/target.ts'
import { rendering } from '../../compare/objects.ts'

const claim = (size: unknown, spec: JsonObject = { storageClassName: 'fast' }): JsonObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop' },
  spec: { resources: { requests: { storage: size as string } }, ...spec },
})
const storage = (more: JsonObject, name = 'fast'): JsonObject => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'csi.example.org',
  ...more,
})
const pod = (spec: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'one', namespace: 'shop' },
  spec,
})
const priority = (name: string, value: number, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  ...more,
})
const pairOf = (
  id: string,
  base: readonly JsonObject[],
  head: readonly JsonObject[],
  more: Partial<Target> = {},
): RenderedPair => ({ id, base: rendering(id, base, more), head: rendering(id, head, more) })

/** Paths that are refused, and the start of what is said. */
function refused(pairs: readonly RenderedPair[], files: readonly JsonObject[] = []): string[] {
  const writes = writesAfter(compare(pairs), () => 'shop')
  return refusedByPlugins(writes, classesOfClusters(pairs, files, targetsById(pairs))).map(
    ({ finding: { path, rule, level } }) => `${rule} ${level} ${path}`,
  )
}

const grown = 'admission/Forbidden required spec.resources.requests.storage'

describe('claims that grow', () => {
  it.each<{ name: string; old?: JsonObject; next?: JsonObject; classes: JsonObject[]; told: string[] }>([
    { name: 'its class does not expand', classes: [storage({})], told: [grown] },
    { name: 'its class says no', classes: [storage({ allowVolumeExpansion: false })], told: [grown] },
    { name: 'its class expands', classes: [storage({ allowVolumeExpansion: true })], told: [] },
    { name: 'its class is not here', classes: [storage({}, 'slow')], told: [] },
    { name: 'other words for one size', next: claim('1024Mi'), classes: [storage({})], told: [] },
    { name: 'a smaller one has another refusal', next: claim('512Mi'), classes: [storage({})], told: [] },
    { name: 'a fraction more', next: claim('1.5Gi'), classes: [storage({})], told: [grown] },
    { name: 'a number', old: claim(1000), next: claim('1001'), classes: [storage({})], told: [grown] },
    {
      name: 'the default class is not known',
      old: claim('1Gi', {}),
      next: claim('2Gi', {}),
      classes: [storage({})],
      told: [],
    },
    {
      name: 'no class at all',
      old: claim('1Gi', { storageClassName: '' }),
      next: claim('2Gi', { storageClassName: '' }),
      classes: [],
      told: [grown],
    },
  ])('$name', ({ old = claim('1Gi'), next = claim('2Gi'), classes, told }) => {
    expect(refused([pairOf('a', [old], [next]), pairOf('b', classes, classes)])).toEqual(told)
    // The same class in a file that nothing renders.
    expect(refused([pairOf('a', [old], [next])], classes)).toEqual(told)
  })

  it('a class that this change lets expand', () => {
    const pairs = [
      pairOf('a', [claim('1Gi')], [claim('2Gi')]),
      pairOf('b', [storage({})], [storage({ allowVolumeExpansion: true })]),
    ]
    expect(refused(pairs)).toEqual([])
  })

  it('files that disagree say nothing, and the class of another cluster is none', () => {
    const claims = pairOf('a', [claim('1Gi')], [claim('2Gi')], { cluster: 'one' })
    expect(refused([claims], [storage({}), storage({ allowVolumeExpansion: true })])).toEqual([])
    expect(refused([claims, pairOf('b', [], [storage({})], { cluster: 'two' })])).toEqual([])
    expect(refused([claims, pairOf('b', [], [storage({})], { cluster: 'one' })])).toEqual([grown])
  })
})

describe('pods', () => {
  const wrong = 'admission/Forbidden required spec.priority'
  it.each<{ name: string; spec: JsonObject; classes?: JsonObject[]; told: string[] }>([
    { name: 'a number without a class', spec: { priority: 100 }, told: [wrong] },
    { name: 'the number of no class', spec: { priority: 0 }, told: [] },
    {
      name: 'the number of the default class',
      spec: { priority: 7 },
      classes: [priority('usual', 7, { globalDefault: true })],
      told: [],
    },
    {
      name: 'not that of the default class',
      spec: { priority: 0 },
      classes: [priority('usual', 7, { globalDefault: true })],
      told: [wrong],
    },
    {
      name: 'the number of its class',
      spec: { priority: 9, priorityClassName: 'high' },
      classes: [priority('high', 9)],
      told: [],
    },
    {
      name: 'another number than its class',
      spec: { priority: 8, priorityClassName: 'high' },
      classes: [priority('high', 9)],
      told: [wrong],
    },
    { name: 'a class that is not here', spec: { priority: 8, priorityClassName: 'high' }, told: [] },
    {
      name: 'a class of every server',
      spec: { priority: 2_000_000_000, priorityClassName: 'system-cluster-critical' },
      told: [],
    },
    {
      name: 'not the number of a class of every server',
      spec: { priority: 1, priorityClassName: 'system-node-critical' },
      told: [wrong],
    },
    {
      name: 'a policy that no class has',
      spec: { preemptionPolicy: 'Never' },
      told: ['admission/Forbidden required spec.preemptionPolicy'],
    },
    {
      name: 'the policy of its class',
      spec: { preemptionPolicy: 'Never', priorityClassName: 'meek' },
      classes: [priority('meek', 1, { preemptionPolicy: 'Never' })],
      told: [],
    },
  ])('$name', ({ spec, classes = [], told }) => {
    expect(refused([pairOf('a', [], [pod(spec)]), pairOf('b', classes, classes)])).toEqual(told)
    const writes = writesAfter(compare([pairOf('a', [], [pod(spec)])]), () => 'shop')
    expect(refusedByPlugins(writes, classesAmong(classes)).length).toBe(told.length)
  })

  it('templates are not asked about', () => {
    const template = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'one', namespace: 'shop' },
      spec: { template: { spec: { priority: 100 } } },
    }
    expect(refused([pairOf('a', [], [template])])).toEqual([])
  })
})

describe('node ports', () => {
  const service = (type: string, ...ports: number[]): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type, ports: ports.map((nodePort, i) => ({ name: `p${i}`, port: 80 + i, nodePort })) },
  })
  it.each<{ name: string; service: JsonObject; told: string[] }>([
    { name: 'in the range', service: service('NodePort', 30000, 32767), told: [] },
    { name: 'to be given one', service: service('LoadBalancer', 0), told: [] },
    { name: 'of a type that has none', service: service('ClusterIP', 8080), told: [] },
    {
      name: 'below it',
      service: service('NodePort', 30080, 8080),
      told: ['admission/node-port-range advisory spec.ports[1].nodePort'],
    },
    {
      name: 'above it',
      service: service('LoadBalancer', 32768),
      told: ['admission/node-port-range advisory spec.ports[0].nodePort'],
    },
  ])('$name', ({ service: one, told }) => {
    expect(refused([pairOf('a', [], [one])])).toEqual(told)
  })
})
