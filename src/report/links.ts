import type { Location } from '../model/location.ts'
import { code, href } from './escape.ts'

/** Where links lead. Absent on a laptop: then files are named and not linked. */
export interface LinkContext {
  /** Origin of the GitHub that is in use, such as `https://github.com`; never hard-coded (GitHub Enterprise). */
  readonly server: string
  /** `owner/name`. */
  readonly repository: string
  readonly baseCommit: string | null
  readonly headCommit: string | null
  /** Page of the run, which shows the job summary. */
  readonly run: string | null
}

/** Which tree a location lies in. */
export type Side = 'base' | 'head'

/** Digits of a commit in links: enough to be unique in any repository, and a comment holds hundreds of links. */
const linkDigits = 12

/** A file and line as code, linked to the commit where there is one. */
export function fileLink(location: Location, links: LinkContext | undefined, side: Side): string {
  const shown = code(location.line === undefined ? location.file : `${location.file}:${location.line}`)
  const commit = side === 'base' ? links?.baseCommit : links?.headCommit
  if (links === undefined || commit === null || commit === undefined) return shown
  const path = location.file.split('/').map(encodePathSegment).join('/')
  const line = location.line === undefined ? '' : `#L${location.line}`
  return link(shown, `${links.server}/${links.repository}/blob/${commit.slice(0, linkDigits)}/${path}${line}`)
}

/** The first seven digits of a commit, linked. */
export function commitLink(commit: string, links: LinkContext | undefined): string {
  const shown = code(commit.slice(0, 7))
  return links === undefined
    ? shown
    : link(shown, `${links.server}/${links.repository}/commit/${commit.slice(0, linkDigits)}`)
}

/** A link whose text is Markdown already; the bare text when the address is none. */
export function link(markdown: string, address: string): string {
  const url = href(address)
  return url === null ? markdown : `[${markdown}](${url})`
}

/** Lone surrogates cannot be encoded: such a name gets a link that leads nowhere, never an exception. */
function encodePathSegment(segment: string): string {
  return encodeURIComponent(segment.replace(/\p{Cs}/gu, '\uFFFD'))
}
