import { describe, expect, it } from 'vitest'
import { compare } from '../../../src/compare/compare.ts'
import { targetsById } from '../../../src/judge/environments.ts'
import { missingNamespaces } from '../../../src/judge/references/namespaces.ts'
import { brokenReferences } from '../../../src/judge/references/findings.ts'
import { similarName } from '../../../src/judge/references/names.ts'
import { referencesOf } from '../../../src/judge/references/objects.ts'
import { formatPath } from '../../../src/judge/schema/path.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { RenderedPair } from '../../../src/model/rendering.ts'
import { configMap, deployment, pair, rendered, secret } from '../../compare/objects.ts'

const object = (apiVersion: string, kind: string, rest: JsonObject, name = 'one'): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
  ...rest,
})
const service = (name: string): JsonObject => object('v1', 'Service', { spec: {} }, name)

function told(pairs: readonly RenderedPair[]): string[] {
  return brokenReferences(compare(pairs), pairs, targetsById(pairs)).map(
    ({ status, finding }) =>
      `${status} ${finding.level} ${finding.rule} @${finding.path}: ${finding.message}`,
  )
}

describe('references of an object', () => {
  const pod: JsonObject = {
    serviceAccountName: 'api',
    imagePullSecrets: [{ name: 'pull' }],
    initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'init' } }] }],
    containers: [
      {
        name: 'c',
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'env', key: 'a' } } },
          { name: 'B', valueFrom: { secretKeyRef: { name: 'maybe', key: 'a', optional: true } } },
          { name: 'C', value: 'x' },
        ],
        envFrom: [{ configMapRef: { name: 'all' } }],
      },
    ],
    volumes: [
      { name: 'v', secret: { secretName: 'tls' } },
      { name: 'd', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'p', projected: { sources: [{ configMap: { name: 'part' } }, { secret: { name: 'bit' } }] } },
      { name: 'o', configMap: { name: 'optional', optional: true } },
    ],
  }
  const template = { template: { spec: pod } }
  const all = [
    'ServiceAccount shop/api',
    'Secret shop/pull',
    'Secret shop/init',
    'ConfigMap shop/env',
    'ConfigMap shop/all',
    'Secret shop/tls',
    'PersistentVolumeClaim shop/data',
    'ConfigMap shop/part',
    'Secret shop/bit',
  ]
  it.each([
    { kind: 'Deployment', object: object('apps/v1', 'Deployment', { spec: template }) },
    { kind: 'DaemonSet', object: object('apps/v1', 'DaemonSet', { spec: template }) },
    { kind: 'Job', object: object('batch/v1', 'Job', { spec: template }) },
    {
      kind: 'CronJob',
      object: object('batch/v1', 'CronJob', { spec: { jobTemplate: { spec: template } } }),
    },
    { kind: 'Pod', object: object('v1', 'Pod', { spec: pod }) },
  ])('of the pods of a $kind', ({ object: holder }) => {
    const found = referencesOf(rendered(holder), 'shop')
    expect(found.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)).toEqual(all)
  })

  it.each([
    {
      name: 'Ingress',
      object: object('networking.k8s.io/v1', 'Ingress', {
        spec: {
          defaultBackend: { service: { name: 'fallback' } },
          rules: [{ http: { paths: [{ backend: { service: { name: 'web' } } }] } }],
          tls: [{ secretName: 'cert' }],
        },
      }),
      found: [
        'Service shop/fallback spec.defaultBackend.service.name',
        'Service shop/web spec.rules[0].http.paths[0].backend.service.name',
        'Secret shop/cert spec.tls[0].secretName',
      ],
    },
    {
      name: 'HorizontalPodAutoscaler',
      object: object('autoscaling/v2', 'HorizontalPodAutoscaler', {
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' } },
      }),
      found: ['Deployment shop/api spec.scaleTargetRef.name'],
    },
    {
      name: 'RoleBinding',
      object: object('rbac.authorization.k8s.io/v1', 'RoleBinding', {
        roleRef: { kind: 'Role', name: 'reader' },
        subjects: [
          { kind: 'ServiceAccount', name: 'api' },
          { kind: 'ServiceAccount', name: 'bot', namespace: 'ci' },
          { kind: 'Group', name: 'people' },
        ],
      }),
      found: [
        'Role shop/reader roleRef.name',
        'ServiceAccount shop/api subjects[0].name',
        'ServiceAccount ci/bot subjects[1].name',
      ],
    },
    {
      name: 'StatefulSet',
      object: object('apps/v1', 'StatefulSet', { spec: { serviceName: 'db' } }),
      found: ['Service shop/db spec.serviceName'],
    },
    {
      name: 'HTTPRoute',
      object: object('gateway.networking.k8s.io/v1', 'HTTPRoute', {
        spec: { rules: [{ backendRefs: [{ name: 'web' }, { name: 'x', kind: 'Bucket', group: 'a.b' }] }] },
      }),
      found: ['Service shop/web spec.rules[0].backendRefs[0].name'],
    },
    {
      name: 'something odd',
      object: object('v1', 'Pod', { spec: { volumes: 'x', containers: [3, null] } }),
      found: [],
    },
  ])('of a $name', ({ object: holder, found }) => {
    expect(
      referencesOf(rendered(holder), 'shop').map(
        ({ kind, namespace, name, steps }) => `${kind} ${namespace}/${name} ${formatPath(steps)}`,
      ),
    ).toEqual(found)
  })
})

describe('references that break', () => {
  const using = (configs: readonly string[], more: JsonObject = {}): JsonObject =>
    deployment('api', {
      containers: [
        { name: 'api', image: 'x:1', envFrom: configs.map((name) => ({ configMapRef: { name } })) },
      ],
      ...more,
    })
  const settings = configMap('settings', {})

  it('to what the change deletes, though the object that refers does not change', () => {
    expect(told([pair('a', [using(['settings']), settings], [using(['settings'])])])).toEqual([
      'new advisory safety/removed-reference @spec.template.spec.containers[0].envFrom[0].configMapRef.name: refers to ConfigMap shop/settings, which this change removes',
    ])
  })
  it('to what another target deletes', () => {
    const pairs = [pair('a', [using(['settings'])], [using(['settings'])]), pair('b', [settings], [])]
    expect(told(pairs)).toHaveLength(1)
  })
  it('not to what another cluster deletes', () => {
    const pairs = [
      pair('a', [using(['settings']), settings], [using(['settings']), settings], { cluster: 'eu' }),
      pair('b', [settings], [], { cluster: 'us' }),
    ]
    expect(told(pairs)).toEqual([])
  })
  it('to what the change renames', () => {
    const [line] = told([
      pair('a', [using(['settings']), settings], [using(['settings']), configMap('options', {})]),
    ])
    expect(line).toContain('it adds ConfigMap options')
  })
  it('not when the references follow', () => {
    expect(
      told([pair('a', [using(['settings']), settings], [using(['options']), configMap('options', {})])]),
    ).toEqual([])
  })
  it('hashes of generators are compared', () => {
    const old = configMap('settings-5g2b4c6d7f', {})
    const next = configMap('settings-9h8t7m6k5f', {})
    expect(
      told([pair('a', [using(['settings-5g2b4c6d7f']), old], [using(['settings-9h8t7m6k5f']), next])]),
    ).toEqual([])
    const [stale] = told([
      pair('a', [using(['settings-5g2b4c6d7f']), old], [using(['settings-5g2b4c6d7f']), next]),
    ])
    expect(stale).toContain('it adds ConfigMap settings-9h8t7m6k5f')
    const [plain] = told([pair('a', undefined, [using(['settings']), next])])
    expect(plain).toContain('did you mean settings-9h8t7m6k5f?')
  })
  it('to a similar name', () => {
    expect(told([pair('a', undefined, [using(['setings']), settings])])).toEqual([
      'new advisory safety/missing-reference @spec.template.spec.containers[0].envFrom[0].configMapRef.name: nothing here defines ConfigMap shop/setings, did you mean settings?',
    ])
  })
  it('that were there before are existing', () => {
    const [line] = told([
      pair('a', [using(['setings']), settings], [using(['setings'], { nodeName: 'n' }), settings]),
    ])
    expect(line).toMatch(/^existing advisory/)
  })
  it.each([
    {
      name: 'a Secret with nothing similar',
      head: [deployment('a', { imagePullSecrets: [{ name: 'pull' }] })],
    },
    { name: 'a ConfigMap where none is rendered', head: [using(['shared'])] },
    {
      name: 'the default account',
      head: [using([], { serviceAccountName: 'default' }), object('v1', 'ServiceAccount', {}, 'other')],
    },
    {
      name: 'a Secret that a SealedSecret makes',
      head: [
        deployment('a', { imagePullSecrets: [{ name: 'pulls' }] }),
        secret('pullz', {}),
        object('bitnami.com/v1alpha1', 'SealedSecret', {}, 'pulls'),
      ],
    },
    {
      name: 'a claim of a StatefulSet',
      head: [
        deployment('a', { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data-db-0' } }] }),
        object(
          'apps/v1',
          'StatefulSet',
          { spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] } },
          'db',
        ),
        object('v1', 'PersistentVolumeClaim', {}, 'data-db-x'),
      ],
    },
    {
      name: 'siblings',
      head: [using(['config-1', 'config-2']), configMap('config-1', {}), configMap('config-2', {})],
    },
  ])('silent: $name', ({ head }) => {
    expect(told([pair('a', undefined, head)])).toEqual([])
  })
  it('quietly: a Service that is missing beside others', () => {
    const route = object('networking.k8s.io/v1', 'Ingress', {
      spec: { defaultBackend: { service: { name: 'frontend' } } },
    })
    expect(told([pair('a', undefined, [route, service('backend-api')])])).toEqual([
      'new advisory safety/missing-reference @spec.defaultBackend.service.name: nothing here defines Service shop/frontend; it has to come from elsewhere',
    ])
  })
  it('silent when a target does not render any more', () => {
    const broken = pair('b', [settings], undefined)
    const failed: RenderedPair = {
      ...broken,
      head: {
        state: 'failed',
        target: broken.base!.target,
        failure: { code: 'invalid', message: 'x' },
        read: [],
      },
    }
    expect(
      told([pair('a', [using(['settings'])], [using(['settings'], { nodeName: 'n' })]), failed]),
    ).toEqual([])
  })
})

describe('similar names', () => {
  it.each([
    ['settings', ['setings', 'other'], 'setings'],
    ['db-1', ['db-2'], undefined],
    ['database-1', ['database-2'], undefined],
    ['api', ['app'], undefined],
    ['settings', ['settings-5g2b4c6d7f'], 'settings-5g2b4c6d7f'],
    ['settings-5g2b4c6d7f', ['settings'], 'settings'],
  ])('%s among %j: %s', (name, candidates, expected) => {
    expect(similarName(name, candidates)).toBe(expected)
  })
})

describe('namespaces', () => {
  const namespace = (name: string): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  })
  const lines = (pairs: readonly RenderedPair[], files: readonly JsonObject[] = []): string[] =>
    missingNamespaces(
      compare(pairs),
      pairs,
      { base: files, head: files, notChecked: [] },
      targetsById(pairs),
    ).map(({ status, finding }) => `${status} ${finding.message}`)

  it('one that the change removes', () => {
    const app = configMap('x', {})
    expect(lines([pair('a', [namespace('shop'), app], [app])])).toEqual([
      'new goes to the namespace shop, which this change removes',
    ])
  })
  it('one that is misspelt, once for a target', () => {
    const head = [configMap('x', {}), configMap('y', {})]
    expect(lines([pair('a', [], head)], [namespace('shops'), namespace('shopping')])).toEqual([])
    const long = ['x', 'y'].map((name) => ({
      ...configMap(name, {}),
      metadata: { name, namespace: 'paymnts' },
    }))
    expect(lines([pair('a', [], long)], [namespace('payments')])).toEqual([
      'new nothing here defines the namespace paymnts, did you mean payments?',
    ])
  })
  it.each([
    { name: 'one that nobody declares', files: [namespace('quite-different')] },
    { name: 'one in a file', files: [namespace('shop'), namespace('shops')] },
  ])('silent: $name', ({ files }) => {
    expect(lines([pair('a', [], [configMap('x', {})])], files)).toEqual([])
  })
})
