import type { Engines } from '../engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { splitApiVersion } from '../model/object.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Tree } from '../model/tree.ts'
import { definedKind } from './definitions/changes.ts'
import { codeOf } from './not-checked.ts'

/**
 * Namespaces and CustomResourceDefinitions that stand in files of the repository, rendered or not: most of the targets
 * of a run are not rendered at all, and their definitions are needed to judge the others.
 */
export interface RepositoryObjects {
  readonly base: readonly JsonObject[]
  readonly head: readonly JsonObject[]
  /** Definitions of the paths that the configuration names (`schemas.crds`), at base: they win over other files. */
  readonly configured?: readonly JsonObject[]
  /** Groups of {@link Asked}: definitions of others are of no use. */
  readonly groups?: ReadonlySet<string> | undefined
  /** Files that made the parser itself fail. */
  readonly notChecked: readonly NotChecked[]
}

const namespaceMarks = ['kind: Namespace', '"Namespace"', "'Namespace'"]

/** Files in one call of the engine: a batch stays far from its output limit. */
const batchSize = 500

export interface Asked {
  /** Paths of the configuration with definitions. */
  readonly crds?: readonly string[]
  /** API groups whose definitions are needed; all of them when absent. */
  readonly groups?: ReadonlySet<string> | undefined
}

/**
 * Reads both trees. Contents that both share are parsed once; files that do not parse are left to who renders them. A
 * definition is a big file, and a repository that installs operators has a hundred: those that do not even mention a
 * group that is asked for are not parsed.
 */
export async function readRepositoryObjects(
  trees: { readonly base: Tree; readonly head: Tree },
  engines: Engines,
  { crds = [], groups }: Asked = {},
): Promise<RepositoryObjects> {
  const marks = groups === undefined ? undefined : [...groups]
  const reader = createReader(engines, {
    what: 'its namespaces and custom resource definitions',
    isCandidate: (content, path) =>
      mentions(content, namespaceMarks) ||
      (mentions(content, ['CustomResourceDefinition']) &&
        (marks === undefined || mentions(content, marks) || crds.some((crd) => isBelow(path, crd)))),
    isWanted: (object, path) =>
      object['kind'] === 'CustomResourceDefinition'
        ? groups?.has(definedKind(object).group) !== false || crds.some((crd) => isBelow(path, crd))
        : object['kind'] === 'Namespace' &&
          object['apiVersion'] === 'v1' &&
          isNamespaceName(object['metadata']),
  })
  const base = await reader.read(trees.base)
  const head = await reader.read(trees.head)
  const objects = (found: readonly RepositoryObject[]) => found.map(({ object }) => object)
  const configured = base.filter(
    ({ object, file }) =>
      object['kind'] === 'CustomResourceDefinition' && crds.some((path) => isBelow(file, path)),
  )
  const absent = crds.filter((path) => !configured.some(({ file }) => isBelow(file, path)))
  return {
    base: objects(base),
    head: objects(head),
    configured: objects(configured),
    groups,
    notChecked: [...reader.notChecked, ...absent.map(noDefinitions)],
  }
}

/** Names that no cluster holds are placeholders, which whatever builds the file replaces (`name: _`, `${NAMESPACE}`). */
function isNamespaceName(metadata: Json | undefined): boolean {
  const name = isJsonObject(metadata) ? metadata['name'] : undefined
  return typeof name === 'string' && name.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(name)
}

function isBelow(file: string, path: string): boolean {
  return path === '' || file === path || file.startsWith(`${path}/`)
}

function noDefinitions(path: string): NotChecked {
  return {
    what: path,
    code: 'unknown-kind',
    reason: 'schemas.crds names it, and the base commit has no CustomResourceDefinition there',
    targets: [],
    count: 1,
  }
}

/** An object in a file of the repository, rendered or not. */
export interface RepositoryObject {
  readonly object: JsonObject
  readonly file: string
}

/** Objects of these kinds in files of a tree, those of charts' templates left out since they do not parse. */
export async function readObjectsOfKinds(
  tree: Tree,
  engines: Engines,
  kinds: readonly { readonly group: string; readonly kind: string }[],
): Promise<{ readonly objects: readonly RepositoryObject[]; readonly notChecked: readonly NotChecked[] }> {
  if (kinds.length === 0) return { objects: [], notChecked: [] }
  const wanted = new Set(kinds.map(({ group, kind }) => JSON.stringify([group, kind])))
  const reader = createReader(engines, {
    what: `its objects of the kinds ${kinds.map(({ kind }) => kind).join(', ')}`,
    isCandidate: (content) =>
      mentions(
        content,
        kinds.map(({ kind }) => kind),
      ),
    isWanted: ({ kind, apiVersion }) =>
      typeof apiVersion === 'string' &&
      wanted.has(JSON.stringify([splitApiVersion(apiVersion).group, kind ?? ''])),
  })
  return { objects: await reader.read(tree), notChecked: reader.notChecked }
}

interface Wanted {
  /** For the sentence about a file that could not be parsed. */
  readonly what: string
  /**
   * Whether a file may hold any, by how kinds and groups are written in YAML and JSON; anything odder is found when its
   * target is rendered.
   */
  readonly isCandidate: (content: Buffer, path: string) => boolean
  readonly isWanted: (object: JsonObject, path: string) => boolean
}

function createReader(engines: Engines, { what, isCandidate, isWanted }: Wanted) {
  const byContent = new Map<string, readonly JsonObject[]>()
  const notChecked: NotChecked[] = []
  return { read, notChecked }

  async function read(tree: Tree): Promise<readonly RepositoryObject[]> {
    const files = tree
      .entries()
      .filter((entry) => entry.kind === 'file')
      .filter(({ path }) => /\.(?:ya?ml|json)$/.test(path))
    const fresh = files.filter(({ id }) => !byContent.has(id))
    const contents = await tree.read(fresh.map(({ path }) => path))
    const candidates = fresh.filter(({ path }) => {
      const content = contents.get(path)
      return content instanceof Uint8Array && isCandidate(bytesOf(content), path)
    })
    for (const { id } of fresh) byContent.set(id, [])
    for (let from = 0; from < candidates.length; from += batchSize)
      await parse(tree, candidates.slice(from, from + batchSize))
    return files.flatMap(({ id, path }) =>
      (byContent.get(id) ?? []).map((object) => ({ object, file: path })),
    )
  }

  /** A batch that fails as a whole is halved, so that one bomb does not hide the objects of all other files. */
  async function parse(tree: Tree, batch: readonly { path: string; id: string }[]): Promise<void> {
    const files = batch.map(({ path }) => path)
    const answer = await engines.render.run(
      { op: 'yaml.parse', files },
      { tree, declared: { files, directories: [] }, label: 'objects of the repository' },
    )
    if (answer.ok) {
      const ids = new Map(batch.map(({ path, id }) => [path, id]))
      for (const { path, documents } of answer.result.files) {
        const wanted = documents.flatMap(({ value }) =>
          isJsonObject(value) && isWanted(value, path) ? [value] : [],
        )
        byContent.set(ids.get(path) ?? '', wanted)
      }
      return
    }
    const [only] = files
    if (batch.length === 1 && only !== undefined) {
      notChecked.push({
        what: only,
        code: codeOf(answer.error),
        reason: `${what} are not known: ${answer.error.message}`,
        targets: [],
        location: { file: only },
        count: 1,
      })
      return
    }
    const middle = Math.ceil(batch.length / 2)
    await parse(tree, batch.slice(0, middle))
    await parse(tree, batch.slice(middle))
  }
}

function bytesOf(content: Uint8Array): Buffer {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
}

function mentions(content: Buffer, marks: readonly string[]): boolean {
  return marks.some((mark) => content.includes(mark))
}
