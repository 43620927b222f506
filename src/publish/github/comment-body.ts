import { createHash } from 'node:crypto'
import type { Report } from '../../model/report.ts'
import type { LinkContext } from '../../report/links.ts'
import { renderMarkdown } from '../../report/markdown.ts'
import { writeMarker } from '../../report/marker.ts'
import type { CommentRequest } from './comment.ts'

/** Which run speaks, and about which head. */
export interface RunIdentity {
  readonly run: number
  readonly attempt: number
  /** Head of the pull request, as the event named it. */
  readonly head: string
}

/**
 * The comment with its marker. The digest is made of what the comment says without what differs between two runs on
 * the same commits, their durations and their own address: a run that has nothing new to say rewrites nothing.
 */
export function commentRequest(
  report: Report,
  { name, links, run }: { readonly name: string; readonly links: LinkContext; readonly run: RunIdentity },
): CommentRequest {
  const lasting = renderMarkdown({ ...report, durations: {} }, { links: { ...links, run: null } })
  const digest = createHash('sha256').update(lasting).digest('hex').slice(0, 32)
  const marker = { name, ...run, digest }
  return { marker, body: renderMarkdown(report, { links, firstLine: writeMarker(marker) }) }
}
