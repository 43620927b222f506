import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Configuration } from '../model/configuration.ts'
import { directoryCache } from '../source/remote/cache.ts'
import { createRemote } from '../source/remote/fetcher.ts'
import type { Remote } from '../source/remote/remote.ts'

/** Options of every command that renders. */
export interface RemoteOptions {
  /** Fetch nothing: only what the cache holds under a recorded digest is there. */
  readonly offline?: boolean
  /** Directory for fetched contents. */
  readonly cache?: string
}

export interface RemoteSurroundings {
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * What the base configuration lets a run fetch. Undefined when it names no hosts: the network is off by default, and
 * every remote source is told as one that is not here.
 */
export function openRemote(
  { remote }: Configuration,
  options: RemoteOptions,
  { directory, environment }: RemoteSurroundings,
  /** Asks what ranges and names mean now, whatever the lock file says. */
  refresh = false,
): Remote | undefined {
  if (remote.allow.length === 0) return undefined
  const { megabytes, seconds } = remote.limits
  return createRemote({
    access: { ...remote, environment },
    environment,
    cache: directoryCache(resolve(directory, options.cache ?? cacheDirectory(environment))),
    limits: { bodyBytes: megabytes * 1024 * 1024, milliseconds: seconds * 1000 },
    offline: options.offline === true,
    refresh,
  })
}

/** The user's cache (XDG Base Directory specification); a runner's temporary directory, which is emptied after a job. */
function cacheDirectory(environment: RemoteSurroundings['environment']): string {
  const own = environment['PREADMIT_CACHE']
  if (own !== undefined && own !== '') return own
  const runner = environment['RUNNER_TEMP']
  if (runner !== undefined && runner !== '') return join(runner, 'preadmit', 'cache')
  const xdg = environment['XDG_CACHE_HOME']
  // The specification takes absolute paths only.
  const base = xdg?.startsWith('/') === true ? xdg : join(environment['HOME'] || homedir(), '.cache')
  return join(base, 'preadmit')
}
