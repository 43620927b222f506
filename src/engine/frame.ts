/**
 * Frames of the engine ABI: `u32 header length`, header (UTF-8 JSON), `u32 number of blobs`, then each blob as
 * `u32 length` and its bytes; all integers little endian (docs/engine-abi.md).
 */

import { parseExact, stringifyExact } from '../model/exact-numbers.ts'

export interface Frame {
  readonly header: unknown
  readonly blobs: readonly Uint8Array[]
}

/** The request or response as one block of bytes. */
export function encodeFrame(header: object, blobs: readonly Uint8Array[] = []): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(stringifyExact(header))
  const size = blobs.reduce((sum, blob) => sum + 4 + blob.length, 4 + json.length + 4)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, json.length, true)
  bytes.set(json, 4)
  let position = 4 + json.length
  view.setUint32(position, blobs.length, true)
  position += 4
  for (const blob of blobs) {
    view.setUint32(position, blob.length, true)
    bytes.set(blob, position + 4)
    position += 4 + blob.length
  }
  return bytes
}

/** Throws `FrameError` when the lengths do not add up or the header is not UTF-8 JSON. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let position = 0

  function length(): number {
    if (position + 4 > bytes.length) throw new FrameError('a length is cut off')
    const value = view.getUint32(position, true)
    position += 4
    return value
  }
  function block(): Uint8Array {
    const size = length()
    if (position + size > bytes.length) throw new FrameError(`${size} bytes announced, fewer are there`)
    position += size
    return bytes.subarray(position - size, position)
  }

  const header = parseHeader(block())
  const blobs = Array.from({ length: blobCount() }, block)
  if (position !== bytes.length) throw new FrameError(`${bytes.length - position} bytes after the end`)
  return { header, blobs }

  function blobCount(): number {
    const count = length()
    // Each blob takes four bytes at least: a lying count must not allocate.
    if (count > (bytes.length - position) / 4) throw new FrameError(`${count} blobs announced, fewer fit`)
    return count
  }
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    return parseExact(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new FrameError('the header is not UTF-8 JSON', { cause: error })
  }
}

/** The other side broke the framing: an engine bug, never a fault of the input. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}
