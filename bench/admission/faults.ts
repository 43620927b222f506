/** Sets of manifests with one fault each, and of ones that a server accepts: `index.json`, `crds.json`, the files. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import type { Case } from './case.ts'

interface Fault {
  readonly id: string
  readonly set: string
  readonly files: readonly string[]
}

export interface FaultSet {
  readonly cases: readonly Case[]
  readonly definitions: readonly JsonObject[]
}

/** One file is a create, two are an update that is applied server-side. */
export function faultsOf(folder: string): FaultSet {
  const load = (file: string): JsonObject =>
    JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonObject
  const listed = load('crds.json') as JsonObject | JsonObject[]
  const definitions = Array.isArray(listed) ? listed : ((listed['items'] ?? []) as JsonObject[])
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Fault[]
  const cases = index.map(({ id, set, files }): Case => {
    const [first = {}, second] = files.map(load)
    if (second === undefined)
      return { id: `faults/${id}`, set: `faults, ${set}`, object: first, by: 'create' }
    return { id: `faults/${id}`, set: `faults, ${set}`, object: second, old: first, by: 'server-side apply' }
  })
  return { cases, definitions }
}
