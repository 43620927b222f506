import { copyFileSync, existsSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { compareTrees } from '../../src/source/changed-paths.ts'
import { readEventRevisions } from '../../src/source/event-revisions.ts'
import { pullRequestSides } from '../../src/source/pull-request-sides.ts'
import type { Tree } from '../../src/model/tree.ts'
import { GitSandbox } from './git-sandbox.ts'

const sandbox = new GitSandbox()
afterAll(() => {
  sandbox.remove()
})

// The server: main moves on after the pull request was opened, and GitHub merges the pull request into the newest main.
sandbox.init('server', { 'a.yaml': 'one', 'b.yaml': 'one' })
const opened = sandbox.git('server', 'rev-parse', 'HEAD')
sandbox.git('server', 'checkout', '-q', '-b', 'pr')
sandbox.commit('server', { 'a.yaml': 'two' })
const prHead = sandbox.commit('server', { 'new.yaml': 'x' })
sandbox.git('server', 'checkout', '-q', 'main')
const newestMain = sandbox.commit('server', { 'b.yaml': 'main moved on' })
sandbox.git('server', 'checkout', '-q', '--detach')
sandbox.git('server', 'merge', '-q', '--no-ff', '-m', 'test merge', 'pr')
const merge = sandbox.git('server', 'rev-parse', 'HEAD')
sandbox.git('server', 'update-ref', 'refs/pull/7/merge', merge)
sandbox.git('server', 'update-ref', 'refs/pull/7/head', prHead)
sandbox.git('server', 'checkout', '-q', 'main')

/** A checkout as actions/checkout makes it: one reference fetched to a depth, HEAD detached. */
function checkout(directory: string, reference: string, depth?: number): void {
  sandbox.init(directory)
  sandbox.git(directory, 'remote', 'add', 'origin', `file://${sandbox.path('server')}`)
  sandbox.git(
    directory,
    'fetch',
    '-q',
    '--no-tags',
    ...(depth === undefined ? [] : [`--depth=${depth}`]),
    'origin',
    `+${reference}:refs/remotes/pull/7/merge`,
  )
  sandbox.git(directory, 'checkout', '-q', '--detach', 'refs/remotes/pull/7/merge')
}
const event = (name: string, payload: unknown) => ({ name, payload })
/** The payload's base lags behind, as it does on GitHub (T63). */
const pullRequest = event('pull_request', {
  number: 7,
  pull_request: { number: 7, head: { sha: prHead }, base: { sha: opened } },
})
const changes = (base: Tree, head: Tree): string[] =>
  compareTrees(base, head).map(({ path, change }) => `${change} ${path}`)

describe('a pull request', () => {
  it.each([
    ['depth 2', 'refs/pull/7/merge', 2],
    ['depth 1: the parent is fetched (F40)', 'refs/pull/7/merge', 1],
    ['the whole history', 'refs/pull/7/merge', undefined],
    ["the pull request's head instead of the merge", 'refs/pull/7/head', 1],
    ['the base, as under pull_request_target', 'refs/heads/main', 1],
  ])('%s', async (name, reference, depth) => {
    const directory = `checkout-${name.replaceAll(/\W+/g, '-')}`
    checkout(directory, reference, depth)
    const { base, head, describe: text } = await pullRequestSides(await sandbox.open(directory), pullRequest)
    expect([base.commit, head.commit]).toEqual([newestMain, merge])
    expect(changes(base, head)).toEqual(['modified a.yaml', 'added new.yaml'])
    expect(text).toContain(prHead.slice(0, 12))
    // A full clone stays one.
    expect(existsSync(sandbox.path(directory, '.git/shallow'))).toBe(depth !== undefined)
  })

  it.each<[name: string, payloadHead: string, code: string, text: RegExp]>([
    ['whose merge is of another head', opened, 'stale-merge', /the pull request is at/],
  ])('%s', async (_, head, code, text) => {
    checkout('stale', 'refs/pull/7/merge', 2)
    const stale = event('pull_request', { number: 7, pull_request: { head: { sha: head } } })
    const failure = pullRequestSides(await sandbox.open('stale'), stale)
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(text) as string })
  })

  it('whose parent cannot be fetched names fetch-depth', async () => {
    checkout('offline', 'refs/pull/7/merge', 1)
    sandbox.git('offline', 'remote', 'set-url', 'origin', `file://${sandbox.path('gone')}`)
    const failure = pullRequestSides(await sandbox.open('offline'), pullRequest)
    await expect(failure).rejects.toMatchObject({
      code: 'missing-commit',
      message: expect.stringMatching(/fetch-depth: 2/) as string,
    })
  })

  it('that has no merge because of conflicts', async () => {
    checkout('conflict', 'refs/pull/7/head', 1)
    const other = event('pull_request', { number: 8, pull_request: { number: 8, head: { sha: prHead } } })
    await expect(pullRequestSides(await sandbox.open('conflict'), other)).rejects.toMatchObject({
      code: 'not-the-merge',
      message: expect.stringMatching(/conflicts/) as string,
    })
  })

  it('is fetched without a hook being run', async () => {
    const { command, trace } = sandbox.canary('fetch-hooks')
    checkout('hooks', 'refs/pull/7/head', 1)
    for (const hook of ['reference-transaction', 'post-index-change', 'pre-auto-gc'])
      copyFileSync(command, sandbox.path('hooks/.git/hooks', hook))
    const { head } = await pullRequestSides(await sandbox.open('hooks'), pullRequest)
    expect(head.commit).toBe(merge)
    expect(existsSync(trace)).toBe(false)
    // The trap works: git itself would have run it.
    sandbox.git('hooks', 'update-ref', 'refs/heads/x', 'HEAD')
    expect(existsSync(trace)).toBe(true)
  })

  it('whose remote is a program is not fetched (T13)', async () => {
    const { command, trace } = sandbox.canary('ext')
    checkout('ext', 'refs/pull/7/merge', 1)
    sandbox.git('ext', 'remote', 'set-url', 'origin', `ext::${command}`)
    sandbox.git('ext', 'config', 'protocol.ext.allow', 'always')
    await expect(pullRequestSides(await sandbox.open('ext'), pullRequest)).rejects.toMatchObject({
      code: 'missing-commit',
    })
    expect(existsSync(trace)).toBe(false)
  })
})

describe('other events', () => {
  it.each<[name: string, event: { name: string; payload: unknown }]>([
    ['a merge queue', event('merge_group', { merge_group: { base_sha: newestMain, head_sha: merge } })],
    ['a push', event('push', { before: newestMain, after: merge })],
  ])('%s', async (name, given) => {
    const directory = `event-${name.replaceAll(' ', '-')}`
    checkout(directory, 'refs/pull/7/merge', 1)
    const { base, head } = await pullRequestSides(await sandbox.open(directory), given)
    expect([base.commit, head.commit]).toEqual([newestMain, merge])
  })
  it('the first push of a branch', async () => {
    sandbox.git('.', 'clone', '-q', `file://${sandbox.path('server')}`, 'clone')
    const first = event('push', {
      before: '0'.repeat(40),
      after: prHead,
      repository: { default_branch: 'main' },
    })
    const { base, head } = await pullRequestSides(await sandbox.open('clone'), first)
    expect([base.commit, head.commit]).toEqual([opened, prHead])
  })
  it('one that names no sides', async () => {
    await expect(pullRequestSides(await sandbox.open('server'), event('schedule', {}))).rejects.toMatchObject(
      {
        code: 'unsupported-event',
      },
    )
  })
})

describe('readEventRevisions', () => {
  const id = 'a'.repeat(40)
  const zero = '0'.repeat(40)
  it.each<[name: string, event: string, payload: unknown, expected: unknown]>([
    [
      'a pull request',
      'pull_request',
      { number: 3, pull_request: { head: { sha: id } } },
      { kind: 'pull-request', number: 3, head: id },
    ],
    [
      'a target event',
      'pull_request_target',
      { pull_request: { number: 3, head: { sha: id } } },
      { kind: 'pull-request', number: 3, head: id },
    ],
    [
      'a queue',
      'merge_group',
      { merge_group: { base_sha: id, head_sha: id } },
      { kind: 'range', base: id, head: id },
    ],
    ['a push', 'push', { before: id, after: id }, { kind: 'range', base: id, head: id }],
    [
      'a new branch',
      'push',
      { before: zero, after: id },
      { kind: 'new-branch', head: id, branch: undefined },
    ],
    ['a deleted branch', 'push', { before: id, after: zero }, undefined],
    [
      'an id that is an option',
      'pull_request',
      { number: 3, pull_request: { head: { sha: '--upload-pack=x' } } },
      undefined,
    ],
    ['an id that is a reference', 'push', { before: 'refs/heads/main', after: id }, undefined],
    [
      'a number that is a path',
      'pull_request',
      { number: '7/../x', pull_request: { head: { sha: id } } },
      undefined,
    ],
    ['a number that is none', 'pull_request', { number: 0, pull_request: { head: { sha: id } } }, undefined],
    ['an empty payload', 'pull_request', {}, undefined],
    ['no payload', 'push', null, undefined],
    ['a text for a payload', 'merge_group', 'x', undefined],
    [
      'a prototype',
      'push',
      { before: id, after: id, __proto__: { x: 1 } },
      { kind: 'range', base: id, head: id },
    ],
    ['another event', 'workflow_dispatch', { before: id, after: id }, undefined],
  ])('%s', (_, name, payload, expected) => {
    expect(readEventRevisions(name, payload)).toEqual(expected)
  })
})
