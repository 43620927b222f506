import type { ArtifactFiles } from '../model/target.ts'
import type { Tree, TreeEntry } from '../model/tree.ts'
import { memoryTree } from '../source/memory-tree.ts'
import { ancestorsOf, childOf, compareText, directoryOf, joinPath, nameOf } from './paths.ts'

const made = new WeakMap<Tree, Map<string, Tree>>()

/**
 * The tree of an artifact whose files stand elsewhere in another tree: path in the artifact → path there. Contents keep
 * their ids, so that nothing is parsed or shipped twice. The same arguments give the same tree.
 */
export function artifactTree(tree: Tree, files: ArtifactFiles): Tree {
  const key = JSON.stringify(files)
  let trees = made.get(tree)
  if (trees === undefined) made.set(tree, (trees = new Map<string, Tree>()))
  let artifact = trees.get(key)
  if (artifact === undefined) trees.set(key, (artifact = makeTree(tree, files)))
  return artifact
}

function makeTree(tree: Tree, files: ArtifactFiles): Tree {
  const entries: TreeEntry[] = []
  const children = new Map<string, Set<string>>([['', new Set()]])
  const merged = memoryTree(
    Object.fromEntries(
      Object.entries(files).flatMap(([path, file]) => (typeof file === 'string' ? [] : [[path, file.text]])),
    ),
  )
  for (const [path, file] of Object.entries(files).sort(([a], [b]) => compareText(a, b))) {
    const entry = typeof file === 'string' ? tree.stat(file) : merged.stat(path)
    if (entry?.kind !== 'file') continue
    entries.push({ ...entry, path })
    for (const directory of ancestorsOf(path))
      if (!children.has(directory)) children.set(directory, new Set())
    for (let at = path; at !== ''; at = directoryOf(at)) children.get(directoryOf(at))?.add(nameOf(at))
  }
  const realOf = (path: string): string | undefined => {
    const file = files[path]
    return typeof file === 'string' ? file : undefined
  }
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  const sorted = new Map([...children].map(([path, names]) => [path, [...names].sort(compareText)]))
  const stat: Tree['stat'] = (path) =>
    byPath.get(path) ?? (sorted.has(path) ? { kind: 'directory' } : undefined)
  return {
    label: tree.label,
    ...(tree.commit === undefined ? {} : { commit: tree.commit }),
    time: tree.time,
    entries: () => entries,
    stat,
    children: (path) => sorted.get(path),
    resolve(path) {
      const clean = joinPath('', path)
      if (clean === undefined) return { kind: 'refused', reason: 'outside-repository', path }
      const entry = stat(clean)
      if (entry?.kind === 'file') return { kind: 'file', path: clean, id: entry.id }
      return entry === undefined ? { kind: 'missing' } : { kind: 'directory', path: childOf('', clean) }
    },
    async read(paths) {
      const wanted = [...paths]
      const contents = await tree.read(wanted.flatMap((path) => realOf(path) ?? []))
      const own = await merged.read(wanted.filter((path) => typeof files[path] === 'object'))
      return new Map(
        wanted.map((path) => [
          path,
          own.get(path) ?? contents.get(realOf(path) ?? '') ?? { refused: 'missing-object' as const },
        ]),
      )
    },
  }
}
