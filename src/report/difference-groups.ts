import { identityKey, type ObjectIdentity } from '../model/object.ts'
import type { ReportChange } from '../model/report.ts'
import { compareRanks, type View } from './view.ts'

/** What one object looks like after the change, told once for all targets in which it changes alike. */
export interface DifferenceEntry {
  readonly operation: ReportChange['operation']
  /** Objects with the same edit; the hunks are those of the first. */
  readonly objects: readonly {
    readonly identity: ObjectIdentity
    readonly renamedFrom: ObjectIdentity | null
    readonly hook: ReportChange['hook']
    readonly targets: readonly string[]
  }[]
  /** All target ids of all objects. */
  readonly targets: readonly string[]
  /** Parts of the difference; the first is the one that most targets share. */
  readonly parts: readonly DifferencePart[]
  /** Lower comes first. */
  readonly risk: readonly (number | string)[]
}

export interface DifferencePart {
  /** Targets that this part of the difference holds for. */
  readonly targets: readonly string[]
  /** Hunks of a unified difference, headers without line numbers. */
  readonly hunks: readonly string[]
  readonly secretKeys: ReportChange['secretKeys']
}

/** Objects that differ only in noise, by the sentence that says which. */
export interface NoiseGroup {
  readonly noise: string
  readonly objects: readonly ObjectIdentity[]
  readonly targets: readonly string[]
}

/**
 * Joins equal differences: first the targets of one object, hunk by hunk, then objects whose whole difference is the
 * same. Riskiest first: what blocks, what deletes, production, then larger before smaller kinds of damage, then size.
 */
export function groupDifferences(view: View): {
  readonly entries: readonly DifferenceEntry[]
  readonly noise: readonly NoiseGroup[]
} {
  const quiet = view.report.changes.filter((change) => change.noise !== null)
  const loud = view.report.changes.filter((change) => change.noise === null)
  const byObject = new Map<string, ReportChange[]>()
  for (const change of loud) {
    const key = `${change.operation}\n${identityKey(change.object)}`
    const group = byObject.get(key)
    if (group === undefined) byObject.set(key, [change])
    else group.push(change)
  }
  const risky = riskOf(view)
  const byDifference = new Map<string, DifferenceEntry>()
  for (const [key, changes] of byObject) {
    const entry = entryOf(changes, risky)
    if (entry === undefined) continue
    const same = sameDifference(entry) ?? key
    const known = byDifference.get(same)
    byDifference.set(same, known === undefined ? entry : join(known, entry))
  }
  return {
    entries: [...byDifference.values()].sort((a, b) => compareRanks(a.risk, b.risk)),
    noise: groupNoise(quiet),
  }
}

function entryOf(
  changes: readonly ReportChange[],
  risky: (change: ReportChange) => readonly (number | string)[],
): DifferenceEntry | undefined {
  const [first] = changes
  if (first === undefined) return undefined
  const targets = changes.map((change) => change.target)
  const risks = changes.map(risky).sort(compareRanks)
  return {
    operation: first.operation,
    objects: [{ identity: first.object, renamedFrom: first.renamedFrom, hook: first.hook, targets }],
    targets,
    parts: partsOf(changes),
    risk: [
      ...(risks[0] ?? []),
      -Math.max(...changes.map((change) => change.hunks.length)),
      identityKey(first.object),
    ],
  }
}

/** Hunks (and sets of Secret keys) by the targets that have them; the part of most targets first. */
function partsOf(changes: readonly ReportChange[]): readonly DifferencePart[] {
  const owners = new Map<
    string,
    { targets: Set<string>; hunk: string | null; keys: ReportChange['secretKeys'] }
  >()
  for (const change of changes) {
    const pieces = [
      ...splitHunks(change.hunks).map((hunk) => ({ key: `h${hunk}`, hunk, keys: [] })),
      ...(change.secretKeys.length === 0
        ? []
        : [{ key: `k${JSON.stringify(change.secretKeys)}`, hunk: null, keys: change.secretKeys }]),
    ]
    for (const { key, hunk, keys } of pieces) {
      const owner = owners.get(key) ?? { targets: new Set(), hunk, keys }
      owners.set(key, owner)
      owner.targets.add(change.target)
    }
  }
  const parts = new Map<
    string,
    { targets: string[]; hunks: string[]; secretKeys: ReportChange['secretKeys'] }
  >()
  for (const { targets, hunk, keys } of owners.values()) {
    const ids = [...targets]
    const key = ids.join('\n')
    const part = parts.get(key) ?? { targets: ids, hunks: [], secretKeys: [] }
    if (hunk !== null) part.hunks.push(hunk)
    part.secretKeys = [...part.secretKeys, ...keys]
    parts.set(key, part)
  }
  // Sorting is stable: parts of as many targets keep the order of the report.
  return [...parts.values()].sort((a, b) => b.targets.length - a.targets.length)
}

/**
 * The hunks of a unified difference. Line numbers in headers go: the same edit stands on other lines in other targets,
 * and nobody can open a rendered line.
 */
export function splitHunks(hunks: string): readonly string[] {
  if (hunks === '') return []
  const pieces: string[] = []
  let lines: string[] = []
  const end = (): void => {
    if (lines.length > 0) pieces.push(lines.join('\n'))
    lines = []
  }
  for (const line of hunks.replace(/\n+$/, '').split('\n')) {
    if (!line.startsWith('@@')) {
      lines.push(line)
      continue
    }
    end()
    const path = line.replace(/^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@ ?/, '')
    // GitHub colours a header only between two marks.
    lines.push(path === '' ? '@@ @@' : `@@ ${path} @@`)
  }
  end()
  return pieces
}

/** One string for entries that may be told as one: updates without parts of their own per target. */
function sameDifference(entry: DifferenceEntry): string | undefined {
  const [part, ...more] = entry.parts
  if (entry.operation !== 'UPDATE' || part === undefined || more.length > 0) return undefined
  if (part.hunks.length === 0 || part.targets.length !== entry.targets.length) return undefined
  return `same\n${part.hunks.map(edit).join('\n')}`
}

/** What a hunk changes, without the lines around it: those belong to one object. */
function edit(hunk: string): string {
  return hunk
    .split('\n')
    .filter((line) => /^(?:[-+]|@@)/.test(line))
    .join('\n')
}

function join(a: DifferenceEntry, b: DifferenceEntry): DifferenceEntry {
  const targets = [...new Set([...a.targets, ...b.targets])]
  return {
    operation: a.operation,
    objects: [...a.objects, ...b.objects],
    targets,
    parts: a.parts.map((part) => ({ ...part, targets })),
    risk: compareRanks(a.risk, b.risk) <= 0 ? a.risk : b.risk,
  }
}

/**
 * Kinds whose edits hurt most, before those that mostly do not: access, data, what all others stand on. Ours; only
 * the order of the comment depends on it.
 */
const kindRisk = new Map<string, number>([
  ...[
    'CustomResourceDefinition',
    'Namespace',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'StatefulSet',
  ].map((kind) => [kind, 0] as const),
  ...['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'NetworkPolicy', 'Secret'].map(
    (kind) => [kind, 1] as const,
  ),
  ...['Deployment', 'DaemonSet', 'Service', 'Ingress', 'Job', 'CronJob'].map((kind) => [kind, 2] as const),
])

function riskOf(view: View): (change: ReportChange) => readonly (number | string)[] {
  const blocked = new Set<string>()
  for (const finding of view.blocking)
    if (finding.object !== undefined) blocked.add(identityKey(finding.object))
  const destroyed = new Set(view.report.destructions.map((item) => identityKey(item.object)))
  return (change) => {
    const key = identityKey(change.object)
    return [
      blocked.has(key) ? 0 : 1,
      destroyed.has(key) ? 0 : 1,
      view.target(change.target)?.production === true ? 0 : 1,
      change.operation === 'DELETE' ? 0 : change.operation === 'UPDATE' ? 1 : 2,
      kindRisk.get(change.object.kind) ?? 3,
    ]
  }
}

function groupNoise(changes: readonly ReportChange[]): readonly NoiseGroup[] {
  const groups = new Map<string, { objects: Map<string, ObjectIdentity>; targets: Set<string> }>()
  for (const change of changes) {
    const noise = change.noise ?? ''
    const group = groups.get(noise) ?? { objects: new Map(), targets: new Set() }
    groups.set(noise, group)
    group.objects.set(identityKey(change.object), change.object)
    group.targets.add(change.target)
  }
  return [...groups]
    .map(([noise, { objects, targets }]) => ({
      noise,
      objects: [...objects.values()],
      targets: [...targets],
    }))
    .sort((a, b) => compareRanks([-a.objects.length, a.noise], [-b.objects.length, b.noise]))
}
