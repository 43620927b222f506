import { describe, expect, it } from 'vitest'
import { compare } from '../../../src/compare/compare.ts'
import { targetsById } from '../../../src/judge/environments.ts'
import { lastConfigurations } from '../../../src/judge/admission/last-configuration.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { RenderedPair } from '../../../src/model/rendering.ts'
import type { Target } from '../../../src/model/target.ts'
import { rendering } from '../../compare/objects.ts'

const limit = 256 * 1024
const map = (size: number, text = 'x', annotations: Readonly<Record<string, string>> = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'big', namespace: 'shop', annotations },
  data: { a: text.repeat(size) },
})
const name = 'kubectl.kubernetes.io/last-applied-configuration'
/** Bytes of everything but the data: the annotation's name, the manifest around it and the line break. */
const around = name.length + JSON.stringify(map(0)).length + 1
const pairOf = (base: JsonObject, head: JsonObject, more: Partial<Target>): RenderedPair => ({
  id: 'a',
  base: rendering('a', [base], more),
  head: rendering('a', [head], more),
})
const argocd = (sync: Partial<Target['sync']> = {}): Partial<Target> => ({
  kind: 'argocd',
  sync: { prune: true, serverSide: false, automatic: true, ...sync },
})
const option = (text: string): JsonObject => map(limit, 'x', { 'argocd.argoproj.io/sync-options': text })

describe('manifests that a client-side apply cannot keep', () => {
  it.each<{ name: string; base?: JsonObject; head: JsonObject; target?: Partial<Target>; told: string[] }>([
    { name: 'one that fits to the byte', head: map(limit - around), told: [] },
    { name: 'one byte more', head: map(limit - around + 1), told: ['new'] },
    { name: 'signs that Go writes as six bytes', head: map(limit / 6, '<'), told: ['new'] },
    { name: 'letters of two bytes', head: map(limit / 2, 'é'), told: ['new'] },
    {
      name: 'other annotations count',
      head: map(limit - around - 20, 'x', { b: 'y'.repeat(10) }),
      told: ['new'],
    },
    { name: 'it was too big before', base: map(limit), head: map(limit + 1), told: ['existing'] },
    { name: 'it fits now', base: map(limit), head: map(10), told: ['fixed'] },
    {
      name: 'the Application applies server-side',
      head: map(limit),
      target: argocd({ serverSide: true }),
      told: [],
    },
    { name: 'the object is applied server-side', head: option('ServerSideApply=true'), told: [] },
    { name: 'the Application replaces', head: map(limit), target: argocd({ replaces: true }), told: [] },
    { name: 'the object is replaced', head: option('Prune=false, Replace=true'), told: [] },
    { name: 'Flux applies server-side', head: map(limit), target: { kind: 'flux-kustomization' }, told: [] },
  ])('$name', ({ base = map(1), head, target = argocd(), told }) => {
    const pairs = [pairOf(base, head, target)]
    const found = lastConfigurations(compare(pairs), targetsById(pairs))
    expect(found.map(({ status }) => status)).toEqual(told)
  })
})
