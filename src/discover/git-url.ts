/**
 * One repository under several URLs: `https://host/o/r`, the same with `.git`, `git@host:o/r`, `ssh://git@host/o/r`,
 * another case, a port or credentials in front. Equal keys mean the same repository.
 *
 * Hosts other than these forms (a bare name, a placeholder such as `${REPO}`) are compared as they are written.
 */
export function repositoryKey(url: string): string {
  const trimmed = url.trim()
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?(?<host>[^/:]*)(?::\d+)?\/(?<path>.*)$/i.exec(
    trimmed,
  )
  const scp = /^(?:[^@/:]+@)(?<host>[^/:]+):(?<path>.*)$/.exec(trimmed)
  const parts = (withScheme ?? scp)?.groups
  if (parts === undefined) return cleanPath(trimmed)
  // GitHub serves ssh on the https port from another name (docs.github.com, "Using SSH over the HTTPS port").
  const host = (parts['host'] ?? '').toLowerCase().replace(/^ssh\.(?=github\.com$)/, '')
  return `${host}/${cleanPath(parts['path'] ?? '')}`
}

function cleanPath(path: string): string {
  return path
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/i, '')
    .toLowerCase()
}
