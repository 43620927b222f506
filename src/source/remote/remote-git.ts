import { execFile, type ExecFileException } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tree } from '../../model/tree.ts'
import { systemGit } from '../git.ts'
import { withSettings, type Environment } from '../git-environment.ts'
import { createObjectReader, type ObjectReader } from '../object-reader.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { shownUrl, type Access } from './access.ts'
import { RemoteError } from './errors.ts'
import { isCommitId } from '../commit-object.ts'
import { isReferenceName } from './git-url.ts'
import { basic, checkedAddresses } from './http.ts'
import type { RemoteLimits } from './limits.ts'
import { verifiedTree } from './verified-objects.ts'

export interface RemoteGit {
  /**
   * The commit that a tag or branch names now.
   * @throws RemoteError `not-found`, `refused` and whatever keeps git from asking
   */
  resolve(url: URL, revision: string): Promise<{ readonly commit: string; readonly kind: 'tag' | 'branch' }>
  /** Tags and the commits that they lead to. */
  tags(url: URL): Promise<ReadonlyMap<string, string>>
  /**
   * The tree at a commit; asks nobody when the commit is in the cache.
   * @param online false: only the cache is looked into @throws RemoteError
   */
  tree(url: URL, commit: string, online: boolean): Promise<Tree>
  close(): void
}

export interface RemoteGitOptions {
  readonly access: Access
  readonly limits: RemoteLimits
  /** Directory for repositories that outlive the run; a temporary one without. */
  readonly directory: string | undefined
  readonly environment: Environment
}

/**
 * Git as the one program that fetches repositories: fixed arguments, https only, no configuration but ours (of nobody,
 * the system or the repository), no hooks, submodules, redirects or helpers for credentials. Objects land in a bare
 * repository of ours and are read as objects; nothing is ever checked out (threats.md T13, T27).
 */
export function createRemoteGit(options: RemoteGitOptions): RemoteGit {
  const { access, limits } = options
  const readers = new Map<string, ObjectReader>()
  const queues = new Map<string, Promise<unknown>>()
  let temporary: Promise<string> | undefined

  /** One command at a time for each repository: git locks its list of shallow commits. */
  const queued = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const before = queues.get(key) ?? Promise.resolve()
    const now = before.then(work, work)
    queues.set(
      key,
      now.catch(() => undefined),
    )
    return await now
  }
  const directoryOf = async (url: URL, commit: string): Promise<string> => {
    const base = options.directory ?? (await (temporary ??= temporaryDirectory()))
    // Object ids of 64 digits are another format, which one repository cannot hold besides the first.
    const name = createHash('sha256').update(`${url.href} ${commit.length}`).digest('hex').slice(0, 32)
    return join(base, 'git', `${name}.git`)
  }
  const open = async (url: URL, commit: string): Promise<string> => {
    const directory = await directoryOf(url, commit)
    if ((await stat(join(directory, 'HEAD')).catch(() => undefined)) !== undefined) return directory
    await mkdir(directory, { recursive: true })
    const format = commit.length === 64 ? 'sha256' : 'sha1'
    await run(
      directory,
      ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`],
      environment(),
      url,
      limits,
    )
    return directory
  }
  const environment = (): Environment => isolated(options.environment)

  /** The environment of a command that connects to this one host. */
  const connected = async (url: URL): Promise<Environment> => {
    access.check(url)
    const addresses = await checkedAddresses(url, access)
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const secret = access.secretFor(url)
    return withSettings({ ...environment(), GIT_ALLOW_PROTOCOL: url.protocol.slice(0, -1) }, [
      // Connects to what was checked, whatever the DNS says a moment later.
      [
        'http.curloptResolve',
        `${host}:${port}:${addresses.map((address) => (address.includes(':') ? `[${address}]` : address)).join(',')}`,
      ],
      // In the environment, where other users of the machine do not see it as they see arguments.
      ...(secret === undefined
        ? []
        : ([[`http.${url.origin}/.extraHeader`, `Authorization: ${basic(secret)}`]] as const)),
    ])
  }
  const list = async (
    url: URL,
    patterns: readonly string[],
  ): Promise<readonly (readonly [string, string])[]> => {
    const directory = options.directory ?? (await (temporary ??= temporaryDirectory()))
    await mkdir(directory, { recursive: true })
    const output = await run(
      directory,
      ['ls-remote', '--quiet', '--end-of-options', url.href, ...patterns],
      await connected(url),
      url,
      limits,
      access,
    )
    return output.split('\n').flatMap((line): (readonly [string, string])[] => {
      const [id = '', name = ''] = line.split('\t')
      return isCommitId(id) ? [[name, id]] : []
    })
  }
  const readerOf = (directory: string): ObjectReader => {
    let reader = readers.get(directory)
    if (reader === undefined)
      readers.set(directory, (reader = createObjectReader(systemGit(directory, environment()))))
    return reader
  }
  const holds = async (directory: string, commit: string): Promise<boolean> => {
    const object = (await readerOf(directory).read([commit], 1024 * 1024)).get(commit)
    return object !== undefined && !('refused' in object)
  }

  return {
    async resolve(url, revision) {
      const shown = shownUrl(url)
      const name = revision === '' ? 'HEAD' : revision
      const short = name.replace(/^refs\/(?:tags|heads)\//, '')
      if (!isReferenceName(short) || (name.startsWith('refs/') && short === name))
        throw new RemoteError('refused', shown, `${JSON.stringify(revision)} is no branch and no tag`)
      const found = new Map(
        await list(
          url,
          name === 'HEAD' ? ['HEAD'] : [`refs/tags/${short}`, `refs/tags/${short}^{}`, `refs/heads/${short}`],
        ),
      )
      // An annotated tag is an object of its own; `^{}` is the commit behind it.
      const tag = found.get(`refs/tags/${short}^{}`) ?? found.get(`refs/tags/${short}`)
      if (tag !== undefined && !name.startsWith('refs/heads/')) return { commit: tag, kind: 'tag' }
      const branch = found.get(name === 'HEAD' ? 'HEAD' : `refs/heads/${short}`)
      if (branch !== undefined && !name.startsWith('refs/tags/')) return { commit: branch, kind: 'branch' }
      throw new RemoteError('not-found', shown, `${shown} has no branch or tag ${JSON.stringify(short)}`)
    },
    async tags(url) {
      const tags = new Map<string, string>()
      for (const [name, id] of await list(url, ['refs/tags/*'])) {
        const tag = name.replace(/^refs\/tags\//, '')
        if (tag.endsWith('^{}')) tags.set(tag.slice(0, -3), id)
        else if (!tags.has(tag)) tags.set(tag, id)
      }
      return tags
    },
    async tree(url, commit, online) {
      const shown = shownUrl(url)
      if (!isCommitId(commit))
        throw new RemoteError('refused', shown, `${JSON.stringify(commit)} is no full commit id`)
      const directory = await open(url, commit)
      return await queued(directory, async () => {
        if (!(await holds(directory, commit))) {
          if (!online)
            throw new RemoteError(
              'offline',
              shown,
              `${shown} at ${commit.slice(0, 12)} is not in the cache, and nothing is fetched`,
            )
          const guard = watchSize(directory, limits)
          try {
            await run(
              directory,
              [
                'fetch',
                '--quiet',
                '--depth=1',
                '--no-tags',
                '--no-recurse-submodules',
                '--no-write-fetch-head',
                '--no-auto-maintenance',
                '--end-of-options',
                url.href,
                commit,
              ],
              await connected(url),
              url,
              limits,
              access,
              guard,
            )
          } finally {
            guard.stop()
          }
          readers.get(directory)?.close()
          readers.delete(directory)
          if (!(await holds(directory, commit)))
            throw new RemoteError('not-found', shown, `${shown} does not hold the commit ${commit}`)
        }
        return await verifiedTree(readerOf(directory), commit, `${shown}@${commit}`, shown)
      })
    },
    close() {
      for (const reader of readers.values()) reader.close()
      readers.clear()
    },
  }
}

/** Settings of every command, on the command line: they win over every file. */
const settings = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.askPass', ''],
  ['credential.helper', ''],
  ['http.followRedirects', 'false'],
  ['http.lowSpeedLimit', '1024'],
  ['http.lowSpeedTime', '10'],
  ['http.emptyAuth', 'false'],
  ['protocol.allow', 'never'],
  ['protocol.https.allow', 'always'],
  ['protocol.http.allow', 'always'],
  ['protocol.version', '2'],
  ['transfer.fsckObjects', 'true'],
  ['transfer.bundleURI', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['fetch.unpackLimit', '1'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
].flatMap(([key, value]) => ['-c', `${key ?? ''}=${value ?? ''}`])

/** What a git of ours sees of the outside: where programs and certificates are. No home, so no `.netrc` either. */
function isolated(environment: Environment): Environment {
  const kept = [
    'PATH',
    'GIT_EXEC_PATH',
    'GIT_SSL_CAINFO',
    'GIT_SSL_CAPATH',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'SystemRoot',
    'TMPDIR',
    'TEMP',
    'TMP',
  ]
  return {
    ...Object.fromEntries(
      kept.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
    ),
    HOME: '/dev/null',
    XDG_CONFIG_HOME: '/dev/null',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
  }
}

interface Guard {
  stop(): void
  /** Called with the size when it is passed. */
  onExceeded: (bytes: number) => void
}

/** Git has no limit for what it takes in a fetch, so that its folder is watched. */
function watchSize(directory: string, limits: RemoteLimits): Guard {
  let before: number | undefined
  const guard: Guard = {
    stop: () => {
      clearInterval(timer)
    },
    onExceeded: () => undefined,
  }
  const timer = setInterval(() => {
    void sizeOf(join(directory, 'objects', 'pack')).then((bytes) => {
      before ??= bytes
      if (bytes - before > limits.gitBytes) guard.onExceeded(bytes)
    })
  }, 100)
  void sizeOf(join(directory, 'objects', 'pack')).then((bytes) => (before ??= bytes))
  return guard
}

async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function run(
  directory: string,
  args: readonly string[],
  environment: Environment,
  url: URL,
  limits: RemoteLimits,
  access?: Access,
  guard?: Guard,
): Promise<string> {
  const shown = shownUrl(url)
  return await new Promise((resolve, reject) => {
    let exceeded = false
    const child = execFile(
      'git',
      ['--no-pager', ...settings, ...args],
      {
        cwd: directory,
        env: environment,
        encoding: 'utf8',
        timeout: limits.gitMilliseconds,
        maxBuffer: limits.bodyBytes,
        windowsHide: true,
      },
      (error, output, errors) => {
        if (exceeded)
          reject(
            new RemoteError(
              'too-large',
              shown,
              `${shown} sends more than ${limits.gitBytes} bytes for one commit`,
            ),
          )
        else if (error === null) resolve(output)
        else reject(explain(error, errors, url, limits, access))
      },
    )
    if (guard !== undefined)
      guard.onExceeded = () => {
        exceeded = true
        child.kill('SIGKILL')
      }
    child.stdin?.end()
  })
}

/** What git's own words mean (LC_ALL=C). They are the server's in part, and therefore never passed on. */
function explain(
  error: ExecFileException,
  errors: string,
  url: URL,
  limits: RemoteLimits,
  access: Access | undefined,
): RemoteError {
  const shown = shownUrl(url)
  const make = (code: RemoteError['code'], message: string): RemoteError =>
    new RemoteError(code, shown, message, { cause: error })
  if (error.code === 'ENOENT') return make('unreachable', `${shown} cannot be fetched: git is not installed`)
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return make('too-large', `${shown} lists more than ${limits.bodyBytes} bytes of branches and tags`)
  if (error.killed === true)
    return make('timeout', `${shown} did not end within ${limits.gitMilliseconds / 1000} s`)
  if (/Operation too slow/.test(errors))
    return make('too-slow', `${shown} sends less than 1024 bytes per second`)
  if (/unable to update url base from redirection|The requested URL returned error: 30\d/.test(errors))
    return make('redirect-refused', `${shown} redirects to another place: name that one in the definition`)
  if (/could not read (?:Username|Password)|Authentication failed|returned error: 40[13]/.test(errors)) {
    const missing = access?.missingFor(url) ?? []
    return make(
      'unauthorized',
      missing.length > 0
        ? `${shown} asks for credentials: ${missing.join(' and ')} of remote.credentials ${missing.length === 1 ? 'is' : 'are'} not set in the environment`
        : `${shown} asks for credentials: name them under remote.credentials`,
    )
  }
  if (/not our ref|couldn't find remote ref|unadvertised object/.test(errors))
    return make('not-found', `${shown} does not hold the commit that is asked for`)
  if (/returned error: 404|not found/i.test(errors)) return make('not-found', `${shown} is not there`)
  if (
    /Could not resolve host|Failed to connect|Connection (?:refused|reset|timed out)|SSL|certificate/i.test(
      errors,
    )
  )
    return make('unreachable', `${url.host} cannot be reached by git`)
  return make('bad-answer', `git cannot fetch ${shown}`)
}
