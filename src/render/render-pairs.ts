import { affected, definitionKey, readsAny } from '../discover/affected.ts'
import { mayHoldDefinitions } from '../discover/coverage.ts'
import { compareText } from '../discover/paths.ts'
import { remoteNotices } from '../discover/remote/notices.ts'
import { mayBringDefinitions, prepareTarget } from '../discover/remote/prepare.ts'
import { repositoryOf } from '../discover/repository.ts'
import type { Engines } from '../engine/engines.ts'
import type { Configuration } from '../model/configuration.ts'
import type { AffectedTarget, Discovery } from '../model/discovery.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { RenderedPair, Rendering } from '../model/rendering.ts'
import type { Target } from '../model/target.ts'
import type { ChangedPath, Tree } from '../model/tree.ts'
import type { Remote } from '../source/remote/remote.ts'
import { carryOver } from './carry-over.ts'
import { isUpgrade, settleCrds } from './crds.ts'
import { withHeldChart, withKeptValues } from './held-releases.ts'
import { withoutIgnoredFields } from './ignored-fields.ts'
import { lookInto, renderTarget } from './render-target.ts'
import { createSide, type Side } from './side.ts'
import { dropDeletedDefinitions, pairStandingAlone } from './standing-alone.ts'

export interface RenderPairsInput {
  /**
   * What to render of the targets that discovery found; an id alone is enough, also of a target that only comes to
   * light here. Of the latter everything that the change touches is added.
   */
  readonly touched: readonly AffectedTarget[]
  /** Everything that deploys is rendered, targets that only come to light here included. */
  readonly everything?: boolean
  readonly before: Discovery
  readonly after: Discovery
  readonly base: Tree
  readonly head: Tree
  readonly changed: readonly ChangedPath[]
  readonly configuration: Configuration
  readonly engines: Engines
  /** What may be fetched; without it nothing is. */
  readonly remote?: Remote | undefined
  readonly onProgress: (event: {
    readonly phase: 'render'
    readonly done: number
    readonly total: number
    readonly target: string
  }) => void
}

export interface RenderedPairs {
  /** One for each affected target, sorted by id. */
  readonly pairs: readonly RenderedPair[]
  /** All that deploys on either side, targets that others define included; sorted by id. */
  readonly targets: { readonly base: readonly Target[]; readonly head: readonly Target[] }
  readonly notChecked: readonly NotChecked[]
  /** Final: targets that others define included. */
  readonly affected: readonly AffectedTarget[]
  /** Sentences about the run: URLs that were taken for this repository, excluded files. */
  readonly notices: readonly string[]
}

/**
 * Renders both sides of everything that the change touches. Targets that hold definitions are rendered first, touched
 * or not: only their rendered form says what else deploys (patched HelmReleases, apps of apps). They are looked into
 * until nothing new appears.
 */
export async function renderPairs(input: RenderPairsInput): Promise<RenderedPairs> {
  const { configuration, engines } = input
  const [baseRepository, headRepository] = await Promise.all([
    repositoryOf(input.base, configuration, engines, input.remote),
    repositoryOf(input.head, configuration, engines, input.remote),
  ])
  const sides = {
    base: createSide(baseRepository, input.before),
    head: createSide(headRepository, input.after),
  }
  const renderer = createRenderer(sides, input)

  const kept: Target[] = []
  const carried = { head: new Set<string>(), base: new Set<string>() }
  for (;;) {
    const pending = [...renderTasks(sides)]
    if (pending.length === 0) {
      const [toHead, toBase] = [
        await carryOver(
          sides.base,
          sides.head,
          (side, target) => renderer.look(side === 'from' ? 'base' : 'head', target),
          carried.head,
        ),
        await carryOver(
          sides.head,
          sides.base,
          (side, target) => renderer.look(side === 'from' ? 'head' : 'base', target),
          carried.base,
        ),
      ]
      kept.push(...toHead)
      if (toHead.length + toBase.length === 0) break
      continue
    }
    renderer.expect(pending)
    const renderings = await Promise.all(
      pending.map(async ({ side, target }) =>
        (await renderer.holdsDefinitions(side, target)) ? await renderer.look(side, target) : undefined,
      ),
    )
    for (const [i, { side, target }] of pending.entries()) {
      const rendering = renderings[i]
      if (rendering === undefined) sides[side].pass(target)
      else await sides[side].expand(target, rendering)
    }
  }
  sides.base.settle()
  sides.head.settle()
  dropDeletedDefinitions(sides.base, sides.head)
  pairStandingAlone(sides.base, sides.head)

  const before = discoveryOf(sides.base)
  const after = discoveryOf(sides.head)
  const final = chosen(input, before, after)
  renderer.expect(final.flatMap(tasksOf))
  const pairs = await Promise.all(
    final.map(async (entry): Promise<RenderedPair> => {
      const [base, head] = await Promise.all([
        entry.base === undefined ? undefined : renderer.render('base', entry.base),
        entry.head === undefined ? undefined : renderer.render('head', entry.head),
      ])
      const pair = settleCrds({
        id: entry.id,
        ...(base === undefined ? {} : { base }),
        ...(head === undefined ? {} : { head }),
      })
      const charts = { base: baseRepository.charts, head: headRepository.charts }
      return await withoutIgnoredFields(
        withKeptValues(withHeldChart(pair, input.changed, charts)),
        input.head,
        engines,
      )
    }),
  )
  return {
    pairs,
    targets: { base: before.targets, head: after.targets },
    notChecked: withoutRepeats(unchecked(sides, final)),
    affected: final,
    notices: [
      ...noticesOf(sides, configuration),
      ...remoteNotices(baseRepository, headRepository, input.remote),
      ...keptNotices(kept),
    ],
  }
}

type SideName = 'base' | 'head'

interface Task {
  readonly side: SideName
  readonly target: Target
}

function tasksOf({ base, head }: AffectedTarget): readonly Task[] {
  return [
    ...(base === undefined ? [] : [{ side: 'base' as const, target: base }]),
    ...(head === undefined ? [] : [{ side: 'head' as const, target: head }]),
  ]
}

function* renderTasks(sides: Readonly<Record<SideName, Side>>): Generator<Task> {
  for (const side of ['head', 'base'] as const)
    for (const target of sides[side].pending()) yield { side, target }
}

/** Renders each target of a side once, and once for both sides where nothing that it reads or is changed. */
function createRenderer(
  sides: Readonly<Record<SideName, Side>>,
  input: RenderPairsInput,
): {
  render(side: SideName, target: Target): Promise<Rendering>
  /** The same for what only the definitions inside are wanted of: cheaper where the change does not touch the target. */
  look(side: SideName, target: Target): Promise<Rendering>
  /** What will be asked for next: people who wait see how much is left. */
  expect(tasks: readonly Task[]): void
  /** False when what was fetched for a target turns out to define nothing. */
  holdsDefinitions(side: SideName, target: Target): Promise<boolean>
} {
  const done = new Map<string, Promise<Rendering>>()
  const reads = readsAny(input.changed)
  const rendered = {
    base: new WeakMap<Target, Promise<Rendering>>(),
    head: new WeakMap<Target, Promise<Rendering>>(),
  }
  const looked = {
    base: new WeakMap<Target, Promise<Rendering>>(),
    head: new WeakMap<Target, Promise<Rendering>>(),
  }
  let finished = 0
  let expected = 0

  /** Untouched on both sides: what one side renders is what the other one renders. */
  const isShared = (side: SideName, target: Target): boolean => {
    const other = sides[side === 'base' ? 'head' : 'base'].targets.get(target.id)
    return (
      other !== undefined && !reads(target) && !reads(other) && definitionKey(target) === definitionKey(other)
    )
  }
  const start = (
    side: SideName,
    target: Target,
    shared: boolean,
    run: typeof renderTarget,
  ): Promise<Rendering> => {
    const key = `${run === renderTarget ? '' : 'looked '}${shared ? 'both' : side}\n${target.id}\n${definitionKey(target)}`
    let rendering = done.get(key)
    if (rendering === undefined) {
      const { repository } = sides[side]
      rendering = prepareTarget(target, repository).then((prepared) =>
        run(
          prepared,
          { tree: repository.tree, engines: input.engines, repository },
          side === 'base' || isUpgrade(sides.base.targets.get(target.id), target),
        ),
      )
      done.set(key, rendering)
    }
    return rendering.then((answer) => {
      finished += 1
      input.onProgress({
        phase: 'render',
        done: finished,
        total: Math.max(expected, finished),
        target: target.id,
      })
      return answer
    })
  }
  const render = (side: SideName, target: Target): Promise<Rendering> => {
    let rendering = rendered[side].get(target)
    if (rendering === undefined)
      rendered[side].set(target, (rendering = start(side, target, isShared(side, target), renderTarget)))
    return rendering
  }
  const look = (side: SideName, target: Target): Promise<Rendering> => {
    const known = rendered[side].get(target) ?? looked[side].get(target)
    if (known !== undefined) return known
    if (!isShared(side, target)) return render(side, target)
    const rendering = start(side, target, true, lookInto)
    looked[side].set(target, rendering)
    return rendering
  }
  return {
    render,
    look,
    async holdsDefinitions(side, target) {
      const { repository } = sides[side]
      if (!mayBringDefinitions(target.plan, repository)) return true
      return mayHoldDefinitions((await prepareTarget(target, repository)).plan, repository)
    },
    expect(tasks) {
      expected += tasks.filter(({ side, target }) => !rendered[side].has(target)).length
    },
  }
}

function discoveryOf(side: Side): Discovery {
  return {
    targets: [...side.targets.values()].sort((a, b) => compareText(a.id, b.id)),
    notChecked: side.notChecked,
  }
}

/**
 * What the change touches, now that all targets are known (a folder that lost its definition deploys by itself), and
 * what the caller asked for besides.
 */
function chosen(
  { touched: given, changed, everything }: RenderPairsInput,
  base: Discovery,
  head: Discovery,
): readonly AffectedTarget[] {
  const found = new Map<string, AffectedTarget>()
  for (const entry of affected(base, head, changed)) found.set(entry.id, entry)

  const bases = new Map(base.targets.map((target) => [target.id, target]))
  const heads = new Map(head.targets.map((target) => [target.id, target]))
  const rest = everything === true ? [...base.targets, ...head.targets] : []
  const touched = [...given, ...rest.map(({ id }): AffectedTarget => ({ id, because: ['asked'] }))]
  for (const { id, because } of touched) {
    const old = bases.get(id)
    const now = heads.get(id)
    if (found.has(id) || (old === undefined && now === undefined)) continue
    found.set(id, {
      id,
      ...(old === undefined ? {} : { base: old }),
      ...(now === undefined ? {} : { head: now }),
      because,
    })
  }
  return [...found.values()].map((entry) => withParent(entry, found)).sort((a, b) => compareText(a.id, b.id))
}

/** A target whose definition changed together with its parent changed because of it. */
function withParent(entry: AffectedTarget, found: ReadonlyMap<string, AffectedTarget>): AffectedTarget {
  const parent = (entry.head ?? entry.base)?.parent
  const byParent =
    parent !== undefined &&
    found.has(parent) &&
    entry.because.some((reason) => reason !== 'inputs' && reason !== 'asked')
  return byParent ? { ...entry, because: [...entry.because, 'parent'] } : entry
}

/** What was not looked at on the head side, and on the base side only what the change touches. */
function unchecked(
  sides: Readonly<Record<SideName, Side>>,
  final: readonly AffectedTarget[],
): readonly NotChecked[] {
  const touched = new Set(final.map(({ id }) => id))
  return [
    ...sides.head.notChecked,
    ...sides.base.notChecked.filter((entry) => entry.targets.some((id) => touched.has(id))),
  ]
}

function withoutRepeats(entries: readonly NotChecked[]): readonly NotChecked[] {
  const seen = new Map<string, NotChecked>()
  for (const entry of entries) seen.set(JSON.stringify([entry.what, entry.code, entry.reason]), entry)
  return [...seen.values()]
}

function keptNotices(kept: readonly Target[]): readonly string[] {
  if (kept.length === 0) return []
  const names = kept.slice(0, 5).map(({ id }) => id)
  const rest = kept.length > names.length ? ` and ${kept.length - names.length} more` : ''
  return [
    `${names.join(', ')}${rest} ${kept.length === 1 ? 'stays' : 'stay'} in the cluster as defined before: what defines ${kept.length === 1 ? 'it' : 'them'} does not render after this change, or not all of it is known`,
  ]
}

function noticesOf(sides: Readonly<Record<SideName, Side>>, configuration: Configuration): readonly string[] {
  const notices = new Set([
    ...sides.head.repository.recognition.notices(),
    ...sides.base.repository.recognition.notices(),
  ])
  const { excludedCount } = sides.head.repository
  if (excludedCount > 0)
    notices.add(
      `${excludedCount} ${excludedCount === 1 ? 'file is' : 'files are'} excluded by the configuration (${configuration.exclude.join(', ')})`,
    )
  return [...notices].sort(compareText)
}
