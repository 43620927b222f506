/** Whether a Kubernetes minor serves a kind, and what to write instead when it does not. */
import {
  definitionAt,
  kindKey,
  type EmbeddedMinor,
  type GroupVersionKind,
  type KindEntry,
  type Schemas,
} from './catalogue.ts'
import { nearestName } from './messages.ts'
import { removedLongAgo } from './removed.ts'

export type Availability =
  | { readonly status: 'served'; readonly entry: KindEntry }
  | {
      readonly status: 'removed'
      /** First minor without it. */
      readonly removedIn: string
      /** apiVersion that serves the kind in the declared minor. */
      readonly replacement?: string
      readonly message: string
    }
  | { readonly status: 'not-yet'; readonly since: string; readonly message: string }
  /** `rejected`: the group is Kubernetes' own, so no CRD can bring the kind. */
  | { readonly status: 'unknown-kind'; readonly rejected: boolean; readonly message: string }

/** @param kubernetes the declared minor, for sentences, and the embedded one that answers */
export function availability(
  schemas: Schemas,
  kind: GroupVersionKind,
  { index, minor }: EmbeddedMinor,
): Availability {
  const { minors } = schemas.catalogue
  const entry = schemas.kinds.get(kindKey(kind))
  const apiVersion = joinApiVersion(kind)
  if (entry === undefined) return unknownKind(schemas, kind, index)
  if (definitionAt(entry, index) !== undefined) return { status: 'served', entry }

  const served = entry.definitions.find(([first]) => first > index)
  if (served !== undefined) {
    const since = minors[served[0]] ?? ''
    const message = `Kubernetes ${minor} does not serve ${kind.kind} in ${apiVersion} yet, ${since} is the first that does`
    return { status: 'not-yet', since, message }
  }
  const last = entry.definitions.at(-1)?.[1] ?? 0
  return removed(schemas, kind, index, minors[last + 1] ?? '', servedElsewhere(schemas, kind, index))
}

/** A kind that the declared minor serves and a later one does not any more. */
export interface Deprecation {
  /** First minor without it. */
  readonly removedIn: string
  /** apiVersion that serves the kind in the declared minor already. */
  readonly replacement?: string
  readonly message: string
}

/** Undefined for kinds that the newest embedded minor still serves. */
export function deprecation(
  schemas: Schemas,
  kind: GroupVersionKind,
  { index, minor }: EmbeddedMinor,
  entry: KindEntry,
): Deprecation | undefined {
  const { minors } = schemas.catalogue
  const removedIn = minors[(entry.definitions.at(-1)?.[1] ?? index) + 1]
  if (removedIn === undefined) return undefined
  const other = servedElsewhere(schemas, kind, index)
  const replacement = other === joinApiVersion(kind) ? undefined : other
  const use = replacement === undefined ? '' : `; ${minor} serves ${replacement} already`
  return {
    removedIn,
    message: `${kind.kind} of ${joinApiVersion(kind)} is not served from Kubernetes ${removedIn} on${use}`,
    ...(replacement === undefined ? {} : { replacement }),
  }
}

function unknownKind(schemas: Schemas, kind: GroupVersionKind, minor: number): Availability {
  const apiVersion = joinApiVersion(kind)
  const old = removedLongAgo(apiVersion, kind.kind)
  if (old !== undefined) return removed(schemas, kind, minor, old.removedIn, old.replacement)

  const group = schemas.catalogue.kinds.filter((entry) => entry.group === kind.group)
  // Lists are an envelope of kubectl and never stored.
  if (group.length === 0 || kind.kind.endsWith('List'))
    return { status: 'unknown-kind', rejected: false, message: `no schema for ${kind.kind} in ${apiVersion}` }

  const served = group.filter((entry) => definitionAt(entry, minor) !== undefined)
  const other = servedElsewhere(schemas, kind, minor)
  const nearest = nearestName(kind.kind, [...new Set(served.map((entry) => entry.kind))].sort())
  const hint =
    other !== undefined
      ? `; ${other} has it`
      : nearest === undefined || nearest === kind.kind
        ? ''
        : `, did you mean "${nearest}"?`
  return {
    status: 'unknown-kind',
    rejected: true,
    message: `Kubernetes has no ${kind.kind} in ${apiVersion}${hint}`,
  }
}

function removed(
  schemas: Schemas,
  kind: GroupVersionKind,
  minor: number,
  removedIn: string,
  replacement: string | undefined,
): Availability {
  const served = `${kind.kind} of ${joinApiVersion(kind)} is not served since Kubernetes ${removedIn}`
  const { minors } = schemas.catalogue
  const message =
    replacement === undefined
      ? `${served} and has no replacement in ${minors[minor] ?? ''}`
      : `${served}; use ${replacement}`
  return { status: 'removed', removedIn, message, ...(replacement === undefined ? {} : { replacement }) }
}

/** The best apiVersion that serves the same kind: of its own group if possible, the most stable first. */
function servedElsewhere(schemas: Schemas, kind: GroupVersionKind, minor: number): string | undefined {
  const candidates = schemas.catalogue.kinds
    .filter((entry) => entry.kind === kind.kind && definitionAt(entry, minor) !== undefined)
    .sort(
      (a, b) =>
        Number(b.group === kind.group) - Number(a.group === kind.group) ||
        stability(b.version) - stability(a.version),
    )
  return candidates[0] === undefined ? undefined : joinApiVersion(candidates[0])
}

/** `v2` over `v1` over `v1beta2` over `v1alpha1`, as the API server prefers versions. */
function stability(version: string): number {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version)
  if (match === null) return 0
  const level = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1
  return level * 1e4 + Number(match[1]) * 100 + Number(match[3] ?? 0)
}

function joinApiVersion({ group, version }: Pick<GroupVersionKind, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}
