import type { Change } from '../model/change.ts'
import type { RenderedPair, Rendering } from '../model/rendering.ts'
import type { ReportApplication } from '../model/report.ts'
import { movedRelease } from '../model/release.ts'
import type { DefinitionFacts, Target } from '../model/target.ts'
import { changedFields } from './definition-fields.ts'
import { ignoredChanges } from './ignored-differences.ts'

/**
 * Definitions that come, go or change: with what prune and finalizers will do. Sorted by target, the most drastic
 * first. `targets` are all of both sides: what applies a definition decides whether removing it does anything.
 * `changes` say which of them have changed objects.
 */
export function applicationChanges(
  pairs: readonly RenderedPair[],
  targets: ReadonlyMap<string, Target>,
  changes: readonly Change[],
): readonly ReportApplication[] {
  const byTarget = new Map<string, Change[]>()
  for (const change of changes)
    if (change.operation !== 'NONE')
      byTarget.set(change.target, [...(byTarget.get(change.target) ?? []), change])
  return [...pairs]
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .flatMap(({ id, base, head, heldBack = [], compared }) => {
      const old = base?.target
      const now = head?.target
      const location = now?.definition ?? old?.definition ?? null
      const own = byTarget.get(id) ?? []
      const told: readonly Told[] = [
        ...sentences({ base, head }, targets, own.length > 0),
        ...(old !== undefined && now !== undefined ? heldBySet(old, now) : []),
        ...(now !== undefined && own.length > 0 ? [...heldByHydrator(now), ...heldByPin(now)] : []),
        ...(now !== undefined && own.length > 0 ? suspendedBy(old, now, targets) : []),
        ...(now?.facts === undefined ? [] : ignoredChanges(own, now.facts, compared)).map(
          (sentence): Told => ['held-back', sentence],
        ),
        ...heldBack.map((sentence): Told => ['held-back', sentence]),
      ]
      return told.map(([change, sentence]) => ({
        target: id,
        change,
        sentence,
        location,
      }))
    })
}

type Told = readonly [ReportApplication['change'], string]

function sentences(
  { base, head }: { base: Rendering | undefined; head: Rendering | undefined },
  parents: ReadonlyMap<string, Target>,
  rendered: boolean,
): readonly Told[] {
  const old = base?.target
  const now = head?.target
  if (now?.facts !== undefined && old === undefined) return [['created', created(head, now, now.facts)]]
  if (old?.facts !== undefined && now === undefined)
    return [['deleted', deleted(base, old, old.facts, parents)]]
  if (old?.facts === undefined || now?.facts === undefined) return []
  const shown = base?.state === 'not-rendered' || head?.state === 'not-rendered'
  return changed(old, old.facts, now, now.facts, { rendered, shown })
}

/** A set that only creates leaves Applications that are there as they are (applicationset/utils, DefaultPolicy). */
function heldBySet(old: Target, now: Target): readonly Told[] {
  const set = now.facts?.set
  if (set === undefined || set.updates || old.applicationSet !== now.applicationSet) return []
  if (JSON.stringify(old.manifest) === JSON.stringify(now.manifest)) return []
  return [
    [
      'held-back',
      `keeps its definition in the cluster: its ApplicationSet's policy ${set.policy} never updates an Application`,
    ],
  ]
}

/** A tag or commit holds what it held before the merge. */
function heldByPin({ facts }: Target): readonly Told[] {
  if (facts?.pinned === undefined) return []
  return [
    [
      'held-back',
      `deploys ${facts.pinned} of this repository: what changes here reaches the cluster only when it names a revision that has it`,
    ],
  ]
}

function heldByHydrator({ facts }: Target): readonly Told[] {
  const hydrated = facts?.hydrated
  if (hydrated === undefined) return []
  return [
    [
      'held-back',
      hydrated.to === hydrated.from
        ? `is hydrated to the branch ${named(hydrated.to)}, from which it is deployed`
        : `is hydrated to the branch ${named(hydrated.to)}: what changes here reaches the cluster when that is merged into ${named(hydrated.from)}`,
    ],
  ]
}

/** A change below something that is suspended does nothing yet. Suspending itself is told as such. */
function suspendedBy(
  old: Target | undefined,
  now: Target,
  targets: ReadonlyMap<string, Target>,
): readonly Told[] {
  if (now.facts?.suspended === true)
    return old?.facts?.suspended === true
      ? [['held-back', 'is suspended: what changes here reaches the cluster only when it is resumed']]
      : []
  // Its own source is read all the same: only a changed definition waits for the parent.
  if (JSON.stringify(old?.manifest) === JSON.stringify(now.manifest)) return []
  const seen = new Set<string>()
  let parent = now.parent
  while (parent !== undefined && !seen.has(parent)) {
    seen.add(parent)
    const target = targets.get(parent)
    if (target?.facts?.suspended === true)
      return [
        [
          'held-back',
          `is applied by ${target.name}, which is suspended: changes of its definition do nothing until that is resumed`,
        ],
      ]
    parent = target?.parent
  }
  return []
}

function created(head: Rendering | undefined, target: Target, facts: DefinitionFacts): string {
  const what = `is created${objectCount(head, ' with ')}`
  if (facts.suspended) return `${what}, suspended: nothing is applied before it is resumed`
  return target.sync.automatic === false ? `${what} and waits for a manual sync` : what
}

function deleted(
  base: Rendering | undefined,
  target: Target,
  facts: DefinitionFacts,
  parents: ReadonlyMap<string, Target>,
): string {
  const parent = target.parent === undefined ? undefined : parents.get(target.parent)
  if (parent !== undefined && parent.sync.prune === false)
    return `leaves the repository but stays in the cluster: ${parent.name}, which applies it, does not prune`
  if (facts.set?.deletes === false)
    return `leaves its ApplicationSet but stays in the cluster with everything that it deployed: the set's policy ${facts.set.policy} deletes no Applications`
  const objects = objectCount(base, '')
  const what = objects === '' ? 'everything that it deployed' : `the ${objects} that it deployed`
  if (facts.onDelete === 'delete') return `is deleted together with ${what}`
  const why =
    target.kind === 'argocd'
      ? 'it has no finalizer that cascades'
      : facts.suspended
        ? 'it is suspended'
        : 'it does not prune'
  return `is deleted, and ${what} ${objects.startsWith('1 ') ? 'stays' : 'stay'} in the cluster: ${why}`
}

function changed(
  old: Target,
  before: DefinitionFacts,
  now: Target,
  after: DefinitionFacts,
  {
    rendered,
    shown,
  }: {
    /** Objects of it change. */
    readonly rendered: boolean
    /** The difference of the definition is shown as a whole. */
    readonly shown: boolean
  },
): readonly Told[] {
  const told: Told[] = []
  if (before.cluster !== after.cluster)
    told.push([
      'retargeted',
      `moves from the cluster ${named(before.cluster)} to ${named(after.cluster)}: what it deployed there stays behind`,
    ])
  if (before.namespace !== after.namespace)
    told.push([
      'retargeted',
      `moves from the namespace ${named(before.namespace)} to ${named(after.namespace)}: ${leftBehind(old)}`,
    ])
  told.push(...releaseMoves(before, after), ...movedBranch(before, after))
  if (before.project !== after.project)
    told.push(['project', `moves from the project ${named(before.project)} to ${named(after.project)}`])
  if (before.suspended !== after.suspended)
    told.push(
      after.suspended
        ? ['suspended', 'is suspended: its changes reach the cluster only when it is resumed']
        : ['resumed', 'is resumed: everything that changed while it was suspended is applied at once'],
    )
  const sync = listChange(before.sync, after.sync)
  if (sync !== '') told.push(['sync', `changes how it syncs: ${sync}`])
  if (before.onDelete !== after.onDelete && before.suspended === after.suspended && now.kind === 'argocd')
    told.push([
      'sync',
      after.onDelete === 'delete'
        ? 'gets the finalizer that cascades: deleting it deletes what it deployed'
        : 'loses the finalizer that cascades: deleting it leaves what it deployed in the cluster',
    ])
  const ignored = listChange(before.ignored, after.ignored)
  if (ignored !== '') told.push(['ignored', `changes which differences are ignored: ${ignored}`])
  const dependencies = listChange(before.dependsOn, after.dependsOn)
  if (dependencies !== '') told.push(['dependencies', `changes what it waits for: ${dependencies}`])
  // Whatever renders a definition shows its difference.
  const own = now.parent === undefined && old.parent === undefined && !shown
  const fields = own ? changedFields(old, now, rendered) : ''
  if (fields !== '') told.push(['definition', `changes ${fields} of its definition`])
  return told
}

/** A release that helm-controller no longer finds in the place of the old one. */
function releaseMoves(before: DefinitionFacts, after: DefinitionFacts): readonly Told[] {
  const [old, now] = [before.release, after.release]
  // A move to another namespace says so already.
  if (old === undefined || now === undefined || before.namespace !== after.namespace) return []
  if (movedRelease(before, after) === 'chart')
    return [
      [
        'retargeted',
        `installs the chart ${now.chart ?? ''} in place of ${old.chart ?? ''}: the release is uninstalled first and installed anew, unless upgrade.chartNameChangeStrategy is InPlaceUpdate`,
      ],
    ]
  if (old.name !== now.name)
    return [
      ['retargeted', `changes its release from ${old.name} to ${now.name}: ${old.name} is uninstalled first`],
    ]
  return old.storage === now.storage
    ? []
    : [
        [
          'retargeted',
          `keeps its release in the namespace ${now.storage} instead of ${old.storage}: it is uninstalled and installed anew`,
        ],
      ]
}

function movedBranch(
  { hydrated: old }: DefinitionFacts,
  { hydrated: now }: DefinitionFacts,
): readonly Told[] {
  if (now === undefined)
    return old === undefined
      ? []
      : [['retargeted', `is not hydrated any more: it was deployed from ${named(old.from)}`]]
  if (old === undefined)
    return [['retargeted', `is hydrated to the branch ${named(now.to)} and deployed from ${named(now.from)}`]]
  return [
    ...(old.to === now.to
      ? []
      : [row('retargeted', `is hydrated to the branch ${named(now.to)} instead of ${named(old.to)}`)]),
    ...(old.from === now.from
      ? []
      : [row('retargeted', `is deployed from the branch ${named(now.from)} instead of ${named(old.from)}`)]),
  ]
}

function row(change: Told[0], sentence: string): Told {
  return [change, sentence]
}

/** What happens to the objects of the former namespace. */
function leftBehind(old: Target): string {
  if (old.kind === 'flux-helmrelease') return 'the release is uninstalled there and installed anew'
  switch (old.sync.prune) {
    case true:
      return 'what it deployed there is pruned'
    case false:
      return 'what it deployed there stays behind, since it does not prune'
    case 'unknown':
      return 'what it deployed there is pruned if it prunes'
  }
}

function listChange(before: readonly string[], after: readonly string[]): string {
  const added = after.filter((item) => !before.includes(item)).map((item) => `+${item}`)
  const removed = before.filter((item) => !after.includes(item)).map((item) => `−${item}`)
  return [...removed, ...added].join(', ')
}

function objectCount(rendering: Rendering | undefined, before: string): string {
  if (rendering?.state !== 'rendered') return ''
  const { length } = rendering.objects
  return `${before}${length} ${length === 1 ? 'object' : 'objects'}`
}

function named(text: string): string {
  return text === '' ? 'of the objects themselves' : text
}
