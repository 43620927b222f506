import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeFrame, encodeFrame, FrameError } from '../../src/engine/frame.ts'

describe('frames', () => {
  test('are laid out as the ABI says', () => {
    expect([...encodeFrame({ a: 1 }, [Uint8Array.of(9, 8)])]).toEqual([
      ...[7, 0, 0, 0],
      ...Buffer.from('{"a":1}'),
      ...[1, 0, 0, 0],
      ...[2, 0, 0, 0],
      ...[9, 8],
    ])
  })

  test('come back as they were', () => {
    const blobs = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 })
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), blobs, (header, content) => {
        // Through JSON, as headers always go: it knows no -0.
        const plain = JSON.parse(JSON.stringify(header)) as object
        const frame = decodeFrame(encodeFrame(plain, content))
        expect(frame.header).toEqual(plain)
        expect(frame.blobs.map((blob) => [...blob])).toEqual(content.map((blob) => [...blob]))
      }),
    )
  })

  test.each([
    ['empty', []],
    ['header longer than the frame', [9, 0, 0, 0, 1]],
    ['no number of blobs', [2, 0, 0, 0, 0x7b, 0x7d]],
    ['more blobs than bytes', [2, 0, 0, 0, 0x7b, 0x7d, 255, 255, 255, 255]],
    ['bytes after the end', [2, 0, 0, 0, 0x7b, 0x7d, 0, 0, 0, 0, 1]],
    ['no JSON', [1, 0, 0, 0, 0x7b, 0, 0, 0, 0]],
    ['no UTF-8', [3, 0, 0, 0, 0x22, 0xff, 0x22, 0, 0, 0, 0]],
  ])('%s is refused', (_name, bytes) => {
    expect(() => decodeFrame(Uint8Array.from(bytes))).toThrow(FrameError)
  })
})
