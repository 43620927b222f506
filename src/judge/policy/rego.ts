import type { RegoFault, RegoInput, RegoLoadResult, RegoModule } from '../../engine/api-rego.ts'
import type { EngineError, Engines, RegoSession } from '../../engine/engines.ts'
import { policyKey, type Policy, type RegoBundle } from '../../model/policy.ts'
import type { Found } from '../judgement.ts'
import { codeOf, engineFailure } from '../not-checked.ts'
import type { ChangeWrite } from '../writes.ts'
import type { Evaluated, EvaluatorContext, PolicyEvaluator } from './evaluator.ts'
import { openPolicies, type OpenPolicies, type OpenPolicy } from './open-policies.ts'
import { faultCode } from './rego-faults.ts'
import { combinedInputs, singleInputs, type JudgedInput } from './rego-inputs.ts'
import { regoFinding } from './rego-findings.ts'
import type { PolicySource } from './source.ts'

/**
 * Rego as conftest evaluates it: rules deny, violation and warn of every package, exceptions, data. Deletions are no
 * input, since conftest never sees an object that is not there.
 */
export async function openRego(context: EvaluatorContext): Promise<PolicyEvaluator> {
  const session = await openRegoBundles(context.policies, context.engines)
  return { evaluate: (writes) => evaluate(writes, session, context) }
}

/** Compiles the bundles of all sources. */
export async function openRegoBundles(
  { rego }: Pick<PolicySource, 'rego'>,
  engines: Pick<Engines, 'rego'>,
): Promise<RegoSession | { readonly error: EngineError }> {
  return await engines.rego.open({
    bundles: rego.map(({ modules, data }) => ({
      modules: modules.map(({ file, text }) => ({ file, text })),
      data: data.map(({ path, value }) => ({ path: [...path], value })),
    })),
    gatekeeper: { templates: [], constraints: [], inventory: {} },
  })
}

async function evaluate(
  writes: readonly ChangeWrite[],
  session: RegoSession | { readonly error: EngineError },
  context: EvaluatorContext,
): Promise<Evaluated> {
  if (writes.length === 0) return { found: [], notChecked: [], matched: {} }
  if ('error' in session)
    return { found: [], notChecked: [engineFailure(session.error, writes, 'Rego policies')], matched: {} }
  const open = openPolicies()
  const found: Found[] = []
  const matched: Record<string, number> = {}
  for (const [index, bundle] of context.policies.rego.entries()) {
    const loaded = session.loaded.bundles[index]
    if (loaded === undefined) continue
    const known = (file: string): Policy | undefined =>
      context.policies.policies.get(policyKey({ language: 'rego', name: file }))
    const policyOf = (file: string): Policy | undefined =>
      bundle.judges.includes(file) ? known(file) : undefined
    // What is wrong with policies of the other kind of input is said with their own bundle.
    const isOther = (file: string): boolean => known(file) !== undefined && policyOf(file) === undefined
    const modules = loaded.modules.filter(({ file }) => !isOther(file))
    const asked = sayFaults(bundle, { ...loaded, modules }, policyOf, open, writes)
    if (asked.length === 0) continue
    const inputs = bundle.combine === true ? combinedInputs(writes, context) : singleInputs(writes)
    for (const { file } of asked) matched[policyKey({ language: 'rego', name: file })] = countOf(inputs)
    const answer = await session.evaluate(index, inputs.map(toInput))
    for (const { key, error } of answer.lost) {
      const module = loaded.modules[key]
      const policy = module && policyOf(module.file)
      if (policy !== undefined) open.add(policy, codeOf(error), `is not evaluated: ${error.message}`, writes)
    }
    for (const { module, input, rule, code, message } of answer.problems) {
      const policy = policyOf(loaded.modules[module]?.file ?? '')
      // What ran out of steps once is not asked again: nothing is known of any write.
      const concerned = code === 'limit' ? writes : (inputs[input]?.writes ?? [])
      const reason = `${rule === undefined ? '' : `${rule} `}${message}`
      if (policy !== undefined)
        open.add(policy, code === 'limit' ? 'limit' : 'policy-error', reason, concerned)
    }
    for (const result of answer.results) {
      const module = loaded.modules[result.module]
      const policy = policyOf(module?.file ?? '')
      const input = inputs[result.input]
      if (module !== undefined && policy !== undefined && input !== undefined && asked.includes(module))
        found.push(regoFinding(result, module, policy, input))
    }
  }
  return { found, notChecked: open.list(), matched }
}

/** Says what cannot be asked at all, and answers what can. */
function sayFaults(
  bundle: RegoBundle,
  { modules, data }: RegoLoadResult['bundles'][number],
  policyOf: (file: string) => Policy | undefined,
  open: OpenPolicies,
  writes: readonly ChangeWrite[],
): readonly RegoModule[] {
  return modules.filter((module) => {
    const { file, fault, entries } = module
    const known = policyOf(file)
    const policy: OpenPolicy = known ?? { id: file, location: { file } }
    if (fault !== undefined) {
      open.add(withLine(policy, fault), faultCode(fault), `is not evaluated: ${fault.message}`, writes)
      return false
    }
    if (known === undefined) return false
    if (data !== undefined) {
      open.add(policy, 'policy-error', `is not evaluated: ${data}`, writes)
      return false
    }
    const reason = unaskable(module, bundle)
    if (reason !== undefined)
      open.add(policy, entries.length === 0 ? 'policy-error' : 'unsupported', reason, writes)
    return reason === undefined
  })
}

/** Why a module that compiles is not asked all the same; undefined when it is. */
export function unaskable(
  { entries, combined }: RegoModule,
  { combine }: Pick<RegoBundle, 'combine'>,
): string | undefined {
  if (entries.length === 0) return 'has no rule that conftest would ask (deny, violation, warn)'
  return combined === true && combine !== true
    ? 'reads input[i].contents, as with conftest --combine, which its policy set does not ask for (combine: true)'
    : undefined
}

function withLine({ id, location }: OpenPolicy, { line }: RegoFault): OpenPolicy {
  return line === undefined ? { id, location } : { id, location: { ...location, line } }
}

function toInput({ input, file }: JudgedInput): RegoInput {
  return { input, file }
}

function countOf(inputs: readonly JudgedInput[]): number {
  return inputs.reduce((sum, { writes }) => sum + writes.length, 0)
}
