/** Seeded mutations of valid objects: one fault or one harmless change each, anywhere below the root. */
import type { JsonObject } from '../../src/model/json.ts'
import { copy, metadataOf } from './case.ts'

/** JSON that may be changed. */
type Open = null | boolean | number | string | Open[] | { [key: string]: Open }
type OpenObject = Record<string, Open>

export interface Mutation {
  readonly object: JsonObject
  readonly what: string
}

/** Numbers of [0, 1) that one seed always gives in the same order (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** A place in an object: the container and the key or index in it. */
interface Place {
  readonly parent: OpenObject | Open[]
  readonly key: string | number
  readonly path: string
}

/** Places of an object beyond which half of the changes stay near its root. */
const manyPlaces = 400

/** Mutations that take what another object of the kind has at the same place: what people change, in its whole extent. */
const grafts = 0.25

/**
 * Changes one place. `identity` keeps what an update may not change without becoming another object.
 * @param donor another object of the same kind
 */
export function mutate(
  valid: JsonObject,
  next: () => number,
  identity: boolean,
  donor?: JsonObject,
): Mutation {
  const object = copy(valid) as OpenObject
  if (donor !== undefined && next() < grafts) {
    const what = graft(object, copy(donor) as OpenObject, next)
    if (what !== undefined) return { object, what }
  }
  const all = placesOf(object).filter((place) => !fixed(place.path, identity))
  // Most of a definition is its schemas, and the rules are about everything else.
  const near = all.filter(({ path }) => path.split('.').length <= 4)
  const place = pick(all.length > manyPlaces && next() < 0.5 ? near : all, next)
  if (place === undefined) return { object, what: 'nothing' }
  const change = pick(changesFor(read(place)), next) ?? remove
  const what = `${change.name} ${place.path}`
  change(place, next)
  // Metadata may be gone; an update without a name is no update.
  if (identity) object['metadata'] = { ...metadataOf(object), ...identityOf(valid) } as OpenObject
  return { object, what }
}

/** Undefined when the two differ nowhere below metadata. */
function graft(object: OpenObject, donor: OpenObject, next: () => number): string | undefined {
  const theirs = new Map(placesOf(donor).map((place) => [place.path, read(place)]))
  const different = placesOf(object).filter((place) => {
    if (/^(?:apiVersion|kind|metadata(?:\.name|\.namespace|\.generateName)?)$/.test(place.path)) return false
    const value = theirs.get(place.path)
    return value !== undefined && JSON.stringify(value) !== JSON.stringify(read(place))
  })
  const place = pick(different, next)
  if (place === undefined) return undefined
  write(place, theirs.get(place.path) ?? null)
  return `graft ${place.path}`
}

function fixed(path: string, identity: boolean): boolean {
  if (path === 'apiVersion' || path === 'kind') return true
  return (
    identity && ['metadata', 'metadata.name', 'metadata.namespace', 'metadata.generateName'].includes(path)
  )
}

function identityOf(valid: JsonObject): JsonObject {
  const { name, namespace } = metadataOf(valid)
  return { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) }
}

function placesOf(value: Open, path = ''): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value)
  return keys.flatMap((key) => {
    const step = typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
    const place: Place = { parent: value, key, path: step }
    return [place, ...placesOf(read(place), step)]
  })
}

type Change = (place: Place, next: () => number) => void

function changesFor(value: Open): Change[] {
  const any = [remove, retype, erase]
  if (Array.isArray(value)) return [...any, repeatEntry, repeatEntryChanged, dropEntry, empty, oddEntry]
  switch (typeof value) {
    case 'object':
      return value === null ? any : [...any, unknownField, unknownField, renameKey, empty]
    case 'string':
      return [...any, double, oddText, oddText, oddText, borrow]
    case 'number':
      return [...any, outOfRange, outOfRange, outOfRange, double]
    default:
      return [...any, flip, flip]
  }
}

function remove({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else Reflect.deleteProperty(parent, key)
}

function erase(place: Place): void {
  write(place, null)
}

const otherTypes: readonly Open[] = ['text', 7, 1.5, true, [], {}, ['a'], { a: 'b' }, [{}]]

function retype(place: Place, next: () => number): void {
  const type = (value: Open): string => (Array.isArray(value) ? 'list' : typeof value)
  const own = type(read(place))
  write(
    place,
    copy(
      pick(
        otherTypes.filter((value) => type(value) !== own),
        next,
      ) ?? null,
    ),
  )
}

function double(place: Place): void {
  const value = read(place)
  if (typeof value === 'number') write(place, value * 2)
  else if (typeof value === 'string') write(place, value + value)
}

const texts = [
  '',
  ' ',
  'UPPER',
  'a_b',
  'a.b',
  '-a',
  'a-',
  '1a',
  'a/b',
  '/a',
  '../a',
  'a b',
  'é',
  '0',
  '-1',
  '70000',
  '1Gi',
  '1Gib',
  '-5',
  '10%',
  '101%',
  'x'.repeat(64),
  'x'.repeat(254),
  'true',
  'TCP',
  'None',
  'Always',
  'a:b',
  '*',
  '10.0.0.1',
  '10.0.0.1/33',
  '2001:db8::1',
  'https://a.example',
  '0s',
  '1h',
  '@every 1h',
  '60 * * * *',
  'Local',
  '$(A)',
]

function oddText(place: Place, next: () => number): void {
  write(place, pick(texts, next) ?? '')
}

const numbers = [
  -1, 0, 1, 2, 65535, 65536, 100000, 2147483647, 2147483648, -2147483649, 9007199254740991, 0.5, 1000000,
]

function outOfRange(place: Place, next: () => number): void {
  write(place, pick(numbers, next) ?? 0)
}

function flip(place: Place): void {
  write(place, read(place) !== true)
}

/** A text from elsewhere in the same object: right alphabet, wrong meaning. */
function borrow(place: Place, next: () => number): void {
  const siblings = Object.values(place.parent).filter((value): value is string => typeof value === 'string')
  write(place, pick(siblings, next) ?? '')
}

function unknownField(place: Place, next: () => number): void {
  const value = read(place) as OpenObject
  value[pick(['unknownField', 'name', 'type', 'value', 'spec', 'status', 'replicas', 'key'], next) ?? 'x'] ??=
    'x'
}

function renameKey(place: Place, next: () => number): void {
  const value = read(place) as OpenObject
  const key = pick(Object.keys(value), next)
  if (key === undefined) return
  const renamed = pick([key.toUpperCase(), `${key}s`, `${key} `, `a/b/${key}`, ''], next) ?? ''
  const held = value[key]
  Reflect.deleteProperty(value, key)
  if (held !== undefined) value[renamed] = held
}

function repeatEntry(place: Place, next: () => number): void {
  const list = read(place) as Open[]
  const entry = pick(list, next)
  if (entry !== undefined) list.push(copy(entry))
}

/** The same entry but for one member: a duplicate by its key, or not at all. */
function repeatEntryChanged(place: Place, next: () => number): void {
  const list = read(place) as Open[]
  const entry = pick(list, next)
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return
  const changed = copy(entry)
  const key = pick(Object.keys(changed), next)
  if (key !== undefined) changed[key] = typeof changed[key] === 'number' ? 4242 : 'other'
  list.push(changed)
}

function dropEntry(place: Place, next: () => number): void {
  const list = read(place) as Open[]
  list.splice(Math.floor(next() * list.length), 1)
}

function oddEntry(place: Place, next: () => number): void {
  const list = read(place) as Open[]
  list.push(pick([null, '', 'x', 1, {}, []], next) ?? null)
}

function empty(place: Place): void {
  write(place, Array.isArray(read(place)) ? [] : {})
}

function read({ parent, key }: Place): Open {
  return (parent as Record<string | number, Open>)[key] ?? null
}

function write({ parent, key }: Place, value: Open): void {
  ;(parent as Record<string | number, Open>)[key] = value
}

function pick<T>(list: readonly T[], next: () => number): T | undefined {
  return list[Math.floor(next() * list.length)]
}
