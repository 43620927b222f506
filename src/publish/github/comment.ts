import { readMarker, type Marker } from '../../report/marker.ts'
import type { Author, CommentsApi, IssueComment } from './comments-api.ts'
import { describeError, isAmbiguous, type Refused } from './errors.ts'

/** What is to be said, and by which run. */
export interface CommentRequest {
  readonly marker: Marker
  /** The whole comment; its first line is the marker. */
  readonly body: string
}

export type CommentOutcome =
  | { readonly state: 'created' | 'updated' | 'unchanged' }
  /** The pull request has moved on: a newer run speaks for it. */
  | { readonly state: 'superseded'; readonly by: string }
  /** A newer run has already said it. */
  | { readonly state: 'newer'; readonly run: number }
  | { readonly state: 'failed'; readonly reason: Refused }

/**
 * Keeps exactly one comment per pull request and name (threats.md T64–T69). Ours is what holds our marker and was
 * written by our own account; it is edited in place, left alone when it says the same, and never overwritten by an
 * older run. Answers what came of it and never throws: a verdict does not depend on a comment (I9).
 *
 * GitHub has no conditional write, so two runs that interleave exactly between the last read and the write cannot be
 * told apart here; a `concurrency` group in the workflow closes that gap, and the footer names the commits.
 */
export async function publishComment(api: CommentsApi, request: CommentRequest): Promise<CommentOutcome> {
  try {
    return await publish(api, request)
  } catch (error) {
    return { state: 'failed', reason: describeError(error) }
  }
}

async function publish(api: CommentsApi, request: CommentRequest): Promise<CommentOutcome> {
  const ours = await findOurs(api, request.marker.name)
  const [newest] = ours
  // Read last, right before writing: the time in which the head can move unseen is one call.
  const head = await api.headOf()
  if (head !== request.marker.head) return { state: 'superseded', by: head }
  if (newest === undefined) return await create(api, request)
  if (isNewer(newest.marker, request.marker)) return { state: 'newer', run: newest.marker.run }
  const same = newest.marker.digest === request.marker.digest && newest.marker.head === request.marker.head
  if (!same) await api.update(newest.comment.id, request.body)
  await removeAll(api, ours.slice(1))
  return { state: same ? 'unchanged' : 'updated' }
}

interface Ours {
  readonly comment: IssueComment
  readonly marker: Marker
}

/** Our own comments of the name, newest run first. */
async function findOurs(api: CommentsApi, name: string): Promise<readonly Ours[]> {
  const marked = (await api.list()).flatMap((comment) => {
    const marker = readMarker(comment.body, name)
    return marker === null ? [] : [{ comment, marker }]
  })
  // Who we are costs a call; it matters only when somebody has used the marker.
  if (marked.length === 0) return []
  const self = (await api.self()) ?? { login: 'github-actions[bot]' }
  return marked
    .filter(({ comment }) => isSelf(comment.author, self))
    .sort((a, b) => compareRuns(b.marker, a.marker) || a.comment.id - b.comment.id)
}

/** By id where it is known; GraphQL names apps without the `[bot]` that REST adds. */
function isSelf(author: Author, self: Partial<Author>): boolean {
  if (self.id !== undefined) return author.id === self.id
  return author.login === self.login || author.login === `${self.login ?? ''}[bot]`
}

/** A run over another: only among runs of the same head, since the head that is current was checked. */
function isNewer(theirs: Marker, mine: Marker): boolean {
  return theirs.head === mine.head && compareRuns(theirs, mine) > 0
}

function compareRuns(a: Marker, b: Marker): number {
  return a.run - b.run || a.attempt - b.attempt
}

/** Creates, looks whether an unanswered create was made (T67), and heals what two first runs at once leave behind. */
async function create(api: CommentsApi, request: CommentRequest): Promise<CommentOutcome> {
  let made: IssueComment
  try {
    made = await api.create(request.body)
  } catch (error) {
    if (!isAmbiguous(error)) throw error
    const found = (await findOurs(api, request.marker.name)).find(({ marker }) =>
      isSameRun(marker, request.marker),
    )
    made = found?.comment ?? (await api.create(request.body))
  }
  return await heal(api, request, made)
}

function isSameRun(a: Marker, b: Marker): boolean {
  return a.run === b.run && a.attempt === b.attempt && a.digest === b.digest
}

/**
 * After a create, of all comments by the author of the new one: the newest run's stays. A run that is not the newest
 * removes its own and nothing else, so that however runs interleave, the newest one's comment is removed by nobody.
 */
async function heal(
  api: CommentsApi,
  { marker }: CommentRequest,
  made: IssueComment,
): Promise<CommentOutcome> {
  try {
    const rivals = (await api.list()).flatMap((comment) => {
      const theirs = readMarker(comment.body, marker.name)
      const own = comment.author.id === made.author.id && comment.id !== made.id
      return theirs !== null && own ? [{ comment, marker: theirs }] : []
    })
    const newer = rivals.find((rival) => compareRuns(rival.marker, marker) > 0)
    if (newer === undefined) {
      await removeAll(api, rivals)
      return { state: 'created' }
    }
    await api.remove(made.id)
    return { state: 'newer', run: newer.marker.run }
  } catch {
    // The comment stands; a second one, should there be any, is removed by the next run.
    return { state: 'created' }
  }
}

/** Removes duplicates; one that somebody else has removed already is no fault. */
async function removeAll(api: CommentsApi, ours: readonly Ours[]): Promise<void> {
  for (const { comment } of ours) {
    try {
      await api.remove(comment.id)
    } catch {
      // Tried again by the next run.
    }
  }
}
