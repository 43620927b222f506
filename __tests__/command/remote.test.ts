/** `lock`, `check` and `render` on a repository whose charts and bases stand elsewhere, as the command line calls them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/command/command-line.ts'
import { realPorts, type Ports } from '../../src/command/ports.ts'
import { createEngines } from '../../src/engine/pool.ts'
import { loadSchemas } from '../../src/judge/schema/artefact.ts'
import type { Report } from '../../src/model/report.ts'
import { GitSandbox } from '../source/git-sandbox.ts'
import {
  gitServer,
  helmIndex,
  packChart,
  sha256,
  webServer,
  type GitServer,
  type WebServer,
} from '../source/remote/servers.ts'

const sandbox = new GitSandbox()
let web: WebServer
let git: GitServer
let first: Uint8Array

const template =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: demo}\ndata: {v: "{{ .Chart.Version }}"}\n'

beforeAll(async () => {
  web = await webServer()
  first = await packChart('demo', '1.2.3', { 'templates/cm.yaml': template })
  web.routes.set('/demo-1.2.3.tgz', first)
  web.routes.set(
    '/index.yaml',
    helmIndex([{ name: 'demo', version: '1.2.3', url: 'demo-1.2.3.tgz', archive: first }]),
  )
  sandbox.init('work', {
    'base/kustomization.yaml': 'resources: [cm.yaml]\n',
    'base/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\n',
  })
  sandbox.git('.', 'clone', '-q', '--bare', 'work', 'served/base.git')
  git = await gitServer(sandbox.path('served'))
})
afterAll(async () => {
  await web.close()
  await git.close()
  sandbox.remove()
})

async function preadmit(
  directory: string,
  ...args: string[]
): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const sink = (write: (text: string) => void): Ports['output'] => ({
    write,
    terminal: false,
    width: 200,
    colors: false,
  })
  const status = await runCommandLine(['node', 'preadmit', ...args], {
    ...realPorts(process),
    directory: sandbox.path(directory),
    environment: { ...sandbox.environment, PREADMIT_CACHE: sandbox.path(`${directory}-cache`) },
    output: sink((text) => (out += text)),
    errors: sink((text) => (err += text)),
    openEngines: () => createEngines({ directory: new URL('../../dist/engines/', import.meta.url) }),
    loadSchemas: () => loadSchemas(new URL('../../dist/', import.meta.url)),
  })
  return { status, out, err }
}

const application = (version: string, size: string): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: demo, namespace: argocd}\nspec:\n  source: {repoURL: "${web.url}", chart: demo, targetRevision: "${version}", helm: {valuesObject: {size: ${size}}}}\n  destination: {namespace: x}\n`

describe('preadmit lock', () => {
  it('writes what is asked for, then agrees with itself, offline too; tells what is new and stale', async () => {
    sandbox.init('fleet', {
      '.preadmit.yaml': `remote: {allow: ["http://${web.host}", "http://${git.host}"]}\n`,
      'app.yaml': application('^1', 'small'),
      'k/kustomization.yaml': `resources: ["${git.url}/base.git//base?ref=main"]\n`,
    })
    const unlocked = await preadmit('fleet', 'lock')
    expect(unlocked.status).toBe(2)
    expect(unlocked.err).toContain('pin it with `preadmit lock --update`')

    const commit = sandbox.git('work', 'rev-parse', 'HEAD')
    const written = await preadmit('fleet', 'lock', '--update')
    expect(written.status).toBe(0)
    expect(written.err).not.toContain('not locked')
    expect(readFileSync(sandbox.path('fleet/.preadmit.lock'), 'utf8').split('\n').slice(1)).toEqual([
      `chart ${web.url} demo ^1 1.2.3 ${sha256(first)}`,
      `git ${git.url}/base.git main ${commit}`,
      '',
    ])
    expect(written.out).toContain(`+ chart ${web.url} demo ^1 1.2.3`)
    web.seen.length = 0
    expect(await preadmit('fleet', 'lock', '--check', '--offline')).toMatchObject({ status: 0 })
    expect(web.seen).toEqual([])
    expect((await preadmit('fleet', 'render', 'argocd/argocd/demo', '--offline')).out).toContain('v: 1.2.3')

    writeFileSync(sandbox.path('fleet/app.yaml'), application('1.2.3', 'small'))
    const changed = await preadmit('fleet', 'lock')
    expect(changed.status).toBe(1)
    expect(changed.out).toContain(`not recorded: chart ${web.url} demo 1.2.3 1.2.3`)
    expect(changed.out).toContain(`nothing asks for it: chart ${web.url} demo ^1`)
  })

  it('says that nothing is allowed', async () => {
    sandbox.init('bare', { 'app.yaml': application('1.2.3', 'small') })
    const { status, err } = await preadmit('bare', 'lock')
    expect(status).toBe(2)
    expect(err).toContain('remote.allow')
  })
})

describe('preadmit check', () => {
  it('shows the rendered difference of a bump; without the network, that of the definition and its values', async () => {
    const next = await packChart('demo', '1.2.4', { 'templates/cm.yaml': template })
    web.routes.set('/demo-1.2.4.tgz', next)
    web.routes.set(
      '/index.yaml',
      helmIndex([
        { name: 'demo', version: '1.2.4', url: 'demo-1.2.4.tgz', archive: next },
        { name: 'demo', version: '1.2.3', url: 'demo-1.2.3.tgz', archive: first },
      ]),
    )
    sandbox.init('bump', {
      '.preadmit.yaml': `remote: {allow: ["http://${web.host}"]}\n`,
      'app.yaml': application('1.2.3', 'small'),
    })
    sandbox.commit('bump', { 'app.yaml': application('1.2.4', 'large') })
    const check = ['check', '--base', 'HEAD~1', '--head', 'HEAD']
    const online = await preadmit('bump', ...check, '--format', 'json')
    const report = JSON.parse(online.out) as Report
    expect(report.changes.map(({ object, hunks }) => [object.kind, hunks])).toEqual([
      ['ConfigMap', expect.stringContaining('+  v: 1.2.4')],
      ['Application', expect.stringContaining('targetRevision: 1.2.4')],
    ])
    expect(report.notices.join()).toContain('in no lock file')

    const offline = await preadmit('bump', ...check, '--offline', '--cache', 'none', '--format', 'json')
    expect(offline.status).toBe(2)
    const known = JSON.parse(offline.out) as Report
    expect(known.verdict).toBe('incomplete')
    expect(known.counts.updated).toBe(1)
    expect(known.changes.map(({ object, hunks }) => [object.kind, object.name, hunks])).toEqual([
      ['Values', 'demo', expect.stringContaining('+size: large')],
      ['Application', 'demo', expect.stringContaining('targetRevision: 1.2.4')],
    ])
    expect(known.notChecked).toMatchObject([
      { code: 'remote-source', what: 'argocd/argocd/demo', location: { file: 'app.yaml', line: 1 } },
    ])
    const text = await preadmit('bump', ...check, '--offline', '--cache', 'none')
    expect(text.out).toContain('size: large')
  })
})
