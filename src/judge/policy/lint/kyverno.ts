import type { LintProblem } from '../../../model/policy-lint.ts'
import { readKyverno, type KyvernoPolicy } from '../kyverno-documents.ts'
import type { LintInput } from './lint.ts'

/** What Kyverno's own compiler says of its policies; what is not evaluated is a warning with its reason. */
export async function lintKyverno({ policies, engines }: LintInput): Promise<readonly LintProblem[]> {
  const { evaluable, exceptions, invalid, notChecked } = readKyverno(policies)
  const problems = [...invalid, ...notChecked].map(({ what, code, reason, location }): LintProblem => ({
    level: code === 'not-evaluable' ? 'warning' : 'error',
    code: code === 'not-evaluable' ? 'not-evaluable' : 'compile',
    policy: what,
    message: reason,
    ...(location === undefined ? {} : { location }),
  }))
  if (evaluable.length === 0 && exceptions.length === 0) return problems
  const session = await engines.kyverno.open({
    policies: evaluable.map(({ object }) => object),
    exceptions: exceptions.map(({ object }) => object),
  })
  if ('error' in session)
    return [...problems, { level: 'error', code: 'compile', message: session.error.message }]
  const { loaded } = session
  return [
    ...problems,
    ...evaluable.flatMap((one, index): LintProblem[] => {
      const { problem, unknown = [], rules = [] } = loaded.policies[index] ?? {}
      return [
        ...(problem === undefined ? [] : [compile(one, readable(problem))]),
        ...unknown.map((message) => compile(one, message)),
        ...rules.flatMap(({ name, reason }): LintProblem[] =>
          reason === undefined
            ? []
            : [
                {
                  ...about(one),
                  level: 'warning',
                  code: 'not-evaluable',
                  message: `rule ${name}: ${reason}`,
                },
              ],
        ),
      ]
    }),
    ...Object.entries(loaded.exceptions ?? {}).flatMap(([index, message]): LintProblem[] => {
      const exception = exceptions[Number(index)]
      return exception === undefined
        ? []
        : [
            {
              level: 'error',
              code: 'compile',
              policy: exception.name,
              message,
              location: exception.location,
            },
          ]
    }),
  ]
}

function about({ policy: { id, location } }: KyvernoPolicy): Pick<LintProblem, 'policy' | 'location'> {
  return { policy: id, location }
}

function compile(policy: KyvernoPolicy, message: string): LintProblem {
  const [, field] = /^(?:unknown field ")?(spec(?:\.\w+|\[\d+\])+)/.exec(message) ?? []
  return {
    ...about(policy),
    level: 'error',
    code: 'compile',
    message,
    ...(field === undefined ? {} : { field }),
  }
}

/** Kyverno wraps what is wrong with a field in the error of its compiler. */
function readable(problem: string): string {
  return problem
    .replace(/^\[?<nil>: Internal error: /, '')
    .replace(/^validating policy compiler \S+ error: failed to compile policy, /, '')
    .replace(/\]$/, '')
}
