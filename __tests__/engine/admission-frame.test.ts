import { describe, expect, test } from 'vitest'
import { encodeAdmissionRequest } from '../../src/engine/admission-frame.ts'
import { decodeFrame } from '../../src/engine/frame.ts'
import { parseExact } from '../../src/model/exact-numbers.ts'
import type { JsonObject } from '../../src/model/json.ts'

function blobsOf(bytes: Uint8Array): string[] {
  return decodeFrame(bytes).blobs.map((blob) => Buffer.from(blob).toString())
}

describe('a request of the admission engine', () => {
  test('names the positions of its objects', () => {
    const write = { operation: 'UPDATE', namespace: 'shop', object: { a: 1 }, old: { a: 0 } } as const
    const bytes = encodeAdmissionRequest({
      op: 'admit',
      writes: [write, { operation: 'DELETE', namespace: '', old: { b: 2 } }],
    })
    expect(decodeFrame(bytes).header).toEqual({
      op: 'admit',
      writes: [
        { operation: 'UPDATE', namespace: 'shop', object: 0, old: 1 },
        { operation: 'DELETE', namespace: '', old: 2 },
      ],
    })
    expect(blobsOf(bytes)).toEqual(['{"a":1}', '{"a":0}', '{"b":2}'])
  })

  test('of a load names those of its lists and adds none', () => {
    const bytes = encodeAdmissionRequest({ op: 'load', kubernetes: '1.37', namespaces: [{ n: 1 }, { n: 2 }] })
    expect(decodeFrame(bytes).header).toEqual({ op: 'load', kubernetes: '1.37', namespaces: [0, 1] })
    expect(blobsOf(bytes)).toEqual(['{"n":1}', '{"n":2}'])
  })

  test('keeps the digits of large integers', () => {
    const object = parseExact('{"n":9223372036854775807}') as JsonObject
    const bytes = encodeAdmissionRequest({
      op: 'admit',
      writes: [{ operation: 'CREATE', namespace: '', object }],
    })
    expect(blobsOf(bytes)).toEqual(['{"n":9223372036854775807}'])
  })

  test('without objects has no blobs', () => {
    expect(blobsOf(encodeAdmissionRequest({ op: 'info' }))).toEqual([])
  })
})
