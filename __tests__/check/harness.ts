import { join } from 'node:path'
import { check, type CheckInput } from '../../src/check.ts'
import { configurationNotices } from '../../src/config/changes.ts'
import { loadConfiguration } from '../../src/config/load.ts'
import type { Engines } from '../../src/engine/engines.ts'
import { createEngines } from '../../src/engine/pool.ts'
import { loadSchemas } from '../../src/judge/schema/artefact.ts'
import type { Report } from '../../src/model/report.ts'
import type { Tree } from '../../src/model/tree.ts'
import { compareTrees } from '../../src/source/changed-paths.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'

export type Files = Readonly<Record<string, string | Uint8Array>>

/** The engines that the project ships. */
export function shippedEngines(): Engines {
  return createEngines({ directory: new URL(`file://${join(import.meta.dirname, '../../dist/engines')}/`) })
}

/** The whole pipeline on two sets of files. */
export async function checkFiles(
  base: Files,
  head: Files,
  engines: Engines,
  policySets: CheckInput['policySets'] = {},
): Promise<Report> {
  const trees = [memoryTree(base, { label: 'base' }), memoryTree(head, { label: 'head' })] as const
  return await checkTrees(...trees, engines, policySets)
}

export async function checkTrees(
  base: Tree,
  head: Tree,
  engines: Engines,
  policySets: CheckInput['policySets'] = {},
): Promise<Report> {
  const configuration = await loadConfiguration(base)
  return await check({
    base,
    head,
    changed: compareTrees(base, head),
    configuration,
    engines,
    schemas: await loadSchemas(new URL('../../dist/', import.meta.url)),
    policySets,
    reproduce: 'preadmit check',
    notices: configurationNotices(base, head, configuration),
    onProgress: () => undefined,
    clock: () => performance.now(),
  })
}
