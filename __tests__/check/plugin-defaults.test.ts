/** What plugins of every API server write into objects before policies see them. */
import { afterAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/model/json.ts'
import { checkFiles, shippedEngines } from './harness.ts'
import { binding, policy } from './policy-files.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const core = (name: string, expression: string, resource: string): string =>
  `${policy(name, expression, name, resource, '')}${binding(name)}`
const kyverno = `apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: two}
spec:
  validationActions: [Deny]
  autogen: {podControllers: {controllers: []}}
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods]}]}
  validations: [{expression: "size(object.spec.tolerations) == 2", message: two}]
`
const pod = (tolerations?: readonly JsonObject[]): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'one', namespace: 'shop' },
  spec: { containers: [{ name: 'a', image: 'a:1' }], ...(tolerations === undefined ? {} : { tolerations }) },
})
const claim: JsonObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'one', namespace: 'shop' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}
const keys = 'object.spec.tolerations.map(t, t.key)'
const evicting = '["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]'

async function told(policies: string, object: JsonObject): Promise<string[]> {
  const files = { '.preadmit.yaml': 'policies: [{path: policies}]\n', 'policies/a.yaml': policies }
  const report = await checkFiles(files, { ...files, 'apps/shop/a.yaml': JSON.stringify(object) }, engines)
  return report.findings.filter(({ source }) => source === 'policy').map(({ message }) => message)
}

describe('policies see', () => {
  it.each<{ name: string; policies: string; object: JsonObject }>([
    {
      name: 'two tolerations of a pod without any',
      policies: core('t', `${keys} == ${evicting}`, 'pods'),
      object: pod(),
    },
    {
      name: 'seconds of them',
      policies: core(
        't',
        'object.spec.tolerations.all(t, t.tolerationSeconds == 300 && t.effect == "NoExecute" && t.operator == "Exists")',
        'pods',
      ),
      object: pod(),
    },
    {
      name: 'none where one tolerates everything',
      policies: core('t', 'size(object.spec.tolerations) == 1', 'pods'),
      object: pod([{ operator: 'Exists' }]),
    },
    {
      name: 'the other one where one is given',
      policies: core(
        't',
        'size(object.spec.tolerations) == 2 && object.spec.tolerations[1].key.endsWith("unreachable")',
        'pods',
      ),
      object: pod([
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 5,
        },
      ]),
    },
    {
      name: 'both where another effect is tolerated',
      policies: core('t', 'size(object.spec.tolerations) == 3', 'pods'),
      object: pod([{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoSchedule' }]),
    },
    {
      name: 'the finalizer of a claim',
      policies: core(
        'f',
        'object.metadata.finalizers == ["kubernetes.io/pvc-protection"]',
        'persistentvolumeclaims',
      ),
      object: claim,
    },
    { name: 'tolerations in Kyverno too', policies: kyverno, object: pod() },
  ])('$name', async ({ policies, object }) => {
    expect(await told(policies, object)).toEqual([])
  })
  it('and say what is not so', async () => {
    expect(await told(core('none', '!has(object.spec.tolerations)', 'pods'), pod())).toEqual(['none'])
  })
})
