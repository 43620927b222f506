import { closest } from 'fastest-levenshtein'
import { stringify } from 'yaml'
import { discover } from '../discover/discover.ts'
import { renderPairs } from '../render/render-pairs.ts'
import { timeLimits } from '../config/time-limits.ts'
import { configurationOf, repositoryAt } from './configuration.ts'
import { exitStatus } from './exit-status.ts'
import { CommandError } from './errors.ts'
import type { Ports } from './ports.ts'
import { openRemote, type RemoteOptions } from './remote.ts'

export interface RenderOptions extends RemoteOptions {
  readonly repo: string
  readonly rev?: string
  readonly config?: string
}

/** `preadmit render TARGET`: the objects of one target as a YAML stream, as the cluster would get them. */
export async function renderCommand(id: string, options: RenderOptions, ports: Ports): Promise<number> {
  const repository = await repositoryAt(options.repo, ports)
  const tree = options.rev === undefined ? await repository.workingTree() : await repository.tree(options.rev)
  const configuration = await configurationOf(tree, repository, options, ports)
  const engines = ports.openEngines()
  engines.limit(timeLimits(configuration))
  const remote = openRemote(configuration, options, ports)
  try {
    const discovery = await discover(tree, configuration, engines, remote)
    const { pairs, targets } = await renderPairs({
      touched: [{ id, because: ['definition'] }],
      before: discovery,
      after: discovery,
      base: tree,
      head: tree,
      changed: [],
      configuration,
      engines,
      remote,
      onProgress: () => undefined,
    })
    const rendering = pairs.find((pair) => pair.id === id)?.head
    if (rendering === undefined)
      throw unknownTarget(
        id,
        targets.head.map((target) => target.id),
      )
    if (rendering.state === 'failed')
      throw new CommandError(rendering.failure.code, `${id} does not render: ${rendering.failure.message}`)
    if (rendering.state === 'not-rendered')
      throw new CommandError(
        rendering.reason.code,
        `${id} cannot be rendered here: ${rendering.reason.reason}`,
      )
    ports.output.write(rendering.objects.map(({ object }) => `---\n${stringify(object)}`).join(''))
    return exitStatus.pass
  } finally {
    remote?.close()
    await engines.close()
  }
}

function unknownTarget(id: string, known: readonly string[]): CommandError {
  const nearest = known.length === 0 ? undefined : closest(id, [...known])
  const hint =
    nearest === undefined
      ? 'nothing deploys from this repository'
      : `did you mean ${nearest}? \`preadmit targets\` lists all`
  return new CommandError('unknown-target', `no target ${id}: ${hint}`)
}
