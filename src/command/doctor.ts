import { configurationPath } from '../config/load.ts'
import { policyLockPath } from '../config/policy-lock.ts'
import { compareText } from '../discover/paths.ts'
import type { Configuration } from '../model/configuration.ts'
import type { Json } from '../model/json.ts'
import type { Tree } from '../model/tree.ts'
import { visible } from '../report/escape.ts'
import { configurationOf, repositoryAt } from './configuration.ts'
import { ownersOf, ownersPaths } from './doctor/owners.ts'
import { ruleWeaknesses } from './doctor/rules.ts'
import type { Weakness } from './doctor/weakness.ts'
import { auditWorkflow, type CheckJob } from './doctor/workflow.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import { readNamedFile } from './named-file.ts'
import type { Ports } from './ports.ts'

export interface DoctorOptions {
  readonly repo: string
  readonly config?: string
  readonly rev?: string
  /** File with the host's answer about the rules of the branch. */
  readonly rules?: string
  /** What cannot be known counts as much as a problem. */
  readonly strict?: boolean
}

/**
 * `preadmit doctor`: what weakens the check itself (threats.md, T02): the workflow that runs it, who owns what judges,
 * and the rules of the branch. Answers the exit status: 1 for a problem, 2 under `--strict` for what cannot be known.
 */
export async function doctorCommand(options: DoctorOptions, ports: Ports): Promise<number> {
  const repository = await repositoryAt(options.repo, ports)
  const tree =
    options.rev === undefined
      ? await repository.workingTree()
      : await repository.tree(await repository.resolve(options.rev))
  const rules = options.rules === undefined ? undefined : await readRules(options.rules, ports)
  const configuration = await configurationOf(tree, repository, options, ports)
  const weaknesses = await examine(tree, configuration, rules)
  ports.output.write(print(weaknesses))
  if (weaknesses.some(({ kind }) => kind === 'problem')) return exitStatus.violations
  const open = options.strict === true && weaknesses.some(({ kind }) => kind === 'unknown')
  return open ? exitStatus.couldNotCheck : exitStatus.pass
}

/** Everything that weakens the check, sorted by file and line; what belongs to no file comes last. */
export async function examine(
  tree: Tree,
  configuration: Configuration,
  rules: Json | undefined,
): Promise<readonly Weakness[]> {
  const files = tree
    .entries()
    .flatMap(({ kind, path }) =>
      kind === 'file' && /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path) ? [path] : [],
    )
  const texts = await textsOf(tree, [...files, ...ownersPaths])
  const audits = files.map((file) => auditWorkflow(file, texts.get(file) ?? ''))
  const jobs = audits.flatMap((audit) => audit.jobs)
  const weaknesses: Weakness[] = audits.flatMap((audit) => audit.weaknesses)
  if (jobs.length === 0)
    weaknesses.push({
      kind: 'problem',
      message:
        'no workflow of .github/workflows runs the check: add one (README.md), unless an organisation requires it from elsewhere',
    })
  weaknesses.push(...ownerless(guarded(jobs, configuration), texts))
  weaknesses.push(...ruleWeaknesses(rules, jobs))
  return weaknesses.sort((a, b) => compareText(order(a), order(b)))
}

/** Paths whose edit changes how later pull requests are judged. */
function guarded(jobs: readonly CheckJob[], configuration: Configuration): readonly string[] {
  const { policies, exemptions, trust } = configuration
  const sources = policies.some(({ source }) => source !== undefined)
  return [
    ...new Set([
      ...jobs.map(({ file }) => file),
      configurationPath,
      ...policies.flatMap(({ path, source, set }) =>
        source === undefined && set === undefined ? [path] : [],
      ),
      ...exemptions.files,
      ...trust.map(({ allowedSigners }) => allowedSigners),
      ...(sources ? [policyLockPath] : []),
    ]),
  ]
}

function ownerless(paths: readonly string[], texts: ReadonlyMap<string, string>): readonly Weakness[] {
  const file = ownersPaths.find((path) => texts.has(path))
  if (file === undefined)
    return [
      {
        kind: 'problem',
        message: `there is no CODEOWNERS: anybody who may merge decides alone about ${paths.join(', ')}; name owners in .github/CODEOWNERS`,
      },
    ]
  const owners = ownersOf(texts.get(file) ?? '')
  const without = [...paths, file].filter((path) => owners(path === '' ? 'any' : path).length === 0)
  return without.length === 0
    ? []
    : [{ kind: 'problem', file, line: 1, message: `names no owner of ${without.join(', ')}` }]
}

async function textsOf(tree: Tree, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const there = paths.filter((path) => tree.stat(path)?.kind === 'file')
  const texts = new Map<string, string>()
  for (const [path, content] of await tree.read(there))
    if (content instanceof Uint8Array) texts.set(path, new TextDecoder().decode(content))
  return texts
}

async function readRules(file: string, ports: Ports): Promise<Json> {
  const text = await readNamedFile('--rules', file, ports)
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new CommandError('bad-rules', `${file} is no JSON: save what \`gh api\` prints`)
  }
}

function order({ file = '\uffff', line = 0 }: Weakness): string {
  return `${file}:${String(line).padStart(8, '0')}`
}

function print(weaknesses: readonly Weakness[]): string {
  if (weaknesses.length === 0) return 'nothing weakens the check\n'
  const lines = weaknesses.map(({ kind, file, line, message }) => {
    const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `
    return `${kind.padEnd(8)} ${visible(`${place}${message}`)}\n`
  })
  return lines.join('')
}
