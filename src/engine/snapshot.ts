/**
 * States that an instance can be rewound to. A baked module carries its own: the data section is the memory after
 * warm-up, without the zeros. An admission session adds one of the memory after `load`. Both are shared between
 * threads and never written again.
 */
import type { ClockState } from './wasi.ts'
import { readDataSegments, readSections, sectionId } from './wasm-binary.ts'

export interface Snapshot {
  readonly bytes: SharedArrayBuffer
  /**
   * Three numbers each, by rising address: address in memory, offset in `bytes`, length. The rest is as in `base`, or
   * zero. Shared memory too: a snapshot goes to a worker with every job.
   */
  readonly stretches: Uint32Array
  /** The state that this one came of, which has no base of its own. */
  readonly base?: Snapshot
  /** Bytes of memory that the snapshot covers. */
  readonly size: number
  /** Values of g0 … g7; absent for a baked module, whose globals start with them. */
  readonly globals?: readonly (number | bigint)[]
  readonly clock: ClockState
}

/** Go's mutable globals, exported by the build. */
export const globalNames = ['g0', 'g1', 'g2', 'g3', 'g4', 'g5', 'g6', 'g7'] as const

/** WebAssembly's page. */
export const pageSize = 65_536

/** The initial state of a baked module. `size` is the memory's minimum, which the build set to the snapshot's. */
export function snapshotOfModule(module: Uint8Array, clock: ClockState): Snapshot {
  const sections = readSections(module)
  const data = sections.find(({ id }) => id === sectionId.data)?.body ?? new Uint8Array([0])
  const memory = sections.find(({ id }) => id === sectionId.memory)?.body
  if (memory === undefined) throw new TypeError('the engine has no memory')
  const segments = readDataSegments(data)
  const packed = segments.reduce((sum, { length }) => sum + aligned(length), 0)
  const bytes = new SharedArrayBuffer(packed)
  const target = new Uint8Array(bytes)
  const stretches = sharedNumbers(segments.length * 3)
  let position = 0
  segments.forEach(({ address, offset, length }, index) => {
    target.set(data.subarray(offset, offset + length), position)
    stretches.set([address, position, length], index * 3)
    position += aligned(length)
  })
  return { bytes, stretches, size: minimumPages(memory) * pageSize, clock }
}

/**
 * Stretches start at multiples of eight, as they do in memory: V8 copies shared bytes one by one when source and
 * target are aligned differently (9 ms instead of 3 for 37 MB).
 */
function aligned(length: number): number {
  return Math.ceil(length / 8) * 8
}

/** Body of a memory section: count, flags, minimum, maximum. */
function minimumPages(memory: Uint8Array): number {
  let pages = 0
  for (let index = 2, scale = 1; ; index++, scale *= 128) {
    const byte = memory[index] ?? 0
    pages += (byte & 127) * scale
    if (byte < 128) return pages
  }
}

/**
 * The state after a call. With the state from which the call started only the pages that differ are kept: a session of
 * the demo has 56 MB of memory, 12 MB of which its load changed.
 */
export function snapshotOfMemory(
  memory: Uint8Array,
  globals: readonly (number | bigint)[],
  clock: ClockState,
  from?: Snapshot,
): Snapshot {
  const base = from?.base ?? from
  const runs = base === undefined ? [{ start: 0, end: memory.length }] : changedRuns(memory, base)
  const bytes = new SharedArrayBuffer(runs.reduce((sum, { start, end }) => sum + end - start, 0))
  const target = new Uint8Array(bytes)
  const stretches = sharedNumbers(runs.length * 3)
  let position = 0
  runs.forEach(({ start, end }, index) => {
    target.set(memory.subarray(start, end), position)
    stretches.set([start, position, end - start], index * 3)
    position += end - start
  })
  const size = memory.length
  return { bytes, stretches, size, globals, clock, ...(base === undefined ? {} : { base }) }
}

/** Bytes that are kept or left out together: fewer would cost more comparisons than they save. */
const unit = 4096

/** Where memory is not as in a snapshot, in units. */
function changedRuns(memory: Uint8Array, base: Snapshot): readonly { start: number; end: number }[] {
  const now = Buffer.from(memory.buffer, memory.byteOffset, memory.length)
  const then = Buffer.from(base.bytes)
  const zeros = Buffer.alloc(unit)
  const changed = new Uint8Array(Math.ceil(memory.length / unit))
  const compare = (from: number, to: number, offset?: number): void => {
    for (let at = from; at < to;) {
      const end = Math.min(to, (Math.floor(at / unit) + 1) * unit)
      const page = Math.floor(at / unit)
      if (changed[page] === 0) {
        const there = offset === undefined ? 0 : offset + at - from
        const other = offset === undefined ? zeros : then
        if (now.compare(other, there, there + end - at, at, end) !== 0) changed[page] = 1
      }
      at = end
    }
  }
  let last = 0
  eachStretch(base, (address, offset, length) => {
    compare(last, address)
    compare(address, address + length, offset)
    last = address + length
  })
  compare(last, memory.length)

  const runs: { start: number; end: number }[] = []
  changed.forEach((differs, page) => {
    if (differs === 0) return
    const start = page * unit
    const end = Math.min(start + unit, memory.length)
    const run = runs.at(-1)
    if (run?.end === start) run.end = end
    else runs.push({ start, end })
  })
  return runs
}

/** Makes memory (at least as large as the snapshot) equal to it; what lies beyond becomes zero. */
export function restoreMemory(memory: Uint8Array, snapshot: Snapshot): void {
  const { base } = snapshot
  const source = new Uint8Array(snapshot.bytes)
  if (base !== undefined) restoreMemory(memory, base)
  let end = 0
  eachStretch(snapshot, (address, offset, length) => {
    if (base === undefined) memory.fill(0, end, address)
    memory.set(source.subarray(offset, offset + length), address)
    end = address + length
  })
  if (base === undefined) memory.fill(0, end)
}

function eachStretch(
  { stretches }: Snapshot,
  take: (address: number, offset: number, length: number) => void,
): void {
  for (let index = 0; index < stretches.length; index += 3)
    take(stretches[index] ?? 0, stretches[index + 1] ?? 0, stretches[index + 2] ?? 0)
}

function sharedNumbers(count: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(count * 4))
}
