import { SourceError } from './errors.ts'
import { readEventRevisions } from './event-revisions.ts'
import type { Repository } from './repository.ts'
import { selectSides, type Sides } from './sides.ts'

/** An event of GitHub Actions: GITHUB_EVENT_NAME and the parsed file at GITHUB_EVENT_PATH. */
export interface WorkflowEvent {
  readonly name: string
  readonly payload: unknown
}

/** Where a fetched test merge is kept, apart from everybody's references. */
const mergeReference = 'refs/preadmit/merge'

/**
 * The two trees of a workflow run. For a pull request: its test merge and the first parent of that, the base as it
 * would be merged into (the payload's own base lags behind, threats.md T63). What a shallow checkout lacks is fetched
 * with the checkout's own credentials; the checkout's files are never looked at.
 *
 * @throws SourceError `stale-merge` when the test merge is of another head, `not-the-merge`, `missing-commit`,
 * `unsupported-event`
 */
export async function pullRequestSides(repository: Repository, event: WorkflowEvent): Promise<Sides> {
  const revisions = readEventRevisions(event.name, event.payload)
  switch (revisions?.kind) {
    case undefined:
      throw new SourceError(
        'unsupported-event',
        `the event ${JSON.stringify(event.name.slice(0, 100))} names no two sides to compare`,
        'run on pull_request, merge_group or push, or name the revisions',
      )
    case 'pull-request':
      return await mergeSides(repository, revisions)
    case 'range':
      return await rangeSides(repository, revisions)
    case 'new-branch': {
      await ensure(repository, revisions.head)
      const branch = revisions.branch
      return await selectSides(repository, {
        head: revisions.head,
        ...(branch === undefined ? {} : { base: `refs/remotes/origin/${branch}` }),
      })
    }
  }
}

async function mergeSides(
  repository: Repository,
  { number, head }: { number: number; head: string },
): Promise<Sides> {
  const merge = await testMerge(repository, number, head)
  const [base = '', merged = ''] = await repository.parents(merge)
  if (merged !== head)
    throw new SourceError(
      'stale-merge',
      `the test merge is of ${short(merged)}, the pull request is at ${short(head)}`,
      'a newer run will check it; otherwise run this one again',
    )
  await ensure(repository, base)
  return {
    base: await repository.tree(base),
    head: await repository.tree(merge),
    describe: `${short(base)} against ${short(merge)}, the merge of ${short(head)} into it`,
  }
}

/** The commit that merges the pull request into its base: what is checked out, or fetched where that is something else. */
async function testMerge(repository: Repository, number: number, head: string): Promise<string> {
  const checkedOut = await repository.resolve('HEAD')
  // Any branch can end in a merge; only that of this very head is the one.
  if ((await repository.parents(checkedOut))[1] === head) return checkedOut
  const reference = `refs/pull/${number}/merge`
  try {
    await repository.fetch({ reference, into: mergeReference })
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== 'missing-commit') throw error
    throw new SourceError(
      'not-the-merge',
      `what is checked out is not the merge of pull request ${number}, and ${reference} cannot be fetched`,
      'leave `ref` of actions/checkout out and set `fetch-depth: 2`; a pull request with conflicts has no merge',
      { cause: error },
    )
  }
  const fetched = await repository.resolve(mergeReference)
  if ((await repository.parents(fetched)).length === 2) return fetched
  throw new SourceError('not-the-merge', `${reference} is not a merge`, 'leave `ref` of actions/checkout out')
}

async function rangeSides(
  repository: Repository,
  { base, head }: { base: string; head: string },
): Promise<Sides> {
  await ensure(repository, base)
  await ensure(repository, head)
  return {
    base: await repository.tree(base),
    head: await repository.tree(head),
    describe: `${short(base)} against ${short(head)}`,
  }
}

async function ensure(repository: Repository, commit: string): Promise<void> {
  if (!(await repository.has(commit))) await repository.fetch({ commit })
}

function short(commit: string): string {
  return commit.slice(0, 12)
}
