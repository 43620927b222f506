/** A pull request in real git repositories, and the action's bundle run on it as the runner runs it. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const bundle = join(import.meta.dirname, '../../dist/action.js')

export type Files = Readonly<Record<string, string>>

export interface PullRequest {
  readonly origin: string
  readonly base: string
  readonly head: string
  readonly merge: string
}

export function git(directory: string, ...args: readonly string[]): string {
  return execFileSync(
    'git',
    [
      '-c',
      'user.name=t',
      '-c',
      'user.email=t@example.com',
      '-c',
      'init.defaultBranch=main',
      '-c',
      'protocol.file.allow=always',
      ...args,
    ],
    { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  ).trim()
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'preadmit-action-'))
}

function commit(directory: string, files: Files, message: string): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  git(directory, 'add', '--all')
  git(directory, 'commit', '--quiet', '--message', message)
  return git(directory, 'rev-parse', 'HEAD')
}

/** An origin with `main`, a branch, and the references that GitHub makes for pull request 7. */
export function pullRequest(root: string, base: Files, head: Files): PullRequest {
  const origin = join(root, 'origin')
  mkdirSync(origin, { recursive: true })
  git(origin, 'init', '--quiet')
  const from = commit(origin, base, 'base')
  git(origin, 'checkout', '--quiet', '-b', 'change')
  const tip = commit(origin, head, 'change')
  git(origin, 'checkout', '--quiet', 'main')
  git(origin, 'merge', '--quiet', '--no-ff', '--message', 'merge', 'change')
  const merge = git(origin, 'rev-parse', 'HEAD')
  git(origin, 'update-ref', 'refs/pull/7/merge', merge)
  git(origin, 'update-ref', 'refs/pull/7/head', tip)
  git(origin, 'reset', '--quiet', '--hard', from)
  // As GitHub's servers do: any commit that a reference reaches may be fetched by its id.
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
  return { origin, base: from, head: tip, merge }
}

/** A checkout as actions/checkout makes it. */
export function checkout(
  root: string,
  name: string,
  { origin }: PullRequest,
  reference: string,
  depth: number,
): string {
  const directory = join(root, name)
  mkdirSync(directory)
  git(directory, 'init', '--quiet')
  git(directory, 'remote', 'add', 'origin', `file://${origin}`)
  git(
    directory,
    'fetch',
    '--quiet',
    '--no-tags',
    `--depth=${depth}`,
    'origin',
    `+${reference}:refs/remotes/checked/out`,
  )
  git(directory, 'checkout', '--quiet', '--detach', 'refs/remotes/checked/out')
  return directory
}

export interface Step {
  readonly node: string
  readonly workspace: string
  readonly event: string
  readonly payload: unknown
  readonly apiUrl: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  /** Without the file that GITHUB_STEP_SUMMARY names. */
  readonly noSummary?: boolean
}
export interface Ended {
  readonly status: number
  readonly log: string
  readonly summary: string
  readonly outputs: Readonly<Record<string, string>>
  readonly milliseconds: number
}

/** Runs the bundle with the environment of a runner and nothing else of ours. */
export async function runStep(step: Step): Promise<Ended> {
  const runner = mkdtempSync(join(tmpdir(), 'preadmit-runner-'))
  const file = (name: string, text = ''): string => {
    writeFileSync(join(runner, name), text)
    return join(runner, name)
  }
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: runner,
    RUNNER_TEMP: runner,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: step.workspace,
    GITHUB_REPOSITORY: 'acme/fleet',
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_API_URL: step.apiUrl,
    GITHUB_RUN_ID: '100',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_EVENT_NAME: step.event,
    GITHUB_EVENT_PATH: file('event.json', JSON.stringify(step.payload)),
    GITHUB_OUTPUT: file('output'),
    GITHUB_STEP_SUMMARY: step.noSummary === true ? join(runner, 'missing') : file('summary'),
    ...Object.fromEntries(
      Object.entries({ token: 'ghs_canary-token', ...step.inputs }).map(([name, value]) => [
        `INPUT_${name.toUpperCase()}`,
        value,
      ]),
    ),
    ...step.environment,
  }
  const start = performance.now()
  const { status, log } = await new Promise<{ status: number; log: string }>((resolve) => {
    execFile(
      step.node,
      [bundle],
      { cwd: step.workspace, env: environment, encoding: 'utf8', maxBuffer: 2 ** 26 },
      (error, out, err) => {
        resolve({
          status: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
          log: out + err,
        })
      },
    )
  })
  const ended = {
    status,
    log,
    summary: step.noSummary === true ? '' : readFileSync(join(runner, 'summary'), 'utf8'),
    outputs: readOutputs(readFileSync(join(runner, 'output'), 'utf8')),
    milliseconds: performance.now() - start,
  }
  rmSync(runner, { recursive: true })
  return ended
}

/** `name<<delimiter`, lines, `delimiter`: as the runner reads it. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i += 1) {
    const [name, delimiter] = (lines[i] ?? '').split('<<')
    if (name === undefined || delimiter === undefined) continue
    const end = lines.indexOf(delimiter, i + 1)
    outputs[name] = lines.slice(i + 1, end).join('\n')
    i = end
  }
  return outputs
}
