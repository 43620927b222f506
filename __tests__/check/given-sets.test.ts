/** Sets that the workflow gives and sets that a lock pins: what a repository and a pull request can do to them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { FetchedSet, PolicySetFetcher } from '../../src/judge/policy/resolve.ts'
import { contentHash } from '../../src/judge/policy/content-hash.ts'
import { signedStatement } from '../../src/judge/policy/signature.ts'
import type { Report } from '../../src/model/report.ts'
import { runCommandLine } from '../../src/command/command-line.ts'
import { parseExemptions } from '../../src/judge/exemptions/read.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { realPorts, type Ports } from '../../src/command/ports.ts'
import { loadSchemas } from '../../src/judge/schema/artefact.ts'
import { signer } from '../judge/policy/signer.ts'
import { GitSandbox } from '../source/git-sandbox.ts'
import { checkFiles, checkTrees, shippedEngines, type Files } from './harness.ts'
import { binding, deploymentFile, exemption, exemptionFile, policy, set } from './policy-files.ts'

const engines = shippedEngines()
const sandbox = new GitSandbox()
afterAll(async () => {
  await engines.close()
  sandbox.remove()
})

const native = (least: number): string =>
  `${policy('replicas', `object.spec.replicas >= ${least}`, 'too few replicas')}${binding('replicas')}`
const parameters = `parameters:
  properties:
    least: {type: integer, default: 2, tighten: higher, bind: [{object: params.yaml, path: /data/least}]}
`
const bound = `${policy(
  'replicas',
  'object.spec.replicas >= int(params.data.least)',
  'too few replicas',
).replace(
  'spec:\n',
  'spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}\n',
)}${binding('replicas').replace('validationActions', 'paramRef: {name: least, namespace: default, parameterNotFoundAction: Deny}, validationActions')}`
const central: Files = {
  'policyset.yaml': set(['{id: acme/replicas, path: replicas.yaml}'], parameters),
  'replicas.yaml': bound,
  'params.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: least, namespace: default}\ndata: {least: "2"}\n',
}
const given = { given: [{ label: 'central', tree: memoryTree(central), path: '', local: false }] }
const web = (replicas: number): Files => ({ 'apps/shop/web.yaml': deploymentFile('web', replicas) })
const rules = (report: Report): string[] =>
  report.findings
    .filter(({ source }) => source === 'policy')
    .map(({ rule, level, status }) => `${status} ${level} ${rule}`)

describe('a set that the workflow gives', () => {
  it.each<[name: string, settings: string]>([
    ['removed', 'policies: []\n'],
    ['lowered', 'policies: [{set: acme/platform, level: advisory, reason: no}]\n'],
    ['lowered by id', 'policies: [{set: acme/platform, levels: {acme/replicas: advisory}}]\n'],
    ['loosened by a parameter', 'policies: [{set: acme/platform, parameters: {least: 0}}]\n'],
    ['restricted to nowhere', 'policies: [{set: acme/platform, appliesTo: {namespaces: [nowhere]}}]\n'],
    ['shadowed by a policy of its name', 'policies: [{path: mine}]\n'],
    ['kept from files', "exclude: ['**']\n"],
    ['kept from a kind', 'schemas: {skip: [apps/Deployment]}\n'],
    ['given an older API server', 'kubernetes: "1.34"\n'],
    ['loosened by a file of parameters', 'policies: [{path: mine}]\n'],
  ])('is not %s', async (_, settings) => {
    const params =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: least, namespace: default}\ndata: {least: "0"}\n'
    const base = {
      '.preadmit.yaml': settings,
      ...web(3),
      'mine/replicas.yaml': native(0),
      'mine/params.yaml': params,
    }
    const report = await checkFiles(base, { ...base, ...web(1) }, engines, given)
    expect(report.verdict).toBe('fail')
    expect(rules(report)).toContain('new required acme/replicas')
  })
  it('is not made a notice by `incomplete`', async () => {
    const authorizer = {
      'policyset.yaml': set(['{id: acme/may, path: may.yaml}']),
      'may.yaml': `${policy('may', "authorizer.group('apps').resource('deployments').check('x').allowed()", 'no')}${binding('may')}`,
    }
    const sets = { given: [{ label: 'central', tree: memoryTree(authorizer), path: '', local: false }] }
    const base = { '.preadmit.yaml': 'incomplete: notice\n', ...web(3) }
    const report = await checkFiles(base, { ...base, ...web(4) }, engines, sets)
    expect(report.verdict).toBe('incomplete')
    expect(report.notices.join()).toContain('`incomplete` of its configuration does not count')
  })
  it('is tightened: level and parameter', async () => {
    const settings = 'policies: [{set: acme/platform, level: mandatory, parameters: {least: 4}}]\n'
    const base = { '.preadmit.yaml': settings, ...web(5) }
    const report = await checkFiles(base, { ...base, ...web(3) }, engines, given)
    expect(rules(report)).toEqual(['new mandatory acme/replicas'])
    expect(report.policySources).toEqual([expect.objectContaining({ central: true, set: 'acme/platform' })])
  })
})

describe('a directory of the repository that the workflow gives', () => {
  it('judges as the base has it; what the change makes of it is previewed', async () => {
    const files = (least: number, replicas: number): Files => ({
      'sets/policyset.yaml': set(['{id: acme/replicas, path: replicas.yaml}']),
      'sets/replicas.yaml': native(least),
      ...web(replicas),
    })
    const [base, head] = [memoryTree(files(2, 3)), memoryTree(files(0, 1))]
    const set0 = { label: 'sets', tree: base, path: 'sets', local: true }
    const report = await checkTrees(base, head, engines, { given: [set0] })
    expect(rules(report)).toEqual(['new required acme/replicas'])
    expect(report.preview).toMatchObject({
      edits: ['policies'],
      impact: [{ application: 'shop', fails: 0, fixed: 1, changed: 0 }],
    })
    expect(report.notices.join()).toContain('one file of the policy set in `sets`')
  })
})

const pin = (tag: string, digit: string): string =>
  `https://git.example/policies:${tag}@${digit.repeat(40)}\n`
const published = (least: number, version: string): Files => ({
  'policyset.yaml': set(['{id: acme/replicas, path: replicas.yaml}'], '', version),
  'replicas.yaml': native(least),
})
const fetcher = (versions: Readonly<Record<string, Files>>): PolicySetFetcher => ({
  open: ({ digest }): Promise<FetchedSet> => {
    const files = versions[digest.slice(0, 1)]
    return Promise.resolve(
      files === undefined
        ? { kind: 'failed', code: 'remote-source', reason: 'is not there' }
        : { kind: 'files', tree: memoryTree(files) },
    )
  },
})

describe('a set that the lock pins', () => {
  const settings = { '.preadmit.yaml': 'policies: [{source: https://git.example/policies, version: ^1}]\n' }
  const sets = {
    fetcher: fetcher({ '1': published(2, '1.0.0'), '2': published(4, '1.1.0'), '3': published(0, '1.2.0') }),
  }
  const base = { ...settings, '.preadmit.policies.lock': pin('v1.0.0', '1'), ...web(3) }

  it('judges, and its places are not taken for files of the repository', async () => {
    const report = await checkFiles(base, { ...base, ...web(1) }, engines, sets)
    expect(rules(report)).toEqual(['new required acme/replicas'])
    expect(report.policySources).toEqual([
      expect.objectContaining({ version: '1.0.0', digest: '1'.repeat(40) }),
    ])
  })
  it('moves: the impact over the whole repository is shown, and decides nothing', async () => {
    const head = { ...base, '.preadmit.policies.lock': pin('v1.1.0', '2') }
    const report = await checkFiles(base, head, engines, sets)
    expect(report.verdict).toBe('pass')
    expect(report.preview).toMatchObject({
      edits: ['lock'],
      impact: [{ application: 'shop', owner: 'acme/platform', fails: 1, fixed: 0, changed: 0 }],
    })
  })
  it('T81: a move to a lax one is not obeyed', async () => {
    const head = { ...base, '.preadmit.policies.lock': pin('v1.2.0', '3'), ...web(1) }
    expect(rules(await checkFiles(base, head, engines, sets))).toEqual(['new required acme/replicas'])
  })
  it.each([
    ['an older version', pin('v0.9.0', '4')],
    ['other bytes of the same version', pin('v1.0.0', '2')],
    ['the same version under another tag', pin('1.0.0', '2')],
    [
      'an older version of the source in other letters',
      pin('v0.9.0', '4').replace('git.example', 'GIT.example'),
    ],
    ['an older version of the source with .git', pin('v0.9.0', '4').replace('policies:', 'policies.git:')],
    ['no line, so that the next change may lock anything', '# empty\n'],
    ['a line that is none', 'https://git.example/policies:latest\n'],
  ])('T80: %s is refused', async (_, lock) => {
    const report = await checkFiles(base, { ...base, '.preadmit.policies.lock': lock }, engines, sets)
    expect(report.verdict).toBe('fail')
    expect(report.findings.map(({ rule, location }) => `${rule} ${location?.file ?? ''}`)).toContain(
      'config/policy-rollback .preadmit.policies.lock',
    )
  })
  it('T80: a lock that is deleted is refused; with its source it may go', async () => {
    const { '.preadmit.policies.lock': gone, ...head } = base
    expect(gone).toContain('v1.0.0')
    const report = await checkFiles(base, head, engines, sets)
    expect([report.verdict, report.findings.map(({ rule }) => rule)]).toEqual([
      'fail',
      ['config/policy-rollback'],
    ])
    const without = await checkFiles(base, { ...head, '.preadmit.yaml': 'policies: []\n' }, engines, sets)
    expect([without.verdict, without.preview?.policies.map(({ to }) => to)]).toEqual(['pass', [null]])
  })
  it('T80: a version whose time is over is refused', async () => {
    const old = {
      ...published(2, '1.0.0'),
      'policyset.yaml': set(['{id: acme/replicas, path: replicas.yaml}'], 'notAfter: "1969-12-31"\n'),
    }
    const report = await checkFiles(base, { ...base, ...web(4) }, engines, { fetcher: fetcher({ '1': old }) })
    expect(report.verdict).toBe('fail')
    expect(report.findings.map(({ rule, message }) => `${rule} ${message}`)).toEqual([
      expect.stringMatching(/^config\/policy-rollback .*refused from 1969-12-31 on: lock a newer one/),
    ])
  })
  it('T80: a pin whose bytes say another version is refused', async () => {
    const files = { ...base, '.preadmit.policies.lock': pin('v1.5.0', '1') }
    const report = await checkFiles(files, { ...files, ...web(4) }, engines, sets)
    expect(report.verdict).toBe('fail')
    expect(report.findings.map(({ rule }) => rule)).toEqual(['config/policy-rollback'])
  })
  it('T78, T79: without a valid signature of who may sign the check fails, with one it judges', async () => {
    const settings = `${base['.preadmit.yaml']}trust: [{source: https://git.example/policies, allowedSigners: signers}]\n`
    const [release, other] = [signer(), signer()]
    const unsigned = published(2, '1.0.0')
    const content = await contentHash(memoryTree(unsigned), '')
    const statement = signedStatement({ name: 'acme/platform', version: '1.0.0', content })
    const old = signedStatement({ name: 'acme/platform', version: '0.9.0', content })
    const signed = (signature: string): Files => ({ ...unsigned, '.policyset.sig': signature })
    const list = { signers: `acme ${release.publicKey}\n` }
    const cases: [files: Files, set: Files, refused: boolean][] = [
      [list, signed(release.sign(statement)), false],
      [list, unsigned, true],
      [list, signed(''), true],
      [list, signed('-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n'), true],
      [list, signed(release.sign(statement, 'git')), true],
      [list, signed(release.sign(statement.replace('acme/platform', 'acme/other'))), true],
      [{ signers: `evil ${other.publicKey}\n` }, signed(release.sign(statement)), true],
      [{ signers: `acme namespaces="git" ${release.publicKey}\n` }, signed(release.sign(statement)), true],
      [list, { ...signed(release.sign(statement)), 'more.yaml': native(0) }, true],
      [{}, signed(release.sign(statement)), true],
      [{ signers: '\n' }, signed(release.sign(statement)), true],
      [list, signed(other.sign(statement)), true],
      [list, signed(release.sign(old)), true],
      [list, { ...signed(release.sign(statement)), 'replicas.yaml': native(0) }, true],
    ]
    for (const [more, set, refused] of cases) {
      const files = { ...base, '.preadmit.yaml': settings, ...more }
      const head = { ...files, ...web(refused ? 4 : 1) }
      const report = await checkFiles(files, head, engines, { fetcher: fetcher({ '1': set }) })
      expect(report.verdict).toBe('fail')
      expect(report.findings.map(({ rule }) => rule)).toEqual([
        refused ? 'config/policy-signature' : 'acme/replicas',
      ])
    }
  })
  it('T78: the head cannot name its own signers', async () => {
    const files = {
      ...base,
      '.preadmit.yaml': `${base['.preadmit.yaml']}trust: [{source: https://git.example/policies, allowedSigners: signers}]\n`,
      signers: `acme ${signer().publicKey}\n`,
    }
    const evil = signer()
    const unsigned = published(0, '1.1.0')
    const content = await contentHash(memoryTree(unsigned), '')
    const signature = evil.sign(signedStatement({ name: 'acme/platform', version: '1.1.0', content }))
    const head = {
      ...files,
      signers: `acme ${evil.publicKey}\n`,
      '.preadmit.policies.lock': pin('v1.1.0', '2'),
    }
    const versions = { '1': published(2, '1.0.0'), '2': { ...unsigned, '.policyset.sig': signature } }
    const report = await checkFiles(files, head, engines, { fetcher: fetcher(versions) })
    expect(report.verdict).toBe('fail')
    expect(report.preview?.notes.join()).toContain('must be signed and is not used')
  })
  it('that cannot be had, or is not locked, leaves every change open', async () => {
    for (const lock of [pin('v1.9.0', '9'), '', pin('v2.0.0', '2')]) {
      const files = { ...base, '.preadmit.policies.lock': lock }
      expect((await checkFiles(files, { ...files, ...web(4) }, engines, sets)).verdict).toBe('incomplete')
    }
  })
  it('I3: the preview fetches nothing from a source that only the head names', async () => {
    const asked: string[] = []
    const watching: PolicySetFetcher = {
      open: (locked) => {
        asked.push(locked.source)
        return sets.fetcher.open(locked)
      },
    }
    const head = {
      ...base,
      '.preadmit.yaml': 'policies: [{source: https://evil.example/policies}]\n',
      '.preadmit.policies.lock': `https://evil.example/policies:v9.0.0@${'1'.repeat(40)}\n`,
    }
    const report = await checkFiles(base, head, engines, { fetcher: watching })
    expect(asked).toEqual(['https://git.example/policies'])
    expect(report.preview?.notes.join()).toContain('not fetched before the merge')
  })
})

describe('real repositories through the command line', () => {
  const ports = (directory: string): { ports: Ports; out: () => string; err: () => string } => {
    const text = { out: '', err: '' }
    const sink = (key: 'out' | 'err') => ({
      write: (part: string) => void (text[key] += part),
      terminal: false,
      width: 100,
      colors: false,
    })
    return {
      ports: {
        ...realPorts(process),
        directory,
        environment: sandbox.environment,
        output: sink('out'),
        errors: sink('err'),
        openEngines: () => shippedEngines(),
        loadSchemas: () => loadSchemas(new URL('../../dist/', import.meta.url)),
      },
      out: () => text.out,
      err: () => text.err,
    }
  }
  const call = async (directory: string, ...args: string[]) => {
    const made = ports(sandbox.path(directory))
    const status = await runCommandLine(['node', 'preadmit', ...args], made.ports)
    return { status, out: made.out(), err: made.err() }
  }

  it('a directory of the change itself is refused; one that the workflow put there is read from disk', async () => {
    sandbox.init('fleet', { ...web(3), '.preadmit.yaml': 'policies: []\n' })
    sandbox.git('fleet', 'checkout', '-q', '-b', 'feature')
    sandbox.commit('fleet', { ...web(1), 'sets/policyset.yaml': set([]) })
    const own = await call('fleet', 'check', '--base', 'main', '--head', 'HEAD', '--policy-set', 'sets')
    expect([own.status, own.err]).toEqual([2, expect.stringContaining('brought by the change itself')])

    mkdirSync(sandbox.path('central'))
    for (const [path, text] of Object.entries(central)) writeFileSync(sandbox.path('central', path), text)
    const outside = await call(
      'fleet',
      'check',
      '--base',
      'main',
      '--head',
      'HEAD',
      '--policy-set',
      '../central',
    )
    expect(outside.status).toBe(1)
    expect(outside.out).toContain('acme/replicas')
    const unpinned = await call(
      'fleet',
      'check',
      '--base',
      'main',
      '--head',
      'HEAD',
      '--policy-set',
      'oci://r/p:1',
    )
    expect([unpinned.status, unpinned.err]).toEqual([2, expect.stringContaining('is not pinned')])
  }, 240_000)

  it('exempt writes a file that the next check takes', async () => {
    const files = {
      ...web(3),
      '.preadmit.yaml': 'policies: [{path: policies}]\nexemptions: {files: [exemptions.yaml]}\n',
      'exemptions.yaml': exemptionFile([
        exemption({ match: '{names: [nothing]}', created: '2023-11-01', expires: '2023-12-01' }),
      ]),
      'policies/policyset.yaml': set(['{id: acme/replicas, path: replicas.yaml}']),
      'policies/replicas.yaml': native(2),
    } as Record<string, string>
    sandbox.init('shop', files)
    sandbox.git('shop', 'checkout', '-q', '-b', 'feature')
    sandbox.commit('shop', web(1))
    const range = ['--base', 'main', '--head', 'feature']
    expect((await call('shop', 'check', ...range)).status).toBe(1)
    const made = await call(
      'shop',
      'exempt',
      ...range,
      '--days',
      '30',
      '--requested-by',
      'team',
      '--approved-by',
      'acme',
    )
    expect(made.status).toBe(0)
    const { exemptions, problems } = parseExemptions(made.out, 'e.yaml', 365)
    expect(problems).toEqual([])
    expect(exemptions).toEqual([
      expect.objectContaining({
        id: 'replicas-web',
        policies: [expect.objectContaining({ id: 'acme/replicas' })],
      }),
    ])
    sandbox.git('shop', 'checkout', '-q', 'main')
    sandbox.commit('shop', { 'exemptions.yaml': made.out })
    // The base is where the two parted, so the exemption counts once it was merged.
    sandbox.git('shop', 'checkout', '-q', 'feature')
    sandbox.git('shop', 'merge', '-q', '--no-edit', 'main')
    const after = await call('shop', 'check', ...range)
    expect(after.status).toBe(0)
    expect(after.out).toContain('exempt by replicas-web')
    const none = await call('shop', 'exempt', ...range)
    expect([none.status, none.err]).toEqual([2, expect.stringContaining('no violation')])
  }, 240_000)
})
