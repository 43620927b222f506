import { createHash } from 'node:crypto'
import type { Engines } from '../engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { Tree } from '../model/tree.ts'
import { parseConstraint } from '../source/remote/version-constraint.ts'
import { requirementsOf, type ChartDependency, type Charts } from './charts.ts'
import { objectsAt, textAt } from './fields.ts'
import { childOf } from './paths.ts'
import { parseTakingLast } from './repeated-keys.ts'

/** Chart.lock, or requirements.lock of the old format. */
export interface ChartLock {
  readonly file: string
  readonly digest: string
  readonly dependencies: readonly JsonObject[]
}

/** The lock of a chart; undefined when there is none. */
export async function readChartLock(
  directory: string,
  { tree, engines, charts }: { readonly tree: Tree; readonly engines: Engines; readonly charts: Charts },
): Promise<ChartLock | undefined> {
  const old = charts.byDirectory.get(directory)?.apiVersion === 'v1'
  const file = childOf(directory, old ? 'requirements.lock' : 'Chart.lock')
  if (tree.resolve(file).kind !== 'file') return undefined
  const value = (await parseTakingLast(tree, engines, [file])).get(file)?.documents[0]?.value
  return {
    file,
    digest: textAt(value, 'digest') ?? '',
    dependencies: objectsAt(value, 'dependencies'),
  }
}

/**
 * Why dependencies that are not in `charts/` cannot be built: a lock that was made for others, which `helm dependency build`
 * and with it Argo CD refuses (pkg/downloader Manager.Build), or a folder that holds another version than the locked one.
 *
 * @param hashed false for Flux, which takes a lock as it is (source-controller, dependency_manager.go)
 */
export async function dependencyFault(
  directory: string,
  among: { readonly tree: Tree; readonly engines: Engines; readonly charts: Charts },
  hashed = true,
): Promise<string | undefined> {
  const chart = among.charts.byDirectory.get(directory)
  if (chart?.dependencies.every(({ vendored }) => vendored) !== false) return undefined
  const lock = await readChartLock(directory, among)
  if (lock === undefined) return undefined
  const wanted = await requirementsOf(directory, among)
  const old = chart.apiVersion === 'v1'
  const digests = [lockDigest([wanted, lock.dependencies])]
  // Locks of Helm 2 hash the requirements alone.
  if (old) digests.push(lockDigest({ dependencies: wanted }))
  if (hashed && !digests.includes(lock.digest))
    return old
      ? 'the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies'
      : "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'"
  return chart.dependencies.map((dependency) => versionFault(dependency, lock, among.charts)).find(Boolean)
}

/** A folder that holds another version than the lock names. */
function versionFault(
  { name, repository, local, vendored }: ChartDependency,
  lock: ChartLock,
  charts: Charts,
): string | undefined {
  if (local === undefined || vendored) return undefined
  const entry = lock.dependencies.find(
    (item) => textAt(item, 'name') === name && textAt(item, 'repository') === repository,
  )
  const there = charts.byDirectory.get(local)?.version
  if (entry === undefined || there === undefined) return undefined
  const locked = textAt(entry, 'version') ?? ''
  return parseConstraint(locked)?.(there) === false
    ? `can't get a valid version for dependency ${name}: ${lock.file} names ${locked}, and ${local} holds ${there}`
    : undefined
}

/** The digest of a lock (internal/resolver HashReq): of Go's JSON of both lists. */
function lockDigest(
  value: Readonly<Record<string, readonly JsonObject[]>> | readonly (readonly JsonObject[])[],
): string {
  const lists = Array.isArray(value)
    ? (value as readonly (readonly JsonObject[])[]).map((list) => list.map(asGo))
    : { dependencies: (value as { readonly dependencies: readonly JsonObject[] }).dependencies.map(asGo) }
  return `sha256:${createHash('sha256')
    .update(goText(JSON.stringify(lists)))
    .digest('hex')}`
}

/** Fields in the order of chart.Dependency, empty ones left out where Go leaves them out. */
function asGo(entry: JsonObject): Json {
  const filled = (key: string): Readonly<Record<string, Json>> => {
    const value = entry[key]
    const empty = value === undefined || value === null || value === '' || value === false
    return empty || (Array.isArray(value) && value.length === 0) ? {} : { [key]: sortKeys(value) }
  }
  return {
    name: textAt(entry, 'name') ?? '',
    ...filled('version'),
    repository: textAt(entry, 'repository') ?? '',
    ...filled('condition'),
    ...filled('tags'),
    ...filled('enabled'),
    ...filled('import-values'),
    ...filled('alias'),
  }
}

/** Go prints the keys of a map in order. */
function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortKeys(item)]),
  )
}

/** encoding/json escapes what a browser could take for markup. */
function goText(text: string): string {
  return text.replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
