/** Pod Security Standards of policy sets through the whole pipeline, beside what the labels of namespaces ask for. */
import { afterAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/model/json.ts'
import type { Report } from '../../src/model/report.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'
import { exemption, exemptionFile, set } from './policy-files.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const privileged = { privileged: true }
const tight = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}
const workload = (securityContext: JsonObject, tag = '1', namespace = 'shop'): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'api', image: `registry.example/web:${tag}`, securityContext }] },
      },
    },
  })
const namespace = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } })
const baseline = '{id: acme/baseline, podSecurity: {level: baseline}, severity: high, remediation: drop it}'
const restricted = '{id: acme/restricted, podSecurity: {level: restricted}, level: advisory, reason: new}'

interface Setup {
  readonly entries?: readonly string[]
  readonly exemptions?: readonly string[]
  readonly settings?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly base?: JsonObject
  readonly head?: JsonObject
}

async function run({
  entries = [],
  exemptions = [],
  settings = '',
  labels = {},
  ...sides
}: Setup): Promise<Report> {
  const files: Files = {
    '.preadmit.yaml': `policies: [{path: policies}]\nexemptions: {files: [exemptions.yaml]${settings}}\n`,
    'exemptions.yaml': exemptionFile(exemptions),
    'policies/policyset.yaml': set(entries),
    'apps/shop/namespace.yaml': namespace(labels),
  }
  return await checkFiles(
    { ...files, 'apps/shop/web.yaml': workload(sides.base ?? tight) },
    { ...files, 'apps/shop/web.yaml': workload(sides.head ?? privileged, '2') },
    engines,
  )
}
const told = ({ findings }: Report): string[] =>
  findings
    .filter(({ source }) => source === 'policy')
    .map(({ status, level, rule, validation, exemption: by }) =>
      [status, level, rule, validation, ...(by === undefined ? [] : [`exempt by ${by.id}`])].join(' '),
    )
    .sort()

describe('standards of sets', () => {
  it('several in one run, each with its own level, owner and count', async () => {
    const report = await run({ entries: [baseline, restricted] })
    expect(told(report)).toEqual([
      'new advisory acme/restricted allowPrivilegeEscalation',
      'new advisory acme/restricted capabilities_restricted',
      'new advisory acme/restricted privileged',
      'new advisory acme/restricted runAsNonRoot',
      'new advisory acme/restricted seccompProfile_restricted',
      'new required acme/baseline privileged',
    ])
    expect(report.findings.find(({ rule }) => rule === 'acme/baseline')).toMatchObject({
      severity: 'high',
      owner: 'acme/platform',
      remedy: 'drop it',
      part: 'containers[name=api]',
      docs: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
    })
    expect(report.verdict).toBe('fail')
    // The Deployment, and no object without pods.
    expect(report.policies.map(({ id, matched }) => [id, matched])).toEqual([
      ['acme/baseline', 1],
      ['acme/restricted', 1],
    ])
  })
  it('what passes is matched, what was there before is existing, what is repaired is fixed', async () => {
    const passes = await run({ entries: [baseline], head: tight })
    expect(told(passes)).toEqual([])
    expect(passes.policies).toMatchObject([{ id: 'acme/baseline', matched: 1 }])
    expect(told(await run({ entries: [baseline], base: privileged }))).toEqual([
      'existing required acme/baseline privileged',
    ])
    expect(told(await run({ entries: [baseline], base: privileged, head: tight }))).toEqual([
      'fixed required acme/baseline privileged',
    ])
  })
  it('only where they apply', async () => {
    const elsewhere = baseline.replace('severity: high', 'appliesTo: {namespaces: [bank]}')
    const report = await run({ entries: [elsewhere, restricted.replace('restricted}', 'baseline}')] })
    expect(told(report)).toEqual(['new advisory acme/restricted privileged'])
    expect(report.policies).toMatchObject([
      { id: 'acme/baseline', matched: 0 },
      { id: 'acme/restricted', matched: 1 },
    ])
  })
})

describe('beside the labels of the namespace', () => {
  const enforce = { 'pod-security.kubernetes.io/enforce': 'baseline' }

  it.each([
    {
      name: 'the policy tells what both ask for',
      entries: [baseline],
      labels: enforce,
      says: ['acme/baseline'],
    },
    {
      name: 'the labels tell it when they are stricter',
      entries: [restricted.replace('restricted}', 'baseline}')],
      labels: enforce,
      says: ['pod-security/privileged'],
    },
    {
      name: 'the labels stay where no policy asks',
      entries: ['{id: acme/none, podSecurity: {level: privileged}}'],
      labels: enforce,
      says: ['pod-security/privileged'],
    },
  ])('$name', async ({ entries, labels, says }) => {
    const { findings } = await run({ entries, labels })
    expect(findings.filter(({ source }) => source === 'policy').map(({ rule }) => rule)).toEqual(says)
  })

  it('an exemption from the policy does not lift what the cluster refuses', async () => {
    const report = await run({
      entries: [baseline],
      labels: enforce,
      exemptions: [exemption({ id: 'web', policies: '[{id: acme/baseline}]' })],
    })
    expect(told(report)).toEqual([
      'new required acme/baseline privileged exempt by web',
      'new required pod-security/privileged privileged',
    ])
    expect(report.verdict).toBe('fail')
  })
})

describe('exemptions', () => {
  const namespaces = ', podSecurityNamespaces: [shop]'
  const one = '[{id: acme/baseline, validations: [privileged]}]'
  it.each([
    {
      name: 'by policy and check',
      exemptions: [exemption({ id: 'web', policies: one })],
      by: ' exempt by web',
    },
    {
      name: 'of another check',
      exemptions: [exemption({ id: 'web', policies: one.replace('privileged', 'hostPorts') })],
      by: '',
    },
    { name: 'by namespace', settings: namespaces, by: ' exempt by namespace shop' },
    { name: 'of another namespace', settings: namespaces.replace('shop', 'bank'), by: '' },
    {
      name: 'not by namespace where nothing exempts',
      entry: baseline.replace('severity: high', 'exemptable: false'),
      settings: namespaces,
      by: '',
    },
    {
      name: 'not by namespace, without an end, where days are limited',
      entry: baseline.replace('severity: high', 'maxExemptionDays: 90'),
      settings: namespaces,
      by: '',
    },
  ])('$name', async ({ by, entry = baseline, ...setup }) => {
    const report = await run({ ...setup, entries: [entry] })
    expect(told(report)).toEqual([`new required acme/baseline privileged${by}`])
    expect(report.verdict).toBe(by === '' ? 'fail' : 'pass')
  })
})
