import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { ListSemantics } from '../model/list.ts'
import { canonicalJson, ownValue } from './equal.ts'

/** How entries of a list find each other on the two sides. */
export type ListMatching =
  /** By the values of these keys; `ordered` says that another order means something else. */
  | { readonly by: 'keys'; readonly keys: readonly string[]; readonly ordered: boolean }
  /** As a set: order and repetition mean nothing. */
  | { readonly by: 'value' }
  | { readonly by: 'index' }

interface KnownList {
  readonly keys: readonly string[]
  /** Values of keys that the API server fills in: two entries that differ in them only by absence are the same. */
  readonly defaults?: Readonly<Record<string, Json>>
  /** True when another order means something else. */
  readonly ordered?: (entries: readonly Json[]) => boolean
}

/**
 * Merge keys by field name: patchMergeKey and x-kubernetes-list-map-keys of k8s.io/api, which agree for a field name
 * wherever it occurs. Several rows for one name are tried in order (ports of containers, then of Services).
 * Init containers run in their order, and an environment variable may refer to earlier ones by `$(NAME)`.
 */
const knownLists: Readonly<Record<string, readonly KnownList[]>> = {
  containers: [{ keys: ['name'] }],
  ephemeralContainers: [{ keys: ['name'] }],
  initContainers: [{ keys: ['name'], ordered: () => true }],
  env: [{ keys: ['name'], ordered: (entries) => entries.some(refersToVariable) }],
  volumes: [{ keys: ['name'] }],
  volumeMounts: [{ keys: ['mountPath'] }],
  volumeDevices: [{ keys: ['devicePath'] }],
  ports: [
    { keys: ['containerPort', 'protocol'], defaults: { protocol: 'TCP' } },
    { keys: ['port', 'protocol'], defaults: { protocol: 'TCP' } },
  ],
  topologySpreadConstraints: [{ keys: ['topologyKey', 'whenUnsatisfiable'] }],
  hostAliases: [{ keys: ['ip'] }],
  imagePullSecrets: [{ keys: ['name'] }],
  secrets: [{ keys: ['name'] }],
  schedulingGates: [{ keys: ['name'] }],
  resourceClaims: [{ keys: ['name'] }],
  claims: [{ keys: ['name'] }],
  webhooks: [{ keys: ['name'] }],
  matchConditions: [{ keys: ['name'] }],
  variables: [{ keys: ['name'] }],
  conditions: [{ keys: ['type'] }],
  ownerReferences: [{ keys: ['uid'] }],
}

/** `x-kubernetes-list-type: set` fields of objects that people write. */
const knownSets: ReadonlySet<string> = new Set(['finalizers'])

/**
 * How to compare two lists of a field: as its schema says (`semantics`), else by the table above. A key is used only when every entry of both sides has it and no two of a side
 * share it: otherwise the cluster would not merge by it either. Lists of unknown kinds go by `name` when that works,
 * but there their order counts, since nothing says that it does not.
 */
export function matchLists(
  field: string | undefined,
  a: readonly Json[],
  b: readonly Json[],
  semantics?: ListSemantics,
): ListMatching {
  if (semantics?.type === 'set' && [...a, ...b].every(isScalar)) return { by: 'value' }
  if (field !== undefined && knownSets.has(field) && [...a, ...b].every(isScalar)) return { by: 'value' }
  const known = field !== undefined && Object.hasOwn(knownLists, field) ? (knownLists[field] ?? []) : []
  if (semantics?.type === 'map' && semantics.keys.length > 0) {
    const { keys } = semantics
    if (areKeyed(a, keys, sharedDefaults) && areKeyed(b, keys, sharedDefaults))
      return { by: 'keys', keys, ordered: known.some(({ ordered }) => ordered?.([...a, ...b]) === true) }
  }
  for (const { keys, ordered, defaults } of known) {
    if (areKeyed(a, keys, defaults) && areKeyed(b, keys, defaults))
      return { by: 'keys', keys, ordered: ordered?.([...a, ...b]) ?? false }
  }
  if (areKeyed(a, ['name']) && areKeyed(b, ['name'])) return { by: 'keys', keys: ['name'], ordered: true }
  return { by: 'index' }
}

/** The keys that name an entry among its neighbours, or undefined when it has no name of its own. */
export function entryKeys(
  field: string | undefined,
  list: readonly Json[],
  index: number,
): Readonly<Record<string, Json>> | undefined {
  const matching = matchLists(field, list, list)
  const entry = list[index]
  if (matching.by !== 'keys' || !isJsonObject(entry)) return undefined
  return keysOf(entry, matching.keys)
}

/** The given keys of an entry, with the API server's defaults for absent ones. */
export function keysOf(entry: JsonObject, keys: readonly string[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(keys.map((key) => [key, ownValue(entry, key) ?? sharedDefaults[key] ?? null]))
}

/** `protocol` is the only key that upstream's merge keys leave to a default. */
const sharedDefaults: Readonly<Record<string, Json>> = { protocol: 'TCP' }

function areKeyed(
  list: readonly Json[],
  keys: readonly string[],
  defaults: Readonly<Record<string, Json>> = {},
): boolean {
  const seen = new Set<string>()
  for (const entry of list) {
    if (!isJsonObject(entry)) return false
    if (!keys.every((key) => isName(ownValue(entry, key) ?? defaults[key]))) return false
    seen.add(canonicalJson(keysOf(entry, keys)))
  }
  return seen.size === list.length
}

function refersToVariable(entry: Json): boolean {
  const value = isJsonObject(entry) ? ownValue(entry, 'value') : undefined
  return typeof value === 'string' && value.includes('$(')
}

function isName(value: Json | undefined): boolean {
  return typeof value === 'string' || typeof value === 'number'
}

function isScalar(value: Json): boolean {
  return typeof value !== 'object' || value === null
}
