import { discover } from '../discover/discover.ts'
import { compareText } from '../discover/paths.ts'
import { lockKeyOf, type RemoteSources } from '../discover/remote/sources.ts'
import { repositoryOf } from '../discover/repository.ts'
import { renderTree } from '../render/render-tree.ts'
import { visible } from '../report/escape.ts'
import { lineOf, lockKey, lockPath, printLock, type LockEntry } from '../source/remote/lock.ts'
import { configurationOf, repositoryAt } from './configuration.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import type { Ports } from './ports.ts'
import { showProgress } from './progress.ts'
import { openRemote, type RemoteOptions } from './remote.ts'

export interface LockOptions extends RemoteOptions {
  readonly repo: string
  readonly config?: string
  readonly update?: boolean
}

/**
 * `preadmit lock`: holds `.preadmit.lock` of the working tree against what the definitions ask for; with `--update`
 * asks what ranges, branches and tags mean now and writes the file. Every target is rendered, because bases name
 * further bases and charts make Applications.
 */
export async function lockCommand(options: LockOptions, ports: Ports): Promise<number> {
  const update = options.update === true
  const repository = await repositoryAt(options.repo, ports)
  const tree = await repository.workingTree()
  const configuration = await configurationOf(tree, repository, options, ports)
  const remote = openRemote(configuration, options, ports, update)
  if (remote === undefined)
    throw new CommandError(
      'no-remote',
      'the configuration allows no hosts, so there is nothing to lock: name them under remote.allow',
    )
  const engines = ports.openEngines()
  const progress = showProgress(ports.errors)
  try {
    const discovery = await discover(tree, configuration, engines, remote)
    // Definitions inside of definitions come to light first; then everything is rendered once.
    const means = { configuration, engines, remote, onProgress: progress.on }
    const { targets } = await renderTree([], tree, discovery, means)
    await renderTree(
      targets.head.map(({ id }) => id),
      tree,
      discovery,
      means,
    )
    progress.end()
    const { sources } = await repositoryOf(tree, configuration, engines, remote)
    return update ? await write(sources, await repository.root(), ports) : verify(sources, ports)
  } finally {
    progress.end()
    remote.close()
    await engines.close()
  }
}

/** What has to be recorded: commits and digests in definitions are pins already. */
function wanted(sources: RemoteSources): readonly LockEntry[] {
  return sources.taken().flatMap(({ entry, pin }) => (pin === 'immutable' ? [] : [entry]))
}

async function write(sources: RemoteSources, directory: string, ports: Ports): Promise<number> {
  const entries = new Map(wanted(sources).map((entry) => [lockKey(entry), entry]))
  // What could not be asked for stays as it was: a server that is down for a moment unpins nothing.
  for (const { question } of sources.refusals()) {
    const old = sources.lock.find(lockKeyOf(question))
    if (old !== undefined) entries.set(lockKey(old), old)
  }
  const before = new Set(sources.lock.entries.map(lineOf))
  const lines = new Set([...entries.values()].map(lineOf))
  const path = `${directory}/${lockPath}`
  await ports.writeFile(path, printLock([...entries.values()]))
  for (const line of [...before].filter((old) => !lines.has(old)).sort(compareText)) say(ports, `- ${line}`)
  for (const line of [...lines].filter((now) => !before.has(now)).sort(compareText)) say(ports, `+ ${line}`)
  say(ports, `${lockPath}: ${lines.size} ${lines.size === 1 ? 'source' : 'sources'}`)
  return tellRefusals(sources, ports) ? exitStatus.couldNotCheck : exitStatus.pass
}

function verify(sources: RemoteSources, ports: Ports): number {
  const problems = [...sources.lockProblems]
  const asked = new Set([
    ...wanted(sources).map(lockKey),
    ...sources.refusals().map(({ question }) => lockKey(lockKeyOf(question))),
  ])
  for (const entry of wanted(sources))
    if (sources.lock.find(entry) === undefined) problems.push(`not recorded: ${lineOf(entry)}`)
  for (const entry of sources.lock.entries)
    if (!asked.has(lockKey(entry))) problems.push(`nothing asks for it: ${lineOf(entry)}`)
  for (const problem of problems.sort(compareText)) say(ports, problem)
  const refused = tellRefusals(sources, ports)
  if (problems.length > 0) {
    ports.errors.write(`preadmit: ${lockPath} is not up to date: run \`preadmit lock --update\`\n`)
    return exitStatus.violations
  }
  if (!refused) say(ports, `${lockPath}: ${sources.lock.entries.length} recorded, as asked for`)
  return refused ? exitStatus.couldNotCheck : exitStatus.pass
}

/** True when something could not be had. */
function tellRefusals(sources: RemoteSources, ports: Ports): boolean {
  const reasons = [...new Set(sources.refusals().map(({ reason }) => reason))].sort(compareText)
  for (const reason of reasons) ports.errors.write(`not locked: ${visible(reason)}\n`)
  return reasons.length > 0
}

function say(ports: Ports, line: string): void {
  ports.output.write(`${visible(line)}\n`)
}
