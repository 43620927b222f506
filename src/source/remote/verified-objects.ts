import { createHash } from 'node:crypto'
import type { Tree, TreeEntry } from '../../model/tree.ts'
import { parseCommit } from '../commit-object.ts'
import { createTree, type FileContent } from '../create-tree.ts'
import { limits } from '../limits.ts'
import type { ObjectReader } from '../object-reader.ts'
import { comparePaths, decodePath } from '../path-bytes.ts'
import type { LinkTarget } from '../resolve-path.ts'
import { RemoteError } from './errors.ts'

/** Entries of one commit's tree. Ours: three times Linux's own repository. */
const maxEntries = 250_000

/**
 * The tree of a commit out of a repository that is only a cache: every object is hashed again, the commit by the id that
 * was asked for and everything else by the ids that it leads to. Git itself takes what lies in its store on trust.
 *
 * @throws RemoteError `bad-digest`, `bad-answer`, `too-large`
 */
export async function verifiedTree(
  reader: ObjectReader,
  commit: string,
  label: string,
  url: string,
): Promise<Tree> {
  const read = async (ids: readonly string[], limit: number): Promise<ReadonlyMap<string, Verified>> => {
    const objects = new Map<string, Verified>()
    for (const [id, object] of await reader.read(ids, limit)) {
      if ('refused' in object) objects.set(id, object)
      else {
        if (objectId(object.type, object.content, id.length) !== id)
          throw new RemoteError(
            'bad-digest',
            url,
            `an object of ${url} in the cache is not what its id says: remove the cache`,
          )
        objects.set(id, object)
      }
    }
    return objects
  }
  const one = async (id: string, type: 'commit' | 'tree'): Promise<Uint8Array> => {
    const object = (await read([id], limits.fileBytes)).get(id)
    if (object === undefined || 'refused' in object || object.type !== type)
      throw new RemoteError('bad-answer', url, `${url} does not hold the ${type} ${id}`)
    return object.content
  }

  const { tree: root, time } = parseCommit(await one(commit, 'commit'))
  const entries: TreeEntry[] = []
  let level: readonly { readonly id: string; readonly prefix: string }[] = [{ id: root, prefix: '' }]
  while (level.length > 0) {
    const objects = await read([...new Set(level.map(({ id }) => id))], limits.fileBytes)
    const next: { id: string; prefix: string }[] = []
    for (const { id, prefix } of level) {
      const object = objects.get(id)
      if (object === undefined || 'refused' in object || object.type !== 'tree')
        throw new RemoteError('bad-answer', url, `${url} does not hold the tree ${id} whole`)
      for (const item of parseTree(object.content, id.length / 2)) {
        const path = `${prefix}${item.name}`
        if (item.mode === '40000') next.push({ id: item.id, prefix: `${path}/` })
        else entries.push(entryOf(item.mode, path, item.id))
      }
      if (entries.length + next.length > maxEntries)
        throw new RemoteError('too-large', url, `${url} holds more than ${maxEntries} files at ${commit}`)
    }
    level = next
  }
  entries.sort((a, b) => comparePaths(a.path, b.path))

  const links = entries.filter((entry) => entry.kind === 'symlink')
  const targets = await read(
    links.map(({ id }) => id),
    limits.linkBytes,
  )
  return createTree({
    label,
    commit,
    time,
    entries,
    links: new Map(
      links.map(({ path, id }): [string, LinkTarget] => {
        const target = targets.get(id) ?? { refused: 'missing-object' as const }
        return [path, 'refused' in target ? target : decodePath(target.content)]
      }),
    ),
    async contents(files) {
      const found = await read(
        files.map(({ id }) => id),
        limits.fileBytes,
      )
      return new Map(
        [...found].map(([id, object]): [string, FileContent] => [
          id,
          'refused' in object ? object : object.content,
        ]),
      )
    },
  })
}

type Verified = Awaited<ReturnType<ObjectReader['read']>> extends ReadonlyMap<string, infer O> ? O : never

function objectId(type: string, content: Uint8Array, length: number): string {
  return createHash(length === 64 ? 'sha256' : 'sha1')
    .update(`${type} ${content.length}\0`)
    .update(content)
    .digest('hex')
}

/** `<mode> <name>` NUL `<id>`, again and again. */
function* parseTree(
  content: Uint8Array,
  idBytes: number,
): Generator<{ mode: string; name: string; id: string }> {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.length)
  for (let at = 0; at < buffer.length;) {
    const space = buffer.indexOf(0x20, at)
    const end = buffer.indexOf(0x00, space)
    if (space < 0 || end < 0) return
    yield {
      mode: buffer.toString('latin1', at, space),
      name: decodePath(buffer.subarray(space + 1, end)),
      id: buffer.toString('hex', end + 1, end + 1 + idBytes),
    }
    at = end + 1 + idBytes
  }
}

function entryOf(mode: string, path: string, id: string): TreeEntry {
  if (mode === '120000') return { kind: 'symlink', path, id }
  if (mode === '160000') return { kind: 'submodule', path, commit: id }
  return { kind: 'file', path, id, executable: mode === '100755' }
}
