import type { ConfigurationProblem } from '../../config/errors.ts'
import { compileNameGlob } from '../../config/glob.ts'
import { parseYaml, type ParsedFile } from '../../config/parse-yaml.ts'
import { validateWith } from '../../config/validate.ts'
import type { Configuration } from '../../model/configuration.ts'
import type { RawFinding } from '../../model/finding.ts'
import type { Tree } from '../../model/tree.ts'
import { setProblem } from '../policy/collection.ts'
import { daysBetween, type Exemption } from './exemption.ts'
import { exemptionsSchema } from './schema.ts'

/** The exemptions of a tree, and what is wrong with their files: a wrong entry applies to nothing. */
export interface Exemptions {
  readonly exemptions: readonly Exemption[]
  readonly problems: readonly RawFinding[]
}

/** Reads the files that the configuration names; from the base tree only, but for a preview (threats.md, T04). */
export async function readExemptions(tree: Tree, configuration: Configuration): Promise<Exemptions> {
  const { files: paths, maxDays } = configuration.exemptions
  const problems: RawFinding[] = []
  const exemptions: Exemption[] = []
  const files = paths.flatMap((path) => {
    const found = filesOf(tree, path)
    if (found.length === 0)
      problems.push(
        setProblem(
          `exemptions ${path}`,
          `exemptions.files names ${path}, and there is no such file`,
          configuration.file === null ? undefined : { file: configuration.file },
        ),
      )
    return found
  })
  const contents = await tree.read(files)
  for (const file of [...new Set(files)]) {
    const content = contents.get(file)
    const text = content instanceof Uint8Array ? new TextDecoder().decode(content) : undefined
    const read =
      text === undefined
        ? { exemptions: [], problems: [{ file, line: 1, column: 1, message: 'cannot be read' }] }
        : parseExemptions(text, file, maxDays)
    exemptions.push(...read.exemptions)
    problems.push(...read.problems.map(problemFinding))
  }
  return withoutRepeatedIds(exemptions, problems)
}

/** The exemptions of a text: what is wrong leaves out its entry, or the file where that cannot be told. */
export function parseExemptions(
  text: string,
  file: string,
  maxDays: number,
): { readonly exemptions: readonly Exemption[]; readonly problems: readonly ConfigurationProblem[] } {
  const parsed = parseYaml(text, file)
  if (!('value' in parsed)) return { exemptions: [], problems: parsed }
  const answer = validateWith(exemptionsSchema, parsed, file)
  // One wrong entry must not switch on the others that its author did not look at.
  if ('problems' in answer) return { exemptions: [], problems: answer.problems }
  const { exemptions } = answer.value as { exemptions: readonly Omit<Exemption, 'location'>[] }
  const problems: ConfigurationProblem[] = []
  const good = exemptions.flatMap((entry, n): Exemption[] => {
    const at = ['exemptions', n] as const
    const wrong = entryProblem(entry, maxDays)
    if (wrong !== undefined) {
      const position = parsed.positionOf([...at, ...wrong.path])
      problems.push({ file, ...position, message: `exemption ${entry.id}: ${wrong.message}` })
      return []
    }
    return [{ ...entry, location: place(parsed, file, at) }]
  })
  return { exemptions: good, problems }
}

function place(parsed: ParsedFile, file: string, path: readonly (string | number)[]): Exemption['location'] {
  return { file, line: parsed.positionOf(path).line }
}

/** What refuses an exemption as a whole. */
function entryProblem(
  { policies, match, created, expires }: Omit<Exemption, 'location'>,
  maxDays: number,
): { readonly message: string; readonly path: readonly (string | number)[] } | undefined {
  if (policies.length === 0) return { message: 'names no policy', path: ['policies'] }
  const everything = policies.findIndex(({ id }) => isEverything(id))
  if (everything >= 0)
    return {
      message: 'a wildcard for all policies is refused: name them',
      path: ['policies', everything, 'id'],
    }
  const { labels, ...lists } = match
  const restricts =
    Object.keys(labels ?? {}).length > 0 ||
    Object.values(lists).some((list) => list.length > 0 && !list.some(isEverything))
  if (!restricts)
    return {
      message: 'matches every object, which is refused: name objects, labels or applications',
      path: ['match'],
    }
  const empty = Object.entries(lists).find(([, list]) => list.length === 0)
  if (empty !== undefined)
    return {
      message: `match.${empty[0]} is empty: leave it out or name something`,
      path: ['match', empty[0]],
    }
  const days = daysBetween(created, expires)
  if (days <= 0) return { message: 'ends before it begins', path: ['expires'] }
  if (days > maxDays)
    return { message: `holds for ${days} days, at most ${maxDays} are allowed`, path: ['expires'] }
  return undefined
}

/** A glob that takes any name, however it is written: it takes names that have nothing in common. */
function isEverything(pattern: string): boolean {
  const glob = compileNameGlob(pattern)
  return ['a', '7q-x', 'kube-system', 'Z/y.w', 'apps/Deployment'].every((name) => glob.matches(name))
}

/** Two of one id cannot be told apart in a report: neither applies. */
function withoutRepeatedIds(exemptions: readonly Exemption[], problems: readonly RawFinding[]): Exemptions {
  const counts = new Map<string, number>()
  for (const { id } of exemptions) counts.set(id, (counts.get(id) ?? 0) + 1)
  const repeated = exemptions.filter(({ id }) => (counts.get(id) ?? 0) > 1)
  return {
    exemptions: exemptions.filter(({ id }) => counts.get(id) === 1),
    problems: [
      ...problems,
      ...repeated.map(({ id, location }) =>
        setProblem(
          `exemption ${id} ${location.file}:${location.line ?? 0}`,
          `exemption ${id} stands twice: none of them applies`,
          location,
        ),
      ),
    ],
  }
}

function problemFinding({ file, line, message, nearest }: ConfigurationProblem): RawFinding {
  return {
    ...setProblem(
      `${file} ${message}`,
      `${message}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
      { file, line },
    ),
    rule: 'config/exemptions',
  }
}

function filesOf(tree: Tree, path: string): readonly string[] {
  const found = tree.resolve(path)
  if (found.kind === 'file') return [found.path]
  if (found.kind !== 'directory') return []
  const prefix = found.path === '' ? '' : `${found.path}/`
  return tree
    .entries()
    .filter(({ kind, path: file }) => kind === 'file' && file.startsWith(prefix) && /\.ya?ml$/.test(file))
    .map(({ path: file }) => file)
}
