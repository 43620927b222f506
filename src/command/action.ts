import { join } from 'node:path'
import { check } from '../check.ts'
import { configurationNotices } from '../config/changes.ts'
import { ConfigurationError } from '../config/errors.ts'
import { loadConfiguration } from '../config/load.ts'
import type { Configuration } from '../model/configuration.ts'
import type { Report } from '../model/report.ts'
import type { Tree } from '../model/tree.ts'
import { writeReportFile } from '../publish/files.ts'
import { outputsOf } from '../publish/outputs.ts'
import { renderJson } from '../report/json.ts'
import { renderMarkdown } from '../report/markdown.ts'
import { compareTrees } from '../source/changed-paths.ts'
import { SourceError } from '../source/errors.ts'
import { pullRequestSides } from '../source/pull-request-sides.ts'
import { openRepository, type Repository } from '../source/repository.ts'
import { selectSides } from '../source/sides.ts'
import { readEvent, type ActionEvent } from './action-event.ts'
import { readInputs, type ActionInputs } from './action-inputs.ts'
import { logLine, groupProgress } from './action-progress.ts'
import type { ActionPorts } from './action-ports.ts'
import { publishReport, type Published } from './action-publish.ts'
import { CommandError } from './errors.ts'
import { exitStatus, exitStatusOf } from './exit-status.ts'
import type { Remote } from '../source/remote/remote.ts'
import { openRemote } from './remote.ts'
import { fetcherOf, givenSets } from './policy-sets.ts'
import { withEngines } from './tools.ts'

/** The GitHub Action: two trees of the event, the check, everything that is published. Answers the exit status. */
export async function runAction(ports: ActionPorts): Promise<number> {
  try {
    const inputs = readInputs((name) => ports.runner.input(name))
    if (inputs.token !== undefined) ports.runner.secret(inputs.token)
    const event = await readEvent(ports.environment, ports.readFile)
    const { report, sides } = await checkEvent(inputs, event, ports)
    // Outputs and files come before anything that can fail or take long: later steps rely on them.
    await writeOutputs(report, inputs, ports)
    const published: Published = {
      report,
      head: sides.head,
      base: sides.base,
      name: sides.configuration.comment.name,
    }
    await publishReport(published, inputs, event, ports)
    return exitStatusOf(report.verdict)
  } catch (error) {
    ports.runner.output('verdict', 'incomplete')
    return explain(error, ports)
  }
}

interface Checked {
  readonly report: Report
  readonly sides: { readonly base: Tree; readonly head: Tree; readonly configuration: Configuration }
}

async function checkEvent(inputs: ActionInputs, event: ActionEvent, ports: ActionPorts): Promise<Checked> {
  return await withEngines(ports, async ({ engines, schemas }) => {
    const repository = await openRepository(inputs.workingDirectory, {
      directory: ports.directory,
      environment: ports.environment,
    })
    const progress = groupProgress(ports.runner)
    let remote: Remote | undefined
    try {
      const { base, head, describe } = await sidesOf(repository, event)
      ports.runner.log(`${logLine(describe)}\n`)
      const configuration = await configurationOf(base, inputs, repository, ports)
      remote = openRemote(
        configuration,
        { ...(inputs.cache === undefined ? {} : { cache: inputs.cache }) },
        ports,
      )
      remote?.secrets().forEach((secret) => {
        ports.runner.secret(secret)
      })
      const report = await check({
        base,
        head,
        changed: compareTrees(base, head),
        configuration,
        engines,
        schemas: await schemas,
        remote,
        notices: configurationNotices(base, head, configuration),
        policySets: {
          ...fetcherOf(remote),
          given: await givenSets(inputs.policySets, {
            base,
            head,
            directory: ports.directory,
            repository: inputs.workingDirectory,
          }),
        },
        reproduce: reproduction(base, head),
        onProgress: progress.on,
        clock: ports.clock,
      })
      return { report, sides: { base, head, configuration } }
    } finally {
      progress.end()
      remote?.close()
      repository.close()
    }
  })
}

/** The two trees of the event; for events without any, what is checked out against the default branch. */
async function sidesOf(
  repository: Repository,
  event: ActionEvent,
): Promise<{ readonly base: Tree; readonly head: Tree; readonly describe: string }> {
  if (event.privileged && event.pullRequest !== undefined)
    await refuseCheckedOutHead(repository, event.pullRequest.head)
  return event.name === 'workflow_dispatch' || event.name === 'schedule'
    ? await selectSides(repository, { head: 'HEAD' })
    : await pullRequestSides(repository, event)
}

/**
 * With the base's token and secrets in reach nothing of the head may lie in the working tree, where any other step
 * could run it (threats.md T71). Objects are enough for us.
 */
async function refuseCheckedOutHead(repository: Repository, head: string): Promise<void> {
  const checkedOut = await repository.resolve('HEAD')
  if (checkedOut !== head && !(await repository.parents(checkedOut)).includes(head)) return
  throw new CommandError(
    'privileged-checkout',
    'under pull_request_target the head of the pull request is checked out, with secrets in reach: leave `ref` of actions/checkout out, preadmit reads the head as git objects',
  )
}

/** The configuration of the base tree; the working tree may hold the head's. */
async function configurationOf(
  base: Tree,
  inputs: ActionInputs,
  repository: Repository,
  { environment }: ActionPorts,
): Promise<Configuration> {
  const configuration = await loadConfiguration(
    base,
    inputs.config === undefined
      ? undefined
      : { name: inputs.config, text: await readBase(base, inputs.config) },
  )
  const server = environment['GITHUB_SERVER_URL']
  const name = environment['GITHUB_REPOSITORY']
  return {
    ...configuration,
    repositories: [
      ...configuration.repositories,
      ...(await repository.remoteUrls()),
      ...(server === undefined || name === undefined ? [] : [`${server}/${name}`]),
    ],
  }
}

async function readBase(base: Tree, path: string): Promise<string> {
  const found = base.resolve(path)
  if (found.kind !== 'file')
    throw new CommandError('bad-input', `input config: ${JSON.stringify(path)} is no file of the base commit`)
  const content = (await base.read([found.path])).get(found.path)
  if (content instanceof Uint8Array) return new TextDecoder('utf-8', { fatal: true }).decode(content)
  throw new CommandError(
    'bad-input',
    `input config: ${JSON.stringify(path)} cannot be read (${content?.refused ?? 'missing'})`,
  )
}

async function writeOutputs(report: Report, inputs: ActionInputs, ports: ActionPorts): Promise<void> {
  const { directory, environment, runner } = ports
  const json = inputs.json ?? defaultJson(environment)
  const write = async (path: string | undefined, text: () => string): Promise<string | undefined> =>
    path === undefined ? undefined : await writeReportFile(directory, path, text())
  const set = (files: Parameters<typeof outputsOf>[1]): void => {
    for (const [name, value] of Object.entries(outputsOf(report, files))) runner.output(name, value)
  }
  set({})
  set({
    json: await write(json, () => renderJson(report)),
    markdown: await write(inputs.markdown, () => renderMarkdown(report)),
  })
}

/** Always written, so that a later step can upload it: the runner's own directory, emptied after each job. */
function defaultJson(environment: ActionPorts['environment']): string | undefined {
  const temporary = environment['RUNNER_TEMP']
  return temporary === undefined || temporary === '' ? undefined : join(temporary, 'preadmit', 'report.json')
}

function reproduction(base: Tree, head: Tree): string {
  const short = (tree: Tree): string => tree.commit?.slice(0, 12) ?? tree.label
  return `preadmit check --base ${short(base)} --head ${short(head)}`
}

/** One message per cause, the exit status that says whose fault it is; only our own prints a stack. */
function explain(error: unknown, { runner }: ActionPorts): number {
  if (error instanceof ConfigurationError) {
    for (const problem of error.problems)
      runner.error(
        problem.nearest === undefined
          ? problem.message
          : `${problem.message}; did you mean ${problem.nearest}?`,
        { title: 'The configuration cannot be used', file: problem.file, startLine: problem.line },
      )
    return exitStatus.couldNotCheck
  }
  if (error instanceof SourceError || error instanceof CommandError) {
    runner.error(error.message, { title: 'Could not check' })
    return exitStatus.couldNotCheck
  }
  if (error instanceof Error && error.name === 'ReportFileError') {
    runner.error(error.message, { title: 'Could not write the report' })
    return exitStatus.couldNotCheck
  }
  const message = error instanceof Error ? error.message : String(error)
  runner.error(message, { title: 'preadmit: internal error, please report it' })
  if (error instanceof Error && error.stack !== undefined)
    runner.log(`${error.stack.split('\n').slice(1).map(logLine).join('\n')}\n`)
  return exitStatus.ourFault
}
