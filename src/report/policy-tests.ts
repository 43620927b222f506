import colors from 'picocolors'
import type { Location } from '../model/location.ts'
import type { PolicyTestReport, TestedCase, TestedPolicy } from '../model/policy-tests.ts'
import { visible } from './escape.ts'
import { plural } from './shorten.ts'
import { element, type Xml } from './xml.ts'

/** Outcome of a case that its own suite leaves out. */
const notRun = 'not run'

/** For a terminal: what does not hold, what nobody tests, and the sum. */
export function renderPolicyTestsTerminal(
  report: PolicyTestReport,
  options: { readonly colors: boolean; readonly verbose: boolean },
): string {
  const paint = colors.createColors(options.colors)
  const lines: string[] = []
  for (const { id, location, cases, untested } of report.policies) {
    const failed = cases.filter(({ problem }) => problem !== null)
    const holds = failed.length === 0 && untested.length === 0
    if (holds && !options.verbose) continue
    lines.push(
      `${holds ? paint.green('ok') : paint.red('FAIL')}  ${visible(id)}  ${paint.dim(place(location))}`,
    )
    for (const one of options.verbose ? cases : failed) lines.push(...caseLines(one, paint))
    for (const missing of untested) lines.push(`      ${paint.red('x')} ${missing} is missing`)
  }
  for (const { message, location } of report.problems)
    lines.push(
      `${paint.red('FAIL')}  ${visible(message)}${location === undefined ? '' : `  ${paint.dim(place(location))}`}`,
    )
  return [...lines, ...(lines.length === 0 ? [] : ['']), sum(report), ''].join('\n')
}

function caseLines(one: TestedCase, paint: ReturnType<typeof colors.createColors>): string[] {
  const mark = one.problem !== null ? paint.red('x') : one.outcome === notRun ? '-' : paint.green('✓')
  const head = `      ${mark} ${visible(one.name)}`
  if (one.problem === null) return [head]
  return [
    `${head}  ${paint.dim(place(one.location))}`,
    `        ${visible(one.problem)}`,
    ...one.messages.map((message) => `        it said: ${visible(message)}`),
  ]
}

function sum({ policies, problems, kubernetes }: PolicyTestReport): string {
  const cases = policies.flatMap((policy) => policy.cases)
  const failed = cases.filter(({ problem }) => problem !== null).length
  const left = cases.filter(({ outcome }) => outcome === notRun).length
  const untested = policies.filter((policy) => policy.untested.length > 0).length
  return [
    `${plural(cases.length, 'case')} of ${policies.length} ${policies.length === 1 ? 'policy' : 'policies'} at Kubernetes ${kubernetes}`,
    cases.length === 0
      ? 'nothing ran'
      : failed === 0
        ? 'all hold'
        : `${failed} ${failed === 1 ? 'does' : 'do'} not hold`,
    ...(left === 0 ? [] : [`${left} not run, as ${left === 1 ? 'its suite says' : 'their suites say'}`]),
    ...(untested === 0 ? [] : [`${untested} without a passing and a failing case`]),
    ...(problems.length === 0 ? [] : [plural(problems.length, 'problem')]),
  ].join(' · ')
}

/** JUnit XML: a suite for each policy. A missing case is a failure, like one that does not hold. */
export function renderPolicyTestsJunit({ policies, problems }: PolicyTestReport): string {
  const suites = policies.map((policy) =>
    element(
      'testsuite',
      {
        name: policy.id,
        tests: policy.cases.length + policy.untested.length,
        failures: policy.cases.filter(({ problem }) => problem !== null).length + policy.untested.length,
        errors: 0,
        skipped: policy.cases.filter(({ outcome }) => outcome === notRun).length,
        time: 0,
      },
      [
        ...policy.cases.map((one) => testCase(policy, one)),
        ...policy.untested.map((one) => missing(policy, one)),
      ],
    ),
  )
  const set =
    problems.length === 0
      ? []
      : [
          element(
            'testsuite',
            { name: 'set', tests: problems.length, failures: 0, errors: problems.length, time: 0 },
            problems.map(({ message, location }) =>
              element('testcase', { name: message, classname: 'set', file: location?.file ?? '', time: 0 }, [
                element('error', { message, type: 'set' }, []),
              ]),
            ),
          ),
        ]
  const root = element('testsuites', { name: 'preadmit policy test' }, [...suites, ...set])
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.join('\n')}\n`
}

function testCase({ id }: TestedPolicy, { name, location, outcome, problem, messages }: TestedCase): Xml {
  const children =
    problem === null
      ? outcome === notRun
        ? [element('skipped', { message: 'the suite leaves it out' }, [])]
        : []
      : [
          element(
            'failure',
            { message: problem, type: 'case' },
            [problem, place(location), ...messages].join('\n'),
          ),
        ]
  return element('testcase', { name, classname: id, file: location.file, time: 0 }, children)
}

function missing({ id, location }: TestedPolicy, what: string): Xml {
  const message = `${what} is missing`
  return element('testcase', { name: message, classname: id, file: location.file, time: 0 }, [
    element('failure', { message, type: 'untested' }, []),
  ])
}

function place({ file, line }: Location): string {
  return visible(line === undefined ? file : `${file}:${line}`)
}
