/**
 * Writes the state of a warmed-up instance into its module: memory becomes the data section, globals start with their
 * values. Such a module starts in the middle of its life, and its data section is what instances are rewound to.
 */
import {
  concatenate,
  readSections,
  sectionId,
  signed,
  unsigned,
  writeDataSegments,
  writeSections,
} from '../../src/engine/wasm-binary.ts'
import { pageSize } from '../../src/engine/snapshot.ts'
import { memorySection } from './link.ts'

export interface State {
  readonly memory: Uint8Array
  readonly globals: readonly (number | bigint)[]
}

/** Zero words (of 8 bytes) that end a segment: fewer would cost more in segment headers than they save. */
const gapWords = 32

/** Segments that V8 accepts in one module. */
const segmentLimit = 100_000

const i32 = 0x7f
const i64 = 0x7e
const i32Const = 0x41
const i64Const = 0x42
const mutable = 1
const end = 0x0b

/** `module` is the linked module from which the state came. */
export function bake(module: Uint8Array, state: State): Uint8Array {
  const stretches = nonZero(state.memory)
  if (stretches.length > segmentLimit) throw new RangeError(`${stretches.length} segments are too many`)
  const baked = readSections(module)
    // Active segments need no count ahead of the code.
    .filter(({ id }) => id !== sectionId.dataCount)
    .map(({ id, body }) => {
      if (id === sectionId.memory) return { id, body: memorySection(state.memory.length / pageSize) }
      if (id === sectionId.global) return { id, body: globalSection(state.globals) }
      if (id === sectionId.data) return { id, body: writeDataSegments(state.memory, stretches) }
      return { id, body }
    })
  return writeSections(baked)
}

function globalSection(values: readonly (number | bigint)[]): Uint8Array {
  const globals = values.map((value) =>
    typeof value === 'bigint'
      ? concatenate([
          Uint8Array.of(i64, mutable, i64Const),
          signed(BigInt.asIntN(64, value)),
          Uint8Array.of(end),
        ])
      : concatenate([Uint8Array.of(i32, mutable, i32Const), signed(BigInt(value | 0)), Uint8Array.of(end)]),
  )
  return concatenate([unsigned(values.length), ...globals])
}

/** Stretches of memory that are not zero, cut where more than {@link gapWords} words are. */
function nonZero(memory: Uint8Array): { start: number; end: number }[] {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.length / 8)
  const stretches: { start: number; end: number }[] = []
  let start = -1
  let last = -1
  for (let index = 0; index < words.length; index++) {
    if (words[index] === 0n) continue
    if (start >= 0 && index - last > gapWords) {
      stretches.push({ start: start * 8, end: (last + 1) * 8 })
      start = index
    } else if (start < 0) start = index
    last = index
  }
  if (start >= 0) stretches.push({ start: start * 8, end: (last + 1) * 8 })
  return stretches
}
