import { RemoteError } from '../../source/remote/errors.ts'
import { gitUrl } from '../../source/remote/git-url.ts'
import type { Question } from './sources.ts'

/** Hosts on which everybody may publish, so that the owner belongs to what is allowed. Registries and git hosts are. */
const sharedHosts = ['github.com', 'raw.githubusercontent.com', 'gitlab.com']

/**
 * The narrowest entry of `remote.allow` that people would write for a source: `charts.example.com`, `ghcr.io/acme`.
 * Undefined for what is never fetched.
 */
export function allowing(question: Question): string | undefined {
  const url = urlOf(question)
  if (url === undefined || url.host === '') return undefined
  const [owner] = url.pathname.split('/').filter((step) => step !== '')
  const shared = question.kind !== 'chart' || sharedHosts.includes(url.host)
  return `${url.protocol === 'http:' ? 'http://' : ''}${url.host}${shared && owner !== undefined ? `/${owner}` : ''}`
}

function urlOf(question: Question): URL | undefined {
  try {
    if (question.kind === 'git') return gitUrl(question.url)
    return new URL(question.kind === 'chart' ? question.repository : question.url)
  } catch (error) {
    if (error instanceof RemoteError || error instanceof TypeError) return undefined
    throw error
  }
}

/** The host to which an allowed one sends: archives of a chart repository, layers of a registry. */
export function refusedHost({ code, url }: RemoteError): string | undefined {
  if (code !== 'host-not-allowed') return undefined
  const { protocol, host } = new URL(url)
  return `${protocol === 'http:' ? 'http://' : ''}${host}`
}
