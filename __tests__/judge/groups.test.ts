import { expect, it } from 'vitest'
import { groupsOf } from '../../src/judge/groups.ts'
import type { Change } from '../../src/model/change.ts'
import type { JsonObject } from '../../src/model/json.ts'

const change = (group: string, kind: string, object: JsonObject = {}): Change => {
  const identity = { group, kind, namespace: '', name: 'x' }
  const side = { identity, apiVersion: `${group}/v1`, object, origin: {} }
  return { target: 't', identity, operation: 'CREATE', new: side, differences: [] }
}
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
    'of what definitions define',
    [change('apiextensions.k8s.io', 'CustomResourceDefinition', { spec: { group: 'a.example.com' } })],
    none,
    ['apiextensions.k8s.io', 'a.example.com'],
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
  const found = groupsOf(changes, policies as Parameters<typeof groupsOf>[1])
  expect(found === undefined ? undefined : [...found]).toEqual(groups)
})
