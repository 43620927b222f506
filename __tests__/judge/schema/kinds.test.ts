import { describe, expect, it } from 'vitest'
import { embeddedMinor, kindsOf, minorsServing } from '../../../src/judge/schema/catalogue.ts'
import { check, deployment, lines, object, schemas, widget, widgetDefinition } from './support.ts'

const cases: { name: string; apiVersion: string; kind: string; kubernetes: string; expected: string }[] = [
  {
    name: 'removed, with a replacement in its group',
    apiVersion: 'batch/v1beta1',
    kind: 'CronJob',
    kubernetes: '1.25',
    expected: 'removed: CronJob of batch/v1beta1 is not served since Kubernetes 1.25; use batch/v1',
  },
  {
    name: 'removed a while ago: the most stable replacement',
    apiVersion: 'autoscaling/v2beta2',
    kind: 'HorizontalPodAutoscaler',
    kubernetes: '1.34',
    expected:
      'removed: HorizontalPodAutoscaler of autoscaling/v2beta2 is not served since Kubernetes 1.26; use autoscaling/v2',
  },
  {
    name: 'removed without a replacement',
    apiVersion: 'policy/v1beta1',
    kind: 'PodSecurityPolicy',
    kubernetes: '1.25',
    expected:
      'removed: PodSecurityPolicy of policy/v1beta1 is not served since Kubernetes 1.25 and has no replacement in 1.25',
  },
  {
    name: 'gone before the oldest embedded minor',
    apiVersion: 'extensions/v1beta1',
    kind: 'Ingress',
    kubernetes: '1.30',
    expected:
      'removed: Ingress of extensions/v1beta1 is not served since Kubernetes 1.22; use networking.k8s.io/v1',
  },
  {
    name: 'not yet',
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    kubernetes: '1.28',
    expected:
      'not-yet: Kubernetes 1.28 does not serve FlowSchema in flowcontrol.apiserver.k8s.io/v1 yet, 1.29 is the first that does',
  },
  {
    name: 'in another version of its group',
    apiVersion: 'apps/v2',
    kind: 'Deployment',
    kubernetes: '1.37',
    expected: 'unknown-kind: Kubernetes has no Deployment in apps/v2; apps/v1 has it',
  },
  {
    name: 'in another group',
    apiVersion: 'v1',
    kind: 'Deployment',
    kubernetes: '1.37',
    expected: 'unknown-kind: Kubernetes has no Deployment in v1; apps/v1 has it',
  },
  {
    name: 'misspelt',
    apiVersion: 'apps/v1',
    kind: 'Deploymnet',
    kubernetes: '1.37',
    expected: 'unknown-kind: Kubernetes has no Deploymnet in apps/v1, did you mean "Deployment"?',
  },
  {
    name: 'of somebody',
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    kubernetes: '1.37',
    expected: 'unknown-kind: no schema for Widget in example.com/v1',
  },
  {
    name: 'a list, which is never stored',
    apiVersion: 'v1',
    kind: 'ConfigMapList',
    kubernetes: '1.37',
    expected: 'unknown-kind: no schema for ConfigMapList in v1',
  },
  {
    name: 'no version',
    apiVersion: 'v1',
    kind: 'ConfigMap',
    kubernetes: 'latest',
    expected: 'not-checked: "latest" is not a Kubernetes version such as 1.34',
  },
]

describe('kinds over the minors', () => {
  it.each(cases)('$name', ({ apiVersion, kind, kubernetes, expected }) => {
    expect(lines(check(object(apiVersion, kind), kubernetes))).toEqual([expected])
  })

  it('tells kinds that the server surely lacks from those that nobody described', () => {
    expect(check(object('apps/v1', 'Deploymnet'))).toMatchObject({ rejected: true })
    expect(check(object('gateway.networking.k8s.io/v1', 'Gateway'))).toMatchObject({ rejected: false })
  })

  it('answers the oldest minor too', () => {
    expect(
      lines(
        check(
          {
            ...object('batch/v1beta1', 'CronJob'),
            spec: {
              schedule: '* * * * *',
              jobTemplate: { spec: { template: { spec: { containers: [] } } } },
            },
          },
          '1.23',
        ),
      ),
    ).toEqual([])
    expect(lines(check(deployment({ replcas: 1 }), '1.23'))).toEqual([
      'spec.replcas: unknown field "replcas", did you mean "replicas"?',
    ])
  })
})

describe('declared versions', () => {
  const versions: { declared: string; minor: string; notice: string | undefined }[] = [
    { declared: '1.34', minor: '1.34', notice: undefined },
    { declared: 'v1.34.2', minor: '1.34', notice: undefined },
    { declared: '1.34.2-eks.1', minor: '1.34', notice: undefined },
    {
      declared: '1.99',
      minor: '1.37',
      notice: 'Kubernetes 1.99 is newer than the newest embedded schemas; 1.37 judged',
    },
    {
      declared: '1.20',
      minor: '1.23',
      notice: 'Kubernetes 1.20 is older than the oldest embedded schemas; 1.23 judged',
    },
  ]
  it.each(versions)('$declared', ({ declared, minor, notice }) => {
    expect(embeddedMinor(schemas.catalogue, declared)).toMatchObject({
      minor,
      ...(notice === undefined ? {} : { notice }),
    })
    const outcome = check(deployment(), declared)
    expect([outcome.judgedBy, outcome.notice]).toEqual([minor, notice])
  })
  it.each(['', '2.0', '1', '1.x', 'one'])('"%s" is none', (declared) => {
    expect(embeddedMinor(schemas.catalogue, declared)).toBeUndefined()
  })
})

describe('the catalogue', () => {
  it('holds every minor', () => {
    expect(schemas.catalogue.minors).toEqual(Array.from({ length: 15 }, (_, i) => `1.${23 + i}`))
  })
  it('knows the core kinds of every minor with plural and scope', () => {
    for (let minor = 0; minor < schemas.catalogue.minors.length; minor++) {
      const kinds = kindsOf(schemas.catalogue, minor)
      const find = (kind: string) => kinds.find((entry) => entry.kind === kind)
      expect(find('Deployment')).toMatchObject({ group: 'apps', plural: 'deployments', namespaced: true })
      expect(find('Namespace')).toMatchObject({ group: '', plural: 'namespaces', namespaced: false })
      expect(find('Ingress')).toMatchObject({ plural: 'ingresses', namespaced: true })
      expect(find('CustomResourceDefinition')).toMatchObject({ namespaced: false })
      // 48 in 1.23: fewer would mean that a document was not read.
      expect(kinds.length).toBeGreaterThan(45)
    }
  })
  it('says in which minors a kind exists', () => {
    expect(minorsServing(schemas, { group: 'batch', version: 'v1beta1', kind: 'CronJob' })).toEqual([
      '1.23',
      '1.24',
    ])
    expect(minorsServing(schemas, { group: 'apps', version: 'v1', kind: 'Deployment' })).toHaveLength(15)
    expect(minorsServing(schemas, { group: 'apps', version: 'v9', kind: 'Deployment' })).toEqual([])
  })
})

describe('versions of custom resources', () => {
  it('names those that the CRD serves', () => {
    const definition = widgetDefinition({ type: 'object' })
    expect(check({ ...widget({}), apiVersion: 'example.com/v2' }, '1.37', [definition])).toMatchObject({
      status: 'unknown-kind',
      rejected: true,
      message: 'its CustomResourceDefinition does not serve v2 of Widget, it serves v1',
    })
  })
  it('does not take one that is defined and not served', () => {
    const definition = widgetDefinition({ type: 'object' }, {}, { served: false })
    expect(check(widget({}), '1.37', [definition])).toMatchObject({ status: 'unknown-kind', rejected: true })
  })
  it('cannot replace a built-in group', () => {
    const definition = widgetDefinition({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true })
    const spec = {
      ...(definition['spec'] as object),
      group: 'apps',
      names: { kind: 'Deployment', plural: 'deployments' },
    }
    expect(lines(check(deployment({ replcas: 1 }), '1.37', [{ ...definition, spec }]))).toHaveLength(1)
  })
})
