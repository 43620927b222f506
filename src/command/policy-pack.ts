import { relative, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { isHidden, policyFiles } from '../judge/policy/files.ts'
import { contentHash } from '../judge/policy/content-hash.ts'
import { readPolicySet, setFile } from '../judge/policy/set.ts'
import { signatureFile } from '../judge/policy/signature.ts'
import type { Tree } from '../model/tree.ts'
import { directoryTree } from '../source/directory-tree.ts'
import { memoryTree } from '../source/memory-tree.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import type { Ports } from './ports.ts'

/**
 * `preadmit policy pack DIR`: the set as one gzipped tar, for a registry. The same files give the same bytes, whoever
 * packs them and when. Answers the exit status.
 */
export async function policyPackCommand(
  directory: string,
  options: { readonly out?: string },
  ports: Ports,
): Promise<number> {
  const place = resolve(ports.directory, directory)
  const tree = await directoryTree(place, directory)
  const set = await readPolicySet(tree, setFile)
  if ('problems' in set) {
    const lines = set.problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)
    throw new CommandError('bad-set', lines.join('\n'))
  }
  const out = resolve(ports.directory, options.out ?? `${set.name.replaceAll('/', '-')}-${set.version}.tgz`)
  const files = await filesOf(tree, relative(place, out))
  await ports.writeFile(out, await archive(files))
  // Of what was packed: the hash that reports of its users name.
  const content = await contentHash(memoryTree(Object.fromEntries(files)), '')
  ports.output.write(`${relative(ports.directory, out)}: ${set.name} ${set.version}, content ${content}\n`)
  return exitStatus.pass
}

/** Everything that the content hash is over, and the signature; not the archive itself. */
async function filesOf(tree: Tree, out: string): Promise<readonly (readonly [string, Uint8Array])[]> {
  const [link] = policyFiles(tree, '')?.unfollowed ?? []
  if (link !== undefined)
    throw new CommandError(
      'bad-set',
      `${link.path} is a ${link.kind}, which is never followed in a set: put the file itself there`,
    )
  const paths = tree
    .entries()
    .filter(
      ({ kind, path }) => kind === 'file' && path !== out && (path === signatureFile || !isHidden(path)),
    )
    .map(({ path }) => path)
  const contents = await tree.read(paths)
  return paths.map((path) => {
    const content = contents.get(path)
    if (!(content instanceof Uint8Array)) throw new CommandError('bad-set', `${path} cannot be read`)
    return [path, content]
  })
}

async function archive(files: readonly (readonly [string, Uint8Array])[]): Promise<Uint8Array> {
  const tar = await packTar(
    files.map(([name, body]) => ({
      header: { name, size: body.length, type: 'file', mode: 0o644, mtime: new Date(0) },
      body,
    })),
  )
  const bytes = gzipSync(tar, { level: 9 })
  // RFC 1952: the system that it was packed on; 255 is "unknown".
  bytes[9] = 255
  return bytes
}
