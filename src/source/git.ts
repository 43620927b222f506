import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { SourceError } from './errors.ts'
import { fetchEnvironment, type Environment } from './git-environment.ts'
import { limits } from './limits.ts'

/** The one program that is ever started. Arguments are ours; what a person names stands behind `--end-of-options`. */
export interface Git {
  readonly directory: string
  readonly environment: Environment
  /** Runs one command to its end. A status that is not zero is an answer too; the caller knows what it means. */
  run(args: readonly string[], options?: RunOptions): Promise<GitResult>
  /** Starts a command that answers questions until its input ends. */
  start(args: readonly string[]): GitProcess
  /** The same repository with other variables: an index or object directory of our own. */
  with(environment: Environment): Git
}
export interface RunOptions {
  /** This command may reach the remote; every other one cannot. */
  readonly fetches?: boolean
}
export interface GitResult {
  readonly status: number
  readonly output: Buffer
  readonly errors: string
}
export type GitProcess = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * Settings of every command. None of the programs that a configuration can name runs: hooks (even of index writes),
 * the file system monitor, helpers of `ext::` remotes, signature checks. A fetch uses the checkout's own credentials.
 */
const settings = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.quotePath', 'false'],
  ['core.splitIndex', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.safecrlf', 'false'],
  ['protocol.ext.allow', 'never'],
  ['advice.addEmbeddedRepo', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`])

/** git as a child process of ours, without a shell. */
export function systemGit(directory: string, environment: Environment): Git {
  const first = ['--no-pager', ...settings]
  return {
    directory,
    environment,
    run: (args, { fetches = false } = {}) =>
      new Promise((resolve, reject) => {
        const child = execFile(
          'git',
          [...first, ...args],
          {
            cwd: directory,
            env: fetches ? fetchEnvironment(environment) : environment,
            encoding: 'buffer',
            maxBuffer: limits.outputBytes,
            timeout: fetches ? limits.fetchMilliseconds : limits.localMilliseconds,
            windowsHide: true,
          },
          (error, output, errors) => {
            const text = errors.toString()
            if (error === null) resolve({ status: 0, output, errors: text })
            else if (typeof error.code === 'number') resolve({ status: error.code, output, errors: text })
            else reject(explainFailure(error, args, text))
          },
        )
        child.stdin?.end()
      }),
    start: (args) =>
      spawn('git', [...first, ...args], {
        cwd: directory,
        env: { ...environment },
        stdio: ['pipe', 'pipe', 'pipe'],
        windowsHide: true,
      }),
    with: (more) => systemGit(directory, { ...environment, ...more }),
  }
}

/**
 * The output of a command that must succeed.
 * @throws SourceError `git-failed` or what git's message means
 */
export async function gitOutput(git: Git, args: readonly string[], options?: RunOptions): Promise<Buffer> {
  const { status, output, errors } = await git.run(args, options)
  if (status === 0) return output
  throw failureOf(args, errors, git.directory)
}

/** What a failed command means, by git's own words (LC_ALL=C). */
export function failureOf(args: readonly string[], errors: string, directory: string): SourceError {
  if (errors.includes('detected dubious ownership'))
    return new SourceError(
      'dubious-ownership',
      `${directory} belongs to somebody else, and git refuses to read it`,
      `if you trust it, run \`git config --global --add safe.directory ${directory}\``,
    )
  if (/not a git repository|must be run in a work tree/.test(errors))
    return new SourceError(
      'not-a-repository',
      `${directory} is not in a git repository`,
      'name one with --repo, or check the repository out first',
    )
  if (/promisor remote|lazy fetching/.test(errors))
    return new SourceError(
      'missing-object',
      'this partial clone lacks objects that are needed, and nothing is fetched behind your back',
      'run `git fetch --refetch --no-filter`, or clone without --filter',
    )
  return new SourceError(
    'git-failed',
    `git ${args[0] ?? ''} failed: ${lastLine(errors)}`,
    'run the command by hand to see more',
  )
}

function explainFailure(
  error: Error & { code?: unknown; killed?: boolean },
  args: readonly string[],
  errors: string,
): SourceError {
  if (error.code === 'ENOENT')
    return new SourceError(
      'no-git',
      'git cannot be found',
      'install git 2.30 or newer and put it on the PATH',
      {
        cause: error,
      },
    )
  if (error.killed === true && error.code !== 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return new SourceError(
      'git-timeout',
      `git ${args[0] ?? ''} did not end in time`,
      'run it again, or look at the disk and the network',
      {
        cause: error,
      },
    )
  return new SourceError(
    'git-failed',
    `git ${args[0] ?? ''} failed: ${lastLine(errors) || error.message}`,
    'run the command by hand to see more',
    {
      cause: error,
    },
  )
}

/** Git's last line is the one that says why. Control characters could come from names in the repository. */
function lastLine(errors: string): string {
  const line = errors.trimEnd().split('\n').at(-1) ?? ''
  // eslint-disable-next-line no-control-regex
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?').slice(0, 500)
}
