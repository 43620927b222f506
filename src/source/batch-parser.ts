import type { Refusal } from '../model/tree.ts'

/** An object as `git cat-file --batch` gives it, or why its content is not here. */
export type GitObject =
  | { readonly type: 'blob' | 'tree' | 'commit' | 'tag'; readonly content: Uint8Array }
  | { readonly refused: Extract<Refusal, 'too-large' | 'missing-object'> }

/**
 * Takes the output of `git cat-file --batch` apart, however it is cut into chunks: `<id> <type> <size>` and a line
 * feed, the content and a line feed; or `<id> missing`.
 *
 * @param limitOf largest content of the next object, in bytes; a larger one is passed over without being kept
 * @param onObject called in the order of the questions
 */
export function createBatchParser(
  limitOf: () => number,
  onObject: (object: GitObject) => void,
): (chunk: Uint8Array) => void {
  let header = ''
  let body: Body | undefined
  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (body === undefined) {
        const end = chunk.indexOf(0x0a, at)
        header += Buffer.from(chunk.subarray(at, end < 0 ? chunk.length : end)).toString('latin1')
        if (end < 0) return
        at = end + 1
        body = startOf(header, limitOf(), onObject)
        header = ''
        continue
      }
      const taken = Math.min(body.left, chunk.length - at)
      // The last byte of what is left is the line feed after the content.
      body.content?.set(
        chunk.subarray(at, at + Math.min(taken, body.left - 1)),
        body.content.length + 1 - body.left,
      )
      body.left -= taken
      at += taken
      if (body.left > 0) return
      onObject(
        body.content === undefined ? { refused: 'too-large' } : { type: body.type, content: body.content },
      )
      body = undefined
    }
  }
}

interface Body {
  readonly type: 'blob' | 'tree' | 'commit' | 'tag'
  /** Absent when it is over the limit. */
  readonly content: Uint8Array | undefined
  /** Bytes still to come, the line feed after the content included. */
  left: number
}

function startOf(header: string, limit: number, onObject: (object: GitObject) => void): Body | undefined {
  const match = /^[0-9a-f]+ (blob|tree|commit|tag) ([0-9]+)$/.exec(header)
  if (match === null) {
    onObject({ refused: 'missing-object' })
    return undefined
  }
  const size = Number(match[2])
  return {
    type: match[1] as Body['type'],
    content: size > limit ? undefined : new Uint8Array(size),
    left: size + 1,
  }
}
