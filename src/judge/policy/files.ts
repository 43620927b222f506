import type { Tree } from '../../model/tree.ts'

/** Files of a policy source by what they are for; sorted. */
export interface PolicyFiles {
  /** The directory that paths of a set are relative to; empty for the tree's root. */
  readonly root: string
  readonly manifests: readonly string[]
  readonly rego: readonly string[]
  /** JSON and YAML below `data/`, which only Rego reads. */
  readonly data: readonly string[]
  /** Links and submodules below the directory that may hold policies. They are no part of what is hashed and signed. */
  readonly unfollowed: readonly { readonly path: string; readonly kind: 'symlink' | 'submodule' }[]
}

/** Files of a configured path: a file, or everything below a directory. Undefined when there is nothing. */
export function policyFiles(tree: Tree, path: string): PolicyFiles | undefined {
  const root = path.replace(/^\.\//, '').replace(/\/+$/, '')
  const resolved = tree.resolve(root === '.' ? '' : root)
  if (resolved.kind === 'file') {
    const slash = resolved.path.lastIndexOf('/')
    return { ...split(slash < 0 ? '' : resolved.path.slice(0, slash), [resolved.path]), unfollowed: [] }
  }
  if (resolved.kind !== 'directory') return undefined
  const prefix = resolved.path === '' ? '' : `${resolved.path}/`
  const below = tree.entries().filter((entry) => entry.path.startsWith(prefix))
  const files = below.filter((entry) => entry.kind === 'file')
  return {
    ...split(
      resolved.path,
      files.map((entry) => entry.path),
    ),
    unfollowed: below.flatMap(({ path, kind }) =>
      kind !== 'file' && isOwn(path.slice(prefix.length)) && mayHold(tree, path) ? [{ path, kind }] : [],
    ),
  }
}

/** Hidden files and what is below hidden directories: no part of what is hashed, signed and read. */
export function isHidden(inside: string): boolean {
  return inside.split('/').some((step) => step.startsWith('.'))
}

/** False for a link that leads to a file of another kind, such as a README. */
function mayHold(tree: Tree, path: string): boolean {
  return tree.resolve(path).kind !== 'file' || /\.(?:ya?ml|json|rego)$/.test(path)
}

/** Hidden ones are no part of the content that is hashed and signed, so they are not read either. */
function isOwn(inside: string): boolean {
  return !/(?:^|\/)(?:tests?\/|\.|[^/]*\.test\/)/.test(inside)
}

/** Tests of a set (`tests/`, kaptest's `*.test/`, `*_test.rego`, suites of the native tools) are no policies. */
function split(root: string, paths: readonly string[]): Omit<PolicyFiles, 'unfollowed'> {
  const inside = (path: string): string => (root === '' ? path : path.slice(root.length + 1))
  const own = paths.filter((path) => isOwn(inside(path)))
  const documents = own.filter((path) => /\.(?:ya?ml|json)$/.test(path))
  const isData = (path: string): boolean => inside(path).startsWith('data/')
  return {
    root,
    manifests: documents.filter((path) => !isData(path) && !isSuite(path)),
    rego: own.filter((path) => path.endsWith('.rego') && !path.endsWith('_test.rego')),
    data: documents.filter(isData),
  }
}

/** kyverno's and gator's own suites, by the names that their command lines look for. */
function isSuite(path: string): boolean {
  return /(?:^|\/)(?:kyverno-test|suite|kaptest)\.ya?ml$/.test(path)
}

/** The path of a file inside its source. */
export function pathInside(root: string, file: string): string {
  return root === '' ? file : file.slice(root.length + 1)
}
