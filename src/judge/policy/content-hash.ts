import { createHash } from 'node:crypto'
import type { Tree } from '../../model/tree.ts'
import { isHidden } from './files.ts'

/** `sha256:…` over the sorted paths and contents of a directory, hidden files left out: equal wherever it is kept. */
export async function contentHash(tree: Tree, root: string): Promise<string> {
  const prefix = root === '' ? '' : `${root}/`
  const paths = tree
    .entries()
    .filter(({ kind, path }) => kind === 'file' && path.startsWith(prefix))
    .map(({ path }) => path)
    .filter((path) => !isHidden(path.slice(prefix.length)))
  const contents = await tree.read(paths)
  const hash = createHash('sha256')
  for (const path of paths.sort()) {
    const content = contents.get(path)
    if (content instanceof Uint8Array)
      hash.update(`${path.slice(prefix.length)}\n${createHash('sha256').update(content).digest('hex')}\n`)
  }
  return `sha256:${hash.digest('hex')}`
}
