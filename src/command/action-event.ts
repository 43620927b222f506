import { at } from '../source/event-field.ts'
import type { WorkflowEvent } from '../source/pull-request-sides.ts'
import { CommandError } from './errors.ts'

/** The event that started the workflow, as far as publishing needs it. */
export interface ActionEvent extends WorkflowEvent {
  /** Absent for events that belong to no pull request: nothing is commented then. */
  readonly pullRequest?: {
    readonly number: number
    readonly head: string
    /** The head lies in another repository: its token is read-only. */
    readonly fork: boolean
  }
  /** Runs with the base's token and secrets while the head is a stranger's (`pull_request_target`). */
  readonly privileged: boolean
}

/**
 * Reads the event from where the runner put it.
 * @throws CommandError `no-event` when the step runs outside a workflow or the file is damaged
 */
export async function readEvent(
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => Promise<string>,
): Promise<ActionEvent> {
  const name = environment['GITHUB_EVENT_NAME'] ?? ''
  const path = environment['GITHUB_EVENT_PATH'] ?? ''
  if (name === '' || path === '')
    throw new CommandError(
      'no-event',
      'GITHUB_EVENT_NAME or GITHUB_EVENT_PATH is not set: this runs in a workflow; on a laptop call preadmit check',
    )
  let payload: unknown
  try {
    payload = JSON.parse(await readFile(path))
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    throw new CommandError('no-event', `the event's file cannot be read: ${cause.split('\n', 1)[0] ?? ''}`)
  }
  const privileged = name === 'pull_request_target'
  if (name !== 'pull_request' && !privileged) return { name, payload, privileged }
  const number = at(payload, 'pull_request', 'number')
  const head = at(payload, 'pull_request', 'head', 'sha')
  if (!isPositive(number) || typeof head !== 'string' || !/^[0-9a-f]{40,64}$/.test(head))
    throw new CommandError('no-event', `the event ${name} names no pull request`)
  const from = at(payload, 'pull_request', 'head', 'repo', 'full_name')
  const to = at(payload, 'pull_request', 'base', 'repo', 'full_name')
  // A head without a repository is a fork that was deleted.
  return { name, payload, privileged, pullRequest: { number, head, fork: from !== to } }
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}
