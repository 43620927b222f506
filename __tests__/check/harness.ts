import { join } from 'node:path'
import { check } from '../../src/check.ts'
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
export async function checkFiles(base: Files, head: Files, engines: Engines): Promise<Report> {
  return await checkTrees(memoryTree(base, { label: 'base' }), memoryTree(head, { label: 'head' }), engines)
}

export async function checkTrees(base: Tree, head: Tree, engines: Engines): Promise<Report> {
  const configuration = await loadConfiguration(base)
  return await check({
    base,
    head,
    changed: compareTrees(base, head),
    configuration,
    engines,
    schemas: await loadSchemas(new URL('../../dist/schemas.js', import.meta.url)),
    reproduce: 'preadmit check',
    notices: configurationNotices(base, head, configuration),
    onProgress: () => undefined,
    clock: () => performance.now(),
  })
}
