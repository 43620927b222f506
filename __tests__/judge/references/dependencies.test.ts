import { afterAll, expect, it } from 'vitest'
import { missingDependencies } from '../../../src/judge/references/dependencies.ts'
import { shippedEngines } from '../../check/harness.ts'
import { configMap, fluxKustomization, renderFiles, type Files } from '../../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const files = (dependsOn: string, ...others: readonly string[]): Files => ({
  'k/apps.yaml': fluxKustomization('apps', './apps', dependsOn === '' ? '' : `dependsOn: [${dependsOn}]`),
  ...Object.fromEntries(others.map((name) => [`k/${name}.yaml`, fluxKustomization(name, './infra')])),
  'apps/c.yaml': configMap('c'),
  'infra/d.yaml': configMap('d'),
})

it.each<[string, Files, Files, readonly string[]]>([
  ['it is there', files(''), files('{name: infra}', 'infra'), []],
  [
    'nothing is there',
    files(''),
    files('{name: infra}'),
    [
      'new medium: waits for the Kustomization flux-system/infra, which nothing here defines: it is not applied before that is ready',
    ],
  ],
  [
    'it was missing before',
    files('{name: infra}'),
    { ...files('{name: infra}'), 'apps/c.yaml': configMap('c', 'a: "2"') },
    [
      'existing medium: waits for the Kustomization flux-system/infra, which nothing here defines: it is not applied before that is ready',
    ],
  ],
  [
    'something that may define it does not render',
    files(''),
    { ...files('{name: infra}'), 'k/other.yaml': fluxKustomization('other', './nowhere') },
    [],
  ],
  [
    'another namespace',
    files(''),
    files('{name: infra, namespace: other}', 'infra'),
    [
      'new medium: waits for the Kustomization other/infra, which nothing here defines: it is not applied before that is ready',
    ],
  ],
  [
    'a slip',
    files(''),
    files('{name: infrastrcture}', 'infrastructure'),
    [
      'new high: waits for the Kustomization flux-system/infrastrcture, which nothing here defines, did you mean flux-system/infrastructure?: it is not applied before that is ready',
    ],
  ],
  [
    'this change takes it away',
    files('{name: infra}', 'infra'),
    { ...files('{name: infra}'), 'apps/c.yaml': configMap('c', 'a: "2"') },
    [
      'new high: waits for the Kustomization flux-system/infra, which this change removes: it is not applied any more',
    ],
  ],
])('%s', async (_, base, head, wanted) => {
  const { pairs, targets } = await renderFiles(base, head, engines)
  expect(
    missingDependencies(pairs, targets).map(
      ({ status, finding }) => `${status} ${finding.severity}: ${finding.message}`,
    ),
  ).toEqual(wanted)
})
