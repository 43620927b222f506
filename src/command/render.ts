import { closest } from 'fastest-levenshtein'
import { stringify } from 'yaml'
import { discover } from '../discover/discover.ts'
import type { Target } from '../model/target.ts'
import { renderTree } from '../render/render-tree.ts'
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

/**
 * `preadmit render TARGET`: the objects of one target as a YAML stream, as the cluster would get them.
 *
 * @param wanted its id; its name or path where only one target has it
 */
export async function renderCommand(wanted: string, options: RenderOptions, ports: Ports): Promise<number> {
  const repository = await repositoryAt(options.repo, ports)
  const tree = options.rev === undefined ? await repository.workingTree() : await repository.tree(options.rev)
  const configuration = await configurationOf(tree, repository, options, ports)
  const engines = ports.openEngines()
  engines.limit(timeLimits(configuration))
  const remote = openRemote(configuration, options, ports)
  try {
    const discovery = await discover(tree, configuration, engines, remote)
    const means = { configuration, engines, remote, onProgress: () => undefined }
    // Most targets come to light only while others are rendered: a name is known after that.
    const first = await renderTree([wanted], tree, discovery, means)
    const id = idOf(wanted, first.targets.head)
    const { pairs } = id === wanted ? first : await renderTree([id], tree, discovery, means)
    const rendering = pairs.find((pair) => pair.id === id)?.head
    if (rendering === undefined) throw unknownTarget(wanted, first.targets.head)
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

/** Targets that an error names. */
const named = 5

/**
 * The id of the target that people mean by an id, a name or a path.
 *
 * @throws CommandError `ambiguous-target` when several have the name, `unknown-target` when none has
 */
function idOf(wanted: string, targets: readonly Target[]): string {
  if (targets.some(({ id }) => id === wanted)) return wanted
  const path = wanted.replace(/^\.\/|\/+$/g, '')
  const meant = targets.filter((target) => target.name === wanted || target.path === path)
  const [only, ...others] = meant
  if (only === undefined) throw unknownTarget(wanted, targets)
  if (others.length === 0) return only.id
  throw new CommandError('ambiguous-target', `${wanted} can be ${listed(meant.map(({ id }) => id))}`)
}

function unknownTarget(wanted: string, targets: readonly Target[]): CommandError {
  const ids = targets.map(({ id }) => id)
  const near = ids.filter((id) => id.includes(wanted))
  const hint =
    ids.length === 0
      ? 'nothing deploys from this repository'
      : `did you mean ${near.length > 0 ? listed(near) : nearestId(wanted, targets)}? \`preadmit targets\` lists all`
  return new CommandError('unknown-target', `no target ${wanted}: ${hint}`)
}

/** By the id or by the name, whichever is nearer: an id is long, and what people type of it is not. */
function nearestId(wanted: string, targets: readonly Target[]): string {
  const byText = new Map(targets.flatMap(({ id, name }) => [[name, id] as const, [id, id] as const]))
  return byText.get(closest(wanted, [...byText.keys()])) ?? ''
}

function listed(ids: readonly string[]): string {
  const rest = ids.length > named ? ` or ${ids.length - named} more` : ''
  return `${ids.slice(0, named).join(', ')}${rest}`
}
