import { parseUrl } from './http.ts'
import { shownUrl } from './access.ts'
import { RemoteError } from './errors.ts'

/**
 * The URL that git is given for a repository as definitions name it. `git@host:path` and `ssh://` are fetched over https:
 * the same repository, without a second program (ssh) and its keys. No other transport is ever used (threats.md T13).
 *
 * @throws RemoteError `refused`, `scheme-refused`
 */
export function gitUrl(text: string): URL {
  const trimmed = text.trim()
  const scp = /^(?:[A-Za-z0-9._-]+@)(?<host>[A-Za-z0-9.-]+):(?!\/\/)(?<path>[^\s]+)$/.exec(trimmed)?.groups
  const ssh = /^(?:git\+)?ssh:\/\/(?:[^@/]*@)?(?<host>[A-Za-z0-9.-]+)(?::[0-9]+)?\/(?<path>[^\s]+)$/i.exec(
    trimmed,
  )?.groups
  const parts = scp ?? ssh
  const url = parseUrl(
    parts === undefined
      ? trimmed.replace(/^git::/, '')
      : `https://${(parts['host'] ?? '').replace(/^ssh\.(?=github\.com$)/, '')}/${(parts['path'] ?? '').replace(/^\/+/, '')}`,
  )
  if (url === undefined)
    throw new RemoteError('refused', shownUrl(trimmed), `${shownUrl(trimmed)} is no URL of a repository`)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new RemoteError('scheme-refused', shownUrl(url), `${shownUrl(url)}: git is used over https only`)
  // A user name alone is a habit (`https://git@host/`) and no secret.
  if (url.password === '') url.username = ''
  url.search = ''
  url.hash = ''
  url.pathname = url.pathname.replace(/\/+$/, '')
  return url
}

/** A branch or tag that git accepts and that no option parser can mistake (git check-ref-format). */
export function isReferenceName(revision: string): boolean {
  return (
    /^[A-Za-z0-9_@][A-Za-z0-9_./@+=#-]{0,254}$/.test(revision) &&
    !/\.\.|@\{|\/\/|\.lock(?:\/|$)|\/\.|\/$|\.$/.test(revision) &&
    revision !== '@'
  )
}
