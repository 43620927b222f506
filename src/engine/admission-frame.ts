import type { JsonObject } from '../model/json.ts'
import { stringifyExact } from '../model/exact-numbers.ts'
import type { AdmissionLoadRequest, AdmissionRequest } from './api.ts'
import { encodeFrame } from './frame.ts'

/** Lists of a load that hold objects; the others are small. */
const lists = ['customResourceDefinitions', 'namespaces', 'policies', 'bindings', 'parameters'] as const

/** An object as the engine reads it: UTF-8 JSON, integers with all their digits. */
export type EncodeObject = (object: JsonObject) => Uint8Array

const encoder = new TextEncoder()
export const encodeObject: EncodeObject = (object) => encoder.encode(stringifyExact(object))

/**
 * The request with its objects as blobs: the header says their positions. The engine reads a header twice before it does
 * anything, and objects are nearly all of a request.
 */
export function encodeAdmissionRequest(
  request: AdmissionRequest,
  encode: EncodeObject = encodeObject,
): Uint8Array<ArrayBuffer> {
  const blobs: Uint8Array[] = []
  const position = (object: JsonObject): number => blobs.push(encode(object)) - 1
  return encodeFrame(header(request, position), blobs)
}

function header(request: AdmissionRequest, position: (object: JsonObject) => number): object {
  if (request.op === 'load') return { ...request, ...objectLists(request, position) }
  if (!('writes' in request)) return request
  const writes = request.writes.map((write) => ({
    ...write,
    ...(write.object === undefined ? {} : { object: position(write.object) }),
    ...(write.old === undefined ? {} : { old: position(write.old) }),
  }))
  return { ...request, writes }
}

function objectLists(
  request: AdmissionLoadRequest,
  position: (object: JsonObject) => number,
): Record<string, readonly number[]> {
  const given = lists.flatMap((name) => {
    const objects = request[name]
    return objects === undefined ? [] : [[name, objects.map(position)] as const]
  })
  return Object.fromEntries(given)
}
