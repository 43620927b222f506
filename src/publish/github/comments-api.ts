import { describeError, UnexpectedAnswer } from './errors.ts'
import type { GitHubClient } from './client.ts'
import { pageSize } from './limits.ts'

export interface IssueComment {
  readonly id: number
  readonly body: string
  readonly author: Author
}
export interface Author {
  readonly id: number
  readonly login: string
}

/** What the comment needs of GitHub. Every answer is checked for its shape: a truncated one is a fault, not an empty list. */
export interface CommentsApi {
  /** Head commit of the pull request as it is now. */
  headOf(): Promise<string>
  /** All comments of the pull request, every page. */
  list(): Promise<readonly IssueComment[]>
  /** Made once, never retried: whoever gets no answer must look whether it was made. */
  create(body: string): Promise<IssueComment>
  update(id: number, body: string): Promise<void>
  remove(id: number): Promise<void>
  /** Who the token is; null when GitHub does not say. */
  self(): Promise<Partial<Author> | null>
}

export function commentsApi(
  client: GitHubClient,
  { owner, repo, number }: { readonly owner: string; readonly repo: string; readonly number: number },
): CommentsApi {
  return {
    headOf: () =>
      again(async () => {
        const { data } = await client.rest.pulls.get({ owner, repo, pull_number: number })
        const head: unknown = at(data, 'head', 'sha')
        if (typeof head !== 'string') throw new UnexpectedAnswer('a pull request')
        return head
      }),
    list: () =>
      again(async () => {
        const found = new Map<number, IssueComment>()
        // Comments that are made or deleted meanwhile move others between pages: an id counts once (F22).
        const pages = client.paginate.iterator(client.rest.issues.listComments, {
          owner,
          repo,
          issue_number: number,
          per_page: pageSize,
        })
        for await (const { data } of pages) {
          if (!Array.isArray(data)) throw new UnexpectedAnswer('a list of comments')
          for (const item of data) {
            const comment = readComment(item)
            found.set(comment.id, comment)
          }
        }
        return [...found.values()]
      }),
    create: async (body) => {
      const { data } = await client.rest.issues.createComment({
        owner,
        repo,
        issue_number: number,
        body,
        request: { retries: 0 },
      })
      return readComment(data)
    },
    update: async (id, body) => {
      await client.rest.issues.updateComment({ owner, repo, comment_id: id, body })
    },
    remove: async (id) => {
      await client.rest.issues.deleteComment({ owner, repo, comment_id: id })
    },
    self: async () => {
      try {
        const { data } = await client.rest.users.getAuthenticated()
        return { id: data.id, login: data.login }
      } catch (error) {
        // Tokens of apps, GITHUB_TOKEN among them, are nobody to this endpoint; GraphQL knows them by name.
        if (![401, 403, 404].includes(describeError(error).status ?? 0)) throw error
        return await viewer(client)
      }
    },
  }
}

async function viewer(client: GitHubClient): Promise<Partial<Author> | null> {
  try {
    const login: unknown = at(await client.graphql('query { viewer { login } }'), 'viewer', 'login')
    return typeof login === 'string' ? { login } : null
  } catch {
    return null
  }
}

/** Reads are repeated once when the answer is cut off; octokit hands a body that is not JSON on as text. */
async function again<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error
    return await read()
  }
}

function readComment(value: unknown): IssueComment {
  const id = at(value, 'id')
  if (typeof id !== 'number') throw new UnexpectedAnswer('a comment')
  const body = at(value, 'body')
  const author = at(value, 'user', 'id')
  const login = at(value, 'user', 'login')
  return {
    id,
    body: typeof body === 'string' ? body : '',
    // A deleted account has no user: such a comment is nobody's, least of all ours.
    author: { id: typeof author === 'number' ? author : -1, login: typeof login === 'string' ? login : '' },
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Readonly<Record<string, unknown>>)[key]
  }
  return found
}
