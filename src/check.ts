/**
 * The product in one sentence: take the base and the merge result, find what deploys and what the change touches,
 * render both sides, compare them, judge the difference, and report it.
 */
import { compare } from './compare/compare.ts'
import type { Engines } from './engine/engines.ts'
import { judge } from './judge/judge.ts'
import type { Schemas } from './judge/schema/catalogue.ts'
import { fieldNames, renderedDefinitions } from './judge/schema/field-names.ts'
import { withoutUntouched } from './judge/untouched.ts'
import { listsOfRendered } from './judge/schema/lists.ts'
import type { Configuration } from './model/configuration.ts'
import type { RenderedPair } from './model/rendering.ts'
import type { ChangedPath, Tree } from './model/tree.ts'
import type { Report } from './model/report.ts'
import { looksElsewhere } from './judge/policy/looks-elsewhere.ts'
import { loadPolicies } from './judge/policy/source.ts'
import { renderChange } from './render/render-change.ts'
import type { GivenSet, PolicySetInputs } from './judge/policy/resolve.ts'
import { lockRollbacks } from './judge/policy/rollback.ts'
import { readExemptions } from './judge/exemptions/read.ts'
import { loadPreview } from './judge/load-preview.ts'
import { givenSetNotices, policyEdits } from './config/changes.ts'
import { withoutEscapes } from './config/escapes.ts'
import { timeLimits } from './config/time-limits.ts'
import type { Remote } from './source/remote/remote.ts'
import { buildReport } from './report/build.ts'

/** Everything a check depends on. Base and configuration are trusted; head is data of a stranger. */
export interface CheckInput {
  readonly base: Tree
  readonly head: Tree
  readonly changed: readonly ChangedPath[]
  /** Read from the base tree, or from the file that the person who runs the check named. */
  readonly configuration: Configuration
  readonly engines: Engines
  /** What the configuration lets this run fetch; without it nothing is. */
  readonly remote?: Remote | undefined
  /** Shapes of every built-in kind: the opened dist/schemas.js. */
  readonly schemas: Schemas
  readonly reproduce: string
  readonly notices: readonly string[]
  readonly onProgress: (event: Progress) => void
  /** Sets that whoever runs the check gives, and what fetches those that are pinned. */
  readonly policySets?: Pick<PolicySetInputs, 'given' | 'fetcher'> & {
    /** Sets that take the place of `given` in a preview, whatever the change edits. */
    readonly next?: readonly GivenSet[]
  }
  /** For whoever needs more than the report of what was rendered. */
  readonly onRendered?: (pairs: readonly RenderedPair[]) => void
  /** Milliseconds from any fixed start; for durations only. */
  readonly clock: () => number
}

/** For people who wait: shown on standard error or as log groups, never part of the report. */
export type Progress =
  | { readonly phase: 'discover' | 'compare' | 'judge' | 'report' }
  | { readonly phase: 'render'; readonly done: number; readonly total: number; readonly target: string }

export async function check(given: CheckInput): Promise<Report> {
  const input = { ...given, ...withoutEscapes(given, given.policySets?.given ?? []) }
  const { base, head, changed, configuration, engines, schemas, onProgress } = input
  const phases = startPhases(input.clock)
  // The later of the two, so that a backdated head brings no exemption back to life.
  const now = Math.max(base.time, head.time)
  const inputs: PolicySetInputs = { ...input.policySets, now }
  const directories = givenDirectories(input.policySets?.given ?? [])
  const next = input.policySets?.next
  const edits = next ? (['policies'] as const) : policyEdits(base, head, configuration, directories)
  engines.limit(timeLimits(configuration))
  engines.at(now)

  onProgress({ phase: 'discover' })
  const policies = await loadPolicies(base, configuration, engines, inputs)
  const everything = configuration.gate === 'all' || edits.length > 0 || looksElsewhere(policies)
  const [rendered, exemptions, preview] = await Promise.all([
    renderChange({
      base,
      head,
      changed,
      everything,
      configuration,
      engines,
      remote: input.remote,
      onProgress,
      onDiscovered: (touched) => {
        // Made ready while the render engine works; nobody will ask it about a change that touches nothing.
        if (everything || touched.length > 0) engines.warm('admission')
        phases.end('discover')
      },
    }),
    readExemptions(base, configuration),
    edits.length === 0
      ? null
      : loadPreview(edits, {
          base,
          head,
          configuration,
          engines,
          keep: next !== undefined,
          inputs: next === undefined ? inputs : { ...inputs, given: next },
        }),
  ])
  phases.end('render')
  input.onRendered?.(rendered.pairs)

  onProgress({ phase: 'compare' })
  const changes = compare(rendered.pairs, listsOfRendered(rendered.pairs, schemas, configuration.kubernetes))
  phases.end('compare')

  onProgress({ phase: 'judge' })
  const rollbacks = await lockRollbacks(base, head)
  const judgement = await judge({
    pairs: rendered.pairs,
    targets: rendered.targets,
    changes,
    policies: { ...policies, refused: [...policies.refused, ...rollbacks] },
    exemptions,
    everything,
    now,
    preview,
    configuration,
    engines,
    schemas,
    base,
    head,
  })
  phases.end('judge')

  onProgress({ phase: 'report' })
  // Under the gate `all` everything counts as touched; else what is only looked at decides nothing.
  const untouched = new Set(
    rendered.affected
      .filter(({ because }) => configuration.gate !== 'all' && because.every((reason) => reason === 'asked'))
      .map(({ id }) => id),
  )
  return buildReport({
    ...input,
    notices: [...input.notices, ...givenSetNotices(base, head, directories), ...rendered.notices],
    discovery: { ...rendered, affected: rendered.affected.filter(({ id }) => !untouched.has(id)) },
    changes,
    judgement: withoutUntouched(judgement, untouched),
    durations: phases.durations,
    fieldNames: () => fieldNames(schemas, renderedDefinitions(rendered.pairs)),
  })
}

/** Given sets that are directories of the repository. */
function givenDirectories(sets: readonly GivenSet[]): readonly string[] {
  return sets.flatMap((set) => ('pin' in set || !set.local ? [] : [set.path]))
}

function startPhases(clock: () => number): {
  end: (name: string) => void
  durations: Record<string, number>
} {
  const durations: Record<string, number> = {}
  let last = clock()
  return {
    durations,
    end(name) {
      const now = clock()
      durations[name] = Math.round(now - last)
      last = now
    },
  }
}
