/** An image reference as written; nothing is added that was left out. */
export interface ImageReference {
  /** Registry and path, `ghcr.io/acme/api`. */
  readonly repository: string
  readonly tag?: string
  /** `sha256:…`. */
  readonly digest?: string
}

/** The grammar of distribution/reference: at most 255 characters for the name, 128 for the tag. */
const longestName = 255
const component = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/
const host = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,128}$/

/** Parses `[host[:port]/]path[:tag][@digest]`; undefined for anything that is no reference. */
export function parseImage(text: string): ImageReference | undefined {
  // Name, tag and the longest digest; keeps the patterns away from texts of a stranger that are far longer.
  if (text.length > longestName + 1 + 128 + 200) return undefined
  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : text.slice(at + 1)
  if (digest !== undefined && !digestPattern.test(digest)) return undefined
  const named = at < 0 ? text : text.slice(0, at)
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const tag = hasTag ? named.slice(colon + 1) : undefined
  if (tag !== undefined && !tagPattern.test(tag)) return undefined
  const repository = hasTag ? named.slice(0, colon) : named
  if (!isRepository(repository)) return undefined
  return { repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}

function isRepository(text: string): boolean {
  if (text.length === 0 || text.length > longestName) return false
  const parts = text.split('/')
  const [first = '', ...rest] = parts
  // The first part is a host when it could not be a path: a dot, a port, a capital or `localhost`.
  if (rest.length > 0 && (/[.:A-Z[]/.test(first) || first === 'localhost'))
    return host.test(first) && rest.every((part) => component.test(part))
  return parts.every((part) => component.test(part))
}
