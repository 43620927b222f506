/** The hidden first line of our comment: whose it is, which run wrote it, and what it says. */
export interface Marker {
  /** Configuration's `comment.name`. */
  readonly name: string
  readonly run: number
  readonly attempt: number
  /** Head of the pull request (not the merge commit). */
  readonly head: string
  /** Of the content without marker, durations and links to the run: equal digests say the same. */
  readonly digest: string
}

/** One HTML comment. Only letters, digits and `._-` of the name are kept as they are, so that it cannot end early. */
export function writeMarker(marker: Marker): string {
  return `<!-- preadmit:${plainName(marker.name)} run=${marker.run} attempt=${marker.attempt} head=${marker.head} digest=${marker.digest} -->`
}

const pattern =
  /^<!-- preadmit:(?<name>[\w.%-]+) run=(?<run>\d{1,15}) attempt=(?<attempt>\d{1,6}) head=(?<head>[0-9a-f]{4,64}) digest=(?<digest>[0-9a-f]{8,64}) -->$/

/** Reads the first line of a comment; null when it is not a marker of the name. GitHub may store lines with CRLF. */
export function readMarker(body: string, name: string): Marker | null {
  const [line = ''] = body.split('\n', 1)
  const groups = pattern.exec(line.trimEnd())?.groups
  if (groups?.['name'] !== plainName(name)) return null
  return {
    name,
    run: Number(groups['run']),
    attempt: Number(groups['attempt']),
    head: groups['head'] ?? '',
    digest: groups['digest'] ?? '',
  }
}

/** A name in which nothing can end the HTML comment and two different names never become one. */
function plainName(name: string): string {
  return encodeURIComponent(name.replace(/\p{Cs}/gu, '\uFFFD'))
    .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/--/g, '-%2D')
    .replace(/-$/, '%2D')
}
