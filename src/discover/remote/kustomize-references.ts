import type { Json, JsonObject } from '../../model/json.ts'
import type { KustomizePlan } from '../../model/target.ts'
import { listAt } from '../fields.ts'
import { kustomizationNames } from '../kustomization-references.ts'
import type { RemoteReference } from '../kustomizations.ts'
import { childOf, directoryOf, sourceRootOf } from '../paths.ts'
import { ociChart, type Question } from './sources.ts'

/** What a remote reference of a kustomization asks for, and the folder of the answer that is built. */
export interface RemoteBuild {
  readonly question: Question
  /** Below the root of the repository. */
  readonly path: string
}

/**
 * Reads a reference as kustomize does (api/internal/git NewRepoSpecFromURL): the repository ends at `_git/<name>`, at
 * `//`, behind `.git`, or after two segments; `ref` wins over `version`. A URL of a manifest that has none of these is
 * one file. Undefined for what is neither.
 */
export function remoteBuild(reference: string): RemoteBuild | undefined {
  if (isFile(reference)) return { question: { kind: 'file', url: reference }, path: '' }
  const [text, query] = cut(reference.replace(/^git::/i, ''), '?')
  const parameters = new URLSearchParams(query)
  const revision = parameters.get('ref') || parameters.get('version') || ''
  const parts =
    /^(?<scheme>https?:\/\/|ssh:\/\/)?(?<user>[a-zA-Z][a-zA-Z0-9-]*@)?(?<host>[^/:\s]+(?::\d+(?=\/))?)(?<separator>[:/])(?<path>.+)$/i.exec(
      text,
    )?.groups
  if (parts === undefined) return undefined
  const { scheme = '', user = '', host = '', separator = '/', path = '' } = parts
  if (scheme === '' && user === '' && host.toLowerCase() !== 'github.com') return undefined
  const split = splitPath(path)
  if (split === undefined || /^\/*\.\.(?:\/|$)/.test(split.inside)) return undefined
  const url =
    scheme === '' && (user !== '' || separator === ':')
      ? `${user || 'git@'}${host}:${split.repository}`
      : `${scheme === '' ? 'https://' : scheme}${user}${host}/${split.repository}`
  return {
    question: { kind: 'git', url, revision, reading: 'name' },
    path: split.inside.replace(/^\/+|\/+$/g, ''),
  }
}

function splitPath(path: string): { repository: string; inside: string } | undefined {
  const azure = path.indexOf('_git/')
  if (azure >= 0) {
    const [name = '', ...inside] = path.slice(azure + '_git/'.length).split('/')
    return { repository: `${path.slice(0, azure)}_git/${name}`, inside: inside.join('/') }
  }
  const marker = path.indexOf('//')
  if (marker >= 0) return { repository: path.slice(0, marker), inside: path.slice(marker + 2) }
  const suffix = path.indexOf('.git')
  if (suffix >= 0) return { repository: path.slice(0, suffix + 4), inside: path.slice(suffix + 4) }
  const segments = path.split('/')
  if (segments.length < 2) return undefined
  return { repository: segments.slice(0, 2).join('/'), inside: segments.slice(2).join('/') }
}

/** As the engine tells files from repositories: kustomize asks the server and takes what is no file for a repository. */
function isFile(reference: string): boolean {
  let url: URL
  try {
    url = new URL(reference)
  } catch {
    return false
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return false
  if (/\.git\/|\/_git\/|\/\//.test(url.pathname)) return false
  if (url.searchParams.has('ref') || url.searchParams.has('version')) return false
  return /\.(?:ya?ml|json)$/.test(url.pathname)
}

function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** What is asked for so that a reference can be built; undefined for what is no URL of a repository or file. */
export function questionOf(reference: RemoteReference): Question | undefined {
  return reference.kind === 'chart' ? chartQuestion(reference) : remoteBuild(reference.reference)?.question
}

/** The chart of `helmCharts` that kustomize would pull. */
function chartQuestion({ repo, name, version = '' }: Extract<RemoteReference, { kind: 'chart' }>): Question {
  return /^oci:\/\//i.test(repo)
    ? ociChart(`${repo.replace(/\/+$/, '')}/${name}`, version)
    : { kind: 'chart', repository: repo, name, version }
}

/**
 * The kustomization with paths in place of the references that came in. A repository is a folder beside; a file is laid
 * into the kustomization's own folder, because kustomize reads files from nowhere else.
 */
export function withPaths(
  value: JsonObject,
  directory: string,
  folders: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, string>,
): JsonObject {
  const edited: Record<string, Json> = { ...value }
  for (const key of [
    'resources',
    'bases',
    'components',
    'generators',
    'transformers',
    'validators',
  ] as const) {
    const entries = listAt(value, key)
    if (!entries.some((entry) => typeof entry === 'string' && (folders.has(entry) || files.has(entry))))
      continue
    edited[key] = entries.map((entry) => {
      if (typeof entry !== 'string') return entry
      const folder = folders.get(entry)
      return folder === undefined ? (files.get(entry) ?? entry) : relativePath(directory, folder)
    })
  }
  return edited
}

function relativePath(from: string, to: string): string {
  const up = from === '' ? 0 : from.split('/').length
  const root = sourceRootOf(from)
  // Inside of one source the way is short; everywhere else it leads over the root of the tree.
  if (root !== undefined && sourceRootOf(to) === root && to.startsWith(`${from}/`))
    return to.slice(from.length + 1)
  return `${'../'.repeat(up)}${to}` || '.'
}

/** The file of a kustomization that a plan overlays, or the one that stands there. */
export function overlaidFile(plan: KustomizePlan): string | undefined {
  return Object.keys(plan.overlay ?? {}).find(
    (file) =>
      directoryOf(file) === plan.root && kustomizationNames.some((name) => childOf(plan.root, name) === file),
  )
}
