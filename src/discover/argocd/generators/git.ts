import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { parseTakingLast } from '../../repeated-keys.ts'
import { flagAt, objectAt, objectsAt, textAt } from '../../fields.ts'
import { ancestorsOf, compareText, directoryOf, isWithin, nameOf } from '../../paths.ts'
import { compileWildcard, gitPathspec, goPathMatch, hasWildcard } from '../../wildcard.ts'
import { flattenParameters, pathParameters, type Parameters } from '../parameters.ts'
import { failed, sets, withValues, type Generated, type GeneratorContext } from './generator.ts'

/** `git`: directories or files of a repository, which has to be this one. */
export async function generateGit(generator: JsonObject, context: GeneratorContext): Promise<Generated> {
  const { repository, dialect } = context
  const url = textAt(generator, 'repoURL') ?? ''
  if (!repository.recognition.isSelf(url))
    return sets([], {
      code: 'remote-source',
      reason: `its git generator reads ${url}, which is not this repository`,
    })
  const prefix = textAt(generator, 'pathParamPrefix') ?? ''
  const values = objectAt(generator, 'values')

  const directories = objectsAt(generator, 'directories')
  const files = objectsAt(generator, 'files')
  if (directories.length + files.length === 0) return failed('ApplicationSet is empty')
  const magic = files.map((entry) => textAt(entry, 'path') ?? '').find((path) => path.startsWith(':'))
  if (directories.length === 0 && magic !== undefined)
    return sets([], {
      code: 'unsupported',
      reason: `its git generator asks git for ${magic}: pathspecs with magic words are not read here, plain ones and * are`,
    })
  const drafts =
    directories.length > 0
      ? fromDirectories(directories, prefix, context)
      : await fromFiles(files, prefix, context)
  if ('error' in drafts) return failed(drafts.error)
  const filled = await withValues(drafts.sets, values, dialect)
  return 'error' in filled ? failed(filled.error) : sets(filled.sets)
}

type Drafts = { readonly sets: readonly Parameters[] } | { readonly error: string }

/** `path.Match` on whole paths; hidden folders never match and an exclusion beats every match. */
function fromDirectories(
  entries: readonly JsonObject[],
  prefix: string,
  { repository, dialect }: GeneratorContext,
): Drafts {
  const matchers = entries.map((entry) => ({
    exclude: flagAt(entry, 'exclude') ?? false,
    matches: compileWildcard(textAt(entry, 'path') ?? '', goPathMatch),
  }))
  const found = directoriesOf(repository.tree.entries().map((entry) => entry.path)).filter(
    (directory) =>
      !directory.split('/').some((segment) => segment.startsWith('.')) &&
      matchers.some((matcher) => !matcher.exclude && matcher.matches(directory)) &&
      !matchers.some((matcher) => matcher.exclude && matcher.matches(directory)),
  )
  return { sets: found.map((directory) => pathParameters({ directory }, dialect.goTemplate, prefix)) }
}

function directoriesOf(paths: readonly string[]): string[] {
  const directories = new Set<string>()
  for (const path of paths) {
    for (const directory of ancestorsOf(path)) {
      if (directory === '' || directories.has(directory)) break
      directories.add(directory)
    }
  }
  return [...directories].sort(compareText)
}

/** git's pathspec; each file is an object or a list of objects, and only its first YAML document counts. */
async function fromFiles(
  entries: readonly JsonObject[],
  prefix: string,
  { repository, dialect }: GeneratorContext,
): Promise<Drafts> {
  const { tree, engines } = repository
  // `git ls-files` takes it for a path of the machine.
  const absolute = entries.map((entry) => textAt(entry, 'path') ?? '').find((path) => path.startsWith('/'))
  if (absolute !== undefined)
    return {
      error: `unable to list files: pattern ${absolute}: fatal: Invalid path: No such file or directory`,
    }
  const outside = entries
    .map((entry) => textAt(entry, 'path') ?? '')
    .find((path) => cleanPattern(path) === undefined)
  if (outside !== undefined)
    return { error: `unable to list files: pattern ${outside}: fatal: ${outside}: is outside repository` }
  const matchers = entries.map((entry) => {
    const pattern = cleanPattern(textAt(entry, 'path') ?? '') ?? ''
    const wildcard = compileWildcard(pattern, gitPathspec)
    return {
      exclude: flagAt(entry, 'exclude') ?? false,
      // A pathspec without wildcards names a file, or a directory with everything below it.
      matches: hasWildcard(pattern) ? wildcard : (path: string) => isWithin(pattern, path),
    }
  })
  const paths = tree
    .entries()
    .filter((entry) => entry.kind === 'file')
    .map((entry) => entry.path)
    .filter(
      (path) =>
        matchers.some((matcher) => !matcher.exclude && matcher.matches(path)) &&
        !matchers.some((matcher) => matcher.exclude && matcher.matches(path)),
    )
    .sort(compareText)

  const parsed = await parseTakingLast(tree, engines, paths)
  const found: Parameters[] = []
  for (const path of paths) {
    const file = parsed.get(path)
    const document = file?.documents[0]
    const problem = file?.error?.message ?? document?.error?.message
    if (problem !== undefined) return { error: `unable to process file '${path}': ${problem}` }
    const value = document?.value ?? {}
    const contents: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value]
    for (const content of contents) {
      if (!isJsonObject(content)) return { error: `unable to process file '${path}': unable to parse file` }
      const place = pathParameters(
        { directory: directoryOf(path), file: nameOf(path) },
        dialect.goTemplate,
        prefix,
      )
      found.push({ ...(dialect.goTemplate ? content : flattenParameters(content)), ...place })
    }
  }
  return { sets: found }
}

/** As git cleans the path of a pathspec; undefined when it leads out of the repository. */
function cleanPattern(pattern: string): string | undefined {
  const kept: string[] = []
  for (const segment of pattern.split('/')) {
    if (segment === '..') {
      if (kept.pop() === undefined) return undefined
    } else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return kept.join('/')
}
