import { readFile, writeFile } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { link } from '../../engines/build/link.ts'
import type { RenderRequest } from '../../src/engine/api.ts'
import type { EngineAnswer, Engines } from '../../src/engine/engines.ts'
import { EngineFileError } from '../../src/engine/manifest.ts'
import { createEngines } from '../../src/engine/pool.ts'
import type { Tree } from '../../src/model/tree.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { probeModule } from './probe-engine.ts'
import { installProbe, type Installation } from './probe-installation.ts'

const tree = memoryTree(
  { 'app/a': 'hello', 'other/b': 'other', 'app/out': { symlink: '../../x' } },
  { time: 4 },
)
const timeLimit = 1500

let installation: Installation
let engines: Engines
beforeAll(async () => {
  installation = await installProbe()
  engines = createEngines({ directory: installation.directory, cores: 2, timeLimits: { render: timeLimit } })
})
afterAll(async () => {
  await engines.close()
  await installation.remove()
})

/** The probe answers operations of its own. `salt` makes equal requests different ones. */
function ask(op: string, options: { path?: string; salt?: number; tree?: Tree; engines?: Engines } = {}) {
  const { path, salt } = options
  const request = { op, ...(path === undefined ? {} : { path }), ...(salt === undefined ? {} : { salt }) }
  return (options.engines ?? engines).render.run(request as unknown as RenderRequest, {
    tree: options.tree ?? tree,
    declared: { files: [], directories: ['app'] },
    label: op,
  }) as Promise<EngineAnswer<unknown>>
}
const said = (answer: EngineAnswer<unknown>) => (answer.ok ? answer.result : answer.error.code)

describe('jobs', () => {
  test('many at once, all from the same state', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, salt) => ask('count', { salt })))
    expect(new Set(answers.map(said))).toEqual(new Set([1]))
  })

  test.each([
    ['forever', 'timeout'],
    ['eat', 'memory'],
    ['trap', 'trap'],
    ['descend', 'trap'],
    ['huge', 'output-limit'],
    ['junk', 'trap'],
  ])('%s ends as %s, and its neighbours are answered', async (op, code) => {
    const [bad, ...good] = await Promise.all([
      ask(op),
      ...Array.from({ length: 6 }, (_, index) => ask('count', { salt: op.length * 100 + index })),
    ])
    expect(said(bad)).toBe(code)
    expect(good.map(said)).toEqual([1, 1, 1, 1, 1, 1])
    expect(said(await ask('count', { salt: op.length * 100 + 50 }))).toBe(1)
  })

  test('a job that needs all the time in the queue is not ended by the watchdog', async () => {
    const one = createEngines({
      directory: installation.directory,
      cores: 1,
      timeLimits: { render: timeLimit },
    })
    const [bad, good] = await Promise.all([ask('forever', { engines: one }), ask('count', { engines: one })])
    expect([said(bad), said(good)]).toEqual(['timeout', 1])
    await one.close()
  })

  test('when the time of the run is over, what runs, what waits and what comes later is answered', async () => {
    const one = createEngines({ directory: installation.directory, cores: 1 })
    expect(said(await ask('count', { engines: one }))).toBe(1)
    const jobs = [ask('forever', { engines: one }), ask('count', { engines: one, salt: 2 })]
    one.limit({ run: 60, render: 1000 })
    const answers = [...(await Promise.all(jobs)), await ask('count', { engines: one, salt: 3 })]
    expect(answers.map(said)).toEqual(['timeout', 'timeout', 'timeout'])
    for (const answer of answers)
      expect(answer.ok ? '' : answer.error.message).toMatch(/^the whole run may take .* \(limits\.minutes\)$/)
    await one.close()
  })
})

describe('reads', () => {
  test.each([
    ['declared', 'app/a', 5, { read: ['app/a'], undeclared: [], refused: {} }],
    ['undeclared', 'other/b', 5, { read: ['other/b'], undeclared: ['other/b'], refused: {} }],
    ['undeclared and missing', 'other/c', -1, { read: ['other/c'], undeclared: ['other/c'], refused: {} }],
    [
      'a link out of the tree',
      'app/out',
      -3,
      { read: ['app/out'], undeclared: [], refused: { 'app/out': 'outside-repository' } },
    ],
  ])('%s', async (_name, path, size, record) => {
    const answer = await ask('stat', { path })
    expect(said(answer)).toBe(size + 3)
    expect(answer).toMatchObject(record)
  })

  test('a slow tree is not the job’s time, where Node tells what the job computes', async () => {
    const slow = reading('slow', async () => {
      await new Promise((resolve) => setTimeout(resolve, timeLimit * 1.5))
    })
    const answer = await ask('stat', { path: 'other/b', tree: slow })
    expect(said(answer)).toBe('cpuUsage' in Worker.prototype ? 'slow'.length + 3 : 'timeout')
  })

  test('a tree that never answers ends the job by the clock', async () => {
    const silent = reading('silent', () => new Promise(() => undefined))
    const began = performance.now()
    expect(said(await ask('stat', { path: 'other/b', tree: silent }))).toBe('timeout')
    expect(performance.now() - began).toBeLessThan(timeLimit * 4)
    expect(said(await ask('count', { salt: 9102 }))).toBe(1)
  })

  test('a tree that cannot be read rejects the job, and the next one runs', async () => {
    const broken: Tree = { ...tree, resolve: failing, read: () => Promise.reject(new Error('git is gone')) }
    await expect(ask('stat', { path: 'other/b', tree: broken })).rejects.toThrow('git is gone')
    expect(said(await ask('count', { salt: 9000 }))).toBe(1)
  })
})
/** A tree of files that are all declared but `other/b`, which is read once `wait` is over. */
function reading(content: string, wait: () => Promise<void>): Tree {
  const whole = memoryTree({ 'app/a': 'hello', 'other/b': content }, { time: 4 })
  return {
    ...whole,
    async read(paths) {
      const asked = [...paths]
      if (asked.includes('other/b')) await wait()
      return await whole.read(asked)
    },
  }
}
function failing(): never {
  throw new Error('git is gone')
}

describe('equal jobs', () => {
  const twin = (time: number, files: Record<string, string> = {}) =>
    memoryTree(
      { 'app/a': 'hello', 'other/b': 'other', 'app/out': { symlink: '../../x' }, ...files },
      { time },
    )

  test('of base and head are answered once, with the same object', async () => {
    const [base, head] = await Promise.all([
      ask('count', { salt: 1000 }),
      ask('count', { salt: 1000, tree: twin(5, { 'far/away': '' }) }),
    ])
    expect(head.milliseconds).toBe(0)
    // The very same arrays and objects, not equal ones: only a shared answer has them.
    expect(head.read).toBe(base.read)
  })

  test.each([
    ['other inputs', 'count', twin(4, { 'app/a': 'changed' })],
    ['a result of the clock, at another time', 'now', twin(5)],
  ])('%s are answered anew', async (_name, op, other) => {
    const first = await ask(op, { salt: 1001 })
    const second = await ask(op, { salt: 1001, tree: other })
    expect(second.read).not.toBe(first.read)
  })

  test('a result of the clock is the tree’s own time', async () => {
    expect(said(await ask('now', { salt: 1002, tree: twin(4) }))).toBe(4)
    expect(said(await ask('now', { salt: 1002, tree: twin(5) }))).toBe(5)
  })

  test('undeclared reads are not taken over', async () => {
    const path = 'other/b'
    await ask('stat', { path })
    const other = await ask('stat', { path, tree: memoryTree({ ...files(), 'other/b': '12' }, { time: 4 }) })
    expect(said(other)).toBe(5)
  })
  const files = () => ({ 'app/a': 'hello', 'app/out': { symlink: '../../x' } })
})

describe('an admission session', () => {
  test('loads once; every batch starts from what was loaded', async () => {
    const session = await engines.admission.open({ kubernetes: '1.34', op: 'count' } as never)
    if ('error' in session) throw new Error(session.error.message)
    expect(session.loaded).toBe(1)
  })

  test('a load that breaks is an error, not a session', async () => {
    const session = await engines.admission.open({ kubernetes: '1.34', op: 'trap' } as never)
    expect(session).toMatchObject({ error: { code: 'trap' } })
  })
})

describe('the installation', () => {
  test('says its versions without starting anything', () => {
    expect(engines.versions).toMatchObject({
      render: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      'render/probe': 'v1',
    })
  })

  test('an altered byte in an engine is refused, by name', async () => {
    const other = await installProbe()
    const file = new URL('probe.wasm.br', other.directory)
    const bytes = await readFile(file)
    bytes[bytes.length - 1]! ^= 1
    await writeFile(file, bytes)
    const altered = createEngines({ directory: other.directory })
    await expect(ask('count', { engines: altered })).rejects.toThrow(EngineFileError)
    await expect(ask('count', { engines: altered })).rejects.toThrow(
      /probe\.wasm\.br is not the one that was built/,
    )
    await altered.close()
    await other.remove()
  })

  test('a missing manifest is refused at once', () => {
    expect(() => createEngines({ directory: new URL('file:///nowhere/engines/') })).toThrow(EngineFileError)
  })

  test('an engine that wants more than the sandbox has is refused', async () => {
    const curious = await installProbe(link(probeModule({ extra: ['wasi_snapshot_preview1', 'sock_open'] })))
    const opened = createEngines({ directory: curious.directory })
    await expect(ask('count', { engines: opened })).rejects.toThrow('sock_open')
    await opened.close()
    await curious.remove()
  })

  test('after close every job is rejected', async () => {
    const closed = createEngines({ directory: installation.directory })
    const running = ask('forever', { engines: closed })
    const outcome = expect(running).rejects.toThrow('closed')
    await closed.close()
    await outcome
    await expect(ask('count', { engines: closed })).rejects.toThrow('closed')
  })
})
