import { createHash } from 'node:crypto'
import type { Json } from '../../model/json.ts'
import type { Tree } from '../../model/tree.ts'
import { memoryTree } from '../../source/memory-tree.ts'
import { shownUrl } from '../../source/remote/access.ts'
import { RemoteError } from '../../source/remote/errors.ts'
import { chartLayer, wantedOf } from '../../source/remote/oci-reference.ts'
import { wantedRevision } from '../../source/remote/fetch-git.ts'
import type { GitSource, OciSource, Provenance, Remote } from '../../source/remote/remote.ts'
import { emptyLock, lineOf, lockPath, parseLock, type Lock, type LockKey } from '../../source/remote/lock.ts'
import { limits } from '../../source/limits.ts'
import { nameOf } from '../paths.ts'
import { allowing, refusedHost } from './allowing.ts'
import { remoteFolder, type MountedTree } from './mounted-tree.ts'

export type OciQuestion = { readonly kind: 'oci' } & OciSource

/** What a definition needs from elsewhere. */
export type Question =
  | { readonly kind: 'chart'; readonly repository: string; readonly name: string; readonly version: string }
  | OciQuestion
  | ({ readonly kind: 'git' } & GitSource)
  | { readonly kind: 'file'; readonly url: string }

/**
 * `later` while targets are discovered: most of them are not touched, and nothing is fetched for them. `now` when a
 * target is rendered.
 */
export type When = 'later' | 'now'

export type Answer =
  /** It stands in the tree at `root` (a folder; a file for `file`). */
  | { readonly state: 'here'; readonly root: string; readonly revision: string; readonly source: Tree }
  /** `definition` holds all that says what will stand there. */
  | { readonly state: 'later'; readonly definition: Json }
  /** `reason` is a clause; empty when nothing at all may be fetched. `allow` is the entry that would let it be. */
  | { readonly state: 'refused'; readonly reason: string; readonly allow?: string | undefined }

export interface RemoteSources {
  /** False when the configuration names no hosts: nothing is ever asked for. */
  readonly configured: boolean
  readonly lock: Lock
  /** Sentences about the lock file's own faults. */
  readonly lockProblems: readonly string[]
  ask(question: Question, when: When): Promise<Answer>
  /** Puts a source at a path of the tree, where a tool looks for it. */
  place(path: string, source: Tree): void
  /** The name by which people know a path of a fetched source; undefined for paths of the repository. */
  nameOf(path: string): string | undefined
  /** A message with the names of sources in place of the paths at which they stand. */
  readable(text: string): string
  /** What was fetched, or would be for a lock file. */
  taken(): readonly Provenance[]
  /** What was asked for and could not be had. */
  refusals(): readonly { readonly question: Question; readonly reason: string }[]
}

/** Called once for each repository that comes in, so that its kustomizations and charts are known. */
export type Arrived = (root: string, source: Tree) => Promise<void>

export async function createSources(
  tree: MountedTree,
  remote: Remote | undefined,
  arrived: Arrived,
): Promise<RemoteSources> {
  const { lock, problems } = await readLock(tree)
  const answers = new Map<string, Promise<Answer>>()
  const names = new Map<string, string>()
  const taken = new Map<string, Provenance>()
  const refusals = new Map<string, { question: Question; reason: string }>()

  const note = (root: string, name: string, provenance: Provenance): void => {
    names.set(root, name)
    taken.set(lineOf(provenance.entry), provenance)
  }
  const fetch = async (question: Question): Promise<Answer> => {
    if (remote === undefined) return { state: 'refused', reason: '' }
    const options = { lock }
    switch (question.kind) {
      case 'chart': {
        const found = await remote.fetchChart(question, options)
        const { resolved, digest } = found.entry
        return await stand(
          question,
          found.files,
          found,
          `${question.name} ${resolved} of ${shownUrl(question.repository)}`,
          digest,
          resolved,
        )
      }
      case 'oci': {
        const found = await remote.fetchOci(question, options)
        const { resolved, digest } = found.entry
        const { chart } = question
        return await stand(
          question,
          found.files,
          found,
          `${shownUrl(question.url)} ${chart === true ? resolved : question.reference}`,
          JSON.stringify([digest, question.layer ?? null, chart === true]),
          chart === true ? resolved : digest,
        )
      }
      case 'git': {
        const found = await remote.fetchGit(question, options)
        const root = folder('git', question.url, found.commit)
        note(root, `${shownUrl(question.url)}@${question.revision || found.commit.slice(0, 12)}`, found)
        if (tree.mountOf(root) === undefined) {
          tree.mount(root, found.tree)
          await arrived(root, found.tree)
        }
        return { state: 'here', root, revision: found.commit, source: found.tree }
      }
      case 'file': {
        const found = await remote.fetchFile(question, options)
        const name = nameOf(new URL(question.url).pathname).replace(/[^A-Za-z0-9._-]/g, '_') || 'file'
        const root = folder('file', question.url, found.entry.digest)
        const source = memoryTree({ [name]: found.content })
        note(root, shownUrl(question.url).replace(/\/[^/]*$/, ''), found)
        tree.mount(root, source)
        return { state: 'here', root: `${root}/${name}`, revision: found.entry.digest, source }
      }
    }
  }
  const stand = async (
    question: Question,
    files: ReadonlyMap<string, Uint8Array>,
    provenance: Provenance,
    name: string,
    digest: string,
    revision: string,
  ): Promise<Answer> => {
    const root = folder(question.kind, name, digest)
    const source = memoryTree(Object.fromEntries(files))
    note(root, name, provenance)
    if (tree.mountOf(root) === undefined) {
      tree.mount(root, source)
      await arrived(root, source)
    }
    return { state: 'here', root, revision, source }
  }

  return {
    configured: remote?.configured === true,
    lock,
    lockProblems: problems,
    async ask(question, when) {
      if (remote === undefined || !remote.configured)
        return { state: 'refused', reason: '', allow: allowing(question) }
      const refusal = remote.refusal(
        question.kind === 'chart' ? question.repository : question.url,
        question.kind,
      )
      if (refusal !== undefined) {
        if (when === 'now') refusals.set(JSON.stringify(question), { question, reason: refusal.message })
        const allow = refusal.code === 'host-not-allowed' ? allowing(question) : undefined
        return { state: 'refused', reason: refusal.message, allow }
      }
      if (when === 'later') {
        const entry = lock.find(lockKeyOf(question))
        return {
          state: 'later',
          definition: [JSON.stringify(question), entry === undefined ? null : lineOf(entry)],
        }
      }
      const key = JSON.stringify(question)
      let answer = answers.get(key)
      if (answer === undefined)
        answers.set(
          key,
          (answer = fetch(question).catch((error: unknown): Answer => {
            if (!(error instanceof RemoteError)) throw error
            refusals.set(key, { question, reason: error.message })
            return { state: 'refused', reason: error.message, allow: refusedHost(error) }
          })),
        )
      return await answer
    },
    place(path, source) {
      tree.mount(path, source)
    },
    nameOf(path) {
      const mount = tree.mountOf(path)
      if (mount === undefined) return undefined
      const name = names.get(mount.at) ?? mount.at
      return mount.rest === '' ? name : `${name}//${mount.rest}`
    },
    readable(text) {
      if (!text.includes(remoteFolder)) return text
      let out = text
      for (const [root, name] of names) out = out.replaceAll(`${root}/`, `${name}//`).replaceAll(root, name)
      return out
    },
    taken: () => [...taken.values()],
    refusals: () => [...refusals.values()],
  }
}

/** The line of a lock file that answers a question. */
export function lockKeyOf(question: Question): LockKey {
  switch (question.kind) {
    case 'chart':
      return { kind: 'chart', url: question.repository, name: question.name, wanted: question.version }
    case 'oci':
      return { kind: 'oci', url: question.url, wanted: wantedOf(question) }
    case 'git':
      return { kind: 'git', url: question.url, wanted: wantedRevision(question) }
    case 'file':
      return { kind: 'file', url: question.url }
  }
}

/** Equal sources have equal paths, on both sides and in every run. */
function folder(kind: string, name: string, content: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([kind, name, content]))
    .digest('hex')
  return `${remoteFolder}/${hash.slice(0, 16)}`
}

async function readLock(tree: Tree): Promise<{ lock: Lock; problems: readonly string[] }> {
  const end = tree.resolve(lockPath)
  if (end.kind === 'missing') return { lock: emptyLock, problems: [] }
  const content = end.kind === 'file' ? (await tree.read([end.path])).get(end.path) : undefined
  if (!(content instanceof Uint8Array) || content.length > limits.fileBytes)
    return { lock: emptyLock, problems: [`${lockPath} cannot be read, and nothing in it counts`] }
  const { lock, problems } = parseLock(Buffer.from(content).toString('utf8'))
  return { lock, problems: problems.map(({ line, message }) => `${lockPath}, line ${line} ${message}`) }
}

/** A chart of a registry as Helm's own program asks for it, and with it Argo CD and kustomize. */
export function ociChart(url: string, reference: string): OciQuestion {
  return { kind: 'oci', url, reference, reading: 'helm', layer: { mediaType: chartLayer }, chart: true }
}

/** The answer where the repository does not say what to ask for. */
export const nothingAsked = { state: 'refused', reason: '' } as const
