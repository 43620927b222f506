import colors from 'picocolors'
import type { LintProblem, PolicyLintReport } from '../model/policy-lint.ts'
import { visible } from './escape.ts'
import { number, plural } from './shorten.ts'

/** For a terminal: a block for each policy that has a problem, the costs when asked for, and the sum. */
export function renderPolicyLintTerminal(
  report: PolicyLintReport,
  options: { readonly colors: boolean; readonly verbose: boolean },
): string {
  const paint = colors.createColors(options.colors)
  const lines = report.problems.flatMap((problem) => {
    const name = problem.level === 'error' ? paint.red('error') : paint.yellow('warning')
    return [
      `${name}  ${subject(problem)}  ${paint.dim(place(problem))}`,
      `  ${problem.code}: ${visible(problem.message)}`,
    ]
  })
  if (options.verbose && report.costs.length > 0) {
    lines.push('', 'What expressions cost at most, in CEL units:')
    for (const { policy, field, kind, maximum, limit } of report.costs) {
      // Where a size is not known the estimator takes the largest that there is, and no number here is exact.
      const bounded = maximum !== null && maximum <= Number.MAX_SAFE_INTEGER
      const cost = bounded ? number(maximum) : 'unbounded'
      lines.push(
        `  ${cost} of ${number(limit)}  ${visible(policy)} ${visible(field)}${kind === undefined ? '' : ` (${visible(kind)})`}`,
      )
    }
  }
  return [...lines, ...(lines.length === 0 ? [] : ['']), sum(report), ''].join('\n')
}

function subject({ policy }: LintProblem): string {
  return policy === undefined ? 'the set' : visible(policy)
}

function place({ location, kubernetes }: LintProblem): string {
  const where =
    location === undefined
      ? ''
      : visible(location.line === undefined ? location.file : `${location.file}:${location.line}`)
  const when = kubernetes === undefined ? '' : `at ${kubernetes.join(', ')}`
  return [where, when].filter((text) => text !== '').join('  ')
}

function sum({ policies, problems, kubernetes }: PolicyLintReport): string {
  const errors = problems.filter(({ level }) => level === 'error').length
  return [
    `${plural(policies, 'policy', 'policies')} at Kubernetes ${kubernetes.join(', ')}`,
    plural(errors, 'error'),
    plural(problems.length - errors, 'warning'),
  ].join(' · ')
}
