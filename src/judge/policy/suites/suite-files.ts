import type { ConfigurationProblem } from '../../../config/errors.ts'
import { parseYaml, type Step } from '../../../config/parse-yaml.ts'
import type { Engines } from '../../../engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { Location } from '../../../model/location.ts'
import type { Tree } from '../../../model/tree.ts'
import { parseDocuments } from '../documents.ts'

/** A document of a file. */
export interface SuiteDocument {
  readonly object: JsonObject
  readonly location: Location
}

/** A native suite with what it needs of the files beside it. */
export interface NativeSuite extends SuiteDocument {
  readonly file: string
  /** Where a value of the suite stands; the document's beginning where the file holds several. */
  locate(path: readonly Step[]): Location
  /**
   * Documents of files and directories as the suite writes them, lists taken apart. What is not there or does not parse
   * is a problem of the suite.
   */
  read(paths: readonly string[]): Promise<readonly SuiteDocument[]>
  readonly problems: ConfigurationProblem[]
}

export async function openSuite(
  { object, location }: SuiteDocument,
  tree: Tree,
  engines: Engines,
): Promise<NativeSuite> {
  const { file } = location
  const content = (await tree.read([file])).get(file)
  const parsed = content instanceof Uint8Array ? parseYaml(new TextDecoder().decode(content), file) : []
  const problems: ConfigurationProblem[] = []
  const say = (message: string, line = location.line ?? 1): void => {
    if (!problems.some((known) => known.message === message))
      problems.push({ file, line, column: 1, message })
  }
  return {
    object,
    location,
    file,
    problems,
    locate: (path) => ('value' in parsed ? { file, line: parsed.positionOf(path).line } : location),
    read,
  }

  async function read(paths: readonly string[]): Promise<readonly SuiteDocument[]> {
    const files = paths.flatMap((path) => {
      const found = filesAt(tree, beside(file, path))
      if (found.length === 0) say(`${JSON.stringify(path)} is no file of the set`)
      return found
    })
    const { documents, failed } = await parseDocuments(tree, [...new Set(files)], engines)
    for (const { what, reason } of failed) say(`${what}: ${reason}`)
    return documents.flatMap(({ value, location: at }) =>
      flat(value).map((one) => ({ object: one, location: at })),
    )
  }
}

/** A file, or every manifest below a directory. */
function filesAt(tree: Tree, path: string): readonly string[] {
  const found = tree.resolve(path)
  if (found.kind === 'file') return [found.path]
  if (found.kind !== 'directory') return []
  const prefix = found.path === '' ? '' : `${found.path}/`
  return tree
    .entries()
    .flatMap((entry) =>
      entry.kind === 'file' && entry.path.startsWith(prefix) && /\.(?:ya?ml|json)$/.test(entry.path)
        ? [entry.path]
        : [],
    )
    .sort()
}

/** A path relative to the file that names it, as a path of the tree; one that climbs out of it names nothing. */
export function beside(file: string, path: string): string {
  const parts = file.split('/').slice(0, -1)
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return '\0'
  }
  return parts.join('/')
}

/** Lists are what they hold. */
function flat(value: Json): readonly JsonObject[] {
  if (!isJsonObject(value)) return []
  const { kind, items } = value
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
    return (items as readonly Json[]).flatMap(flat)
  return [value]
}
