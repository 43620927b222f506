import { performance } from 'node:perf_hooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createClient } from '../../src/publish/github/client.ts'
import { publishComment, type CommentOutcome } from '../../src/publish/github/comment.ts'
import { commentRequest } from '../../src/publish/github/comment-body.ts'
import { commentsApi, type CommentsApi } from '../../src/publish/github/comments-api.ts'
import { commentNotice } from '../../src/publish/github/notice.ts'
import { readMarker } from '../../src/report/marker.ts'
import { faults, startGitHub, type Fault, type GitHubServer } from '../e2e/github-server.ts'
import { reports } from '../report/fixtures/reports.ts'

const head = 'a'.repeat(40)
const other = 'b'.repeat(40)
const stranger = { id: 1, login: 'mallory' }
let github: GitHubServer

beforeEach(async () => {
  github = await startGitHub()
})
afterEach(async () => {
  await github.close()
})

/** Waits that GitHub asks for are told and not kept: the tests' own time is short. */
function api(waits: number[] = []): CommentsApi {
  const client = createClient({
    token: 'secret-token',
    apiUrl: github.url,
    retryMilliseconds: 1,
    limits: {
      clock: () => performance.now(),
      sleep: (milliseconds) => {
        waits.push(milliseconds)
        return Promise.resolve()
      },
    },
  })
  return commentsApi(client, { owner: 'acme', repo: 'fleet', number: 7 })
}

function request(
  run: number,
  of: 'fleet' | 'clean' = 'clean',
  more: { attempt?: number; head?: string; name?: string } = {},
) {
  return commentRequest(reports[of](), {
    name: more.name ?? 'default',
    links: {
      server: 'https://github.example',
      repository: 'acme/fleet',
      baseCommit: null,
      headCommit: null,
      run: `https://github.example/runs/${run}`,
    },
    run: { run, attempt: more.attempt ?? 1, head: more.head ?? head },
  })
}
const publish = (
  run: number,
  of?: 'fleet' | 'clean',
  more?: Parameters<typeof request>[2],
): Promise<CommentOutcome> => publishComment(api(), request(run, of, more))
const writes = (): string[] =>
  github.requests
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('graphql'))
    .map(({ method }) => method)

describe('one comment', () => {
  test('is created, left alone when it says the same, edited when it does not', async () => {
    expect(await publish(1)).toEqual({ state: 'created' })
    expect(await publish(2)).toEqual({ state: 'unchanged' })
    expect(await publish(3, 'fleet')).toEqual({ state: 'updated' })
    expect(writes()).toEqual(['POST', 'PATCH'])
    expect(github.comments).toHaveLength(1)
    expect(readMarker(github.comments[0]!.body, 'default')).toMatchObject({ run: 3, head })
    expect(github.comments[0]!.body.length).toBeLessThanOrEqual(60_000)
  })

  test('durations and the address of the run do not make it say something else', () => {
    const slow = commentRequest(
      { ...reports.fleet(), durations: { render: 99_999 } },
      {
        name: 'default',
        links: {
          server: 'https://github.example',
          repository: 'acme/fleet',
          baseCommit: null,
          headCommit: null,
          run: 'https://github.example/runs/9',
        },
        run: { run: 9, attempt: 1, head },
      },
    )
    expect(slow.marker.digest).toBe(request(1, 'fleet').marker.digest)
    expect(slow.marker.digest).not.toBe(request(1, 'clean').marker.digest)
  })

  test('is found on the fourth page', async () => {
    for (let i = 0; i < 349; i += 1) github.comments.push({ id: i, body: `comment ${i}`, user: stranger })
    github.comments.push({ id: 900, body: request(1).body, user: github.self })
    expect(await publish(2, 'fleet')).toEqual({ state: 'updated' })
    expect(github.comments).toHaveLength(350)
    expect(github.requests.length).toBeLessThan(15)
  })

  test('a stranger with our marker is not us', async () => {
    const forged = request(999).body
    github.comments.push({ id: 5, body: forged, user: stranger })
    expect(await publish(2)).toEqual({ state: 'created' })
    expect(github.comments.find(({ id }) => id === 5)?.body).toBe(forged)
    expect(github.comments).toHaveLength(2)
  })

  test('a person quoting our marker below their text is not us either', async () => {
    github.comments.push({ id: 5, body: `look:\n${request(1).body}`, user: github.self })
    expect(await publish(2)).toEqual({ state: 'created' })
  })

  test('another name is another comment', async () => {
    await publish(1)
    expect(await publish(2, 'clean', { name: 'second' })).toEqual({ state: 'created' })
    expect(github.comments).toHaveLength(2)
  })

  test('duplicates are healed', async () => {
    for (const run of [1, 3, 2]) github.comments.push({ id: run, body: request(run).body, user: github.self })
    expect(await publish(4, 'fleet')).toEqual({ state: 'updated' })
    expect(github.comments.map(({ id }) => id)).toEqual([3])
  })

  test.each([
    ['GITHUB_TOKEN', true, { id: 41898282, login: 'github-actions[bot]' }],
    ['token of an app', true, { id: 77, login: 'acme-bot[bot]' }],
    ['personal token', false, { id: 12, login: 'alice' }],
  ])('knows itself: %s', async (_, app, self) => {
    github.app = app
    github.self = self
    await publish(1)
    expect(await publish(2, 'fleet')).toEqual({ state: 'updated' })
    expect(github.comments).toHaveLength(1)
  })
})

describe('order', () => {
  test('a head that has moved on is left to its own run', async () => {
    github.head = other
    expect(await publish(1)).toEqual({ state: 'superseded', by: other })
    expect(writes()).toEqual([])
  })
  test('the head moves while the comments are read', async () => {
    github.fault = ({ path }) => {
      if (path.includes('/comments')) github.head = other
      return undefined
    }
    expect(await publish(1)).toEqual({ state: 'superseded', by: other })
    expect(writes()).toEqual([])
  })
  test.each([
    ['an older run', 4, 1],
    ['an older attempt', 5, 1],
  ])('%s does not write over a newer one', async (_, run, attempt) => {
    await publish(5, 'fleet', { attempt: 2 })
    expect(await publish(run, 'clean', { attempt })).toEqual({ state: 'newer', run: 5 })
    expect(github.comments).toHaveLength(1)
    expect(readMarker(github.comments[0]!.body, 'default')).toMatchObject({ run: 5, attempt: 2 })
  })
  test('a newer run for a head that is not current any more gives way', async () => {
    github.head = other
    await publish(9, 'clean', { head: other })
    github.head = head
    expect(await publish(3, 'fleet')).toEqual({ state: 'updated' })
  })
})

describe('interleaved runs', () => {
  /** Runs advance one call at a time, in an order that a seed gives. */
  async function interleave(seed: number, runs: readonly number[]): Promise<void> {
    const waiting: (() => void)[] = []
    let active = runs.length
    const turn = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
    const scheduled = (inner: CommentsApi): CommentsApi => ({
      headOf: async () => (await turn(), inner.headOf()),
      list: async () => (await turn(), inner.list()),
      create: async (body) => (await turn(), inner.create(body)),
      update: async (id, body) => (await turn(), inner.update(id, body)),
      remove: async (id) => (await turn(), inner.remove(id)),
      self: async () => (await turn(), inner.self()),
    })
    const all = runs.map(async (run) => {
      await publishComment(scheduled(api()), request(run, 'clean'))
      active -= 1
    })
    let state = seed
    while (active > 0) {
      if (waiting.length > 0) {
        // A linear congruential generator (Numerical Recipes): the same seed gives the same order.
        state = (state * 1664525 + 1013904223) % 2 ** 32
        waiting.splice(state % waiting.length, 1)[0]?.()
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await Promise.all(all)
  }

  test.each(Array.from({ length: 12 }, (_, i) => [i + 1]))(
    'first runs at once, order %i: one comment, the newest',
    async (seed) => {
      await interleave(seed, [11, 12, 13])
      expect(github.comments.map(({ body }) => readMarker(body, 'default')?.run)).toEqual([13])
    },
  )
})

describe('faults', () => {
  test('504 after the comment was made: there is one', async () => {
    github.fault = ({ method, path }) =>
      method === 'POST' && writes().length === 1 && path.endsWith('/comments') ? 'accepted-504' : undefined
    expect(await publish(1)).toEqual({ state: 'created' })
    expect(github.comments).toHaveLength(1)
  })
  test('504 without the comment: it is made again', async () => {
    github.fault = ({ method, path }) =>
      method === 'POST' && writes().length === 1 && path.endsWith('/comments') ? 'error-500' : undefined
    expect(await publish(1)).toEqual({ state: 'created' })
    expect(github.comments).toHaveLength(1)
  })
  test.each<[Fault, string, RegExp]>([
    ['read-only-403', 'not-permitted', /`permissions: pull-requests: write`/],
    ['unauthorized-401', 'unauthorized', /does not accept the token/],
    ['primary-403', 'rate-limited', /rate limit/],
    ['abuse-422', 'rate-limited', /rate limit/],
    ['gone-410', 'not-found', /permissions/],
    ['error-500', 'unreachable', /did not answer/],
    ['redirect-away', 'gave-up', /redirects to another host/],
  ])('%s on every call: %s, one notice', async (fault, code, said) => {
    github.fault = () => fault
    const outcome = await publish(1)
    expect(outcome).toMatchObject({ state: 'failed', reason: { code } })
    expect(commentNotice(outcome, false)).toMatch(said)
    expect(commentNotice(outcome, false)).not.toContain('secret-token')
    expect(github.requests.length).toBeLessThan(15)
  })
  test('a fork is told that its token can only read', async () => {
    github.fault = ({ method }) => (method === 'POST' ? 'read-only-403' : undefined)
    expect(commentNotice(await publish(1), true)).toMatch(/forks a read-only token/)
  })
  test.each<[Fault]>([['secondary-403'], ['limit-429']])(
    '%s: waits as long as GitHub asks',
    async (fault) => {
      github.fault = (_, position) => (position === 1 ? fault : undefined)
      const waits: number[] = []
      expect(await publishComment(api(waits), request(1))).toEqual({ state: 'created' })
      expect(waits).toEqual([1000])
    },
  )

  test.each(faults)(
    '%s at call 1, 2, 3 … until nothing is met: never two comments, never an exception',
    async (fault) => {
      for (let broken = 1; ; broken += 1) {
        github.comments.length = 0
        github.requests.length = 0
        github.comments.push({ id: 5, body: request(999).body, user: stranger })
        const seen = { fault: false }
        github.fault = (_, position) => {
          if (position !== broken) return undefined
          seen.fault = true
          return fault
        }
        await publish(1)
        const ours = github.comments.filter(({ user }) => user.id === github.self.id)
        expect(ours.length).toBeLessThanOrEqual(1)
        github.fault = () => undefined
        await publish(2, 'fleet')
        expect(github.comments.filter(({ user }) => user.id === github.self.id)).toHaveLength(1)
        if (!seen.fault) break
        expect(broken).toBeLessThan(40)
      }
    },
  )
})

describe('the client', () => {
  test('works below a path prefix, and says who it is', async () => {
    await github.close()
    github = await startGitHub('/api/v3')
    expect(await publish(1)).toEqual({ state: 'created' })
    expect(github.requests.every(({ path }) => path.startsWith('/api/v3/'))).toBe(true)
    expect(github.requests.every(({ userAgent }) => userAgent?.includes('preadmit/') === true)).toBe(true)
  })
  test('sends the token to no other host', async () => {
    const elsewhere = await startGitHub()
    github.away = elsewhere.url
    github.fault = () => 'redirect-away'
    expect(await publish(1)).toMatchObject({ state: 'failed', reason: { code: 'gave-up' } })
    expect(github.requests).toHaveLength(1)
    expect(elsewhere.requests).toEqual([])
    await elsewhere.close()
  })
  test('makes fewer than fifteen calls in the ordinary case', async () => {
    await publish(1)
    await publish(2, 'fleet')
    expect(github.requests.length).toBeLessThan(15)
  })
})
