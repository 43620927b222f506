/** ignoreDifferences as Argo CD evaluates them: JSON pointers, jq paths, and managers that only the cluster knows. */
import { afterAll, describe, expect, it } from 'vitest'
import { applicationChanges } from '../../src/compare/application-changes.ts'
import { compare } from '../../src/compare/compare.ts'
import { shippedEngines } from '../check/harness.ts'
import { application, deployment, renderFiles, type Files } from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

async function told(ignore: string): Promise<readonly string[]> {
  const files = (image: string): Files => ({
    'argocd/web.yaml': application('web', 'web').replace(
      'project: default',
      `project: default\n  ignoreDifferences: [${ignore}]`,
    ),
    'web/d.yaml': deployment('web', image),
  })
  const { pairs } = await renderFiles(files('nginx:1'), files('nginx:2'), engines)
  return applicationChanges(pairs, new Map(), compare(pairs)).map(({ sentence }) => sentence)
}

const seen = [
  'changes Deployment web/web only in fields whose differences it ignores: that alone starts no automated sync',
]

describe('ignoreDifferences', () => {
  it.each<[string, readonly unknown[]]>([
    ['{group: apps, kind: Deployment, jqPathExpressions: [".spec.template.spec.containers[].image"]}', seen],
    [
      `{group: "*", kind: "Dep*", jqPathExpressions: ['.spec.template.spec.containers[] | select(.image | startswith("nginx")) | .image']}`,
      seen,
    ],
    ['{group: apps, kind: Deployment, jsonPointers: [/spec/template/spec/containers/0/image]}', seen],
    ['{group: apps, kind: Deployment, jqPathExpressions: [".spec.replicas"]}', []],
    ['{group: apps, kind: StatefulSet, jqPathExpressions: [".spec"]}', []],
    ['{group: apps, kind: Deployment, name: other, jqPathExpressions: [".spec"]}', []],
    [
      '{group: apps, kind: Deployment, jqPathExpressions: [".spec["]}',
      [expect.stringContaining('cannot be compared by Argo CD: its ignoreDifferences hold .spec[: ')],
    ],
    [
      '{group: apps, kind: Deployment, managedFieldsManagers: [kube-controller-manager]}',
      [
        'ignores in Deployment web/web whatever kube-controller-manager manages: which fields those are is known in the cluster only',
      ],
    ],
  ])('%s', async (ignore, wanted) => {
    expect(await told(ignore)).toEqual(wanted)
  })
})
