/**
 * What a pull request can do to a real git repository to escape its policies: links, renames, deletions, scopes and
 * identities (threats.md, T01, T03, T04, T11, T12, T81; hiding places stand in weakening.test.ts, locks and signatures in
 * given-sets.test.ts).
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import type { Report } from '../../src/model/report.ts'
import { GitSandbox } from '../source/git-sandbox.ts'
import { checkTrees, shippedEngines, type Files } from './harness.ts'
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
const sandbox = new GitSandbox()
afterAll(async () => {
  await engines.close()
  sandbox.remove()
})

/** What a pull request does to the checkout before its files are written. */
interface Hand {
  readonly remove: (path: string) => void
  readonly move: (from: string, to: string) => void
  readonly link: (path: string, to: string) => void
}
interface Attempt {
  readonly name: string
  /** Files of the base besides the usual ones, and links of it. */
  readonly more?: Files
  readonly before?: (hand: Hand) => void
  readonly act?: (hand: Hand) => void
  /** Files of the head; a Deployment with one replica when left out. */
  readonly head?: Files
}

const entry = '{id: acme/replicas, path: replicas.yaml}'
const strict = rule()
const lax = `${policy('replicas', 'true', 'never')}${binding('replicas', 'Audit')}`
const settings = 'policies: [{path: policies}]\nexemptions: {files: [exemptions.yaml]}\n'
const base: Files = {
  '.preadmit.yaml': settings,
  'exemptions.yaml': exemptionFile([]),
  'policies/policyset.yaml': set([entry]),
  'policies/replicas.yaml': strict,
  'apps/shop/web.yaml': deploymentFile('web', 2),
}
const broken: Files = { 'apps/shop/web.yaml': deploymentFile('web', 1) }
// Commits of the sandbox are of November 2023.
const mine = exemptionFile([exemption({ created: '2023-11-01', expires: '2023-12-31' })])
const unlabelled = '{matchExpressions: [{key: exempt, operator: DoesNotExist}]}'
const otherLanguages = {
  Kyverno: `apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: replicas}
spec:
  validationActions: [Deny]
  matchConstraints:
    objectSelector: ${unlabelled}
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
  validations: [{expression: object.spec.replicas >= 2, message: too few replicas}]
`,
  Gatekeeper: `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: replicas}
spec:
  crd: {spec: {names: {kind: Replicas}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package replicas
        violation[{"msg": "too few replicas"}] { input.review.object.spec.replicas < 2 }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Replicas
metadata: {name: replicas}
spec: {match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}], labelSelector: ${unlabelled}}}
`,
}
let repositories = 0

async function pullRequest({
  more = {},
  before,
  act,
  head = broken,
}: Omit<Attempt, 'name'>): Promise<Report> {
  repositories += 1
  const name = `fleet-${repositories}`
  const remove = (path: string): void => {
    rmSync(sandbox.path(name, path), { recursive: true, force: true })
  }
  const hand: Hand = {
    remove,
    move: (from, to) => {
      mkdirSync(sandbox.path(name, to, '..'), { recursive: true })
      renameSync(sandbox.path(name, from), sandbox.path(name, to))
    },
    link: (path, to) => {
      remove(path)
      sandbox.link(name, path, to)
    },
  }
  sandbox.init(name)
  sandbox.write(name, { ...base, ...more })
  before?.(hand)
  const first = sandbox.commit(name)
  act?.(hand)
  const second = sandbox.commit(name, head)
  const repository = await sandbox.open(name)
  return await checkTrees(await repository.tree(first), await repository.tree(second), engines)
}
const told = ({ findings }: Report): string[] =>
  findings
    .filter(({ source }) => source === 'policy' || source === 'config')
    .map(
      ({ status, rule, object, exemption: by }) =>
        `${status} ${rule} ${object?.name ?? ''}${by === undefined ? '' : ' exempt'}`,
    )

describe('what judges is edited, and the base still judges', () => {
  it.each<Attempt & { edits?: readonly string[] }>([
    {
      name: 'T01: the configuration is deleted',
      act: ({ remove }) => {
        remove('.preadmit.yaml')
      },
      edits: ['configuration'],
    },
    {
      name: 'T01: it moves to a name that is not read',
      act: ({ move }) => {
        move('.preadmit.yaml', '.github/preadmit.yaml')
      },
      edits: ['configuration'],
    },
    {
      name: 'T01: laxer ones come beside it, in other letters',
      head: { ...broken, '.Preadmit.yaml': 'policies: []\n', '.PREADMIT.YAML': 'policies: []\n' },
    },
    {
      name: 'T01: it becomes a link to a laxer one',
      act: ({ link }) => {
        link('.preadmit.yaml', 'lax.yaml')
      },
      head: { ...broken, 'lax.yaml': 'policies: []\n' },
      edits: ['configuration'],
    },
    {
      name: 'T01: it becomes a link out of the repository',
      act: ({ link }) => {
        link('.preadmit.yaml', '/etc/passwd')
      },
      edits: ['configuration'],
    },
    {
      name: 'T01: it becomes a directory',
      act: ({ remove }) => {
        remove('.preadmit.yaml')
      },
      head: { ...broken, '.preadmit.yaml/x': 'a\n' },
      edits: ['configuration'],
    },
    {
      name: 'T01: it is a link, and leads elsewhere',
      more: { 'settings/strict.yaml': settings, 'settings/lax.yaml': 'policies: []\n' },
      before: ({ link }) => {
        link('.preadmit.yaml', 'settings/strict.yaml')
      },
      act: ({ link }) => {
        link('.preadmit.yaml', 'settings/lax.yaml')
      },
      edits: ['configuration'],
    },
    {
      name: 'T01: it is a link, and what it leads to is edited',
      more: { 'settings/strict.yaml': settings },
      before: ({ link }) => {
        link('.preadmit.yaml', 'settings/strict.yaml')
      },
      head: { ...broken, 'settings/strict.yaml': 'policies: []\n' },
      edits: ['configuration'],
    },
    {
      name: 'T01: it excludes everything',
      head: { ...broken, '.preadmit.yaml': `${settings}exclude: ['**']\n` },
      edits: ['configuration'],
    },
    {
      name: 'T12: the set is deleted',
      act: ({ remove }) => {
        remove('policies')
      },
      edits: ['policies'],
    },
    {
      name: 'T12: the set is renamed',
      act: ({ move }) => {
        move('policies', 'old')
      },
      edits: ['policies'],
    },
    {
      name: 'T12: its binding is deleted',
      head: {
        ...broken,
        'policies/replicas.yaml': policy('replicas', 'object.spec.replicas >= 2', 'too few'),
      },
      edits: ['policies'],
    },
    {
      name: 'T12: it goes among the tests, which are not read',
      act: ({ move }) => {
        move('policies/replicas.yaml', 'policies/x.test/replicas.yaml')
      },
      edits: ['policies'],
    },
    {
      name: 'T81: the set becomes a link to a laxer one',
      act: ({ link }) => {
        link('policies', 'lax')
      },
      head: { ...broken, 'lax/policyset.yaml': set([entry]), 'lax/replicas.yaml': lax },
      edits: ['policies'],
    },
    {
      name: 'T81: the set is a link, and leads elsewhere',
      more: {
        '.preadmit.yaml': 'policies: [{path: current}]\n',
        'lax/replicas.yaml': lax,
        'lax/policyset.yaml': set([entry]),
      },
      before: ({ link }) => {
        link('current', 'policies')
      },
      act: ({ link }) => {
        link('current', 'lax')
      },
      edits: ['policies'],
    },
    {
      name: 'T81: the binding only audits',
      head: { ...broken, 'policies/replicas.yaml': lax },
      edits: ['policies'],
    },
    {
      name: 'T81: the set applies nowhere any more',
      head: {
        ...broken,
        'policies/policyset.yaml': set([
          '{id: acme/replicas, path: replicas.yaml, appliesTo: {namespaces: [nowhere]}}',
        ]),
      },
      edits: ['policies'],
    },
    {
      name: 'T04: the file of exemptions becomes a link',
      act: ({ link }) => {
        link('exemptions.yaml', 'mine.yaml')
      },
      head: { ...broken, 'mine.yaml': mine },
      edits: ['exemptions'],
    },
    {
      name: 'T04: the directory of exemptions gets one more',
      more: {
        '.preadmit.yaml': settings.replace('exemptions.yaml', 'exemptions'),
        'exemptions/a.yaml': exemptionFile([]),
      },
      head: { ...broken, 'exemptions/b.yaml': mine },
      edits: ['exemptions'],
    },
  ])('$name', async ({ edits = [], ...attempt }) => {
    const report = await pullRequest(attempt)
    expect(told(report)).toContain('new acme/replicas web')
    expect(report.verdict).toBe('fail')
    expect(report.preview?.edits ?? []).toEqual(edits)
  })

  it.each<[name: string, line: string, note: RegExp]>([
    ['exclude', "exclude: ['apps/**']", /exclude leaves more alone: apps/],
    [
      'schemas.skip',
      'schemas: {skip: [apps/Deployment]}',
      /schemas.skip leaves more alone: apps\/Deployment/,
    ],
    ['incomplete', 'incomplete: notice', /does not fail any more/],
    [
      'webhooks',
      'webhooks: [{kind: apps/Deployment, path: spec.selector, reason: x}]',
      /webhooks leaves more alone: spec.selector of apps\/Deployment/,
    ],
  ])('the preview says what %s loosens', async (_, line, note) => {
    const report = await pullRequest({ head: { '.preadmit.yaml': `${settings}${line}\n` } })
    expect(report.preview?.notes.join('\n')).toMatch(note)
  })
})

describe('a directory of policies that would judge nothing', () => {
  const plain = '.preadmit.yaml'
  it.each<Attempt & { what: string }>([
    {
      name: 'a link to a file',
      what: 'plain/replicas.yaml',
      before: ({ link }) => {
        link('plain/replicas.yaml', '../policies/replicas.yaml')
      },
    },
    {
      name: 'a link to a directory',
      what: 'plain/sub',
      before: ({ link }) => {
        link('plain/sub', '../policies')
      },
    },
    { name: 'no policy at all', what: 'plain', more: { 'plain/README.md': 'none\n' } },
  ])('is open for every change: $name', async ({ what, more, ...attempt }) => {
    const report = await pullRequest({
      ...attempt,
      more: { ...more, [plain]: 'policies: [{path: plain}]\n' },
    })
    expect(report.notChecked.map((one) => `${one.what} ${one.code}`)).toContain(`${what} policy-error`)
    expect(report.verdict).toBe('incomplete')
  })
})

describe('an object that leaves the reach of a policy', () => {
  const paths = set(['{id: acme/replicas, path: replicas.yaml, appliesTo: {paths: [apps, "!apps/legacy"]}}'])
  const named = set(['{id: acme/replicas, path: replicas.yaml, appliesTo: {applications: [shop]}}'])
  it.each<Attempt>([
    {
      name: 'T11: its file moves into a directory that the policy leaves alone',
      more: {
        'policies/policyset.yaml': paths,
        'apps/shop/kustomization.yaml': 'resources: [web.yaml]\n',
        'apps/legacy/kustomization.yaml': 'resources: []\n',
      },
      act: ({ move }) => {
        move('apps/shop/web.yaml', 'apps/legacy/web.yaml')
      },
      head: {
        'apps/legacy/web.yaml': deploymentFile('web', 1),
        'apps/legacy/kustomization.yaml': 'resources: [web.yaml]\n',
        'apps/shop/kustomization.yaml': 'resources: [../legacy]\n',
      },
    },
    {
      name: 'T11: its application gets a name that the policy does not know',
      more: { 'policies/policyset.yaml': named, 'argo/a.yaml': application('shop', 'apps/shop') },
      act: ({ remove }) => {
        remove('argo/a.yaml')
      },
      head: { ...broken, 'argo/b.yaml': application('other', 'apps/shop') },
    },
    {
      name: 'T11: it takes a label that the policy leaves alone, and had none before',
      more: { 'policies/replicas.yaml': rule('objectSelector') },
      head: { 'apps/shop/web.yaml': deployment({ labels: { exempt: 'yes' } }) },
    },
    ...Object.entries(otherLanguages).map(([language, policies]) => ({
      name: `T11: it takes a label that a policy of ${language} leaves alone, and had none before`,
      more: {
        'policies/policyset.yaml': set(['{id: acme/replicas, path: other.yaml}']),
        'policies/other.yaml': policies,
      },
      head: { 'apps/shop/web.yaml': deployment({ labels: { exempt: 'yes' } }) },
    })),
    {
      name: 'T11: its namespace is labelled in a second file',
      more: { 'policies/replicas.yaml': rule('namespaceSelector'), 'apps/shop/ns.yaml': namespace({}) },
      head: { ...broken, 'apps/zzz/ns.yaml': namespace({ exempt: 'yes' }) },
    },
    {
      name: 'T11: the manifest of its namespace moves and is labelled',
      more: { 'policies/replicas.yaml': rule('namespaceSelector'), 'apps/shop/ns.yaml': namespace({}) },
      act: ({ remove }) => {
        remove('apps/shop/ns.yaml')
      },
      head: { ...broken, 'apps/ns/ns.yaml': namespace({ exempt: 'yes' }) },
    },
    {
      name: 'T11: its application is excluded by the base, once it has moved there',
      more: {
        '.preadmit.yaml': `${settings}exclude: [vendor]\n`,
        'argo/a.yaml': application('shop', 'apps/shop'),
      },
      act: ({ move }) => {
        move('apps/shop', 'vendor/shop')
      },
      head: {
        'vendor/shop/web.yaml': deploymentFile('web', 1),
        'argo/a.yaml': application('shop', 'vendor/shop'),
      },
    },
    { name: 'another case of its kind', head: { 'apps/shop/web.yaml': deployment({ kind: 'deployment' }) } },
    { name: 'no namespace', head: { 'apps/shop/web.yaml': deployment({ namespace: undefined }) } },
  ])('$name', async (attempt) => {
    const report = await pullRequest(attempt)
    expect(told(report)).toContain('new acme/replicas web')
    expect(report.verdict).toBe('fail')
  })

  it('a new namespace with the label that a policy leaves alone is told', async () => {
    const report = await pullRequest({
      more: { 'policies/replicas.yaml': rule('namespaceSelector') },
      head: {
        'apps/new/ns.yaml': namespace({ exempt: 'yes', team: 'a' }, 'new'),
        'apps/new/web.yaml': deployment({ namespace: 'new' }),
        'apps/plain/ns.yaml': namespace({ team: 'a' }, 'plain'),
      },
    })
    const labels = report.findings.filter(({ rule }) => rule === 'safety/namespace-labels')
    expect(labels.map(({ object, message }) => `${object?.name ?? ''}: ${message}`)).toEqual([
      expect.stringMatching(/^new: the namespace is new and has exempt, by which policies select/),
    ])
  })

  it('a violation from before does not become new because its application is renamed', async () => {
    const report = await pullRequest({
      more: {
        ...broken,
        'policies/policyset.yaml': named,
        'argo/a.yaml': application('shop', 'apps/shop'),
      },
      act: ({ remove }) => {
        remove('argo/a.yaml')
      },
      head: { 'argo/b.yaml': application('other', 'apps/shop') },
    })
    expect([report.verdict, told(report).filter((one) => one.startsWith('new'))]).toEqual(['pass', []])
  })

  it('labels that Argo CD gives a namespace make the rules that select by them open', async () => {
    const managed = JSON.stringify({
      managedNamespaceMetadata: { labels: { exempt: 'yes' } },
      syncOptions: ['CreateNamespace=true'],
    })
    const report = await pullRequest({
      more: {
        'policies/replicas.yaml': rule('namespaceSelector'),
        'argo/a.yaml': application('shop', 'apps/shop'),
      },
      head: {
        ...broken,
        'argo/a.yaml': application('shop', 'apps/shop').replace(
          '"destination"',
          `"syncPolicy":${managed},"destination"`,
        ),
      },
    })
    expect(report.verdict).toBe('incomplete')
    expect(report.notChecked.map(({ what, code }) => `${what} ${code}`)).toEqual([
      'acme/replicas not-evaluable',
    ])
  })

  it.each(['apps/v1beta1', 'extensions/v1beta1'])(
    'a version that no API server has: %s',
    async (apiVersion) => {
      const report = await pullRequest({ head: { 'apps/shop/web.yaml': deployment({ apiVersion }) } })
      expect(report.findings.map(({ rule }) => rule)).toContain('schema/removed-kind')
      expect(report.verdict).toBe('fail')
    },
  )
})

describe('a violation that takes the place of another one', () => {
  const jobs = {
    'policies/policyset.yaml': set(['{id: acme/privileged, path: replicas.yaml}']),
    'policies/replicas.yaml': `${policy(
      'privileged',
      'object.spec.template.spec.containers.all(c, !c.?securityContext.?privileged.orValue(false))',
      'privileged',
      'jobs',
      'batch',
    )}${binding('privileged')}`,
  }
  it.each<Attempt & { expected: string }>([
    {
      name: 'another object whose name is drawn, behind it',
      more: { ...jobs, 'apps/shop/job.yaml': job('a') },
      head: { 'apps/shop/job.yaml': `${job('a')}---\n${job('b')}` },
      expected: 'new acme/privileged x-*#2',
    },
    {
      name: 'another object whose name is drawn, before it',
      more: { ...jobs, 'apps/shop/job.yaml': job('a') },
      head: { 'apps/shop/job.yaml': `${job('b')}---\n${job('a')}` },
      expected: 'new acme/privileged x-*#2',
    },
    {
      name: 'one of the same name in another namespace',
      more: broken,
      head: { 'apps/shop/second.yaml': deployment({ namespace: 'other' }) },
      expected: 'new acme/replicas web',
    },
    {
      name: 'the object under another name',
      more: broken,
      head: { 'apps/shop/web.yaml': deployment({ name: 'web2' }) },
      expected: 'new acme/replicas web2',
    },
    {
      name: 'the same object in another cluster',
      more: {
        ...broken,
        'argo/a.yaml': application('a', 'apps/shop'),
        'argo/b.yaml': application('b', 'apps/b', 'https://production.example'),
        'apps/b/web.yaml': deploymentFile('other', 2),
      },
      head: { 'apps/b/web.yaml': deploymentFile('web', 1) },
      expected: 'new acme/replicas web',
    },
    {
      name: 'the same application, which is sent to another cluster',
      more: { ...broken, 'argo/a.yaml': application('shop', 'apps/shop', 'https://dev.example') },
      head: { 'argo/a.yaml': application('shop', 'apps/shop', 'https://production.example') },
      expected: 'new acme/replicas web',
    },
    {
      name: 'the same application under another name, which is sent to another cluster',
      more: { ...broken, 'argo/a.yaml': application('shop', 'apps/shop', 'https://dev.example') },
      head: { 'argo/a.yaml': application('shop2', 'apps/shop', 'https://production.example') },
      expected: 'new acme/replicas web',
    },
    {
      name: 'the same Kustomization, which is sent to another cluster by its kubeconfig',
      more: { ...broken, 'clusters/hub/shop.yaml': kustomization('dev') },
      head: { 'clusters/hub/shop.yaml': kustomization('production') },
      expected: 'new acme/replicas web',
    },
    {
      name: 'the same folder, which becomes that of production',
      more: {
        'policies/policyset.yaml': set([
          '{id: acme/replicas, path: replicas.yaml, appliesTo: {environments: [production]}}',
        ]),
        'apps/shop/web.yaml': deploymentFile('other', 2),
        'envs/staging/web.yaml': deploymentFile('web', 1),
      },
      act: ({ move }) => {
        move('envs/staging', 'envs/production')
      },
      head: {},
      expected: 'new acme/replicas web',
    },
    {
      name: 'the same object twice in one application, of which the last one counts',
      head: { 'apps/shop/zzz.yaml': deploymentFile('web', 1) },
      expected: 'new acme/replicas web',
    },
  ])('$name', async ({ expected, ...attempt }) => {
    const report = await pullRequest(attempt)
    expect(told(report)).toContain(expected)
    expect(report.verdict).toBe('fail')
  })

  it('an object whose name is drawn is a new one at every sync: nothing of it is immutable', async () => {
    const report = await pullRequest({
      more: { 'apps/shop/job.yaml': job('a') },
      head: { 'apps/shop/job.yaml': job('b') },
    })
    expect([report.verdict, report.findings]).toEqual(['pass', []])
  })
})

describe('what ends on a day ends by the time of the commits', () => {
  const exception = (expiresAt: string): string => `---
apiVersion: policies.kyverno.io/v1
kind: PolicyException
metadata: {name: web, namespace: shop}
spec: {expiresAt: "${expiresAt}", policyRefs: [{name: replicas, kind: ValidatingPolicy}]}
`
  it.each([
    ['2023-12-01T00:00:00Z', 'pass', 'new acme/replicas web exempt'],
    ['2023-11-01T00:00:00Z', 'fail', 'new acme/replicas web'],
  ])('an exception of Kyverno until %s', async (expiresAt, verdict, expected) => {
    const report = await pullRequest({
      more: {
        'policies/policyset.yaml': set(['{id: acme/replicas, path: other.yaml}']),
        'policies/replicas.yaml': '',
        'policies/other.yaml': `${otherLanguages.Kyverno.replace(`objectSelector: ${unlabelled}`, '')}${exception(expiresAt)}`,
      },
    })
    expect([report.verdict, told(report)]).toEqual([verdict, [expected]])
  })

  it('the clock of Rego', async () => {
    const rego = `package main

deny contains sprintf("%d", [time.now_ns()]) if input.kind == "Deployment"
`
    const report = await pullRequest({ more: { 'policies/clock.rego': rego } })
    const said = report.findings.filter(({ rule: id }) => id === 'clock').map(({ message }) => message)
    expect(said).toEqual(['1700000100000000000'])
  })
})

describe('T12: a guard that goes is told above everything else', () => {
  const cases: readonly [kind: string, apiVersion: string, sentence: RegExp][] = [
    ['NetworkPolicy', 'networking.k8s.io/v1', /traffic that it kept out/],
    ['ResourceQuota', 'v1', /nothing bounds any more/],
    ['ValidatingAdmissionPolicyBinding', 'admissionregistration.k8s.io/v1', /does not enforce its policy/],
    ['ValidatingWebhookConfiguration', 'admissionregistration.k8s.io/v1', /not asked any more/],
    ['K8sRequiredLabels', 'constraints.gatekeeper.sh/v1beta1', /Gatekeeper does not enforce/],
    ['ClusterPolicy', 'kyverno.io/v1', /Kyverno does not enforce/],
  ]
  it('whatever its kind', async () => {
    const guards = cases
      .map(([kind, apiVersion]) => text({ apiVersion, kind, metadata: { name: 'guard' } }))
      .join('---\n')
    const report = await pullRequest({
      more: {
        '.preadmit.yaml': `${settings}schemas: {skip: ['constraints.gatekeeper.sh/*', 'kyverno.io/*']}\n`,
        'cluster/guards.yaml': guards,
      },
      act: ({ remove }) => {
        remove('cluster/guards.yaml')
      },
      head: {},
    })
    const sentences = new Map(report.destructions.map(({ object, sentence }) => [object.kind, sentence]))
    for (const [kind, , sentence] of cases) expect(sentences.get(kind)).toMatch(sentence)
  })
})

function rule(selector?: 'objectSelector' | 'namespaceSelector'): string {
  const constraint =
    selector === undefined ? '' : `${selector}: {matchExpressions: [{key: exempt, operator: DoesNotExist}]}, `
  const text = policy(
    'replicas',
    'object.spec.replicas >= 2',
    'too few replicas',
    'deployments',
    'apps',
    constraint,
  )
  return `${text}${binding('replicas')}`
}

/** Of Flux, in the cluster that a secret leads to. */
function kustomization(secret: string): string {
  return text({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'shop', namespace: 'flux-system' },
    spec: {
      interval: '1m',
      path: './apps/shop',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'flux-system' },
      kubeConfig: { secretRef: { name: secret } },
    },
  })
}

function namespace(labels: Readonly<Record<string, string>>, name = 'shop'): string {
  return text({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
}

function job(container: string): string {
  const containers = [
    { name: container, image: 'registry.example/a:1', securityContext: { privileged: true } },
  ]
  return text({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { generateName: 'x-', namespace: 'shop' },
    spec: { template: { spec: { restartPolicy: 'Never', containers } } },
  })
}

/** The Deployment `web` with one replica and other metadata. */
function deployment({ apiVersion, kind, ...metadata }: Readonly<Record<string, Json | undefined>>): string {
  const object = JSON.parse(deploymentFile('web', 1)) as JsonObject
  const own = isJsonObject(object['metadata']) ? object['metadata'] : {}
  return text({
    ...object,
    apiVersion: apiVersion ?? 'apps/v1',
    kind: kind ?? 'Deployment',
    metadata: { ...own, ...metadata },
  })
}
