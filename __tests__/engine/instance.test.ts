import { describe, expect, test } from 'vitest'
import { link } from '../../engines/build/link.ts'
import { decodeFrame, encodeFrame } from '../../src/engine/frame.ts'
import { createInstance, type CallResult, type Instance } from '../../src/engine/instance.ts'
import { snapshotOfModule } from '../../src/engine/snapshot.ts'
import { createView, emptyShipment, type Look } from '../../src/engine/view.ts'
import { initialClock } from '../../src/engine/wasi.ts'
import { readSections, writeSections } from '../../src/engine/wasm-binary.ts'
import { probeModule } from './probe-engine.ts'
import { bakedProbe } from './probe-installation.ts'

const baked = bakedProbe()
const start = snapshotOfModule(baked, initialClock)

function probe(): Instance {
  return createInstance(new WebAssembly.Module(baked), { baked: true })
}

function ask(
  instance: Instance,
  request: { op: string; path?: string },
  tree: (path: string) => Look = missing,
) {
  const view = createView(emptyShipment, tree)
  return instance.call({ frame: encodeFrame(request), time: 1234, view, start, outputLimit: 1e6 })
}
function missing(path: string): Look {
  return { kind: 'missing', path }
}

function result(answer: CallResult): unknown {
  if (answer.kind === 'fault') return `${answer.code}: ${answer.message}`
  return (decodeFrame(answer.bytes).header as { result: unknown }).result
}

describe('state', () => {
  test('does not pass from one call to the next', () => {
    const instance = probe()
    expect([1, 2, 3].map(() => result(ask(instance, { op: 'count' })))).toEqual([1, 1, 1])
  })

  test('memory that grew is zero after a rewind, and too much of it replaces the instance', () => {
    const instance = probe()
    expect(result(ask(instance, { op: 'grow' }))).toBe(1)
    expect(instance.usable()).toBe(false)
  })

  test('a fresh instance with much memory is usable: only growth counts', () => {
    // 80 MiB, more than an instance may grow by.
    const large = new WebAssembly.Module(link(probeModule({ pages: 1280 })))
    expect(createInstance(large, { baked: true }).usable()).toBe(true)
  })

  test('of a session is where its calls start', () => {
    const instance = probe()
    ask(instance, { op: 'count' })
    const session = instance.snapshot()
    const call = (from: Instance) =>
      result(
        from.call({
          frame: encodeFrame({ op: 'count' }),
          time: 0,
          view: createView(emptyShipment, missing),
          start: session,
          outputLimit: 1e6,
        }),
      )
    // On the instance that made it, and on another that never loaded anything.
    expect([call(instance), call(instance), call(probe())]).toEqual([2, 2, 2])
    expect(result(ask(instance, { op: 'count' }))).toBe(1)
  })

  test('globals and clocks rewind', () => {
    const instance = probe()
    const [global] = instance.exports.globals
    global!.value = 99
    ask(instance, { op: 'now' })
    expect(global!.value).toBe(7)
    expect(instance.snapshot().clock).toEqual(initialClock)
  })
})

describe('the tree', () => {
  const content = { block: new SharedArrayBuffer(6), offset: 0, length: 6 }
  test.each<[string, Look, number]>([
    ['size of a file', { kind: 'file', path: 'a', content }, 6],
    ['missing', { kind: 'missing', path: 'a' }, -1],
    ['directory', { kind: 'directory', path: 'a' }, -2],
    ['refused', { kind: 'refused', path: 'a', reason: 'submodule' }, -3],
  ])('%s', (_name, look, expected) => {
    const asked: string[] = []
    const answer = ask(probe(), { op: 'stat', path: 'dir/ä' }, (path) => {
      asked.push(path)
      return look
    })
    expect(result(answer)).toBe(expected + 3)
    expect(asked).toEqual(['dir/ä'])
  })
})

describe('faults', () => {
  test.each([
    ['trap', /^trap: the engine broke: unreachable/],
    ['descend', /^trap: the engine ran out of stack/],
    ['eat', /^memory: /],
    ['huge', /^output-limit: the engine answered 200 MB/],
  ])('%s', (op, expected) => {
    expect(result(ask(probe(), { op }))).toMatch(expected)
  })

  test.each(['trap', 'descend', 'eat'])('an instance is not used again after %s', (op) => {
    const instance = probe()
    ask(instance, { op })
    expect(instance.usable()).toBe(false)
    expect(() => ask(instance, { op: 'count' })).toThrow(TypeError)
  })
})

describe('the sandbox', () => {
  test('refuses files and counts the attempt', () => {
    const answer = ask(probe(), { op: 'open' })
    // ENOENT is 44.
    expect(result(answer)).toBe(4)
    expect(answer.denied).toEqual({ path_open: 1 })
  })

  test('tells the time of the job', () => {
    expect(result(ask(probe(), { op: 'now' }))).toBe(4)
  })

  test.each([
    ['a function that WASI does not know', ['wasi_snapshot_preview1', 'fd_teleport']],
    ['a module that is none of ours', ['env', 'system']],
    ['a name from Object.prototype', ['tree', 'constructor']],
  ] as const)('%s stops the engine before it starts', (_name, extra) => {
    const module = new WebAssembly.Module(link(probeModule({ extra })))
    expect(() => createInstance(module, { baked: false })).toThrow(
      /imports .*, which this host does not know/,
    )
  })

  test('another ABI is refused', () => {
    const module = new WebAssembly.Module(link(probeModule({ abi: 2 })))
    expect(() => createInstance(module, { baked: true })).toThrow('speaks ABI 2')
  })
})

describe('link', () => {
  test('declares the maximum of 1 GiB: memory grows to it and no further', () => {
    const { exports } = createInstance(new WebAssembly.Module(link(probeModule())), { baked: false })
    const pages = exports.memory.buffer.byteLength / 65_536
    expect(() => exports.memory.grow(16_385 - pages)).toThrow(RangeError)
    expect(exports.memory.grow(16_384 - pages)).toBe(pages)
  })

  test('drops custom sections', () => {
    const named = writeSections([...readSections(probeModule()), { id: 0, body: Uint8Array.of(1, 0x61, 9) }])
    expect(link(named)).toEqual(link(probeModule()))
  })

  test('refuses globals of another layout', () => {
    const sections = readSections(probeModule()).map((section) =>
      section.id === 6 ? { id: 6, body: Uint8Array.of(1, 0x7f, 1, 0x41, 0, 0x0b) } : section,
    )
    expect(() => link(writeSections(sections))).toThrow('globals are laid out')
  })
})
