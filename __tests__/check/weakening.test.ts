/** Attempts to hide a violation from policies (threats.md, T04 to T10 and T12; T01, T03, T11, T81 stand in policy-sets.test.ts). */
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'
import {
  application,
  binding,
  deploymentFile,
  exemption,
  exemptionFile,
  policy,
  set,
  text,
} from './policy-files.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const privileged =
  'object.spec.containers.all(c, !has(c.securityContext) || c.securityContext.?privileged.orValue(false) == false)'
const base: Files = {
  '.preadmit.yaml': 'policies: [{path: policies}]\nexemptions: {files: [exemptions.yaml]}\n',
  'exemptions.yaml': exemptionFile([]),
  'policies/policyset.yaml': set([
    '{id: acme/replicas, path: replicas.yaml}',
    '{id: acme/privileged, path: privileged.yaml}',
  ]),
  'policies/replicas.yaml': `${policy('replicas', 'object.spec.replicas >= 2', 'too few replicas')}${binding('replicas')}`,
  'policies/privileged.yaml': `${policy('privileged', privileged, 'privileged', 'pods', '')}${binding('privileged')}`,
  'apps/shop/web.yaml': deploymentFile('web', 2),
}
const run = (head: Files, more: Files = {}): Promise<Report> =>
  checkFiles({ ...base, ...more }, { ...base, ...more, ...head }, engines)
const told = ({ findings }: Report): string[] =>
  findings
    .filter(({ source }) => source === 'policy')
    .map(
      ({ status, rule, object, exemption: by }) =>
        `${status} ${rule} ${object?.name ?? ''}${by ? ' exempt' : ''}`,
    )
const pod = (name: string, annotations: Readonly<Record<string, string>> = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', annotations },
  spec: { containers: [{ name: 'a', image: 'registry.example/a:1', securityContext: { privileged: true } }] },
})

describe('attempts to hide a violation (threats.md)', () => {
  it('T04: two exemptions that overlap exempt no more than one does', async () => {
    const both = exemptionFile([
      exemption({ id: 'one', match: '{names: [other]}' }),
      exemption({ id: 'two', policies: '[{id: acme/privileged}]' }),
    ])
    const report = await run({ 'apps/shop/web.yaml': deploymentFile('web', 1) }, { 'exemptions.yaml': both })
    expect(told(report)).toEqual(['new acme/replicas web'])
    expect(report.verdict).toBe('fail')
  })

  it('T05: the violation stands in the last of 3,500 changed files', { timeout: 60_000 }, async () => {
    const files = (data: string): Files =>
      Object.fromEntries(
        Array.from({ length: 3_500 }, (_, n) => [
          `apps/many/c${String(n).padStart(4, '0')}.yaml`,
          text({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: `c${n}`, namespace: 'shop' },
            data: { data },
          }),
        ]),
      )
    const last = 'apps/many/z.yaml'
    const report = await checkFiles(
      { ...base, ...files('a'), [last]: deploymentFile('last', 2) },
      { ...base, ...files('b'), [last]: deploymentFile('last', 1) },
      engines,
    )
    expect(told(report)).toEqual(['new acme/replicas last'])
    expect(report.verdict).toBe('fail')
  })

  it.each([
    {
      name: 'an unknown kind',
      head: { 'apps/shop/x.yaml': text({ apiVersion: 'x.example/v1', kind: 'X', metadata: { name: 'x' } }) },
      code: 'unknown-kind',
    },
    {
      name: 'a failed render',
      head: { 'apps/shop/kustomization.yaml': 'resources: [web.yaml, gone.yaml]\n' },
      code: 'render/missing-file',
    },
    {
      name: 'a source that no tool here renders',
      head: {
        'argo/app.yaml': text({
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'Application',
          metadata: { name: 'plugged', namespace: 'argocd' },
          spec: {
            project: 'default',
            source: { repoURL: '.', path: 'apps/plugged', plugin: { name: 'x' } },
            destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
          },
        }),
        'apps/plugged/a.yaml': deploymentFile('plugged', 2),
      },
      code: 'plugin',
    },
  ])('T06: $name is never a pass', async ({ head, code }) => {
    const report = await run(head)
    expect([...report.notChecked.map((one) => one.code), ...report.findings.map(({ rule }) => rule)]).toEqual(
      [code],
    )
    expect(report.verdict).not.toBe('pass')
  })

  it.each<{ name: string; head: Files }>([
    {
      name: 'a hook of Argo CD',
      head: { 'apps/shop/hook.yaml': text(pod('hidden', { 'argocd.argoproj.io/hook': 'PreSync' })) },
    },
    {
      name: 'a hook that deletes',
      head: { 'apps/shop/hook.yaml': text(pod('hidden', { 'argocd.argoproj.io/hook': 'PostDelete' })) },
    },
    {
      name: 'a List in a List',
      head: {
        'apps/shop/list.yaml': text({
          apiVersion: 'v1',
          kind: 'List',
          items: [{ apiVersion: 'v1', kind: 'List', items: [pod('hidden')] }],
        }),
      },
    },
    {
      name: 'a PodList whose items say no kind',
      head: {
        'apps/shop/list.yaml': text({
          apiVersion: 'v1',
          kind: 'PodList',
          items: [{ ...pod('hidden'), apiVersion: undefined, kind: undefined }],
        }),
      },
    },
    ...['templates', 'crds', 'templates/tests'].map((folder) => ({
      name: `a chart's ${folder}/`,
      head: {
        'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
        [`charts/web/${folder}/pod.yaml`]: text(
          pod(
            'hidden',
            folder === 'templates'
              ? { 'helm.sh/hook': 'pre-delete' }
              : folder === 'crds'
                ? {}
                : { 'helm.sh/hook': 'test' },
          ),
        ),
      },
    })),
    {
      name: 'the child of an app of apps',
      head: {
        'argo/parent.yaml': application('parent', 'argo/children'),
        'argo/children/child.yaml': application('child', 'hidden'),
        'hidden/pod.yaml': text(pod('hidden')),
      },
    },
  ])('T07: a privileged Pod in $name', async ({ head }) => {
    const report = await run(head)
    expect(told(report)).toContain('new acme/privileged hidden')
    expect(report.verdict).toBe('fail')
  })

  it('T08: a cluster that is newer than everything embedded is not judged by guess', async () => {
    const report = await run(
      { 'apps/shop/web.yaml': deploymentFile('web', 3) },
      {
        '.preadmit.yaml': `kubernetes: "1.99"\n${String(base['.preadmit.yaml'])}`,
      },
    )
    expect(report.notChecked.map(({ what, code }) => `${what} ${code}`)).toEqual([
      'Kubernetes 1.99 unknown-version',
    ])
    expect(report.verdict).toBe('incomplete')
  })

  it('T09: a chart that looks up whether it runs in the cluster', async () => {
    const report = await run({
      'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'charts/web/templates/pod.yaml': `{{ if lookup "v1" "Namespace" "" "kube-system" }}\n${text(pod('hidden'))}{{ end }}\n`,
    })
    expect(report.notices.join()).toContain(
      'looks objects up in the cluster (lookup): the answer is empty here',
    )
  })

  it.each([
    ['gt (int .Capabilities.KubeVersion.Minor) 36', 'new acme/privileged hidden'],
    ['lt (int .Capabilities.KubeVersion.Minor) 36', 'new acme/privileged hidden'],
    ['.Capabilities.APIVersions.Has "acme.example/v1"', 'new acme/privileged hidden'],
    ['gt (int .Capabilities.KubeVersion.Minor) 38', undefined],
  ])('T09: a chart that only behaves in one of the clusters: %s', async (condition, expected) => {
    const clusters = ['old', 'new'].map(
      (name) =>
        `  - {name: ${name}, kubernetes: "${name === 'old' ? '1.35' : '1.37'}", destinations: ["https://${name}.example"], apiVersions: [acme.example/v1]}\n`,
    )
    const report = await run(
      { 'charts/web/templates/pod.yaml': `{{ if ${condition} }}\n${text(pod('hidden'))}{{ end }}\n` },
      {
        '.preadmit.yaml': `clusters:\n${clusters.join('')}${String(base['.preadmit.yaml'])}`,
        'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
        'charts/web/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
        'argo/old.yaml': application('old', 'charts/web', 'https://old.example'),
        'argo/new.yaml': application('new', 'charts/web', 'https://new.example'),
      },
    )
    expect(told(report)).toEqual(expected === undefined ? [] : [expected])
  })

  it.each(['safe first', 'safe last'])('T10: securityContext twice, %s', async (order) => {
    const context = (value: boolean): string => `"securityContext":{"privileged":${value}}`
    const [first, second] = order === 'safe first' ? [false, true] : [true, false]
    const twice = text(pod('hidden')).replace(context(true), `${context(first)},${context(second)}`)
    const report = await run({ 'apps/shop/pod.yaml': twice })
    expect(report.verdict).not.toBe('pass')
    expect(JSON.stringify([report.findings, report.notChecked])).toContain('securityContext')
  })

  const selective = policy(
    'replicas',
    'object.spec.replicas >= 2',
    'too few replicas',
    'deployments',
    'apps',
    'namespaceSelector: {matchExpressions: [{key: exempt, operator: DoesNotExist}]}, ',
  )
  const parameterised = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replicas}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}
  validations: [{expression: "object.spec.replicas >= int(params.data.least)", message: too few replicas}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: replicas}
spec: {policyName: replicas, validationActions: [Deny], paramRef: {name: limits, namespace: acme, parameterNotFoundAction: Deny}}
---
`
  const limits = (least: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits, namespace: acme}\ndata: {least: "${least}"}\n`
  const kyverno = `apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: replicas}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}
  validations: [{expression: object.spec.replicas >= 2, message: too few replicas}]
`
  const exception = `apiVersion: policies.kyverno.io/v1
kind: PolicyException
metadata: {name: web, namespace: shop}
spec: {policyRefs: [{name: replicas, kind: ValidatingPolicy}]}
`
  const lax = deploymentFile('web', 1)
  it.each<{ name: string; more?: Files; head: Files; expected?: string }>([
    {
      name: 'T01: an application brings the parameter object that the policy asks for',
      more: { 'policies/replicas.yaml': parameterised, 'policies/params.yaml': limits('2') },
      head: { 'apps/shop/web.yaml': lax, 'apps/shop/limits.yaml': limits('0') },
    },
    {
      name: 'T03: annotations of Flux and kustomize that keep an object out of their way',
      head: {
        'apps/shop/web.yaml': deploymentFile(
          'web',
          1,
          '1',
          '',
          'kustomize.toolkit.fluxcd.io/reconcile: disabled, config.kubernetes.io/local-config: "true", kyverno.io/ignore: "true"',
        ),
      },
    },
    {
      name: 'T04: an application brings an exception of Kyverno',
      more: { 'policies/replicas.yaml': kyverno },
      head: { 'apps/shop/web.yaml': lax, 'apps/shop/exception.yaml': exception },
    },
    {
      name: 'T04: an exception of Kyverno stands beside the policies at head only',
      more: { 'policies/replicas.yaml': kyverno },
      head: { 'apps/shop/web.yaml': lax, 'policies/exception.yaml': exception },
    },
    {
      name: 'T04: the object takes the place of one that was exempt, under another name',
      more: {
        'apps/shop/web.yaml': deploymentFile('old', 1),
        'exemptions.yaml': exemptionFile([exemption({ match: '{names: [old]}' })]),
      },
      head: { 'apps/shop/web.yaml': lax },
    },
    {
      name: 'T10: the same object twice in one file, safe first',
      head: { 'apps/shop/web.yaml': `${deploymentFile('web', 2)}---\n${lax}` },
    },
    {
      name: 'T11: the namespace is named by the manifest of a later file only',
      more: { 'policies/replicas.yaml': `${selective}${binding('replicas')}` },
      head: {
        'apps/shop/web.yaml': lax,
        'apps/shop/namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
      },
    },
    {
      name: 'T81: the set at head lowers the level with a reason and calls itself a newer version',
      head: {
        'apps/shop/web.yaml': lax,
        'policies/policyset.yaml': set(
          ['{id: acme/replicas, path: replicas.yaml, level: advisory, reason: none}'],
          '',
          '9.0.0',
        ),
      },
    },
  ])('$name', async ({ more = {}, head, expected = 'new acme/replicas web' }) => {
    const report = await run(head, more)
    expect(told(report)).toContain(expected)
    expect(report.verdict).toBe('fail')
  })

  it('T12: a rule about deletions sees that the guard goes', async () => {
    const guard = policy(
      'guards',
      'oldObject.metadata.?labels.?guard.orValue("") != "yes"',
      'this guard stays',
      'networkpolicies',
      'networking.k8s.io',
    ).replace('operations: [CREATE, UPDATE]', 'operations: [DELETE]')
    const network = text({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny', namespace: 'shop', labels: { guard: 'yes' } },
      spec: { podSelector: {} },
    })
    const before = {
      ...base,
      'policies/guards.yaml': `${guard}${binding('guards')}`,
      'apps/shop/network.yaml': network,
    }
    const { 'apps/shop/network.yaml': gone, ...after } = before
    expect(gone).toBe(network)
    const report = await checkFiles(before, after, engines)
    expect(told(report)).toEqual(['new guards deny'])
    expect(report.verdict).toBe('fail')
  })
})
