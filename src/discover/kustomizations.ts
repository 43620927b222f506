import type { Engines } from '../engine/engines.ts'
import type { JsonObject } from '../model/json.ts'
import type { Tree } from '../model/tree.ts'
import type { MountedTree } from './remote/mounted-tree.ts'
import { parseFiles } from './documents.ts'
import {
  isKustomizationText,
  isRemoteReference,
  kustomizationNames,
  pluginFiles,
  referencesOf,
  type References,
} from './kustomization-references.ts'
import { childOf, compareText, directoryOf, joinPath, nameOf, sourceRootOf } from './paths.ts'
import { parseTakingLast } from './repeated-keys.ts'

/** One directory with a kustomization. */
export interface Kustomization {
  readonly directory: string
  /** The file that kustomize takes. */
  readonly file: string
  /** Its content; undefined when it does not parse: building says why. */
  readonly value: JsonObject | undefined
  readonly references: References
}

/** What a build can read. */
export interface Closure {
  readonly files: readonly string[]
  readonly directories: readonly string[]
  /** Directories with a kustomization that the build goes through, without the root. */
  readonly bases: readonly string[]
  /** Files that are read as resources: definitions in them are this build's, not their own. */
  readonly manifests: readonly string[]
  readonly remotes: readonly string[]
  /** The same with the directory of the kustomization that names them. */
  readonly remoteReferences: readonly RemoteReference[]
  /** A reference of a fetched source that leads out of it. */
  readonly escapes: readonly { readonly directory: string; readonly reference: string }[]
}

export type RemoteReference =
  | { readonly kind: 'build'; readonly directory: string; readonly reference: string }
  | {
      readonly kind: 'chart'
      readonly directory: string
      readonly name: string
      readonly repo: string
      readonly version?: string
      /** Where kustomize looks for it before it pulls. */
      readonly path: string
    }

export interface Kustomizations {
  readonly byDirectory: ReadonlyMap<string, Kustomization>
  /** Everything that a kustomization at this directory can read, its own files included. */
  closure(directory: string, value?: JsonObject): Closure
  /** Adds the kustomizations of a source that stands at `root` of the tree now. */
  mount(root: string, source: Tree): Promise<void>
  /** From now on a remote reference means this directory. */
  arrive(reference: string, directory: string): void
  arrivedAt(reference: string): string | undefined
  /** What a kustomization builds, as written. */
  buildsOf(value: JsonObject): readonly string[]
}

/** Reads every kustomization of the tree. The engine is asked once for all of them. */
export async function readKustomizations(tree: MountedTree, engines: Engines): Promise<Kustomizations> {
  const byDirectory = await readAll(tree, engines)
  const plugins = new Map(await readPlugins(tree, engines, byDirectory.values()))
  const arrived = new Map<string, string>()
  /** Closures of what stands in the tree; several rooms ask for the same ones. */
  const known = new Map<string, Closure>()
  let grafts = tree.grafts()
  return {
    byDirectory,
    closure(directory, value) {
      if (value !== undefined) return closureOf(tree, { byDirectory, plugins, arrived }, directory, value)
      if (grafts !== tree.grafts()) {
        known.clear()
        grafts = tree.grafts()
      }
      let closure = known.get(directory)
      if (closure === undefined)
        known.set(
          directory,
          (closure = closureOf(tree, { byDirectory, plugins, arrived }, directory, undefined)),
        )
      return closure
    },
    arrive(reference, directory) {
      known.clear()
      arrived.set(reference, directory)
    },
    arrivedAt: (reference) => arrived.get(reference),
    buildsOf: (value) => referencesOf(value).builds,
    async mount(root, source) {
      const inside = await readAll(source, engines)
      for (const [directory, found] of inside) {
        const place = joinRoot(root, directory)
        byDirectory.set(place, { ...found, directory: place, file: joinRoot(root, found.file) })
      }
      for (const [path, files] of await readPlugins(source, engines, inside.values()))
        plugins.set(joinRoot(root, path), files)
      known.clear()
    },
  }
}

function joinRoot(root: string, path: string): string {
  return path === '' ? root : childOf(root, path)
}

async function readAll(tree: Tree, engines: Engines): Promise<Map<string, Kustomization>> {
  const files = new Map<string, string>()
  for (const entry of tree.entries()) {
    const rank = kustomizationNames.indexOf(nameOf(entry.path))
    if (entry.kind === 'submodule' || rank < 0) continue
    const directory = directoryOf(entry.path)
    const other = files.get(directory)
    if (other === undefined || kustomizationNames.indexOf(nameOf(other)) > rank)
      files.set(directory, entry.path)
  }

  const parsed = await parseTakingLast(tree, engines, files.values())
  const byDirectory = new Map<string, Kustomization>()
  for (const [directory, file] of [...files].sort(([a], [b]) => compareText(a, b))) {
    const content = parsed.get(file)
    const error = content?.error ?? content?.documents[0]?.error
    const value = content?.documents[0]?.value
    const isEmpty = content !== undefined && error === undefined && (value ?? null) === null
    const usable = isKustomizationText(value) ? value : isEmpty ? {} : undefined
    byDirectory.set(directory, { directory, file, value: usable, references: referencesOf(usable) })
  }
  return byDirectory
}

/** Files that plugin configurations name, by the configuration's path. Patches and values hide there. */
async function readPlugins(
  tree: Tree,
  engines: Engines,
  kustomizations: Iterable<Kustomization>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const paths = new Set<string>()
  for (const { directory, references } of kustomizations) {
    for (const reference of references.plugins) {
      const path = joinPath(directory, reference)
      if (path !== undefined && tree.resolve(path).kind === 'file') paths.add(path)
    }
  }
  const files = new Map<string, readonly string[]>()
  for (const [path, file] of await parseFiles(tree, engines, paths))
    files.set(
      path,
      file.documents.flatMap((document) => pluginFiles(document.value)),
    )
  return files
}

function closureOf(
  tree: Tree,
  known: {
    readonly byDirectory: ReadonlyMap<string, Kustomization>
    readonly plugins: ReadonlyMap<string, readonly string[]>
    readonly arrived: ReadonlyMap<string, string>
  },
  root: string,
  rootValue: JsonObject | undefined,
): Closure {
  const files = new Set<string>()
  const directories = new Set<string>()
  const manifests = new Set<string>()
  const { byDirectory, plugins, arrived } = known
  const remotes = new Set<string>()
  const remoteReferences: RemoteReference[] = []
  const escapes: { directory: string; reference: string }[] = []
  const seen = new Set<string>()
  const open = [root]

  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue
    seen.add(at)
    const directory = at
    for (const name of kustomizationNames) files.add(childOf(directory, name))
    const references =
      directory === root && rootValue !== undefined
        ? referencesOf(rootValue)
        : byDirectory.get(directory)?.references
    if (references === undefined) continue

    for (const reference of references.builds) {
      // kustomize tries a file first, so an odd name that looks remote may be one.
      const path = joinPath(directory, reference)
      const end = path === undefined ? undefined : tree.resolve(path)
      if (path === undefined || end === undefined || end.kind === 'missing') {
        const there = arrived.get(reference)
        if (there !== undefined) open.push(there)
        else if (isRemoteReference(reference)) {
          remotes.add(reference)
          remoteReferences.push({ kind: 'build', directory, reference })
        } else if (path !== undefined) files.add(path)
        else escapes.push({ directory, reference })
        continue
      }
      addLinks(tree, path, files)
      if (end.kind === 'directory') open.push(end.path)
      else if (end.kind === 'file') {
        files.add(path).add(end.path)
        manifests.add(end.path)
        for (const named of plugins.get(path) ?? []) addFile(tree, directory, named, files)
      } else files.add(path)
    }
    for (const reference of references.files) {
      if (joinPath(directory, reference) === undefined) escapes.push({ directory, reference })
      addFile(tree, directory, reference, files)
    }
    for (const reference of references.charts) {
      const path = joinPath(directory, reference)
      if (path === undefined) continue
      directories.add(path)
      addLinks(tree, path, files)
      files.add(`${path}.tgz`)
    }
    for (const chart of references.remoteCharts) {
      remotes.add(`${chart.repo} ${chart.name} ${chart.version ?? ''}`.trim())
      const path = joinPath(directory, chart.path)
      if (path !== undefined && tree.resolve(path).kind !== 'directory')
        remoteReferences.push({ ...chart, kind: 'chart', directory, path })
    }
  }

  seen.delete(root)
  return {
    files: [...files].sort(compareText),
    directories: [...directories].sort(compareText),
    bases: [...seen].sort(compareText),
    manifests: [...manifests].sort(compareText),
    remotes: [...remotes].sort(compareText),
    remoteReferences,
    escapes: escapes.filter(({ directory }) => sourceRootOf(directory) !== undefined),
  }
}

function addFile(tree: Tree, directory: string, reference: string, files: Set<string>): void {
  const path = joinPath(directory, reference)
  if (path === undefined) return
  files.add(path)
  addLinks(tree, path, files)
  const end = tree.resolve(path)
  if (end.kind === 'file') files.add(end.path)
}

/** A link on the way is itself an input: pointing it elsewhere changes what is read. */
export function addLinks(tree: Tree, path: string, files: Set<string>): void {
  let at = ''
  for (const segment of path.split('/')) {
    at = childOf(at, segment)
    const entry = tree.stat(at)
    if (entry === undefined) return
    if (entry.kind === 'symlink') files.add(at)
  }
}
