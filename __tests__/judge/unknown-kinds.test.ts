import { describe, expect, it } from 'vitest'
import { unknownKinds } from '../../src/judge/unknown-kinds.ts'
import type { ChangeWrite } from '../../src/judge/writes.ts'
import { rendered } from '../compare/objects.ts'

const write = (apiVersion: string, kind: string, name = 'a'): ChangeWrite => {
  const object = rendered({ apiVersion, kind, metadata: { name } })
  return {
    change: { target: 't', identity: object.identity, operation: 'CREATE', new: object, differences: [] },
    object,
    write: { operation: 'CREATE', object: object.object, namespace: 'default' },
  }
}
const writes = [
  write('resource.k8s.io/v1beta1', 'ResourceClaim'),
  write('resource.k8s.io/v1beta1', 'ResourceClaim', 'b'),
  write('resource.k8s.io/v1beta2', 'ResourceClaim'),
]

describe('kinds that nobody here judges', () => {
  it.each<{ name: string; skip: string[]; byVersion?: boolean; told: string[] }>([
    { name: 'one kind', skip: [], told: ['resource.k8s.io/ResourceClaim ×3'] },
    {
      name: 'by version',
      skip: [],
      byVersion: true,
      told: ['resource.k8s.io/v1beta1/ResourceClaim ×2', 'resource.k8s.io/v1beta2/ResourceClaim ×1'],
    },
    { name: 'the kind is skipped', skip: ['resource.k8s.io/ResourceClaim'], byVersion: true, told: [] },
    { name: 'the group is skipped', skip: ['resource.k8s.io/*'], byVersion: true, told: [] },
    {
      name: 'a version of the kind is skipped',
      skip: ['resource.k8s.io/v1beta1/ResourceClaim'],
      byVersion: true,
      told: ['resource.k8s.io/v1beta2/ResourceClaim ×1'],
    },
    {
      name: 'a version of the group is skipped',
      skip: ['resource.k8s.io/v1beta2/*'],
      told: ['resource.k8s.io/ResourceClaim ×2'],
    },
    {
      name: 'another kind is skipped',
      skip: ['ResourceClaim', 'x/*'],
      told: ['resource.k8s.io/ResourceClaim ×3'],
    },
  ])('$name', ({ skip, byVersion = false, told }) => {
    const entries = unknownKinds(writes, { schemas: { locations: [], crds: [], skip } }, () => 'why', {
      byVersion,
    })
    expect(entries.map(({ what, count }) => `${what} ×${count}`)).toEqual(told)
  })
})
