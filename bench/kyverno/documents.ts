import { join, normalize } from 'node:path/posix'
import type { Engines } from '../../src/engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import type { Tree } from '../../src/model/tree.ts'

export interface Documents {
  readonly objects: readonly JsonObject[]
  /** Files that are not there or do not parse. */
  readonly problems: readonly string[]
}

export interface Reader {
  read(files: readonly string[]): Promise<Documents>
  /** Paths of a suite: files, or directories whose manifests are all taken. */
  resolve(directory: string, paths: readonly string[]): readonly string[]
}

export function createReader(tree: Tree, engines: Engines): Reader {
  return { read, resolve }

  async function read(files: readonly string[]): Promise<Documents> {
    if (files.length === 0) return { objects: [], problems: [] }
    const answer = await engines.render.run(
      { op: 'yaml.parse', files: [...files] },
      { tree, declared: { files, directories: [] }, label: 'suite' },
    )
    if (!answer.ok) return { objects: [], problems: [answer.error.message] }
    const problems: string[] = []
    const objects = answer.result.files.flatMap(({ path, documents, error }) => {
      if (error !== undefined) problems.push(`${path}: ${error.message}`)
      return documents.flatMap(({ value, error: broken }) => {
        if (broken !== undefined) problems.push(`${path}: ${broken.message}`)
        return flat(value)
      })
    })
    return { objects, problems }
  }

  function resolve(directory: string, paths: readonly string[]): readonly string[] {
    return paths.flatMap((path) => {
      const full = normalize(join(directory, path)).replace(/\/+$/, '')
      const found = tree.resolve(full)
      if (found.kind !== 'directory') return [full]
      return tree
        .entries()
        .flatMap((entry) =>
          entry.kind === 'file' &&
          entry.path.startsWith(`${found.path}/`) &&
          /\.(?:ya?ml|json)$/.test(entry.path)
            ? [entry.path]
            : [],
        )
        .sort()
    })
  }
}

/** Lists are what they hold. */
function flat(value: Json | undefined): JsonObject[] {
  if (!isJsonObject(value)) return []
  const { kind, items } = value
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
    return (items as readonly Json[]).flatMap(flat)
  return [value]
}
