import type { ConfigurationProblem } from '../../config/errors.ts'
import { parseYaml } from '../../config/parse-yaml.ts'
import { validateWith } from '../../config/validate.ts'
import type { Level, Severity } from '../../model/finding.ts'
import type { Json } from '../../model/json.ts'
import type { AppliesTo, PodSecurityPolicy } from '../../model/policy.ts'
import type { Tree } from '../../model/tree.ts'
import type { Parameter } from './parameters.ts'
import { policySetSchema } from './set-schema.ts'

/** The name under which a set is looked for. */
export const setFile = 'policyset.yaml'

/** What a set says about one policy beyond the native file; the schema has proved the shape. */
export interface SetEntry {
  readonly id: string
  /** Relative to policyset.yaml. */
  readonly path?: string
  readonly name?: string
  readonly combine?: boolean
  readonly podSecurity?: { readonly level: PodSecurityPolicy['standard']; readonly version: string }
  readonly title?: string
  readonly severity?: Severity
  readonly level?: Level
  readonly reason?: string
  readonly docs?: string
  readonly remediation?: string
  readonly owner?: string
  readonly exemptable?: boolean
  readonly maxExemptionDays?: number
  readonly effectiveFrom?: string
  readonly deprecatedBy?: string
  readonly appliesTo?: AppliesTo
  /** Where the entry starts in its policyset.yaml, and where it says `combine`. */
  readonly lines: { readonly entry: number; readonly combine: number }
}

/** A policyset.yaml. */
export interface PolicySet {
  readonly name: string
  readonly version: string
  readonly docs?: string
  readonly owners: readonly string[]
  readonly compat?: { readonly preadmit?: string; readonly kubernetes?: string }
  readonly parameters?: { readonly properties?: Readonly<Record<string, Parameter>> }
  /** Day from which it is refused. */
  readonly notAfter?: string
  readonly appliesTo?: AppliesTo
  readonly policies: readonly SetEntry[]
  /** Line of each parameter in the file. */
  readonly parameterLines: Readonly<Record<string, number>>
  /** Where it stands in its tree. */
  readonly file: string
  /** Directory of the file; empty for the tree's root. */
  readonly root: string
}

/** Reads a policyset.yaml: the set, or everything that is wrong with it, with line and nearest valid name. */
export async function readPolicySet(
  tree: Tree,
  file: string,
): Promise<PolicySet | { readonly problems: readonly ConfigurationProblem[] }> {
  const content = (await tree.read([file])).get(file)
  const whole = (message: string): { problems: ConfigurationProblem[] } => ({
    problems: [{ file, line: 1, column: 1, message }],
  })
  if (!(content instanceof Uint8Array)) return whole(`cannot be read (${content?.refused ?? 'missing'})`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return whole('is not UTF-8')
  }
  return parsePolicySet(text, file)
}

/** The same from a text. */
export function parsePolicySet(
  text: string,
  file: string,
): PolicySet | { readonly problems: readonly ConfigurationProblem[] } {
  const parsed = parseYaml(text, file)
  if (!('value' in parsed)) return { problems: parsed }
  const answer = validateWith(policySetSchema, parsed, file, (value) => entryProblems(value, parsed, file))
  if ('problems' in answer) return answer
  const root = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : ''
  const set = answer.value as Omit<PolicySet, 'file' | 'root' | 'parameterLines'>
  const policies = set.policies.map((entry, n) => {
    const lineOf = (...at: string[]): number => parsed.positionOf(['policies', n, ...at]).line
    return { ...entry, lines: { entry: lineOf(), combine: lineOf('combine') } }
  })
  const parameterLines = Object.fromEntries(
    Object.keys(set.parameters?.properties ?? {}).map((name) => [
      name,
      parsed.positionOfKey(['parameters', 'properties'], name).line,
    ]),
  )
  return { ...set, policies, parameterLines, file, root }
}

/** What the schema cannot say: ids that repeat, entries without a policy or with two. */
function entryProblems(
  value: unknown,
  parsed: { readonly positionOf: (path: readonly (string | number)[]) => { line: number; column: number } },
  file: string,
): readonly ConfigurationProblem[] {
  const policies = (value as { policies?: unknown }).policies
  if (!Array.isArray(policies)) return []
  const seen = new Set<string>()
  return (policies as readonly Json[]).flatMap((entry, n): ConfigurationProblem[] => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return []
    const { id, path, podSecurity, combine } = entry as Readonly<Record<string, Json>>
    const problems: ConfigurationProblem[] = []
    const say = (message: string, ...at: (string | number)[]): void => {
      problems.push({ file, ...parsed.positionOf(['policies', n, ...at]), message })
    }
    if (typeof id === 'string') {
      if (seen.has(id)) say(`policies[${n}].id repeats ${JSON.stringify(id)}`, 'id')
      seen.add(id)
    }
    if (path === undefined && podSecurity === undefined)
      say(`policies[${n}] names neither a path nor podSecurity`)
    if (path !== undefined && podSecurity !== undefined)
      say(`policies[${n}] names a path and podSecurity: keep one`)
    if (combine === true && (podSecurity !== undefined || (typeof path === 'string' && isManifest(path))))
      say(`policies[${n}].combine is for Rego, and the entry names none`, 'combine')
    return problems
  })
}

/** A file that may hold native documents. */
export function isManifest(path: string): boolean {
  return /\.(?:ya?ml|json)$/.test(path)
}

/** A path relative to a set, as its tree names it. */
export function inSet({ root }: Pick<PolicySet, 'root'>, path: string): string {
  const inside = path
    .split('/')
    .filter((step) => step !== '' && step !== '.')
    .join('/')
  return root === '' ? inside : inside === '' ? root : `${root}/${inside}`
}
