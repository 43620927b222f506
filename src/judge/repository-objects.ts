import type { Engines } from '../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Tree } from '../model/tree.ts'
import { codeOf } from './not-checked.ts'

/**
 * Namespaces and CustomResourceDefinitions that stand in files of the repository, rendered or not: most of the targets
 * of a run are not rendered at all, and their definitions are needed to judge the others.
 */
export interface RepositoryObjects {
  readonly base: readonly JsonObject[]
  readonly head: readonly JsonObject[]
  /** Files that made the parser itself fail. */
  readonly notChecked: readonly NotChecked[]
}

/** Files in one call of the engine: a batch stays far from its output limit. */
const batchSize = 500

/** Reads both trees. Contents that both share are parsed once; files that do not parse are left to who renders them. */
export async function readRepositoryObjects(
  trees: { readonly base: Tree; readonly head: Tree },
  engines: Engines,
): Promise<RepositoryObjects> {
  const byContent = new Map<string, readonly JsonObject[]>()
  const notChecked: NotChecked[] = []
  const base = await readTree(trees.base)
  const head = await readTree(trees.head)
  return { base, head, notChecked }

  async function readTree(tree: Tree): Promise<readonly JsonObject[]> {
    const files = tree
      .entries()
      .filter((entry) => entry.kind === 'file')
      .filter(({ path }) => /\.(?:ya?ml|json)$/.test(path))
    const fresh = files.filter(({ id }) => !byContent.has(id))
    const contents = await tree.read(fresh.map(({ path }) => path))
    const candidates = fresh.filter(({ path }) => {
      const content = contents.get(path)
      return content instanceof Uint8Array && mentionsWanted(content)
    })
    for (const { id } of fresh) byContent.set(id, [])
    for (let from = 0; from < candidates.length; from += batchSize)
      await parse(tree, candidates.slice(from, from + batchSize))
    return files.flatMap(({ id }) => byContent.get(id) ?? [])
  }

  /** A batch that fails as a whole is halved, so that one bomb does not hide the namespaces of all other files. */
  async function parse(tree: Tree, batch: readonly { path: string; id: string }[]): Promise<void> {
    const files = batch.map(({ path }) => path)
    const answer = await engines.render.run(
      { op: 'yaml.parse', files },
      { tree, declared: { files, directories: [] }, label: 'namespaces and custom resource definitions' },
    )
    if (answer.ok) {
      const ids = new Map(batch.map(({ path, id }) => [path, id]))
      for (const { path, documents } of answer.result.files) {
        const wanted = documents.flatMap(({ value }) =>
          isJsonObject(value) && isWanted(value) ? [value] : [],
        )
        byContent.set(ids.get(path) ?? '', wanted)
      }
      return
    }
    const [only] = files
    if (batch.length === 1 && only !== undefined) {
      const reason = `its namespaces and custom resource definitions are not known: ${answer.error.message}`
      notChecked.push({
        what: only,
        code: codeOf(answer.error),
        reason,
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

/** How the wanted kinds are written in YAML and JSON; anything odder is found when its target is rendered. */
const marks = ['CustomResourceDefinition', 'kind: Namespace', '"Namespace"', "'Namespace'"]

function mentionsWanted(content: Uint8Array): boolean {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return marks.some((mark) => bytes.includes(mark))
}

function isWanted({ kind, apiVersion }: JsonObject): boolean {
  return kind === 'CustomResourceDefinition' || (kind === 'Namespace' && apiVersion === 'v1')
}
