import { fieldSteps } from '../field-steps.ts'
import type { Found } from '../judgement.ts'
import { formatPath } from '../schema/path.ts'
import type { ChangeWrite } from '../writes.ts'

/** What is known of the kinds of the objects beyond the findings. */
export interface KnownKinds {
  /** Writes of kinds that the API server's own code does not know: only the schema speaks for them. */
  readonly unknown?: Iterable<ChangeWrite>
  /** Writes of kinds that the declared minor serves. */
  readonly served?: Iterable<ChangeWrite>
}

/**
 * One finding for one field: the API server's sentence wins over the schema's, which lends it the nearest name of a field
 * that nobody knows. It gives way where the schema says more: a decoder's error that names no field, and a kind that the
 * server just does not know, of which the schema knows since when and what replaces it. A kind that the declared minor serves although the embedded API server has lost it is
 * no finding at all. Of custom resources that the server's code has judged the schema only tells what gets dropped: it
 * is the same schema, and the server tolerates old values that did not change (ratcheting). And what a server that read
 * the object does not miss, or reads all the same, is advice: the API's documents call fields required that have a zero value,
 * and texts what may be a list of bytes (`[]byte` of encoding/json).
 */
export function withoutRepetition(
  admission: readonly Found[],
  schema: readonly Found[],
  kinds: KnownKinds = {},
): readonly Found[] {
  const said = new Set(admission.map(fieldKey))
  const paths = pathsByObject(admission)
  const unjudged = new Set([...(kinds.unknown ?? [])].map(writeKey))
  const kept = schema.filter(
    (found) =>
      !said.has(fieldKey(found)) &&
      !isCovered(found, paths) &&
      (found.judgedBy !== 'crd' || found.finding.level === 'advisory' || unjudged.has(objectKey(found))),
  )
  const typed = objectsWith(kept, ['schema/wrong-type'])
  const strange = new Set([
    ...objectsWith(kept, ['schema/removed-kind', 'schema/kind-not-yet', 'schema/unknown-kind']),
    ...[...(kinds.served ?? [])].map(writeKey),
  ])
  const spoken = admission.filter((found) => {
    const { rule, path } = found.finding
    if (rule === 'admission/Decode' && path === '') return !typed.has(objectKey(found))
    return rule !== noMatch || !strange.has(objectKey(found))
  })
  const unasked = new Set([...unjudged, ...objectsWith(admission, [noMatch, 'admission/Decode'])])
  return [
    ...withNearestNames(spoken, schema),
    ...kept.map((found) =>
      byOthers.has(found.judgedBy ?? '') || unasked.has(objectKey(found)) ? found : advised(found),
    ),
  ]
}

/** Schemas that are no server's: a definition's, and those that the configuration names. */
const byOthers: ReadonlySet<string> = new Set(['crd', 'schema-locations'])

/** What the server says of the same, by rule. */
const nevertheless: ReadonlyMap<string, string> = new Map([
  ['schema/missing-field', 'the API server takes the object without it'],
  ['schema/wrong-type', 'the API server reads it all the same'],
])

function advised(found: Found): Found {
  const { finding } = found
  const said = nevertheless.get(finding.rule)
  if (said === undefined) return found
  const message = `${finding.message}; ${said}`
  return { ...found, finding: { ...finding, level: 'advisory', severity: 'low', message } }
}

function isMissing({ finding }: Found): boolean {
  return finding.rule === 'schema/missing-field'
}

/** The server only says that a field is unknown; the schema knows those that could have been meant. */
function withNearestNames(spoken: readonly Found[], schema: readonly Found[]): readonly Found[] {
  const nearest = new Map(
    schema.flatMap((found) => {
      const { message, remedy } = found.finding
      return remedy !== undefined && message.includes('did you mean') ? [[fieldKey(found), remedy]] : []
    }),
  )
  if (nearest.size === 0) return spoken
  return spoken.map((found) => {
    const remedy = found.finding.message.startsWith('unknown field')
      ? nearest.get(fieldKey(found))
      : undefined
    return remedy === undefined ? found : { ...found, finding: { ...found.finding, remedy } }
  })
}

/** Rule of the finding that a server does not have the kind. */
export const noMatch = 'admission/NoMatch'

/** A missing field below which the server misses its own required fields. */
function isCovered(found: Found, admission: ReadonlyMap<string, readonly string[]>): boolean {
  if (!isMissing(found)) return false
  const below = `${found.finding.path}.`
  return admission.get(objectKey(found))?.some((path) => path.startsWith(below)) ?? false
}

function pathsByObject(found: readonly Found[]): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, string[]>()
  for (const one of found) {
    const key = objectKey(one)
    const known = paths.get(key)
    if (known === undefined) paths.set(key, [one.finding.path])
    else known.push(one.finding.path)
  }
  return paths
}

function objectsWith(found: readonly Found[], names: readonly string[]): ReadonlySet<string> {
  return new Set(found.filter(({ finding }) => names.includes(finding.rule)).map(objectKey))
}

/** The server writes map keys in brackets where the schema writes a dot: `requests[memory]`, `requests.memory`. */
function fieldKey(found: Found): string {
  const { path } = found.finding
  const object = found.object?.object
  const field = object === undefined ? path : formatPath(fieldSteps(object, path))
  return JSON.stringify([objectKey(found), field])
}

function objectKey({ finding: { object, target } }: Pick<Found, 'finding'>): string {
  return JSON.stringify([target, object])
}

function writeKey({ change }: ChangeWrite): string {
  return JSON.stringify([change.target, change.identity])
}
