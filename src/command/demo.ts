import { configurationNotices } from '../config/changes.ts'
import { loadConfiguration } from '../config/load.ts'
import { directoryTree } from '../source/directory-tree.ts'
import { checkSides } from './check.ts'
import type { Ports } from './ports.ts'
import { withEngines } from './tools.ts'
import type { ReportOptions } from './write-report.ts'

export type DemoOptions = ReportOptions

/** `preadmit demo`: the main job on the sample that comes with preadmit, two folders instead of two commits. */
export async function demoCommand(options: DemoOptions, ports: Ports): Promise<number> {
  return await withEngines(ports, async (tools) => {
    const [base, head] = await Promise.all([
      directoryTree(new URL('base/', ports.sample), 'main'),
      directoryTree(new URL('head/', ports.sample), 'pull request'),
    ])
    const configuration = await loadConfiguration(base)
    const notices = configurationNotices(base, head, configuration)
    const sides = { base, head, configuration, notices, reproduce: 'preadmit demo' }
    return await checkSides(sides, tools, options, ports)
  })
}
