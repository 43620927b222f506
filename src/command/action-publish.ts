import type { Report } from '../model/report.ts'
import type { Tree } from '../model/tree.ts'
import { createClient } from '../publish/github/client.ts'
import { commentsApi } from '../publish/github/comments-api.ts'
import { publishComment } from '../publish/github/comment.ts'
import { commentRequest } from '../publish/github/comment-body.ts'
import { commentNotice } from '../publish/github/notice.ts'
import { withoutCommands } from '../publish/log-text.ts'
import { annotationsOf } from '../report/annotations.ts'
import { headlineOf } from '../report/headline.ts'
import type { LinkContext } from '../report/links.ts'
import { renderSummary } from '../report/markdown.ts'
import { renderTerminal } from '../report/terminal.ts'
import { viewOf } from '../report/view.ts'
import type { ActionEvent } from './action-event.ts'
import type { ActionInputs } from './action-inputs.ts'
import type { ActionPorts } from './action-ports.ts'

export interface Published {
  readonly report: Report
  readonly base: Tree
  readonly head: Tree
  /** Name of the comment. */
  readonly name: string
}

/**
 * Tells the report everywhere: log, annotations, job summary, comment. Nothing here throws or changes the verdict
 * (threats.md I9): what does not work becomes one notice.
 */
export async function publishReport(
  { report, base, head, name }: Published,
  inputs: ActionInputs,
  event: ActionEvent,
  ports: ActionPorts,
): Promise<void> {
  const { runner } = ports
  const links = linksOf(base, head, ports.environment)
  runner.log(withoutCommands(renderTerminal(report, { colors: true, width: 120 }), ports.random()))
  annotate(report, head, ports)
  try {
    await runner.summary(renderSummary(report, { links }))
  } catch (error) {
    runner.notice(`No job summary: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!inputs.comment || event.pullRequest === undefined) return
  const notice = await comment(
    { report, name, links, token: inputs.token, pullRequest: event.pullRequest },
    ports,
  )
  if (notice !== null) runner.notice(notice)
}

function annotate(report: Report, head: Tree, { runner }: ActionPorts): void {
  const annotations = annotationsOf(report, (path) => head.stat(path)?.kind === 'file')
  for (const { level, message, file, startLine, title } of annotations)
    runner[level](message, { file, startLine, title })
  // A check that fails without a word on its page sends people into the log.
  if (report.verdict !== 'pass' && !annotations.some(({ level }) => level === 'error'))
    runner.error(headlineOf(viewOf(report)).parts.join(' · '), { title: 'preadmit' })
}

function linksOf(base: Tree, head: Tree, environment: ActionPorts['environment']): LinkContext {
  const server = environment['GITHUB_SERVER_URL'] ?? 'https://github.com'
  const repository = environment['GITHUB_REPOSITORY'] ?? ''
  const run = environment['GITHUB_RUN_ID']
  const attempt = environment['GITHUB_RUN_ATTEMPT'] ?? '1'
  return {
    server,
    repository,
    baseCommit: base.commit ?? null,
    headCommit: head.commit ?? null,
    run:
      run === undefined
        ? null
        : `${server}/${repository}/actions/runs/${run}${attempt === '1' ? '' : `/attempts/${attempt}`}`,
  }
}

interface Comment {
  readonly report: Report
  readonly name: string
  readonly links: LinkContext
  readonly token: string | undefined
  readonly pullRequest: NonNullable<ActionEvent['pullRequest']>
}

/** Answers the sentence for the log when there is no comment. */
async function comment(
  { report, name, links, token, pullRequest }: Comment,
  { environment, clock, sleep }: ActionPorts,
): Promise<string | null> {
  const [owner = '', repo = ''] = (environment['GITHUB_REPOSITORY'] ?? '').split('/')
  if (token === undefined || owner === '' || repo === '')
    return 'No comment: there is no token, or no GITHUB_REPOSITORY. The report is in the job summary.'
  const client = createClient({
    token,
    apiUrl: environment['GITHUB_API_URL'] ?? 'https://api.github.com',
    limits: { clock, sleep },
  })
  const api = commentsApi(client, { owner, repo, number: pullRequest.number })
  const run = {
    run: Number(environment['GITHUB_RUN_ID'] ?? 0),
    attempt: Number(environment['GITHUB_RUN_ATTEMPT'] ?? 1),
    head: pullRequest.head,
  }
  const outcome = await publishComment(api, commentRequest(report, { name, links, run }))
  return commentNotice(outcome, pullRequest.fork)
}
