/**
 * A source's URL, or a pattern of sourceRepos, as Argo CD compares them (util/git NormalizeGitURL): lower case, without
 * `.git`, `git@host:path` as a URL of its own. Unlike elsewhere, https and ssh are two repositories: a project that permits
 * one of them does not permit the other. What Go's net/url cannot parse is the empty text, and a path with characters that
 * it escapes (braces, a caret) loses its wildcards with them.
 */
export function normalizeSource(written: string): string {
  let url = written.trim().toLowerCase()
  if (/^(?:ssh:\/\/)?[^/:]*?@[^@]+$/.test(url) && !url.startsWith('ssh://'))
    url = `ssh://${url.replace(':', '/')}`
  return reprint(url.replace(/\.git$/, ''))?.replace(/^ssh:\/\//, '') ?? ''
}

/** Go's url.Parse and String; undefined for what it refuses. */
function reprint(url: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(url)) return undefined
  const parts = /^(?<scheme>[a-z][a-z0-9+.-]*:)?(?<rest>[^?]*)(?<query>\?.*)?$/s.exec(url)?.groups
  if (parts === undefined) return undefined
  const scheme = parts['scheme'] ?? ''
  const rest = parts['rest'] ?? ''
  const query = parts['query'] ?? ''
  if (scheme !== '' && !rest.startsWith('/')) return url
  const authority = /^\/\/(?<authority>[^/]*)(?<path>.*)$/s.exec(rest)?.groups
  if (authority === undefined) {
    if (scheme === '' && /^[^/]*:/.test(rest)) return undefined
    return `${scheme}${escapePath(rest)}${query}`
  }
  const host = (authority['authority'] ?? '').replace(/^.*@/, '')
  const name = host.replace(/:\d*$/, '')
  // Of these a host may consist; a colon that is left is no port.
  if (!/^(?:\[[^\]]*\]|[a-z0-9\-_.~!$&'()*+,;=<>"]*)$/.test(name)) return undefined
  return `${scheme}//${authority['authority'] ?? ''}${escapePath(authority['path'] ?? '')}${query}`
}

function escapePath(path: string): string {
  if (/^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]/%]*$/.test(path)) return path
  return [...new TextEncoder().encode(path)]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return /[A-Za-z0-9\-_.~$&+,/:;=@]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}
