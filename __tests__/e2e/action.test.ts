import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readConfigurationFile } from '../../src/config/load.ts'
import { readMarker } from '../../src/report/marker.ts'
import { startGitHub, type Fault, type GitHubServer } from './github-server.ts'
import { nodesUnderTest } from './nodes.ts'
import {
  checkout,
  git,
  pullRequest,
  runStep,
  temporaryDirectory,
  type Ended,
  type Files,
  type PullRequest,
  type Step,
} from './workflow.ts'

const nodes = nodesUnderTest()
const newest = nodes.at(-1)!.path

const deployment = (image: string, more = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: default}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: ${image}
${more}`
const base: Files = {
  'app/kustomization.yaml': 'resources: [deployment.yaml]\n',
  'app/deployment.yaml': deployment('registry.example/api:1'),
}
const good: Files = { 'app/deployment.yaml': deployment('registry.example/api:2') }
const bad: Files = { 'app/deployment.yaml': deployment('registry.example/api:2', '          imagee: typo\n') }

const commentName = readConfigurationFile('', '.preadmit.yaml').comment.name

const root = temporaryDirectory()
let passing: PullRequest
let failing: PullRequest
let github: GitHubServer

beforeAll(() => {
  passing = pullRequest(join(root, 'passing'), base, good)
  failing = pullRequest(join(root, 'failing'), base, bad)
})
afterAll(() => {
  rmSync(root, { recursive: true })
})
beforeEach(async () => {
  github = await startGitHub()
})
afterEach(async () => {
  await github.close()
})

let clones = 0
function clone(of: PullRequest, { reference = 'refs/pull/7/merge', depth = 2 } = {}): string {
  clones += 1
  return checkout(root, `clone-${clones}`, of, reference, depth)
}
function payload(of: PullRequest, from = 'acme/fleet', head = of.head): unknown {
  return {
    number: 7,
    pull_request: {
      number: 7,
      head: { sha: head, repo: { full_name: from } },
      base: { sha: of.base, ref: 'main', repo: { full_name: 'acme/fleet' } },
    },
  }
}
async function step(of: PullRequest, more: Partial<Step> = {}): Promise<Ended> {
  github.head = of.head
  return await runStep({
    node: newest,
    workspace: more.workspace ?? clone(of),
    event: 'pull_request',
    payload: payload(of),
    apiUrl: github.url,
    ...more,
  })
}
/** Lines that the runner would take for commands: those outside the pause. */
function commands(log: string): string[] {
  const found: string[] = []
  let pause: string | undefined
  for (const line of log.split('\n').map((text) => text.trimStart())) {
    const stop = /^::stop-commands::(.+)$/.exec(line)?.[1]
    if (pause !== undefined) pause = line === `::${pause}::` ? undefined : pause
    else if (stop !== undefined) pause = stop
    else if (line.startsWith('::') || line.includes('##[')) found.push(line)
  }
  return found
}

describe.each(nodes)('$name', ({ path: node }) => {
  test('a pull request that passes: comment, summary, outputs, exit 0', async () => {
    const ended = await step(passing, { node })
    expect(ended.log).not.toContain('internal error')
    expect(ended.status).toBe(0)
    expect(github.comments).toHaveLength(1)
    expect(readMarker(github.comments[0]!.body, commentName)).toMatchObject({
      run: 100,
      attempt: 1,
      head: passing.head,
    })
    expect(github.comments[0]!.body).toContain('### ✅')
    expect(github.comments[0]!.body).toContain('registry.example/api')
    expect(ended.summary).toContain('### ✅')
    expect(ended.outputs).toMatchObject({
      verdict: 'pass',
      'new-violations': '0',
      'changed-targets': '1',
      routine: 'true',
    })
  })

  test('one that fails: the same with exit 1, annotations at the line', async () => {
    const ended = await step(failing, { node })
    expect(ended.status).toBe(1)
    expect(ended.outputs).toMatchObject({ verdict: 'fail', 'new-violations': '1' })
    expect(github.comments[0]!.body).toContain('### ❌')
    expect(commands(ended.log).filter((line) => line.startsWith('::error'))).toEqual([
      expect.stringMatching(/^::error .*file=app\/deployment\.yaml,line=12/) as string,
    ])
  })
})

describe('events', () => {
  test('a checkout of depth 1 fetches what it lacks', async () => {
    expect((await step(failing, { workspace: clone(failing, { depth: 1 }) })).status).toBe(1)
  })
  test('a fork: the token can only read, the verdict is the same, one notice', async () => {
    github.fault = ({ method }) => (method === 'POST' ? 'read-only-403' : undefined)
    const ended = await step(failing, { payload: payload(failing, 'mallory/fleet') })
    expect(ended.status).toBe(1)
    expect(ended.summary).toContain('### ❌')
    expect(commands(ended.log).filter((line) => line.startsWith('::notice'))).toHaveLength(1)
    expect(ended.log).toContain('forks a read-only token')
  })
  test('merge_group: verdict and summary, no comment', async () => {
    const ended = await step(failing, {
      event: 'merge_group',
      payload: { merge_group: { base_sha: failing.base, head_sha: failing.merge } },
    })
    expect([ended.status, github.requests.length]).toEqual([1, 0])
    expect(ended.summary).toContain('### ❌')
  })
  test('push: from what was there before', async () => {
    const ended = await step(failing, {
      event: 'push',
      payload: { before: failing.base, after: failing.merge },
    })
    expect([ended.status, github.requests.length]).toEqual([1, 0])
  })
  test('pull_request_target with the base checked out: objects of the head are read, nothing is checked out', async () => {
    const workspace = clone(failing, { reference: 'refs/heads/main', depth: 1 })
    const ended = await step(failing, { workspace, event: 'pull_request_target' })
    expect(ended.status).toBe(1)
    expect(github.comments).toHaveLength(1)
    expect(git(workspace, 'rev-parse', 'HEAD')).toBe(failing.base)
    expect(git(workspace, 'status', '--porcelain')).toBe('')
  })
  test.each(['refs/pull/7/merge', 'refs/pull/7/head'])(
    'pull_request_target with %s checked out is refused',
    async (reference) => {
      const ended = await step(passing, {
        workspace: clone(passing, { reference }),
        event: 'pull_request_target',
      })
      expect([ended.status, github.requests.length]).toEqual([2, 0])
      expect(ended.log).toContain('with secrets in reach')
    },
  )
  test.each([
    ['an unknown event', { event: 'issues' }, /names no two sides/],
    [
      'no event file',
      { environment: { GITHUB_EVENT_PATH: '/nowhere/event.json' } },
      /event's file cannot be read/,
    ],
    ['no event at all', { environment: { GITHUB_EVENT_NAME: '' } }, /runs in a workflow/],
    ['a bad input', { inputs: { comment: 'maybe' } }, /input comment is "maybe"/],
    [
      'a configuration that is not in the base',
      { inputs: { config: 'x.yaml' } },
      /no file of the base commit/,
    ],
    ['no repository', { inputs: { 'working-directory': 'nowhere' } }, /not a directory/],
  ] satisfies [string, Partial<Step>, RegExp][])('%s: exit 2, one error, no stack', async (_, more, said) => {
    const ended = await step(passing, more)
    expect(ended.status).toBe(2)
    expect(commands(ended.log).filter((line) => line.startsWith('::error'))).toEqual([
      expect.stringMatching(said) as string,
    ])
    expect(ended.log).not.toMatch(/^\s+at /m)
    expect(ended.outputs['verdict']).toBe('incomplete')
  })
  test('no git: exit 2, and it says so', async () => {
    const ended = await step(passing, { environment: { PATH: '/nowhere' } })
    expect(ended.status).toBe(2)
    expect(ended.log).toMatch(/git/)
  })
  test('a newer head than the checkout: exit 2, no comment', async () => {
    const ended = await step(passing, { payload: payload(passing, 'acme/fleet', 'c'.repeat(40)) })
    expect([ended.status, github.comments.length]).toEqual([2, 0])
  })
  test('the head moves while we check: no comment, the verdict stands', async () => {
    github.fault = () => {
      github.head = 'd'.repeat(40)
      return undefined
    }
    const ended = await step(failing)
    expect([ended.status, github.comments.length]).toEqual([1, 0])
    expect(ended.log).toContain('has moved on')
  })
})

describe('a second run', () => {
  test('that has nothing new to say writes nothing', async () => {
    await step(passing)
    await step(passing, { environment: { GITHUB_RUN_ID: '101' } })
    expect(
      github.requests
        .filter(({ method }) => ['POST', 'PATCH', 'DELETE'].includes(method))
        .map(({ path }) => path),
    ).toEqual(['/repos/acme/fleet/issues/7/comments', '/graphql'])
  })
  test('on GitHub Enterprise, below a path prefix', async () => {
    await github.close()
    github = await startGitHub('/api/v3')
    expect((await step(passing)).status).toBe(0)
    expect(github.comments).toHaveLength(1)
  })
})

describe('what the workflow asks for', () => {
  test('comment: false asks GitHub nothing', async () => {
    const ended = await step(failing, { inputs: { comment: 'false' } })
    expect([ended.status, github.requests.length]).toEqual([1, 0])
  })
  test('files, at the paths of the outputs', async () => {
    const workspace = clone(failing)
    const ended = await step(failing, {
      workspace,
      inputs: { json: 'out/report.json', markdown: 'report.md' },
    })
    expect(ended.outputs).toMatchObject({
      json: join(workspace, 'out/report.json'),
      markdown: join(workspace, 'report.md'),
    })
    expect(JSON.parse(readFileSync(join(workspace, 'out/report.json'), 'utf8'))).toMatchObject({
      verdict: 'fail',
    })
    expect(readFileSync(join(workspace, 'report.md'), 'utf8')).toContain('### ❌')
  })
  test('a report is never written through a link of the checkout', async () => {
    const workspace = clone(failing)
    const canary = join(root, 'canary')
    writeFileSync(canary, 'untouched')
    symlinkSync(canary, join(workspace, 'report.json'))
    const ended = await step(failing, { workspace, inputs: { json: 'report.json' } })
    expect(readFileSync(canary, 'utf8')).toBe('untouched')
    expect(ended.status).toBe(2)
    expect(ended.outputs['new-violations']).toBe('1')
  })
  test('no summary file: one notice, the verdict stands', async () => {
    const ended = await step(failing, { noSummary: true })
    expect(ended.status).toBe(1)
    expect(ended.log).toContain('No job summary')
  })
})

describe('a stranger', () => {
  const hooks = { 'app/x.yaml': '' }
  test('cannot run anything, forge a verdict or speak to the runner', async () => {
    const name = '::error::owned'
    const hostile = pullRequest(join(root, 'hostile'), base, {
      ...hooks,
      '.gitattributes': '* filter=evil diff=evil\n',
      'app/kustomization.yaml': 'resources: [deployment.yaml, "::error::owned.yaml"]\n',
      [`app/${name}.yaml`]: `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {note: "</details>\\n\\n### ✅ Nothing violated\\n\\n@octocat closes #1 ![x](https://evil.example/x.png)"}}
data:
  text: "\`\`\`\\n::set-output name=x::y\\n##[error]z"
`,
      'app/deployment.yaml': deployment(
        'registry.example/api:2',
        '          "</details><h1>::warning::x": typo\n',
      ),
    })
    const workspace = clone(hostile)
    const canary = join(root, 'ran')
    mkdirSync(join(workspace, '.git/hooks'), { recursive: true })
    for (const hook of ['post-checkout', 'pre-commit', 'reference-transaction', 'post-index-change'])
      writeFileSync(join(workspace, '.git/hooks', hook), `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 })
    git(workspace, 'config', 'filter.evil.smudge', `touch ${canary}`)
    const ended = await step(hostile, { workspace })
    expect(ended.status).toBe(1)
    expect(existsSync(canary)).toBe(false)
    const titles =
      /^::(?:group::(?:discover|render|compare|judge|report)$|endgroup::$|add-mask::|error |warning |notice )/
    expect(commands(ended.log).filter((line) => !titles.test(line))).toEqual([])
    expect(github.comments[0]!.body.match(/^### /gm)).toHaveLength(1)
    expect(github.comments[0]!.body).not.toMatch(/^### ✅/m)
  })

  test('does not see the token anywhere', async () => {
    const ended = await step(failing)
    const masked = ended.log.split('\n').filter((line) => !line.startsWith('::add-mask::'))
    for (const text of [
      masked.join('\n'),
      ended.summary,
      JSON.stringify(ended.outputs),
      github.comments[0]!.body,
    ])
      expect(text).not.toContain('ghs_canary-token')
  })

  test('cannot change the configuration that judges', async () => {
    const lax = pullRequest(join(root, 'lax'), base, { ...bad, '.preadmit.yaml': 'exclude: ["**"]\n' })
    const ended = await step(lax)
    expect(ended.status).toBe(1)
    expect(github.comments[0]!.body).toMatch(/after.*merge/)
  })
})

/**
 * As SQLite tests itself: the n-th call fails, for n = 1, 2, 3 … until a run meets no fault. Here one fault of each
 * class (an answer, a refusal, no answer) on the bundle; __tests__/publish/comment.test.ts plays all of them.
 */
describe('a fault at every call', () => {
  test.each<Fault>(['html-502', 'read-only-403', 'reset'])('%s: the verdict is the same', async (fault) => {
    const workspace = clone(failing)
    for (let broken = 1; ; broken += 1) {
      github.requests.length = 0
      github.comments.length = 0
      const seen = { fault: false }
      github.fault = (_, position) => {
        if (position !== broken) return undefined
        seen.fault = true
        return fault
      }
      const ended = await step(failing, { workspace })
      expect([ended.status, ended.outputs['verdict']]).toEqual([1, 'fail'])
      expect(github.comments.length).toBeLessThanOrEqual(1)
      if (!seen.fault) break
      expect(broken).toBeLessThan(20)
    }
  })
})

test('the bundle needs nothing but Node and git', () => {
  const text = readFileSync(join(import.meta.dirname, '../../dist/action.js'), 'utf8')
  const builtin = new Set(
    execFileSync(newest, ['-p', 'require("module").builtinModules.join()'], { encoding: 'utf8' })
      .trim()
      .split(','),
  )
  const imported = [...text.matchAll(/^import .* from ["']([^"']+)["'];?$/gm)].map(([, name = '']) =>
    name.replace(/^node:/, ''),
  )
  expect(imported.length).toBeGreaterThan(0)
  expect(imported.filter((name) => !builtin.has(name) && !name.startsWith('.'))).toEqual([])
})
