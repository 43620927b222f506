import { resolve } from 'node:path'
import { readConfigurationFile } from '../config/load.ts'
import { holdsNone } from '../judge/policy/read-source.ts'
import { loadPolicies } from '../judge/policy/source.ts'
import { findSuites } from '../judge/policy/suites/find-suites.ts'
import { runNativeSuites } from '../judge/policy/suites/native-suites.ts'
import { reportTests } from '../judge/policy/suites/report-tests.ts'
import { runCases } from '../judge/policy/suites/run-cases.ts'
import type { Configuration } from '../model/configuration.ts'
import { nearestName } from '../judge/schema/messages.ts'
import type { PolicyTestReport } from '../model/policy-tests.ts'
import { renderPolicyTestsJunit, renderPolicyTestsTerminal } from '../report/policy-tests.ts'
import { directoryTree } from '../source/directory-tree.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import type { Ports } from './ports.ts'
import { withEngines } from './tools.ts'

export interface PolicyTestOptions {
  readonly kubernetes?: string
  readonly policy?: readonly string[]
  readonly format: 'terminal' | 'json' | 'junit'
  readonly verbose?: boolean
}

/** `preadmit policy test DIR`: runs the suites of a policy set on the evaluators that judge pull requests. */
export async function policyTestCommand(
  directory: string,
  options: PolicyTestOptions,
  ports: Ports,
): Promise<number> {
  return await withEngines(ports, async ({ engines }) => {
    engines.warm('admission')
    const tree = await directoryTree(resolve(ports.directory, directory), directory)
    const configuration = setConfiguration(options.kubernetes)
    const [policies, suites] = await Promise.all([
      loadPolicies(tree, configuration, engines),
      findSuites(tree, engines),
    ])
    if (policies.policies.size === 0 && policies.failed.every(({ reason }) => reason === holdsNone))
      throw new CommandError(
        'no-policies',
        `${directory} holds no policies: name the directory of a policy set`,
      )
    const wanted = options.policy
    const cases =
      wanted === undefined ? suites.cases : suites.cases.filter(({ policy }) => wanted.includes(policy))
    const asked =
      wanted === undefined
        ? policies
        : {
            ...policies,
            policies: new Map([...policies.policies].filter(([, { id }]) => wanted.includes(id))),
          }
    const { kubernetes } = configuration
    const own = await runCases({ cases, policies, engines, configuration })
    const native = await runNativeSuites(suites, tree, { policies, engines, kubernetes })
    const ids = [
      ...[...policies.policies.values()].map(({ id }) => id),
      ...native.results.map((one) => one.policy),
    ]
    for (const id of wanted ?? []) checkPolicy(id, directory, [...new Set(ids)])
    const report = reportTests({
      policies: asked,
      results: [
        ...own,
        ...native.results.filter(({ policy }) => wanted === undefined || wanted.includes(policy)),
      ],
      suiteProblems: [...suites.problems, ...native.problems],
      kubernetes,
    })
    ports.output.write(render(report, options, ports))
    return report.verdict === 'pass' ? exitStatus.pass : exitStatus.violations
  })
}

/** A run of no case would look like one in which all hold. */
function checkPolicy(wanted: string, directory: string, ids: readonly string[]): void {
  if (ids.includes(wanted)) return
  const near = nearestName(wanted, ids)
  const next =
    near === undefined ? `it has ${ids.toSorted().slice(0, 10).join(', ')}` : `did you mean ${near}?`
  throw new CommandError('unknown-policy', `--policy ${wanted}: ${directory} has no such policy: ${next}`)
}

/** The defaults, with the set as the only source of policies. A set's own directory needs no `.preadmit.yaml`. */
export function setConfiguration(kubernetes: string | undefined): Configuration {
  const configuration = readConfigurationFile('', 'defaults')
  const minor = kubernetes?.replace(/^v/, '')
  if (minor !== undefined && !/^1\.[0-9]{1,3}$/.test(minor))
    throw new CommandError('kubernetes', `--kubernetes takes a minor version such as 1.36, not ${minor}`)
  return { ...configuration, kubernetes: minor ?? configuration.kubernetes, policies: [{ path: '.' }] }
}

function render(report: PolicyTestReport, { format, verbose }: PolicyTestOptions, ports: Ports): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`
    case 'junit':
      return renderPolicyTestsJunit(report)
    case 'terminal':
      return renderPolicyTestsTerminal(report, { colors: ports.output.colors, verbose: verbose === true })
  }
}
