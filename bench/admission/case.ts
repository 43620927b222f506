/** One write that both an API server and the engine are asked about. */
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'

export interface Case {
  /** Where the object comes from: `faults/public/03`, `mutation/12`, `owner+name:path#2`. */
  readonly id: string
  /** Row of the table. */
  readonly set: string
  readonly object: JsonObject
  /** The stored object's manifest: the write is an update by who wrote this, in the same way. */
  readonly old?: JsonObject
  /** How the object is written: a POST, a server-side apply with force, or kubectl's own apply. */
  readonly by: 'create' | 'server-side apply' | 'client-side apply'
}

/** What one of the two says. `unknown`: the kind is not served there. */
export interface Answer {
  readonly verdict: 'accepted' | 'rejected' | 'unknown' | 'impossible'
  readonly says: readonly string[]
}

/** Copies plain JSON. */
export function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** `apps/v1 Deployment`, for tables and for grouping. */
export function kindOf(object: JsonObject): string {
  return `${text(object['apiVersion'])} ${text(object['kind'])}`
}

export function metadataOf(object: JsonObject): JsonObject {
  const metadata = object['metadata']
  return isJsonObject(metadata) ? metadata : {}
}

/** The value if it is a string, else the empty one. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Groups of what has the same key, in the order of their first members. */
export function grouped<T>(members: readonly T[], key: (member: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const member of members) {
    const group = groups.get(key(member))
    if (group === undefined) groups.set(key(member), [member])
    else group.push(member)
  }
  return groups
}
