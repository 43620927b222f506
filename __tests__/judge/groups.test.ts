import { expect, it } from 'vitest'
import { groupsOf } from '../../src/judge/groups.ts'
import { loadSchemas } from '../../src/judge/schema/artefact.ts'
import type { Change } from '../../src/model/change.ts'
import type { JsonObject } from '../../src/model/json.ts'

const change = (group: string, kind: string, object: JsonObject = {}): Change => {
  const identity = { group, kind, namespace: '', name: 'x' }
  const side = { identity, apiVersion: `${group}/v1`, object, origin: {} }
  return { target: 't', identity, operation: 'CREATE', new: side, differences: [] }
}
const schemas = await loadSchemas(new URL('../../dist/', import.meta.url))
const none = { kyverno: [], gatekeeper: [], load: {} }
const document = { object: {}, location: { file: 'x' } } as never

it.each([
  [
    'of the objects',
    [change('apps', 'Deployment'), change('shop.example.com', 'Cart')],
    none,
    ['shop.example.com'],
  ],
  [
    'of custom resources in a group that looks like one of Kubernetes',
    [change('rbac.authorization.k8s.io', 'Role'), change('gateway.networking.k8s.io', 'Gateway')],
    none,
    ['gateway.networking.k8s.io'],
  ],
  [
    'of what definitions define',
    [change('apiextensions.k8s.io', 'CustomResourceDefinition', { spec: { group: 'a.example.com' } })],
    none,
    ['a.example.com'],
  ],
  [
    'of parameters',
    [],
    {
      ...none,
      load: { policies: [{ spec: { paramKind: { apiVersion: 'rules.example.com/v1', kind: 'Limit' } } }] },
    },
    ['rules.example.com'],
  ],
  ['all for Kyverno', [], { ...none, kyverno: [document] }, undefined],
  ['all for Gatekeeper', [], { ...none, gatekeeper: [document] }, undefined],
] as const)('groups %s', (_, changes, policies, groups) => {
  const found = groupsOf(changes, policies as Parameters<typeof groupsOf>[1], schemas.catalogue)
  expect(found === undefined ? undefined : [...found]).toEqual(groups)
})
