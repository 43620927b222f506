import type { Tree } from '../model/tree.ts'
import { compareTrees } from './changed-paths.ts'
import { SourceError } from './errors.ts'
import type { Repository } from './repository.ts'

/** The two trees of a comparison. */
export interface Sides {
  readonly base: Tree
  readonly head: Tree
  /** What is compared with what, for a log. */
  readonly describe: string
}

/** At most one of `head`, `index` and `worktree`. */
export interface SideSelection {
  /** Where the change is going: a branch as a rule. */
  readonly base?: string
  readonly head?: string
  readonly index?: boolean
  readonly worktree?: boolean
}

/**
 * The two trees on a laptop. Base is where the change left the branch that it goes to (the merge base, as on a pull
 * request's page), so that what others merged since does not look like a part of it. Head is a commit, the index, the
 * working tree, or with nothing said the working tree when it differs from HEAD and else HEAD.
 *
 * @throws SourceError
 */
export async function selectSides(repository: Repository, selection: SideSelection = {}): Promise<Sides> {
  const [tip, { branch, target }] = await inOrder(
    repository.resolve(selection.head ?? 'HEAD'),
    baseBranch(repository, selection),
  )
  const base = await mergeBase(repository, { branch, target, tip })
  const [older, head] = await inOrder(repository.tree(base), headTree(repository, selection, tip))
  return {
    base: older,
    head,
    describe: `${short(base)} (${
      base === target ? shortReference(branch) : `merge base with ${shortReference(branch)}`
    }) against ${head.commit === undefined ? `the ${head.label}` : short(head.commit)}`,
  }
}

/** Both at once, with the error of the first where both fail: the same command says the same whichever git is quicker. */
async function inOrder<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  const [one, other] = await Promise.allSettled([first, second])
  if (one.status === 'rejected') throw one.reason
  if (other.status === 'rejected') throw other.reason
  return [one.value, other.value]
}

async function baseBranch(
  repository: Repository,
  selection: SideSelection,
): Promise<{ readonly branch: string; readonly target: string }> {
  const branch = selection.base ?? (await defaultBase(repository))
  return { branch, target: await repository.resolve(branch) }
}

async function headTree(repository: Repository, selection: SideSelection, tip: string): Promise<Tree> {
  if (selection.head !== undefined) return await repository.tree(tip)
  if (selection.index === true) return await repository.indexTree()
  if (selection.worktree === true) return await repository.workingTree()
  const committed = await repository.tree(tip)
  if (repository.bare) return committed
  const working = await repository.workingTree()
  return compareTrees(committed, working).length === 0 ? committed : working
}

async function defaultBase(repository: Repository): Promise<string> {
  const branch = await repository.defaultBase()
  if (branch !== undefined) return branch
  throw new SourceError(
    'no-default-branch',
    'it is not known which branch this change goes to',
    'name it with --base, or run `git remote set-head origin --auto`',
  )
}

async function mergeBase(
  repository: Repository,
  { branch, target, tip }: { branch: string; target: string; tip: string },
): Promise<string> {
  const base = await repository.mergeBase(target, tip)
  if (base !== undefined) return base
  throw new SourceError(
    'no-merge-base',
    `${shortReference(branch)} and ${short(tip)} have no common commit here`,
    (await repository.isShallow())
      ? 'this clone is shallow: run `git fetch --unshallow`, or check out with `fetch-depth: 0`'
      : 'their histories are unrelated: name another --base',
  )
}

function short(commit: string): string {
  return commit.slice(0, 12)
}

function shortReference(branch: string): string {
  return branch.replace(/^refs\/(?:heads|remotes|tags)\//, '')
}
