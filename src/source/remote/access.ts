import { isIP } from 'node:net'
import { RemoteError } from './errors.ts'

/** Who may be asked, and with which credentials: the base configuration's `remote`, with the environment's secrets. */
export interface AccessOptions {
  /** Host patterns: `host`, `host:port`, `host/path`, `*.host`, with `http://` in front where plain HTTP is meant. */
  readonly allow: readonly string[]
  /** Hosts of `allow` whose names may lead to private or loopback addresses. */
  readonly private: readonly string[]
  readonly credentials: readonly Credential[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A secret of one origin. Names of environment variables, never the secrets themselves. */
export interface Credential {
  /** As in `allow`, without wildcards. */
  readonly host: string
  readonly username?: string
  readonly usernameFrom?: string
  readonly passwordFrom?: string
  /** A bearer token; git gets it as the password of `x-access-token`. */
  readonly tokenFrom?: string
}

export interface Secret {
  readonly username: string
  readonly password: string
  readonly bearer: boolean
}

export interface Access {
  /** Throws unless the base configuration allows this URL. @throws RemoteError */
  check(url: URL): void
  allows(url: URL): boolean
  /** True when the host may stand for a private address. */
  allowsPrivate(url: URL): boolean
  /** The secret that is bound to exactly this origin (and path, when the configuration names one). */
  secretFor(url: URL): Secret | undefined
  /** Variables that the configuration names for this origin and that are not set: the likely cause of a 401. */
  missingFor(url: URL): readonly string[]
  /** Every secret value, for whoever masks text. */
  secrets(): readonly string[]
}

interface Pattern {
  readonly protocol: 'http:' | 'https:'
  readonly host: string
  readonly wildcard: boolean
  readonly port: string
  readonly path: string
}

/** Reads a pattern of `allow`; undefined when it is none. */
export function parseHostPattern(text: string): Pattern | undefined {
  const match =
    /^(?:(?<scheme>https?):\/\/)?(?<wildcard>\*\.)?(?<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?<port>[0-9]{1,5}))?(?<path>\/[^\s?#]*)?$/.exec(
      text,
    )?.groups
  if (match === undefined) return undefined
  const protocol = match['scheme'] === 'http' ? 'http:' : 'https:'
  try {
    const url = new URL(
      `${protocol}//${match['host'] ?? ''}${match['port'] === undefined ? '' : `:${match['port']}`}${match['path'] ?? '/'}`,
    )
    return {
      protocol,
      host: url.hostname,
      wildcard: match['wildcard'] !== undefined,
      port: url.port,
      path: url.pathname.replace(/\/+$/, ''),
    }
  } catch {
    return undefined
  }
}

/** Nothing is allowed: the default. */
export const noAccess: AccessOptions = { allow: [], private: [], credentials: [], environment: {} }

export function createAccess(options: AccessOptions): Access {
  const allowed = options.allow.flatMap((text) => parseHostPattern(text) ?? [])
  const internal = options.private.flatMap((text) => parseHostPattern(text) ?? [])
  const credentials = options.credentials
    .flatMap((credential) => {
      const pattern = parseHostPattern(credential.host)
      return pattern === undefined ? [] : [{ pattern, credential }]
    })
    // The longest path is the most specific.
    .sort((a, b) => b.pattern.path.length - a.pattern.path.length)
  const read = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : options.environment[name] || undefined
  const credentialFor = (url: URL): Credential | undefined =>
    credentials.find(({ pattern }) => covers(pattern, url))?.credential

  return {
    allows: (url) => allowed.some((pattern) => covers(pattern, url)),
    check(url) {
      const shown = shownUrl(url)
      if (url.username !== '' || url.password !== '')
        throw new RemoteError(
          'refused',
          shown,
          `${shown} carries credentials, which belong into remote.credentials`,
        )
      if (url.protocol !== 'https:' && url.protocol !== 'http:')
        throw new RemoteError('scheme-refused', shown, `${shown}: ${url.protocol} is not fetched`)
      if (allowed.some((pattern) => covers(pattern, url))) return
      const secure = new URL(url.href)
      secure.protocol = 'https:'
      if (
        url.protocol === 'http:' &&
        allowed.some((pattern) => covers({ ...pattern, protocol: 'http:' }, url))
      )
        throw new RemoteError(
          'scheme-refused',
          shown,
          `${url.host} is allowed over https only: write http:// in front of it under remote.allow if plain HTTP is meant`,
        )
      throw new RemoteError(
        'host-not-allowed',
        shown,
        `${url.host} is not among the hosts that remote.allow of the base configuration names`,
      )
    },
    allowsPrivate: (url) =>
      [...internal, ...allowed.filter(({ host }) => isIP(host.replace(/^\[|\]$/g, '')) !== 0)].some(
        (pattern) => covers({ ...pattern, path: '' }, url),
      ),
    secretFor(url) {
      const credential = credentialFor(url)
      if (credential === undefined) return undefined
      const token = read(credential.tokenFrom)
      if (token !== undefined) return { username: 'x-access-token', password: token, bearer: true }
      const password = read(credential.passwordFrom)
      const username = credential.username ?? read(credential.usernameFrom)
      return password === undefined || username === undefined
        ? undefined
        : { username, password, bearer: false }
    },
    missingFor(url) {
      const credential = credentialFor(url)
      if (credential === undefined) return []
      return [credential.usernameFrom, credential.passwordFrom, credential.tokenFrom].filter(
        (name): name is string => name !== undefined && read(name) === undefined,
      )
    },
    secrets: () =>
      credentials.flatMap(({ credential }) =>
        [read(credential.passwordFrom), read(credential.tokenFrom)].filter((value) => value !== undefined),
      ),
  }
}

function covers(pattern: Pattern, url: URL): boolean {
  if (pattern.protocol !== url.protocol || pattern.port !== url.port) return false
  const host = url.hostname.replace(/\.$/, '')
  if (pattern.wildcard ? !host.endsWith(`.${pattern.host}`) : host !== pattern.host) return false
  // A path that is decoded again somewhere could climb out of the prefix.
  if (pattern.path === '') return true
  if (/%(?:2e|2f|5c)/i.test(url.pathname) || url.pathname.includes('\\')) return false
  return url.pathname === pattern.path || url.pathname.startsWith(`${pattern.path}/`)
}

/** A URL for people: no credentials, no query (which can hold signatures). */
export function shownUrl(url: URL | string): string {
  let parsed: URL
  try {
    parsed = typeof url === 'string' ? new URL(url) : url
  } catch {
    return String(url).replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
  }
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`
}
