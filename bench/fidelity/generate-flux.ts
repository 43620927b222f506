import type { Json } from '../../src/model/json.ts'
import type { DataObjects, FidelityCase, Files } from './case.ts'
import type { Random } from './random.ts'

type Fields = Record<string, Json>

/** A Flux Kustomization whose fields were switched on and off. */
export function generateKustomization(
  id: string,
  random: Random,
  files: Files,
  paths: readonly string[],
  data: DataObjects,
): FidelityCase {
  const spec: Fields = {
    interval: '1h',
    prune: random.chance(0.7),
    path: random.pick([(path: string) => path, (path: string) => `./${path}`, (path: string) => `/${path}/`])(
      random.pick(paths),
    ),
    sourceRef: { kind: 'GitRepository', name: 'flux-system' },
  }
  const when = (probability: number, key: string, value: () => Json): void => {
    if (random.chance(probability)) spec[key] = value()
  }
  when(0.3, 'targetNamespace', () => 'tns')
  when(0.2, 'namePrefix', () => 'fp-')
  when(0.2, 'nameSuffix', () => '-fs')
  when(0.3, 'patches', () =>
    random.some<Json>(
      [
        {
          patch: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: any}\nspec: {replicas: 6}\n',
          target: { kind: 'Deployment' },
        },
        {
          patch: '- {op: add, path: /metadata/labels/p, value: "${ENV:=dflt}"}\n',
          target: { kind: 'ConfigMap', name: 'a.*' },
        },
        {
          patch: '$patch: delete\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: d}\n',
          target: { kind: 'ServiceAccount' },
        },
        { patch: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nobody}\ndata: {x: y}\n' },
        {
          patch: '- {op: add, path: /metadata/annotations, value: {num: "1"}}\n',
          target: { group: 'apps', version: 'v1', labelSelector: 'app=web' },
        },
        {
          patch:
            'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: null, paused: true}\n',
        },
        { patch: '- {op: test, path: /kind, value: Nope}\n', target: { kind: 'Deployment' } },
        {
          patch: '- {op: add, path: /metadata/labels, value: {n: "${NUM}"}}\n',
          target: { annotationSelector: 'kustomize.toolkit.fluxcd.io/substitute' },
        },
      ],
      0.35,
    ),
  )
  when(0.3, 'images', () =>
    random.some<Json>(
      [
        { name: 'nginx', newTag: '1.40' },
        { name: 'nginx', newName: 'other/nginx' },
        { name: 'nginx', digest: 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
        { name: 'registry.example.com:5000/proxy', newTag: '3', newName: 'p' },
      ],
      0.4,
    ),
  )
  when(0.3, 'components', () =>
    random.some(
      ['../comp', '../../kust/components/a', '../../kust/components/b', '../../kust/components/none'],
      0.4,
      true,
    ),
  )
  when(0.4, 'ignoreMissingComponents', () => true)
  when(0.3, 'commonMetadata', () => ({
    labels: { common: 'yes', ...(random.chance(0.3) ? { 'kustomize.toolkit.fluxcd.io/name': 'mine' } : {}) },
    ...(random.chance(0.5) ? { annotations: { note: 'n' } } : {}),
  }))
  when(0.7, 'postBuild', () => ({
    ...(random.chance(0.6)
      ? {
          substitute: random.pick<Json>([
            { VALUE: 'inline' },
            { NUM: '007', ENV: '' },
            { MULTI: 'a\nb', ENV: 'x y' },
            { VALUE: '${ENV}', ENV: '$VALUE' },
            { TAG: '"1"', NUM: '1e3', VALUE: 'null' },
            {},
          ]),
        }
      : {}),
    ...(random.chance(0.6)
      ? {
          substituteFrom: random.some<Json>(
            [
              { kind: 'ConfigMap', name: 'vars' },
              { kind: 'Secret', name: 'secret' },
              { kind: 'ConfigMap', name: 'more' },
              { kind: 'ConfigMap', name: 'absent', optional: true },
            ],
            0.6,
            true,
          ),
        }
      : {}),
    ...(random.chance(0.15) ? { substituteStrategy: 'Always' } : {}),
  }))
  when(0.2, 'suspend', () => true)
  when(0.2, 'dependsOn', () => [{ name: 'other' }])
  when(0.1, 'wait', () => true)
  const kustomization = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'apps', namespace: 'flux-system' },
    spec,
  }
  const ignoring = random.chance(0.15)
    ? {
        [random.pick(['.sourceignore', 'flux/.sourceignore'])]: random.pick([
          'other/\n',
          '*.yml\n',
          '# nothing\n!plain\nsub\n',
          '/flux/plain/b.yaml\n',
        ]),
      }
    : {}
  return {
    id,
    group: 'generated Kustomization',
    tool: 'kustomization',
    definition: JSON.stringify(kustomization, null, 1),
    files: { ...files, ...ignoring },
    data,
  }
}

/** A HelmRelease whose fields were switched on and off. */
export function generateRelease(
  id: string,
  random: Random,
  files: Files,
  charts: readonly string[],
  data: DataObjects,
): FidelityCase {
  const chart = random.pick(charts)
  const crds = (): Json => random.pick(['Skip', 'Create', 'CreateReplace'])
  const spec: Fields = {
    interval: '1h',
    chart: {
      spec: {
        chart: random.pick([`./${chart}`, chart]),
        sourceRef: { kind: 'GitRepository', name: 'flux-system' },
        ...(random.chance(0.3)
          ? {
              valuesFiles: random.some(
                [
                  `${chart}/values.yaml`,
                  `${chart}/values-dev.yaml`,
                  `${chart}/values-prod.yaml`,
                  `./${chart}/no.yaml`,
                ],
                0.6,
                true,
              ),
            }
          : {}),
        ...(random.chance(0.7) ? { ignoreMissingValuesFiles: true } : {}),
      },
    },
  }
  const when = (probability: number, key: string, value: () => Json): void => {
    if (random.chance(probability)) spec[key] = value()
  }
  when(0.2, 'releaseName', () => random.pick(['rel', 'a-release-name']))
  when(0.3, 'targetNamespace', () =>
    random.pick(['prod', 'a-namespace-so-long-that-the-release-name-is-shortened']),
  )
  when(0.2, 'storageNamespace', () => 'storage')
  when(0.5, 'values', () =>
    random.pick<Json>([
      { replicas: 4, list: [5] },
      { nested: { b: null, z: { y: 1.5 } } },
      { extra: { big: 12345678901, t: 'true', n: null } },
      { image: null, list: null, service: false, extra: { huge: 1e21, small: 0.000001, text: '08' } },
      { global: { g: 2 }, child: { enabled: false }, kid: { color: null } },
    ]),
  )
  when(0.5, 'valuesFrom', () =>
    random.some<Json>(
      [
        { kind: 'ConfigMap', name: 'values' },
        { kind: 'Secret', name: 'values' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'other.yaml' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'number', targetPath: 'replicas' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'text', targetPath: 'extra.text' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'text', targetPath: 'extra.literal', literal: true },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'flag', targetPath: 'list[1]' },
        { kind: 'Secret', name: 'values', valuesKey: 'password', targetPath: 'extra.pass\\.word' },
        { kind: 'ConfigMap', name: 'absent', optional: true },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'nokey', optional: true },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'nokey', targetPath: 'a.b', optional: true },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'quoted', targetPath: 'extra.quoted' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'list', targetPath: 'list' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'json', targetPath: 'extra.json', literal: true },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'json', targetPath: 'extra.json' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'empty' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'empty', targetPath: 'extra.empty' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'multi', targetPath: 'extra.multi' },
        { kind: 'ConfigMap', name: 'values', valuesKey: 'null', targetPath: 'extra.null' },
        ...(random.chance(0.1) ? [{ kind: 'ConfigMap', name: 'values', valuesKey: 'broken' }] : []),
      ],
      0.25,
      true,
    ),
  )
  when(0.35, 'postRenderers', () => [
    {
      kustomize: {
        patches: random.some<Json>(
          [
            {
              target: { kind: 'Deployment' },
              patch: '- {op: add, path: /metadata/labels/patched, value: "1"}\n',
            },
            {
              target: { kind: 'Job' },
              patch: 'apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec: {backoffLimit: 1}\n',
            },
            { patch: 'apiVersion: v1\nkind: Service\nmetadata: {name: rel}\nspec: {type: NodePort}\n' },
            {
              target: { kind: 'Deployment' },
              patch:
                'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, labels: {chart: null}}\nspec: {replicas: null, template: {spec: {containers: [{name: web, env: [{name: A}, {name: B, value: "1"}]}]}}}\n',
            },
            {
              target: { kind: 'ConfigMap', labelSelector: 'app' },
              patch: '- {op: add, path: /data/none, value: null}\n- {op: add, path: /data/n, value: "1"}\n',
            },
            {
              target: { kind: 'Service' },
              patch: '$patch: delete\napiVersion: v1\nkind: Service\nmetadata: {name: x}\n',
            },
            {
              target: { kind: 'Job', annotationSelector: 'helm.sh/hook' },
              options: { allowNameChange: true },
              patch: '- {op: replace, path: /metadata/name, value: renamed}\n',
            },
          ],
          0.5,
        ),
        images: random.some<Json>(
          [
            { name: 'nginx', newTag: 'post' },
            { name: 'busybox', newName: 'box' },
          ],
          0.5,
        ),
      },
    },
    ...(random.chance(0.3) ? [{ kustomize: { images: [{ name: 'nginx', digest: 'sha256:bb' }] } }] : []),
  ])
  when(0.3, 'commonMetadata', () => ({
    labels: { common: 'yes', app: 'over' },
    ...(random.chance(0.5) ? { annotations: { note: 'n' } } : {}),
  }))
  when(0.25, 'install', () => ({
    crds: crds(),
    ...(random.chance(0.3) ? { disableSchemaValidation: true } : {}),
    ...(random.chance(0.2) ? { disableHooks: true } : {}),
  }))
  when(0.2, 'upgrade', () => ({
    crds: crds(),
    ...(random.chance(0.3) ? { disableSchemaValidation: true } : {}),
  }))
  when(0.15, 'postRenderStrategy', () => random.pick(['combined', 'nohooks', 'separate']))
  when(0.1, 'test', () => ({ enable: true }))
  when(0.1, 'driftDetection', () => ({ mode: 'enabled', ignore: [{ paths: ['/spec/replicas'] }] }))
  when(0.1, 'rollback', () => ({ cleanupOnFail: true }))
  when(0.1, 'suspend', () => true)
  const release = {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: random.pick(['rel', 'web']), namespace: 'apps' },
    spec,
  }
  return {
    id,
    group: 'generated HelmRelease',
    tool: 'helm-release',
    definition: JSON.stringify(release, null, 1),
    files,
    data,
  }
}
