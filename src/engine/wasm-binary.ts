/**
 * The few parts of the WebAssembly binary format (core specification 5, section 5) that the host and the build read
 * and write: sections, LEB128 numbers and active data segments.
 */

/** Numbers of the sections used here. */
export const sectionId = { custom: 0, memory: 5, global: 6, export: 7, data: 11, dataCount: 12 } as const

export interface Section {
  readonly id: number
  readonly body: Uint8Array
}

const preamble = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])

/** Throws `TypeError` on bytes that are no WebAssembly module, or a module cut off. */
export function readSections(module: Uint8Array): Section[] {
  if (preamble.some((byte, index) => module[index] !== byte)) throw new TypeError('not a WebAssembly module')
  const reader = createReader(module, preamble.length)
  const sections: Section[] = []
  while (!reader.done()) {
    const id = reader.byte()
    sections.push({ id, body: reader.bytes(reader.unsigned()) })
  }
  return sections
}

export function writeSections(sections: readonly Section[]): Uint8Array {
  return concatenate([
    preamble,
    ...sections.flatMap(({ id, body }) => [Uint8Array.of(id), unsigned(body.length), body]),
  ])
}

export interface Reader {
  readonly position: number
  done(): boolean
  byte(): number
  bytes(length: number): Uint8Array
  /** Unsigned LEB128, at most 32 bits. */
  unsigned(): number
  /** Signed LEB128, at most 64 bits. */
  signed(): bigint
}

export function createReader(source: Uint8Array, start = 0): Reader {
  let position = start
  function byte(): number {
    const value = source[position]
    if (value === undefined) throw new TypeError('the WebAssembly module is cut off')
    position += 1
    return value
  }
  return {
    get position() {
      return position
    },
    done: () => position >= source.length,
    byte,
    bytes(length) {
      if (position + length > source.length) throw new TypeError('the WebAssembly module is cut off')
      position += length
      return source.subarray(position - length, position)
    },
    unsigned() {
      // Multiplication, not shifts: 32 bits do not fit JavaScript's signed shifts.
      let value = 0
      for (let scale = 1; ; scale *= 128) {
        const next = byte()
        value += (next & 127) * scale
        if (next < 128) return value
      }
    },
    signed() {
      let value = 0n
      for (let shift = 0n; ; shift += 7n) {
        const next = byte()
        value |= BigInt(next & 127) << shift
        if (next < 128) return BigInt.asIntN(Number(shift) + 7, value)
      }
    },
  }
}

/** Unsigned LEB128. */
export function unsigned(value: number): Uint8Array {
  const bytes: number[] = []
  do {
    const low = value % 128
    value = Math.floor(value / 128)
    bytes.push(value > 0 ? low | 128 : low)
  } while (value > 0)
  return Uint8Array.from(bytes)
}

/** Signed LEB128. */
export function signed(value: bigint): Uint8Array {
  const bytes: number[] = []
  for (;;) {
    const low = Number(value & 127n)
    value >>= 7n
    const last = (value === 0n && (low & 64) === 0) || (value === -1n && (low & 64) !== 0)
    bytes.push(last ? low : low | 128)
    if (last) return Uint8Array.from(bytes)
  }
}

/** A stretch of memory and where its bytes stand in the data section. */
export interface DataSegment {
  readonly address: number
  readonly offset: number
  readonly length: number
}

const i32Const = 0x41
const end = 0x0b

/** Segments of a data section's body. Only active segments of memory 0 at a constant address are allowed. */
export function readDataSegments(body: Uint8Array): DataSegment[] {
  const reader = createReader(body)
  return Array.from({ length: reader.unsigned() }, () => {
    if (reader.byte() !== 0 || reader.byte() !== i32Const) throw new TypeError('a data segment is not active')
    const address = Number(BigInt.asUintN(32, reader.signed()))
    if (reader.byte() !== end) throw new TypeError('the address of a data segment is not constant')
    const length = reader.unsigned()
    const offset = reader.position
    reader.bytes(length)
    return { address, offset, length }
  })
}

/** Body of a data section with one active segment for each stretch of `memory`. */
export function writeDataSegments(
  memory: Uint8Array,
  stretches: readonly { readonly start: number; readonly end: number }[],
): Uint8Array {
  return concatenate([
    unsigned(stretches.length),
    ...stretches.flatMap(({ start, end: stop }) => [
      Uint8Array.of(0, i32Const),
      signed(BigInt(start | 0)),
      Uint8Array.of(end),
      unsigned(stop - start),
      memory.subarray(start, stop),
    ]),
  ])
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let position = 0
  for (const part of parts) {
    result.set(part, position)
    position += part.length
  }
  return result
}
