import type { RegoFault } from '../../../engine/api-rego.ts'
import type { PolicySource } from '../source.ts'
import type { LintProblem } from '../../../model/policy-lint.ts'
import { policyKey } from '../../../model/policy.ts'
import { faultCode } from '../rego-faults.ts'
import { openRegoBundles, unaskable } from '../rego.ts'
import { undefinedData } from './rego-data.ts'
import type { LintInput } from './lint.ts'

/** What OPA's compiler says of modules and of their data. */
export async function lintRego({ policies, engines }: LintInput): Promise<readonly LintProblem[]> {
  if (policies.rego.length === 0) return []
  const session = await openRegoBundles(policies, engines)
  if ('error' in session) return [{ level: 'error', code: 'compile', message: session.error.message }]
  return policies.rego.flatMap((bundle, index): LintProblem[] => {
    const { modules = [], data } = session.loaded.bundles[index] ?? {}
    return [
      ...undefinedData(bundle).map((problem) => ({
        ...about(problem.location?.file ?? '', policies),
        ...problem,
      })),
      ...(data === undefined ? [] : [{ level: 'error', code: 'compile', message: data } as const]),
      ...modules.flatMap((module): LintProblem[] => {
        const { file, fault } = module
        if (fault !== undefined) return [ofFault(file, fault, policies)]
        const reason = bundle.judges.includes(file) ? unaskable(module, bundle) : undefined
        return reason === undefined
          ? []
          : [{ level: 'error', code: 'compile', ...about(file, policies), message: reason }]
      }),
    ]
  })
}

function ofFault(file: string, fault: RegoFault, policies: PolicySource): LintProblem {
  const evaluable = faultCode(fault) !== 'not-evaluable'
  const { line, message } = fault
  return {
    level: evaluable ? 'error' : 'warning',
    code: evaluable ? 'compile' : 'not-evaluable',
    ...about(file, policies),
    location: { file, ...(line === undefined ? {} : { line }) },
    message,
  }
}

function about(file: string, { policies }: PolicySource): Pick<LintProblem, 'policy' | 'location'> {
  const policy = policies.get(policyKey({ language: 'rego', name: file }))
  return { location: { file }, ...(policy === undefined ? {} : { policy: policy.id }) }
}
