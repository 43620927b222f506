import { parseYaml, type ParsedFile } from '../../config/parse-yaml.ts'
import { field, objectAt, textAt } from '../../discover/fields.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Weakness } from './weakness.ts'

/** A job that runs the check, in a workflow file. */
export interface CheckJob {
  readonly file: string
  /** What a required status check would be called: the job's name, or else its id. */
  readonly name: string
}

/** What one workflow file does: the jobs that run the check, and what weakens them. */
export interface WorkflowAudit {
  readonly jobs: readonly CheckJob[]
  readonly weaknesses: readonly Weakness[]
}

/** The action by its name, wherever it is mirrored, and the program in a script. */
const action = /(?:^|\/)preadmit(?:\/[^@]*)?@/
const program = /\bpreadmit\s+check\b|\bdist\/cli\.js\s+check\b/

/** Where a head of a pull request is named in an expression. */
const headReference =
  /github\.event\.pull_request\.head\.|github\.head_ref|github\.event\.number|refs\/pull\/|github\.event\.pull_request\.number/

/** Reads a workflow file as GitHub does, as far as it decides whether the check can be got around. */
export function auditWorkflow(file: string, text: string): WorkflowAudit {
  const parsed = parseYaml(text, file)
  if (!('value' in parsed)) {
    // A file of another workflow that GitHub would not run either is nobody's check.
    const mentions = /preadmit/.test(text)
    const [first] = parsed
    return {
      jobs: [],
      weaknesses: mentions
        ? [
            {
              kind: 'problem',
              file,
              line: first?.line ?? 1,
              message: `cannot be read: ${first?.message ?? 'no YAML'}`,
            },
          ]
        : [],
    }
  }
  const workflow = parsed.value as Json
  const jobs: CheckJob[] = []
  const weaknesses: Weakness[] = []
  for (const [id, job] of Object.entries(objectAt(workflow, 'jobs') ?? {})) {
    if (!isJsonObject(job)) continue
    const steps = stepsOf(job)
    const at = steps.findIndex(isCheck)
    if (at < 0) continue
    jobs.push({ file, name: textAt(job, 'name') ?? id })
    const audit = new Audit(file, parsed, weaknesses)
    audit.job(id, job)
    audit.permissions(workflow, id, job, steps[at] ?? {})
    audit.step(id, at, steps[at] ?? {})
    audit.checkout(id, steps.slice(0, at), workflow)
  }
  if (jobs.length > 0) new Audit(file, parsed, weaknesses).triggers(workflow)
  return { jobs, weaknesses }
}

function stepsOf(job: JsonObject): readonly JsonObject[] {
  const steps = job['steps']
  return Array.isArray(steps)
    ? (steps as readonly Json[]).map((step) => (isJsonObject(step) ? step : {}))
    : []
}

function isCheck(step: JsonObject): boolean {
  return action.test(textAt(step, 'uses') ?? '') || program.test(textAt(step, 'run') ?? '')
}

/** The events that start a workflow: a name, a list of names, or a mapping. */
function eventsOf(workflow: Json): JsonObject {
  const on = field(workflow, 'on') ?? null
  if (typeof on === 'string') return { [on]: {} }
  if (Array.isArray(on))
    return Object.fromEntries(
      (on as readonly Json[]).flatMap((one) => (typeof one === 'string' ? [[one, {}]] : [])),
    )
  return isJsonObject(on) ? on : {}
}

class Audit {
  readonly #file: string
  readonly #parsed: ParsedFile
  readonly #found: Weakness[]

  constructor(file: string, parsed: ParsedFile, found: Weakness[]) {
    this.#file = file
    this.#parsed = parsed
    this.#found = found
  }

  #say(kind: Weakness['kind'], path: readonly (string | number)[], message: string): void {
    this.#found.push({ kind, file: this.#file, line: this.#parsed.positionOf(path).line, message })
  }

  /** Events that leave pull requests out. */
  triggers(workflow: Json): void {
    const events = eventsOf(workflow)
    const names = ['pull_request', 'pull_request_target'].filter((name) => Object.hasOwn(events, name))
    if (names.length === 0)
      this.#say('problem', ['on'], 'is not run for pull requests: add the event `pull_request`')
    for (const name of names) {
      const event = events[name] ?? null
      for (const filter of ['paths', 'paths-ignore'])
        if (field(event, filter) !== undefined)
          this.#say(
            'problem',
            ['on', name, filter],
            `\`${filter}\` leaves pull requests unchecked that a rendered application may depend on: remove it, a run that finds nothing to do takes seconds`,
          )
      for (const filter of ['branches', 'branches-ignore'])
        if (field(event, filter) !== undefined)
          this.#say(
            'note',
            ['on', name, filter],
            `\`${filter}\` leaves pull requests into other branches unchecked`,
          )
      const types = field(event, 'types')
      const missing = ['opened', 'synchronize', 'reopened'].filter(
        (type) => Array.isArray(types) && !(types as readonly Json[]).includes(type),
      )
      if (missing.length > 0)
        this.#say(
          'problem',
          ['on', name, 'types'],
          `\`types\` leaves out ${missing.join(', ')}: what is pushed then is not checked; remove \`types\``,
        )
    }
    if (!Object.hasOwn(events, 'merge_group'))
      this.#say(
        'note',
        ['on'],
        'is not run for `merge_group`: with a merge queue, what is merged together is not checked',
      )
  }

  /** A job that does not run, or may fail, counts as a success where its check is required. */
  job(id: string, job: JsonObject): void {
    if (isSet(job['continue-on-error']))
      this.#say(
        'problem',
        ['jobs', id, 'continue-on-error'],
        '`continue-on-error` makes the job pass whatever the verdict: remove it',
      )
    if (job['if'] !== undefined && !isPullRequestOnly(job['if']))
      this.#say(
        'problem',
        ['jobs', id, 'if'],
        '`if` can skip the job, and a skipped job counts as a success: remove it',
      )
    if (job['needs'] !== undefined)
      this.#say(
        'problem',
        ['jobs', id, 'needs'],
        '`needs` skips the job when another one fails, and a skipped job counts as a success: run it by itself',
      )
  }

  step(id: string, index: number, step: JsonObject): void {
    const path = ['jobs', id, 'steps', index]
    if (isSet(step['continue-on-error']))
      this.#say(
        'problem',
        [...path, 'continue-on-error'],
        '`continue-on-error` makes the job pass whatever the verdict: remove it',
      )
    if (step['if'] !== undefined && !isPullRequestOnly(step['if']))
      this.#say('problem', [...path, 'if'], '`if` can skip the check: remove it')
    const uses = textAt(step, 'uses')
    if (uses !== undefined && !/@[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(uses))
      this.#say(
        'problem',
        [...path, 'uses'],
        `${uses} is not pinned by commit: whoever moves the tag decides what runs; write the 40 digits of the commit and the tag as a comment`,
      )
    const run = textAt(step, 'run')
    if (run !== undefined && /\|\|\s*(?:true|:|exit 0)|;\s*(?:true|exit 0)\s*$|set \+e/m.test(run))
      this.#say(
        'problem',
        [...path, 'run'],
        'the script goes on when the check fails: let its exit status end the step',
      )
  }

  permissions(workflow: Json, id: string, job: JsonObject, step: JsonObject): void {
    const own = job['permissions'] !== undefined
    const permissions = own ? job['permissions'] : field(workflow, 'permissions')
    const path = own ? ['jobs', id, 'permissions'] : ['permissions']
    if (permissions === undefined || permissions === null) {
      this.#say(
        'note',
        ['jobs', id],
        'has no `permissions`: it gets what the repository gives by default; ask for `contents: read` and `pull-requests: write`',
      )
      return
    }
    if (permissions === 'write-all')
      this.#say(
        'problem',
        path,
        '`write-all` gives a job that reads pull requests every right: ask for `contents: read` and `pull-requests: write`',
      )
    if (typeof permissions === 'string') return
    const has = (name: string): Json | undefined => field(permissions, name)
    if (has('contents') !== 'read' && has('contents') !== 'write')
      this.#say('problem', path, 'lacks `contents: read`: neither side of a pull request can be read')
    if (has('contents') === 'write') this.#say('note', path, '`contents: write` is more than the check needs')
    const silent = [false, 'false'].includes((field(step, 'with', 'comment') ?? true) as string | boolean)
    if (textAt(step, 'uses') !== undefined && has('pull-requests') !== 'write' && !silent)
      this.#say('note', path, 'lacks `pull-requests: write`: there is a job summary, and no comment')
  }

  /** The checkout is the merge of the pull request into its base; anything else is judged as something else. */
  checkout(id: string, before: readonly JsonObject[], workflow: Json): void {
    const at = before.findIndex((step) => /^actions\/checkout@/.test(textAt(step, 'uses') ?? ''))
    const path = ['jobs', id, 'steps', at]
    const events = eventsOf(workflow)
    const privileged = Object.hasOwn(events, 'pull_request_target')
    const ref = at < 0 ? undefined : textAt(before[at], 'with', 'ref')
    if (at < 0) {
      this.#say(
        'problem',
        ['jobs', id],
        'has no actions/checkout before the check: there is no repository to read',
      )
      return
    }
    if (privileged && ref !== undefined && headReference.test(ref))
      this.#say(
        'problem',
        [...path, 'with', 'ref'],
        'checks out the pull request under `pull_request_target`, beside the token of the base: remove `ref`, the merge is fetched as objects',
      )
    else if (ref !== undefined)
      this.#say(
        'problem',
        [...path, 'with', 'ref'],
        '`ref` checks out something else than the merge of the pull request: remove it',
      )
    if (privileged)
      this.#say(
        'note',
        ['on', 'pull_request_target'],
        '`pull_request_target` gives the token of the base to every pull request: nothing of it may run here; `pull_request` is enough for the verdict',
      )
    if (
      at >= 0 &&
      textAt(before[at], 'uses') !== undefined &&
      !/@[0-9a-f]{40}/.test(textAt(before[at], 'uses') ?? '')
    )
      this.#say('note', [...path, 'uses'], `${textAt(before[at], 'uses') ?? ''} is not pinned by commit`)
  }
}

/** `false` is off; an expression may be anything. */
function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== false && value !== 'false'
}

/** A condition that holds for every pull request, as a workflow that also runs on pushes has it. */
function isPullRequestOnly(condition: Json): boolean {
  const match = /^\s*(?:\$\{\{)?\s*github\.event_name\s*(==|!=)\s*'([a-z_]+)'\s*(?:\}\})?\s*$/.exec(
    typeof condition === 'string' ? condition : '',
  )
  return match !== null && (match[1] === '==') === (match[2] === 'pull_request')
}
