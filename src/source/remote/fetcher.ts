import { createAccess, shownUrl } from './access.ts'
import { memoryCache } from './cache.ts'
import { RemoteError } from './errors.ts'
import { artifactFetcher } from './fetch-artifact.ts'
import { chartFetcher } from './fetch-chart.ts'
import { fileFetcher } from './fetch-file.ts'
import { gitFetcher } from './fetch-git.ts'
import { createFetching } from './fetching.ts'
import { gitUrl } from './git-url.ts'
import { createHttp, parseUrl } from './http.ts'
import { defaultRemoteLimits } from './limits.ts'
import { createOciClient, parseOci } from './oci.ts'
import type { Remote, RemoteOptions, SourceKind } from './remote.ts'
import { createRemoteGit } from './remote-git.ts'

/** Everything that a run fetches with these allowed hosts, credentials and limits. */
export function createRemote(options: RemoteOptions): Remote {
  const limits = { ...defaultRemoteLimits, ...options.limits }
  const access = createAccess(options.access)
  const cache = options.cache ?? memoryCache()
  const http = createHttp(access, limits)
  const git = createRemoteGit({
    access,
    limits,
    directory: cache.directory,
    environment: options.environment,
  })
  const proxy = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'].find(
    (name) => (options.environment[name] ?? '') !== '',
  )
  const fetching = createFetching({ access, limits, cache, http, online: options.offline !== true }, proxy)
  const always = options.refresh === true
  const urlOf = (text: string, kind: SourceKind): URL => {
    if (kind === 'git') return gitUrl(text)
    if (kind === 'oci') return parseOci(text, access).origin
    const url = parseUrl(text)
    if (url !== undefined) return url
    throw new RemoteError('refused', shownUrl(text), `${shownUrl(text)} is no URL`)
  }

  return {
    configured: options.access.allow.length > 0,
    refusal(text, kind) {
      try {
        access.check(urlOf(text, kind))
        return undefined
      } catch (error) {
        if (error instanceof RemoteError) return error
        throw error
      }
    },
    notes: () => cache.notes(),
    secrets: () => access.secrets(),
    close: () => {
      git.close()
    },
    fetchChart: chartFetcher(fetching, always),
    fetchOci: artifactFetcher(fetching, createOciClient(http, access), always),
    fetchGit: gitFetcher(fetching, git, always),
    fetchFile: fileFetcher(fetching, always),
  }
}
