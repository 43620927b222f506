/**
 * States that an instance can be rewound to. A baked module carries its own: the data section is the memory after
 * warm-up, without the zeros. An admission session adds one of the memory after `load`. Both are shared between
 * threads and never written again.
 */
import type { ClockState } from './wasi.ts'
import { readDataSegments, readSections, sectionId } from './wasm-binary.ts'

export interface Snapshot {
  readonly bytes: SharedArrayBuffer
  /** Three numbers each, by rising address: address in memory, offset in `bytes`, length. The rest is zero. */
  readonly stretches: Uint32Array
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
  const stretches = new Uint32Array(segments.length * 3)
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

/** The state after a call, as one stretch. */
export function snapshotOfMemory(
  memory: Uint8Array,
  globals: readonly (number | bigint)[],
  clock: ClockState,
): Snapshot {
  const bytes = new SharedArrayBuffer(memory.length)
  new Uint8Array(bytes).set(memory)
  return { bytes, stretches: Uint32Array.of(0, 0, memory.length), size: memory.length, globals, clock }
}

/** Makes memory (at least as large as the snapshot) equal to it; what lies beyond becomes zero. */
export function restoreMemory(memory: Uint8Array, snapshot: Snapshot): void {
  const source = new Uint8Array(snapshot.bytes)
  const { stretches } = snapshot
  let end = 0
  for (let index = 0; index < stretches.length; index += 3) {
    const address = stretches[index] ?? 0
    const offset = stretches[index + 1] ?? 0
    const length = stretches[index + 2] ?? 0
    memory.fill(0, end, address)
    memory.set(source.subarray(offset, offset + length), address)
    end = address + length
  }
  memory.fill(0, end)
}
