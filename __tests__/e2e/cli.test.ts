import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Report } from '../../src/model/report.ts'

/** The committed bundle as people run it. */
const cli = join(import.meta.dirname, '../../dist/cli.js')
const work = mkdtempSync(join(tmpdir(), 'preadmit-cli-'))
afterAll(() => {
  rmSync(work, { recursive: true })
})

interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

function preadmit(directory: string, ...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: directory,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', HOME: work },
  })
  return { status, out: stdout, err: stderr }
}

function git(directory: string, ...args: string[]): string {
  return execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main', ...args],
    { cwd: directory, encoding: 'utf8' },
  ).trim()
}

function write(directory: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
}

const deployment = (replicas: number | string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: default}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec: {containers: [{name: app, image: "registry.example/app:1.0.0"}]}
`

/** A repository with one commit on main and one on top of it. */
function repository(name: string, base: Record<string, string>, head: Record<string, string>): string {
  const directory = join(work, name)
  mkdirSync(directory)
  git(directory, 'init', '-q')
  for (const files of [base, head]) {
    write(directory, files)
    git(directory, 'add', '-A')
    git(directory, 'commit', '-q', '-m', 'change', '--allow-empty')
  }
  return directory
}
const kustomized = (replicas: number | string): Record<string, string> => ({
  'app/kustomization.yaml': 'resources: [deployment.yaml]\n',
  'app/deployment.yaml': deployment(replicas),
})

describe('preadmit demo', () => {
  let demo: Ended
  beforeAll(() => {
    demo = preadmit(work, 'demo', '--json', 'report.json', '--markdown', 'comment.md')
  })

  it('exits 1 and shows the report', () => {
    expect(demo.status).toBe(1)
    expect(demo.out).toMatch(/2 violations|3 violations/)
    expect(demo.out).toContain('memory-limit')
    expect(demo.out).toContain('PersistentVolumeClaim web/uploads')
  })
  it('writes the comment and a report that its schema accepts', () => {
    const report = JSON.parse(readFileSync(join(work, 'report.json'), 'utf8')) as Report
    const schema = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../docs/report.schema.json'), 'utf8'),
    ) as object
    const validate = new Ajv({ strict: false, validateSchema: false }).compile(schema)
    validate(report)
    expect(validate.errors).toBeNull()
    expect(report.verdict).toBe('fail')
    expect(readFileSync(join(work, 'comment.md'), 'utf8')).toMatch(/violations? introduced/)
  })
})

describe('exit status', () => {
  const passing = repository('passing', kustomized(1), kustomized(2))
  const refused = repository('refused', kustomized(1), kustomized(-1))
  const remote = repository(
    'remote',
    { 'app/kustomization.yaml': 'resources: []\n' },
    { 'app/kustomization.yaml': 'resources: ["https://github.com/acme/elsewhere//base?ref=v1"]\n' },
  )
  const misconfigured = repository(
    'misconfigured',
    { ...kustomized(1), '.preadmit.yaml': 'kubernetes: "1.36"\npolicys: []\n' },
    kustomized(2),
  )

  it.each([
    {
      name: 'pass',
      directory: passing,
      args: ['check', '--base', 'HEAD~1', '--head', 'HEAD'],
      status: 0,
      says: /1 of 1/,
    },
    {
      name: 'refused by the API server',
      directory: refused,
      args: ['check', '--base', 'HEAD~1', '--head', 'HEAD'],
      status: 1,
      says: /replicas/,
    },
    {
      name: 'could not check',
      directory: remote,
      args: ['check', '--base', 'HEAD~1', '--head', 'HEAD'],
      status: 2,
      says: /github\.com\/acme\/elsewhere/,
    },
    {
      name: 'unknown key of the configuration',
      directory: misconfigured,
      args: ['check', '--base', 'HEAD~1', '--head', 'HEAD'],
      status: 2,
      says: /\.preadmit\.yaml:2:1.*policies/s,
    },
    { name: 'no repository', directory: work, args: ['check'], status: 2, says: /repository/ },
    {
      name: 'unknown revision',
      directory: passing,
      args: ['check', '--base', 'mian'],
      status: 2,
      says: /main/,
    },
    {
      name: 'unknown option',
      directory: passing,
      args: ['check', '--bsae', 'main'],
      status: 2,
      says: /--base/,
    },
    {
      name: 'options that exclude each other',
      directory: passing,
      args: ['check', '--head', 'HEAD', '--index'],
      status: 2,
      says: /--index/,
    },
    { name: 'help', directory: passing, args: ['--help'], status: 0, says: /Exit status/ },
    {
      name: 'help of a command',
      directory: passing,
      args: ['check', '--help'],
      status: 0,
      says: /--worktree/,
    },
  ])('$status: $name', ({ directory, args, status, says }) => {
    const ended = preadmit(directory, ...args)
    expect(ended.out + ended.err).toMatch(says)
    expect(ended.status).toBe(status)
  })
})

describe('a reader that stops early', () => {
  it('changes neither the status nor says anything', () => {
    const pipe = '"$0" "$1" demo --format json | true; exit ${PIPESTATUS[0]}'
    const { status, stderr } = spawnSync('bash', ['-c', pipe, process.execPath, cli], { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).not.toContain('EPIPE')
  })
})

describe('which two sides', () => {
  const directory = repository('sides', kustomized(1), kustomized(1))
  const report = (...args: string[]): Report =>
    JSON.parse(preadmit(directory, 'check', '--format', 'json', ...args).out) as Report

  it('sees the working tree, the index and neither', () => {
    write(directory, kustomized(2))
    expect(report('--base', 'HEAD', '--worktree').counts.updated).toBe(1)
    expect(report('--base', 'HEAD', '--index').counts.updated).toBe(0)
    git(directory, 'add', '-A')
    expect(report('--base', 'HEAD', '--index').counts.updated).toBe(1)
    expect(report('--base', 'HEAD', '--head', 'HEAD').counts.updated).toBe(0)
    expect(git(directory, 'status', '--porcelain')).toBe('M  app/deployment.yaml')
  })

  it('ends in order when there is nothing to do and engines are still loading', () => {
    const statuses = Array.from(
      { length: 8 },
      () => preadmit(directory, 'check', '--base', 'HEAD', '--head', 'HEAD').status,
    )
    expect(new Set(statuses)).toEqual(new Set([0]))
  })

  it('works on a bare repository', () => {
    git(directory, 'commit', '-q', '-m', 'more')
    const bare = join(work, 'bare.git')
    git(work, 'clone', '-q', '--bare', directory, bare)
    const ended = preadmit(
      work,
      'check',
      '--repo',
      bare,
      '--base',
      'HEAD~1',
      '--head',
      'HEAD',
      '--format',
      'json',
    )
    expect((JSON.parse(ended.out) as Report).counts.updated).toBe(1)
    expect(ended.status).toBe(0)
  })
})

describe('output', () => {
  const directory = repository('output', kustomized(1), kustomized(2))

  it('prints progress on standard error only', () => {
    const ended = preadmit(directory, 'check', '--base', 'HEAD~1', '--head', 'HEAD', '--format', 'json')
    expect(ended.err).toMatch(/preadmit: render \d+ target/)
    expect((JSON.parse(ended.out) as Report).verdict).toBe('pass')
  })
  it('prints the comment', () => {
    expect(
      preadmit(directory, 'check', '--base', 'HEAD~1', '--head', 'HEAD', '--format', 'markdown').out,
    ).toContain('```diff')
  })
  it('lists targets, and those that change', () => {
    write(directory, { 'other/kustomization.yaml': 'configMapGenerator: [{name: a}]\n' })
    git(directory, 'add', '-A')
    git(directory, 'commit', '-q', '-m', 'other')
    expect(
      preadmit(directory, 'targets')
        .out.split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['ID', 'kustomize/app', 'kustomize/other', ''])
    const changed = preadmit(
      directory,
      'targets',
      '--changed',
      '--base',
      'HEAD~1',
      '--head',
      'HEAD',
      '--format',
      'json',
    )
    expect((JSON.parse(changed.out) as { id: string }[]).map(({ id }) => id)).toEqual(['kustomize/other'])
  })
  it('renders a target, now and then', () => {
    const replicas = (...args: string[]): unknown => {
      const [document] = parseAllDocuments(preadmit(directory, 'render', 'kustomize/app', ...args).out)
      return document?.getIn(['spec', 'replicas'])
    }
    expect(replicas()).toBe(2)
    expect(replicas('--rev', 'HEAD~2')).toBe(1)
  })
  it('knows the repository by the URL of its remote, also where it is not the only one', () => {
    const application = (name: string, url: string): string =>
      `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${name}, namespace: argocd}\nspec: {project: default, source: {repoURL: "${url}", path: app}, destination: {server: "https://kubernetes.default.svc", namespace: web}}\n`
    const files = {
      'a.yaml': application('own', 'https://git.example/acme/fleet'),
      'b.yaml': application('other', 'https://git.example/acme/apps'),
      'app/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
    }
    const fleet = repository('render-remote', files, files)
    git(fleet, 'remote', 'add', 'origin', 'https://git.example/acme/fleet.git')
    expect(preadmit(fleet, 'render', 'argocd/argocd/own').out).toContain('kind: ConfigMap')
    expect(preadmit(fleet, 'render', 'argocd/argocd/other').err).toContain('https://git.example/acme/apps')
  })
  it('takes a name or a path for the id', () => {
    const byId = preadmit(directory, 'render', 'kustomize/app').out
    expect(preadmit(directory, 'render', 'app').out).toBe(byId)
    expect(preadmit(directory, 'render', './app/').out).toBe(byId)
  })
  it('names the nearest target, and those of one name', () => {
    const files = {
      'eu/web/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
      'us/web/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
    }
    const fleet = repository('render-names', files, files)
    expect(preadmit(fleet, 'render', 'web').err).toContain('web can be plain/eu/web, plain/us/web')
    expect(preadmit(fleet, 'render', 'we').err).toContain('did you mean plain/eu/web, plain/us/web?')
    const ended = preadmit(fleet, 'render', 'plain/ew/web')
    expect(ended.err).toContain('did you mean plain/eu/web?')
    expect(ended.status).toBe(2)
  })
})
