import { check, type CheckInput } from '../check.ts'
import { configurationNotices } from '../config/changes.ts'
import type { Configuration } from '../model/configuration.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { Report } from '../model/report.ts'
import type { Tree } from '../model/tree.ts'
import { compareTrees } from '../source/changed-paths.ts'
import { selectSides } from '../source/sides.ts'
import { configurationOf, repositoryAt } from './configuration.ts'
import { exemptionSkeletons, type ExemptOptions } from './exempt.ts'
import { exitStatus, exitStatusOf } from './exit-status.ts'
import { fetcherOf, givenSets } from './policy-sets.ts'
import type { Ports } from './ports.ts'
import { openRemote, type RemoteOptions } from './remote.ts'
import { showProgress } from './progress.ts'
import { withEngines, type Tools } from './tools.ts'
import { writeReport, type ReportOptions } from './write-report.ts'

/** Which two trees: as the options of `check` and `targets` name them. */
export interface SideOptions {
  readonly repo: string
  readonly base?: string
  readonly head?: string
  readonly index?: boolean
  readonly worktree?: boolean
  readonly config?: string
  /** Sets that the repository cannot weaken. */
  readonly policySet?: readonly string[]
}
export type CheckOptions = SideOptions & ReportOptions & RemoteOptions

/** `preadmit check`: compares two sides of a repository. Answers the exit status. */
export async function checkCommand(options: CheckOptions, ports: Ports): Promise<number> {
  return await withEngines(ports, async (tools) => {
    const sides = await openSides(options, ports)
    return await checkSides(sides, tools, options, ports)
  })
}

export interface Sides {
  readonly base: Tree
  readonly head: Tree
  readonly configuration: Configuration
  readonly notices: readonly string[]
  readonly reproduce: string
  readonly policySets?: NonNullable<CheckInput['policySets']>
}

/** Opens the two trees that the options name, and the configuration that judges them. */
export async function openSides(options: SideOptions, ports: Ports): Promise<Sides> {
  const repository = await repositoryAt(options.repo, ports)
  const { base, head } = await selectSides(repository, options)
  const configuration = await configurationOf(base, repository, options, ports)
  return {
    base,
    head,
    configuration,
    notices: configurationNotices(base, head, configuration),
    reproduce: reproduction(base, head),
    policySets: {
      given: await givenSets(options.policySet ?? [], {
        base,
        head,
        directory: ports.directory,
        repository: options.repo,
      }),
    },
  }
}

/** `preadmit exempt`: exemptions for today's violations on standard output. Answers the exit status. */
export async function exemptCommand(
  options: SideOptions & ExemptOptions & RemoteOptions & { readonly all?: boolean },
  ports: Ports,
): Promise<number> {
  return await withEngines(ports, async ({ engines, schemas }) => {
    const sides = await openSides(options, ports)
    const remote = openRemote(sides.configuration, options, ports)
    let pairs: readonly RenderedPair[] = []
    const report = await check({
      ...sides,
      remote,
      policySets: { ...sides.policySets, ...fetcherOf(remote) },
      configuration: options.all === true ? { ...sides.configuration, gate: 'all' } : sides.configuration,
      changed: compareTrees(sides.base, sides.head),
      engines,
      schemas: await schemas,
      onProgress: () => undefined,
      onRendered: (rendered) => {
        pairs = rendered
      },
      clock: ports.clock,
    }).finally(() => remote?.close())
    const now = Math.max(sides.base.time, sides.head.time)
    ports.output.write(exemptionSkeletons(report, options, { now, pairs }))
    return exitStatus.pass
  })
}

/** Checks two trees and writes the report where the options say. Answers the exit status. */
export async function checkSides(
  sides: Sides,
  { engines, schemas }: Tools,
  options: ReportOptions & RemoteOptions,
  ports: Ports,
): Promise<number> {
  const progress = showProgress(ports.errors)
  const remote = openRemote(sides.configuration, options, ports)
  let report: Report
  try {
    report = await check({
      ...sides,
      changed: compareTrees(sides.base, sides.head),
      engines,
      schemas: await schemas,
      remote,
      policySets: { ...sides.policySets, ...fetcherOf(remote) },
      onProgress: progress.on,
      clock: ports.clock,
    })
  } finally {
    progress.end()
    remote?.close()
  }
  await writeReport(report, options, ports)
  return exitStatusOf(report.verdict)
}

/** The command that gives the same verdict elsewhere; a side that is no commit is named by its option. */
function reproduction(base: Tree, head: Tree): string {
  const side =
    head.commit === undefined
      ? head.label === 'index'
        ? '--index'
        : '--worktree'
      : `--head ${short(head.commit)}`
  return `preadmit check --base ${short(base.commit ?? base.label)} ${side}`
}

function short(commit: string): string {
  return commit.slice(0, 12)
}
