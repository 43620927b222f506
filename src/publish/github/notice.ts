import type { CommentOutcome } from './comment.ts'

/**
 * One sentence for the log when there is no comment, with what to do about it; null when all is well.
 *
 * @param fork the pull request comes from another repository, whose token GitHub makes read-only whatever the workflow asks for
 */
export function commentNotice(outcome: CommentOutcome, fork: boolean): string | null {
  switch (outcome.state) {
    case 'created':
    case 'updated':
    case 'unchanged':
      return null
    case 'superseded':
      return `No comment: the pull request has moved on to ${outcome.by.slice(0, 12)}, which another run checks.`
    case 'newer':
      return `No comment: run ${outcome.run} is newer and has commented already.`
    case 'failed':
      return `No comment: ${explain(outcome.reason, fork)} The report is in the job summary; the verdict does not depend on it.`
  }
}

type Reason = Extract<CommentOutcome, { state: 'failed' }>['reason']

function explain(reason: Reason, fork: boolean): string {
  switch (reason.code) {
    case 'not-permitted':
    case 'not-found':
      return fork
        ? 'GitHub gives pull requests from forks a read-only token.'
        : 'the token may not comment: add `permissions: pull-requests: write` to the job.'
    case 'unauthorized':
      return 'GitHub does not accept the token: leave the input `token` out, or renew what it holds.'
    case 'rate-limited':
      return `GitHub's rate limit is reached (${reason.detail}).`
    case 'refused':
      return `GitHub refused it (${reason.detail}).`
    case 'unreachable':
      return `GitHub did not answer (${reason.detail}).`
    case 'gave-up':
      return `${reason.detail}.`
  }
}
