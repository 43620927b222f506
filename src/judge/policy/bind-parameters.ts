import type { Json } from '../../model/json.ts'
import { textAt } from '../field-steps.ts'
import { policyError, setProblem, type Collection } from './collection.ts'
import type { Parsed } from './documents.ts'
import { isParameterObject } from './levels.ts'
import { nearestFile } from './nearest-file.ts'
import type { OpenSource } from './open-source.ts'
import { bound, parameterValues } from './parameters.ts'
import { inSet, type PolicySet } from './set.ts'

/** Puts the values of a set's parameters where they belong. */
export function bindParameters(
  set: PolicySet,
  source: OpenSource,
  documents: { readonly native: Parsed[]; readonly data: Parsed[] },
  collected: Collection,
): void {
  const parameters = set.parameters?.properties ?? {}
  const { values, problems, defaults } = parameterValues(parameters, source.parameters, source.central)
  const place = (name: string) => ({ file: set.file, ...lineOf(set.parameterLines, name) })
  for (const { name, problem } of defaults)
    collected.problems.push(setProblem(`${set.name} ${problem}`, `${set.name}: ${problem}`, place(name)))
  const configured =
    source.configurationFile === null ? { file: set.file } : { file: source.configurationFile }
  for (const problem of problems)
    collected.problems.push(setProblem(`${set.name} ${problem}`, `${set.name}: ${problem}`, configured))
  for (const [name, parameter] of Object.entries(parameters))
    for (const { object, name: documentName, path } of parameter.bind) {
      const file = inSet(set, object)
      const problem = [documents.native, documents.data]
        .map((list) => put(list, { file, documentName, path, value: values[name] ?? null }))
        .reduce((first, second) => (first === 'absent' ? second : first))
      if (problem === undefined) continue
      const said = problem === 'absent' ? whyAbsent(file, documentName, source, documents) : problem
      const message = `the parameter ${name} goes to ${object}, which ${said}`
      collected.problems.push(setProblem(`${set.name} ${name} ${object}`, message, place(name)))
      collected.failed.push(policyError(set.name, message, place(name)))
    }
}

function lineOf(lines: Readonly<Record<string, number>>, name: string): { line?: number } {
  const line = Object.hasOwn(lines, name) ? lines[name] : undefined
  return line === undefined ? {} : { line }
}

/** Why a document for a parameter was not found, as a clause. */
function whyAbsent(
  file: string,
  documentName: string | undefined,
  { tree }: Pick<OpenSource, 'tree'>,
  documents: { readonly native: readonly Parsed[]; readonly data: readonly Parsed[] },
): string {
  const there = [...documents.native, ...documents.data].filter(({ location }) => location.file === file)
  if (there.length > 0)
    return documentName === undefined
      ? `holds ${there.length} documents: say which by \`name\``
      : `holds no document of the name ${documentName}, or several`
  if (tree.resolve(file).kind === 'file') return 'is read for Rego only, and the set has none'
  return `is not in the set${nearestFile(file, tree)}`
}

/** Undefined when it was put; `absent` when the document is not here. */
function put(
  documents: Parsed[],
  to: {
    readonly file: string
    readonly documentName: string | undefined
    readonly path: string
    readonly value: Json
  },
): string | undefined {
  const places = documents.flatMap(({ value, location }, index) =>
    location.file === to.file &&
    (to.documentName === undefined || textAt(value, 'metadata', 'name') === to.documentName)
      ? [index]
      : [],
  )
  const [index] = places
  const document = index === undefined ? undefined : documents[index]
  if (document === undefined || index === undefined || places.length !== 1) return 'absent'
  if (!isParameterObject(document.value)) return 'is a policy: parameters change no policy'
  const made = bound(document.value, to.path, to.value)
  if ('problem' in made) return made.problem
  documents[index] = { ...document, value: made.document }
  return undefined
}
