import type { ConfigurationProblem } from '../../../config/errors.ts'
import type { RegoTestRequest, RegoTestResult } from '../../../engine/api-rego.ts'
import type { Engines } from '../../../engine/engines.ts'
import { policyKey } from '../../../model/policy.ts'
import type { Tree } from '../../../model/tree.ts'
import type { CaseResult } from './case.ts'
import { notRun, type NativeContext, type NativeResults } from './native-suites.ts'
import { accepting, refusing, regoForms, type RegoForm } from './rego-mutants.ts'

type Test = RegoTestResult['tests'][number]
type Module = RegoTestRequest['modules'][number]

/** What a test shows of one policy. */
interface Shown {
  readonly policy: string
  readonly shows: CaseResult['shows']
}

/**
 * Runs Rego tests as `opa test` does, beside the policies of the set and their data. Nothing in such a test says what it
 * is about, so the policies are changed: a test that fails once a policy never denies shows what it refuses, one that
 * fails once it always denies shows what it accepts. A test that notices neither is of its package.
 * @param files Rego with tests, and libraries of tests
 */
export async function runRegoTests(
  files: readonly string[],
  tree: Tree,
  { engines, policies }: NativeContext,
): Promise<NativeResults> {
  if (!files.some((file) => file.endsWith('_test.rego'))) return { results: [], problems: [] }
  const problems: ConfigurationProblem[] = []
  const contents = await tree.read(files)
  const own = policies.rego.flatMap(({ modules }) => modules)
  const data = policies.rego.flatMap((bundle) =>
    bundle.data.map(({ path, value }) => ({ path: [...path], value })),
  )
  const modules: Module[] = [...own]
  for (const file of files) {
    const content = contents.get(file)
    if (content instanceof Uint8Array) modules.push({ file, text: new TextDecoder().decode(content) })
    else problems.push(problemAt(file, 1, `cannot be read: ${content?.refused ?? 'missing'}`))
  }
  const answer = await engines.rego.test({ modules, data })
  if (!answer.ok)
    return { results: [], problems: [...problems, problemAt(files[0] ?? '', 1, answer.error.message)] }
  const { faults, tests, data: broken } = answer.result
  if (broken !== undefined) problems.push(problemAt(files[0] ?? '', 1, `no Rego test ran: ${broken}`))
  for (const { file, fault } of faults)
    problems.push(
      problemAt(file, fault?.line ?? 1, `no Rego test ran: ${fault?.message ?? 'it does not compile'}`),
    )
  const judging = own.filter(({ file }) => policies.policies.has(policyKey({ language: 'rego', name: file })))
  const shown = new Map<string, Shown[]>()
  for (const module of tests.length === 0 ? [] : judging) {
    const policy =
      policies.policies.get(policyKey({ language: 'rego', name: module.file }))?.id ?? module.file
    const noticed = await noticing(module, { modules, data }, tests, engines)
    for (const [key, shows] of noticed) shown.set(key, [...(shown.get(key) ?? []), { policy, shows }])
  }
  const results = tests.flatMap((test): CaseResult[] => {
    const of: readonly Shown[] = shown.get(keyOf(test)) ?? []
    const place = { name: test.name, location: { file: test.file, line: test.line } }
    const told = outcomeOf(test)
    if (of.length > 0) return of.map(({ policy, shows }) => ({ ...place, ...told, policy, shows }))
    const inPackage = judging.filter(
      ({ text }) => packageOf(text) === test.package.replace(/^data\./, '').replace(/_test$/, ''),
    )
    const ids = inPackage.flatMap(
      ({ file }) => policies.policies.get(policyKey({ language: 'rego', name: file }))?.id ?? [],
    )
    if (ids.length > 0) return ids.map((policy) => ({ ...place, ...told, policy, shows: [] }))
    return [{ ...place, ...told, policy: test.package, foreign: true, shows: [] }]
  })
  return { results, problems }
}

/** What the passing tests notice of changes of one policy, by {@link keyOf}. */
async function noticing(
  module: Module,
  { modules, data }: Pick<RegoTestRequest, 'modules' | 'data'>,
  tests: readonly Test[],
  engines: Pick<Engines, 'rego'>,
): Promise<ReadonlyMap<string, CaseResult['shows']>> {
  const noticed = new Map<string, ('pass' | 'fail')[]>()
  const passing = new Set(tests.filter(({ outcome }) => outcome === 'pass').map(keyOf))
  for (const [shows, change] of [
    ['pass', refusing],
    ['fail', accepting],
  ] as const) {
    for (const test of await mutated(change)) {
      const key = keyOf(test)
      if (passing.has(key) && test.outcome !== 'pass') noticed.set(key, [...(noticed.get(key) ?? []), shows])
    }
  }
  return noticed

  /** Tests beside the changed policy; none when it compiles in no form. */
  async function mutated(change: (text: string, form: RegoForm) => string): Promise<readonly Test[]> {
    for (const form of regoForms) {
      const replaced = modules.map((one) =>
        one.file === module.file ? { ...one, text: change(one.text, form) } : one,
      )
      const answer = await engines.rego.test({ modules: replaced, data })
      if (answer.ok && answer.result.faults.length === 0) return answer.result.tests
    }
    return []
  }
}

function outcomeOf({
  outcome,
  message,
  output = [],
}: Test): Pick<CaseResult, 'expected' | 'outcome' | 'messages' | 'problem'> {
  const expected = 'pass'
  switch (outcome) {
    case 'pass':
      return { expected, outcome, messages: [] }
    case 'skip':
      return notRun
    case 'unsupported':
      return { expected, outcome: 'not-evaluable', messages: output, problem: message ?? 'is not supported' }
    case 'fail':
      return { expected, outcome, messages: output, problem: 'the test does not hold' }
    case 'error':
      return { expected, outcome, messages: output, problem: message ?? 'the test is broken' }
  }
}

function packageOf(text: string): string | undefined {
  return /^[ \t]*package[ \t]+([\w.]+)/m.exec(text)?.[1]
}

function keyOf({ package: name, name: rule, file }: Test): string {
  return `${file} ${name} ${rule}`
}

function problemAt(file: string, line: number, message: string): ConfigurationProblem {
  return { file, line, column: 1, message }
}
