import type { ReportTarget } from '../model/report.ts'

/** How people tell a target from the others of its place. */
export interface TargetName {
  /** Its name; with as much of its path as it takes where others of its kind have the name. */
  readonly name: string
  /** What it is, where something else of its place has the name (a HelmRelease and the Kustomization that applies it). */
  readonly kind: string | null
}

type Named = Pick<ReportTarget, 'id' | 'name' | 'kind' | 'path' | 'definition'>

const kindNames: Readonly<Record<ReportTarget['kind'], string>> = {
  plain: 'manifests',
  kustomize: 'kustomize',
  helm: 'chart',
  argocd: 'Application',
  'flux-kustomization': 'Kustomization',
  'flux-helmrelease': 'HelmRelease',
}

/**
 * Names of targets, by id. A name is enough where it is the only one of its place; the same in another place is the same
 * application.
 *
 * @param place the environment or cluster of a target; the empty text where it is not known
 */
export function targetNames<T extends Named>(
  targets: readonly T[],
  place: (target: T) => string,
): ReadonlyMap<string, TargetName> {
  const names = new Map<string, TargetName>()
  for (const alike of groupBy(targets, ({ name }) => name).values()) {
    const shared = isShared(alike, place)
    for (const ofKind of groupBy(alike, ({ kind }) => kind).values()) {
      const split = isShared(ofKind, place)
      for (const target of ofKind)
        names.set(target.id, {
          name: split ? withPath(target, ofKind) : target.name,
          kind: shared && !split ? kindNames[target.kind] : null,
        })
    }
  }
  return names
}

/** True when two of them stand in one place. */
function isShared<T>(targets: readonly T[], place: (target: T) => string): boolean {
  return new Set(targets.map(place)).size < targets.length
}

/**
 * The name with the end of a path that no other has: that of its definition, else of what it deploys; the id, where the
 * paths tell nothing.
 */
function withPath(target: Named, all: readonly Named[]): string {
  const { id, name, path, definition } = target
  const others = all.filter((other) => other.id !== id)
  const end =
    endOf(
      definition?.file,
      others.map((other) => other.definition?.file),
    ) ??
    endOf(
      path,
      others.map((other) => other.path),
    )
  if (end === undefined) return id
  return end.slice(end.lastIndexOf('/') + 1) === name ? end : `${name} (${end || '.'})`
}

/** The fewest last steps of a path in which no other path ends; undefined where another is equal. */
function endOf(path: string | undefined, others: readonly (string | undefined)[]): string | undefined {
  if (path === undefined || others.includes(path)) return undefined
  const steps = path.split('/')
  for (let from = steps.length - 1; from > 0; from--) {
    const end = steps.slice(from).join('/')
    if (!others.some((other) => other === end || other?.endsWith(`/${end}`) === true)) return end
  }
  return path
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
