import { parsePolicySet, setFile } from '../judge/policy/set.ts'
import type { FetchedSet, PolicySetFetcher } from '../judge/policy/resolve.ts'
import type { Tree } from '../model/tree.ts'
import { memoryTree } from './memory-tree.ts'

/** What policy sets need of the fetcher for remote sources (src/source/remote): content by commit or digest. */
export interface RemoteFiles {
  fetchGit(
    source: { readonly url: string; readonly revision: string; readonly reading: 'name' | 'range' },
    options?: { readonly refresh?: boolean },
  ): Promise<{ readonly tree: Tree; readonly commit: string }>
  fetchOci(
    source: { readonly url: string; readonly reference: string; readonly reading: 'tag' | 'range' },
    options?: { readonly refresh?: boolean },
  ): Promise<{
    readonly files: ReadonlyMap<string, Uint8Array>
    readonly entry: { readonly resolved: string; readonly digest: string }
  }>
}

/**
 * Sets by their pin. Only the digest is asked for, so the tag cannot lead elsewhere; source-sets.ts holds the set's own
 * version against the tag.
 */
export function policySetFetcher(remote: RemoteFiles): PolicySetFetcher {
  return {
    async open({ source, digest }): Promise<FetchedSet> {
      try {
        if (!source.startsWith('oci://')) {
          const { tree, commit } = await remote.fetchGit({ url: source, revision: digest, reading: 'name' })
          return commit === digest
            ? { kind: 'files', tree }
            : { kind: 'refused', reason: `the commit ${commit} came instead of ${digest}` }
        }
        const { files } = await remote.fetchOci({ url: source, reference: digest, reading: 'tag' })
        return { kind: 'files', tree: memoryTree(Object.fromEntries(files), { label: source }) }
      } catch (error) {
        if (isRefusal(error)) return { kind: 'refused', reason: error.message }
        const cause = error instanceof Error ? error.message : String(error)
        return { kind: 'failed', code: 'remote-source', reason: `${cause}; nothing of it is evaluated` }
      }
    },
  }
}

/** Content that is not what its digest says is never "could not be had". */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === 'bad-digest'
}

/**
 * The newest version of a source in a range, for the lock: its tag and what pins it.
 * @param path where the set lies in the source, as the configuration says
 * @throws Error when it cannot be had or is no set
 */
export async function newestSet(
  remote: RemoteFiles,
  source: string,
  range: string,
  path = '',
): Promise<{ readonly tag: string; readonly digest: string }> {
  if (source.startsWith('oci://')) {
    const { entry } = await remote.fetchOci(
      { url: source, reference: range, reading: 'range' },
      { refresh: true },
    )
    return { tag: entry.resolved, digest: entry.digest }
  }
  const { tree, commit } = await remote.fetchGit(
    { url: source, revision: range, reading: 'range' },
    { refresh: true },
  )
  const file = path === '' ? setFile : `${path}/${setFile}`
  const content = (await tree.read([file])).get(file)
  const set =
    content instanceof Uint8Array ? parsePolicySet(new TextDecoder().decode(content), file) : undefined
  if (set === undefined) throw new Error(`${source} has no ${file}, whose version the lock would name`)
  if ('problems' in set) throw new Error(`${source}: ${file}: ${set.problems[0]?.message ?? 'is not valid'}`)
  return { tag: `v${set.version}`, digest: commit }
}
