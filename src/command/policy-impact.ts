import { check } from '../check.ts'
import { matchesNothing } from '../judge/preview.ts'
import type { Configuration } from '../model/configuration.ts'
import type { Report } from '../model/report.ts'
import { renderImpact } from '../report/policy-impact.ts'
import { configurationOf, repositoryAt } from './configuration.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import { fetcherOf, givenSets } from './policy-sets.ts'
import type { Ports } from './ports.ts'
import { showProgress } from './progress.ts'
import { openRemote, type RemoteOptions } from './remote.ts'
import { withEngines } from './tools.ts'

export interface PolicyImpactOptions extends RemoteOptions {
  readonly repo: string
  readonly rev?: string
  readonly config?: string
  readonly format: 'terminal' | 'json'
}

/**
 * `preadmit policy impact [OLD] NEW`: what a set says of everything in a repository, against what another one says, or
 * nothing. Sets are directories, or `name:tag@digest`. It decides nothing: the exit status tells whether it could be
 * evaluated as a whole.
 */
export async function policyImpactCommand(
  sets: readonly string[],
  options: PolicyImpactOptions,
  ports: Ports,
): Promise<number> {
  if (sets.length > 2)
    throw new CommandError('bad-input', `${sets.length} sets: name one, or an older and a newer one`)
  return await withEngines(ports, async ({ engines, schemas }) => {
    const repository = await repositoryAt(options.repo, ports)
    const tree =
      options.rev === undefined ? await repository.workingTree() : await repository.tree(options.rev)
    const given = async (values: readonly string[]) =>
      await givenSets(values, {
        base: tree,
        head: tree,
        directory: ports.directory,
        repository: options.repo,
      })
    const configuration = withoutOwn(await configurationOf(tree, repository, options, ports))
    const remote = openRemote(configuration, options, ports)
    const progress = showProgress(ports.errors)
    let report: Report
    try {
      report = await check({
        base: tree,
        head: tree,
        changed: [],
        configuration,
        engines,
        schemas: await schemas,
        remote,
        reproduce: '',
        notices: [],
        policySets: {
          given: await given(sets.slice(0, -1)),
          next: await given(sets.slice(-1)),
          ...fetcherOf(remote),
        },
        onProgress: progress.on,
        clock: ports.clock,
      })
    } finally {
      progress.end()
      remote?.close()
    }
    const { preview } = report
    if (preview === null) throw new CommandError('no-preview', 'nothing could be evaluated')
    ports.output.write(
      options.format === 'json'
        ? `${JSON.stringify(preview, null, 2)}\n`
        : renderImpact(report, ports.output),
    )
    return preview.notes.every((note) => note.endsWith(matchesNothing)) &&
      report.notChecked.every(({ targets }) => targets.length === 0)
      ? exitStatus.pass
      : exitStatus.couldNotCheck
  })
}

/** Policies of the repository's own say the same on both sides, or are the very set; what it tightens counts. */
function withoutOwn(configuration: Configuration): Configuration {
  return { ...configuration, policies: configuration.policies.filter(({ set }) => set !== undefined) }
}
