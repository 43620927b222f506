import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  concatenate,
  createReader,
  readDataSegments,
  readSections,
  signed,
  unsigned,
  writeDataSegments,
  writeSections,
} from '../../src/engine/wasm-binary.ts'

describe('the WebAssembly binary format', () => {
  test.each([
    [0n, [0]],
    [-1n, [0x7f]],
    [63n, [0x3f]],
    [64n, [0xc0, 0]],
    [-64n, [0x40]],
    [-65n, [0xbf, 0x7f]],
  ])('signed %s', (value, bytes) => {
    expect([...signed(value)]).toEqual(bytes)
  })

  test('numbers come back as they were', () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 32 - 1),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        (small, large) => {
          const reader = createReader(concatenate([unsigned(small), signed(large)]))
          expect([reader.unsigned(), reader.signed(), reader.done()]).toEqual([small, large, true])
        },
      ),
    )
  })

  test('sections and data segments come back, above 2 GiB too', () => {
    const memory = Uint8Array.from({ length: 64 }, (_, index) => index)
    const body = writeDataSegments(memory, [
      { start: 0, end: 3 },
      { start: 16, end: 20 },
    ])
    const [section] = readSections(writeSections([{ id: 11, body }]))
    const segments = readDataSegments(section!.body)
    expect(segments.map(({ address, length }) => [address, length])).toEqual([
      [0, 3],
      [16, 4],
    ])
    expect([...section!.body.subarray(segments[1]!.offset, segments[1]!.offset + 4)]).toEqual([
      16, 17, 18, 19,
    ])
    const high = concatenate([
      Uint8Array.of(1, 0, 0x41),
      signed(BigInt(0x9000_0000 | 0)),
      Uint8Array.of(0x0b, 0),
    ])
    expect(readDataSegments(high)[0]?.address).toBe(0x9000_0000)
  })

  test.each([
    ['no module', Uint8Array.of(1, 2, 3)],
    ['a section that is cut off', concatenate([writeSections([]), Uint8Array.of(1, 9, 0)])],
  ])('%s is refused', (_name, bytes) => {
    expect(() => readSections(bytes)).toThrow(TypeError)
  })
})
