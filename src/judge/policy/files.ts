import type { Tree } from '../../model/tree.ts'

/** Files of a configured path: a file, or everything below a directory, sorted. Undefined when there is nothing. */
export function policyFiles(
  tree: Tree,
  path: string,
): { readonly manifests: readonly string[]; readonly other: readonly string[] } | undefined {
  const root = path.replace(/^\.\//, '').replace(/\/+$/, '')
  const resolved = tree.resolve(root === '.' ? '' : root)
  if (resolved.kind === 'file') return split([resolved.path])
  if (resolved.kind !== 'directory') return undefined
  const prefix = resolved.path === '' ? '' : `${resolved.path}/`
  const files = tree.entries().filter((entry) => entry.kind === 'file' && entry.path.startsWith(prefix))
  return split(files.map((entry) => entry.path))
}

/** Tests of a set (`tests/`) are no policies. */
function split(paths: readonly string[]): { manifests: string[]; other: string[] } {
  const own = paths.filter((path) => !/(?:^|\/)tests?\//.test(path))
  return {
    manifests: own.filter((path) => /\.(?:ya?ml|json)$/.test(path)),
    other: own.filter((path) => path.endsWith('.rego')),
  }
}
