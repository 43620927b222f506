/**
 * Sets that a lock pins, in real git repositories and a real registry, through the command line: what a pull request, an
 * update bot and whoever publishes can do to them (threats.md, T78 to T81).
 */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/command/command-line.ts'
import { realPorts } from '../../src/command/ports.ts'
import { contentHash } from '../../src/judge/policy/content-hash.ts'
import { loadSchemas } from '../../src/judge/schema/artefact.ts'
import { signedStatement } from '../../src/judge/policy/signature.ts'
import type { Report } from '../../src/model/report.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { signer } from '../judge/policy/signer.ts'
import { GitSandbox } from '../source/git-sandbox.ts'
import { gitServer, packFiles, registry, type GitServer, type Registry } from '../source/remote/servers.ts'
import { shippedEngines } from './harness.ts'
import { binding, deploymentFile, policy, set } from './policy-files.ts'

const sandbox = new GitSandbox()
const [release, stranger] = [signer(), signer()]
const lockFile = '.preadmit.policies.lock'
let git: GitServer
let oci: Registry

/** A version of the set; its policy asks for `least` replicas. */
const files = (version: string, least = 2): Record<string, string> => ({
  'policyset.yaml': set(['{id: acme/replicas, path: replicas.yaml}'], '', version),
  'replicas.yaml': `${policy('replicas', `object.spec.replicas >= ${least}`, 'too few')}${binding('replicas')}`,
})
const statement = async (version: string, least = 2): Promise<string> =>
  signedStatement({
    name: 'acme/platform',
    version,
    content: await contentHash(memoryTree(files(version, least)), ''),
  })

/** Publishes to git under a tag; answers the commit. */
function publish(tag: string, content: Record<string, string>): string {
  const commit = sandbox.commit('set', { '.policyset.sig': '', ...content })
  sandbox.git('set', 'tag', '-f', tag)
  sandbox.git('set', 'push', '-q', '-f', sandbox.path('served/acme/set.git'), 'HEAD:main', tag)
  return commit
}

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const text = { out: '', err: '' }
  const sink = (key: 'out' | 'err') => ({
    write: (part: string) => void (text[key] += part),
    terminal: false,
    width: 100,
    colors: false,
  })
  const status = await runCommandLine(['node', 'preadmit', ...args], {
    ...realPorts(process),
    directory: sandbox.path('fleet'),
    environment: sandbox.environment,
    writeFile: async (path, content) => {
      await writeFile(path, content)
    },
    output: sink('out'),
    errors: sink('err'),
    openEngines: () => shippedEngines(),
    loadSchemas: () => loadSchemas(new URL('../../dist/', import.meta.url)),
  })
  return { status, ...text }
}

/** The report on a pull request from `base` to `head`, each a set of files of the fleet. */
async function pullRequest(base: Record<string, string>, head: Record<string, string>): Promise<Report> {
  const [first, second] = [sandbox.commit('fleet', base), sandbox.commit('fleet', head)]
  const made = await run(
    ...['check', '--base', first, '--head', second, '--format', 'json'],
    ...['--cache', sandbox.path('cache')],
  )
  if (!made.out.startsWith('{')) throw new Error(made.err)
  return JSON.parse(made.out) as Report
}
const rules = ({ findings }: Report): string[] =>
  findings.filter(({ status }) => status === 'new').map(({ rule }) => rule)
const web = (replicas: number): Record<string, string> => ({
  'apps/shop/web.yaml': deploymentFile('web', replicas),
})
const gitLock = (tag: string, commit: string): Record<string, string> => ({
  [lockFile]: `${git.url}/acme/set.git:${tag}@${commit}\n`,
})
const settings = (source: string, trust = ''): Record<string, string> => ({
  '.preadmit.yaml': `remote: {allow: ["http://${git.host}", "http://${oci.host}"], private: ["http://${git.host}", "http://${oci.host}"]}
policies: [{source: "${source}", version: ^1}]
${trust}`,
})

beforeAll(async () => {
  sandbox.init('set', files('0.9.0', 0))
  sandbox.init('fleet', web(2))
  sandbox.git('.', 'clone', '-q', '--bare', 'set', 'served/acme/set.git')
  git = await gitServer(sandbox.path('served'))
  oci = await registry()
})
afterAll(async () => {
  await Promise.all([git.close(), oci.close()])
  sandbox.remove()
})

describe('a set in a git repository', { timeout: 120_000 }, () => {
  const commits: Record<string, string> = {}
  let source: string
  let trust: string

  beforeAll(async () => {
    source = `${git.url}/acme/set.git`
    trust = `trust: [{source: "${source}", allowedSigners: signers, principals: [release@acme.example]}]\n`
    const signed = async (version: string, least = 2, by = release, says = version) => ({
      ...files(version, least),
      '.policyset.sig': by.sign(await statement(says, least)),
    })
    commits['lax'] = publish('v1.0.0', await signed('1.0.0', 0))
    commits['signed'] = publish('v1.1.0', await signed('1.1.0'))
    commits['unsigned'] = publish('v1.2.0', files('1.2.0', 0))
    commits['stranger'] = publish('v1.3.0', await signed('1.3.0', 0, stranger))
    commits['replayed'] = publish('v1.4.0', {
      ...files('1.4.0', 0),
      '.policyset.sig': release.sign(await statement('1.1.0')),
    })
    commits['other set'] = publish('v1.5.0', {
      ...files('1.5.0', 0),
      '.policyset.sig': release.sign((await statement('1.5.0', 0)).replace('acme/platform', 'acme/other')),
    })
    commits['edited'] = publish('v1.6.0', {
      ...(await signed('1.6.0')),
      'replicas.yaml': files('1.6.0', 0)['replicas.yaml'] ?? '',
    })
  })
  const trusted = (): Record<string, string> => ({
    ...settings(source, trust),
    signers: `release@acme.example ${release.publicKey}\n`,
    ...gitLock('v1.1.0', commits['signed'] ?? ''),
    ...web(2),
  })

  it('signed by who may: it judges', async () => {
    const report = await pullRequest(trusted(), web(1))
    expect([report.verdict, rules(report)]).toEqual(['fail', ['acme/replicas']])
    expect(report.policySources.map(({ version, digest }) => [version, digest])).toEqual([
      ['1.1.0', commits['signed']],
    ])
  })

  it.each([
    ['T78', 'unsigned', 'v1.2.0'],
    ['T79', 'stranger', 'v1.3.0'],
    ['T79', 'replayed', 'v1.4.0'],
    ['T79', 'other set', 'v1.5.0'],
    ['T79', 'edited', 'v1.6.0'],
  ])('%s: %s is refused, before the merge in the preview and after it by the check', async (_, name, tag) => {
    const lock = gitLock(tag, commits[name] ?? '')
    const before = await pullRequest(trusted(), { ...lock, ...web(1) })
    expect([before.verdict, rules(before)]).toEqual(['fail', ['acme/replicas']])
    expect(before.preview?.notes.join('\n')).toContain('must be signed and is not used')
    const after = await pullRequest({ ...trusted(), ...lock }, web(3))
    expect([after.verdict, rules(after)]).toEqual(['fail', ['config/policy-signature']])
  })

  it('T78: a pull request that stops asking for signatures, or names its own signer, is judged as before', async () => {
    const edits = [
      settings(source),
      { signers: `release@acme.example ${stranger.publicKey}\n` },
      { ...settings(source), ...gitLock('v1.2.0', commits['unsigned'] ?? '') },
    ]
    for (const edit of edits) {
      const report = await pullRequest(trusted(), { ...edit, ...web(1) })
      expect([report.verdict, rules(report)]).toEqual(['fail', ['acme/replicas']])
    }
  })

  it.each<[what: string, lock: () => Record<string, string>]>([
    ['back to an older version', () => gitLock('v1.0.0', commits['lax'] ?? '')],
    ['other bytes under the same tag', () => gitLock('v1.1.0', commits['lax'] ?? '')],
    ['an older version under a tag that is none', () => gitLock('x-9.9', commits['lax'] ?? '')],
    ['no line', () => ({ [lockFile]: '# none\n' })],
  ])('T80: %s', async (_, lock) => {
    const report = await pullRequest(trusted(), { ...lock(), ...web(1) })
    expect(report.verdict).toBe('fail')
    expect(rules(report).sort()).toEqual(['acme/replicas', 'config/policy-rollback'])
  })

  it('T80: an older commit under a newer name is refused once it is merged', async () => {
    const lie = gitLock('v1.9.0', commits['lax'] ?? '')
    const report = await pullRequest({ ...trusted(), ...lie }, web(3))
    expect([report.verdict, rules(report)]).toEqual(['fail', ['config/policy-rollback']])
  })

  it('T80: a commit that the repository does not have leaves every change open', async () => {
    const report = await pullRequest({ ...trusted(), ...gitLock('v1.1.0', '1'.repeat(40)) }, web(3))
    expect(report.verdict).toBe('incomplete')
  })

  it('T80: a tag that moved changes nothing for who locked it, and is not locked anew', async () => {
    sandbox.commit('fleet', trusted())
    commits['moved'] = publish('v1.7.0', files('1.7.0', 0))
    expect((await run('policy', 'lock', '--cache', sandbox.path('cache'))).status).toBe(0)
    const locked = readFileSync(sandbox.path('fleet', lockFile), 'utf8')
    expect(locked).toContain(`:v1.7.0@${commits['moved']}`)
    publish('v1.7.0', { ...files('1.7.0', 0), 'more.md': 'other bytes\n' })
    const again = await run('policy', 'lock', '--cache', sandbox.path('cache'))
    expect([again.status, again.err]).toEqual([
      2,
      expect.stringContaining('has other bytes than the lock says'),
    ])
    expect(readFileSync(sandbox.path('fleet', lockFile), 'utf8')).toBe(locked)
  })
})

describe('a set in a registry', { timeout: 120_000 }, () => {
  let source: string
  const push = async (tag: string, content: Record<string, string>): Promise<string> =>
    await oci.push('acme/set', tag, [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', content: await packFiles(content) },
    ])
  const pinned = (tag: string, digest: string): Record<string, string> => ({
    [lockFile]: `${source}:${tag}@${digest}\n`,
  })

  it('is locked by an update bot, judges by its digest whatever the tag says later, and moves only forwards', async () => {
    source = `oci://${oci.host}/acme/set`
    const lax = await push('1.0.0', files('1.0.0', 0))
    sandbox.commit('fleet', { ...settings(source), [lockFile]: '', ...web(2) })
    const below = ['--repo', sandbox.path('fleet/apps'), '--cache', sandbox.path('cache')]
    expect((await run('policy', 'lock', ...below)).status).toBe(0)
    expect(readFileSync(sandbox.path('fleet', lockFile), 'utf8')).toContain(`${source}:1.0.0@${lax}`)

    const strict = await push('1.1.0', files('1.1.0', 3))
    const stale = await run('policy', 'lock', '--check', '--cache', sandbox.path('cache'))
    expect([stale.status, stale.out]).toEqual([2, expect.stringContaining('is not up to date')])
    const base = { ...settings(source), ...pinned('1.0.0', lax), ...web(2) }
    const update = await pullRequest(base, pinned('1.1.0', strict))
    expect(update.verdict).toBe('pass')
    expect(update.preview?.impact).toEqual([
      { application: 'shop', owner: 'acme/platform', fails: 1, fixed: 0, changed: 0 },
    ])

    const merged = { ...settings(source), ...pinned('1.1.0', strict), ...web(3) }
    expect(await push('1.1.0', files('1.1.0', 0))).not.toBe(strict)
    expect(rules(await pullRequest(merged, web(2)))).toEqual(['acme/replicas'])
    const back = await pullRequest(merged, pinned('1.0.0', lax))
    expect([back.verdict, rules(back)]).toEqual(['fail', ['config/policy-rollback']])
    sandbox.commit('fleet', merged)
    const again = await run('policy', 'lock', '--cache', sandbox.path('cache'))
    expect([again.status, again.err]).toEqual([2, expect.stringContaining('has other bytes')])
  })
})
