import { isCommitId } from './commit-object.ts'
import { at } from './event-field.ts'

/** Which commits an event of GitHub Actions names; nothing else of its payload is looked at. */
export type EventRevisions =
  | {
      readonly kind: 'pull-request'
      readonly number: number
      /** Tip of the pull request's branch. */
      readonly head: string
    }
  | { readonly kind: 'range'; readonly base: string; readonly head: string }
  /** A branch that is new with this push: `head` is its tip, `branch` the default branch. */
  | { readonly kind: 'new-branch'; readonly head: string; readonly branch: string | undefined }

/**
 * Reads the commits of an event. Ids and numbers are checked for their form: they become arguments of git.
 * @returns undefined when the event names no two sides
 */
export function readEventRevisions(name: string, payload: unknown): EventRevisions | undefined {
  switch (name) {
    case 'pull_request':
    case 'pull_request_target': {
      const number = at(payload, 'pull_request', 'number') ?? at(payload, 'number')
      const head = commitId(at(payload, 'pull_request', 'head', 'sha'))
      if (head === undefined || !Number.isSafeInteger(number) || Number(number) <= 0) return undefined
      return { kind: 'pull-request', number: Number(number), head }
    }
    case 'merge_group': {
      const base = commitId(at(payload, 'merge_group', 'base_sha'))
      const head = commitId(at(payload, 'merge_group', 'head_sha'))
      return base === undefined || head === undefined ? undefined : { kind: 'range', base, head }
    }
    case 'push': {
      const base = commitId(at(payload, 'before'))
      const head = commitId(at(payload, 'after'))
      // The zero id stands for "there is none": the branch is new, or gone.
      if (base === undefined || head === undefined || isZero(head)) return undefined
      if (!isZero(base)) return { kind: 'range', base, head }
      const branch = at(payload, 'repository', 'default_branch')
      return { kind: 'new-branch', head, branch: typeof branch === 'string' ? branch : undefined }
    }
    default:
      return undefined
  }
}

function commitId(value: unknown): string | undefined {
  return typeof value === 'string' && isCommitId(value) ? value : undefined
}

function isZero(id: string): boolean {
  return /^0+$/.test(id)
}
