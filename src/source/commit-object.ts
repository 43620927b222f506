/** What a commit says of itself. */
export interface Commit {
  readonly tree: string
  /** As the commit names them, whether a shallow clone holds them or not. */
  readonly parents: readonly string[]
  /** Seconds since the epoch at which it was committed. */
  readonly time: number
}

/** Takes the headers of a commit object apart (gitformat-commit). */
export function parseCommit(content: Uint8Array): Commit {
  const text = Buffer.from(content).toString('latin1')
  const end = text.indexOf('\n\n')
  let tree = ''
  let time = 0
  const parents: string[] = []
  for (const line of text.slice(0, end < 0 ? undefined : end).split('\n')) {
    // Later lines can be the text of a signature or of a merged tag; those start with a space.
    if (line.startsWith('tree ')) tree = line.slice(5)
    else if (line.startsWith('parent ')) parents.push(line.slice(7))
    else if (line.startsWith('committer ')) time = Number(/ (-?[0-9]+) [+-][0-9]{4}$/.exec(line)?.[1] ?? 0)
  }
  return { tree, parents, time }
}

/** True for the whole id of a commit, of SHA-1 or SHA-256. */
export function isCommitId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}
