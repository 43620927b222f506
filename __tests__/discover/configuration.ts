import { loadConfiguration } from '../../src/config/load.ts'
import type { ClusterConfiguration, Configuration } from '../../src/model/configuration.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'

const defaults = await loadConfiguration(memoryTree({}))

/** The defaults of an absent file, with these clusters. */
export function parseConfiguration(parts: {
  readonly clusters: readonly (Partial<ClusterConfiguration> & { readonly name: string })[]
}): Configuration {
  return {
    ...defaults,
    clusters: parts.clusters.map((cluster) => ({ paths: [], destinations: [], apiVersions: [], ...cluster })),
  }
}
