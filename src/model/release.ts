import type { DefinitionFacts } from './target.ts'

/** What of a HelmRelease moved, so that its release is no longer the one that is there. */
export type MovedRelease = 'storage' | 'namespace' | 'name' | 'chart'

/**
 * Why helm-controller uninstalls a release and installs it anew in place of an upgrade: its action.ReleaseTargetChanged,
 * in that order, and what its controller makes of another chart's name. Undefined when it upgrades.
 */
export function movedRelease(before: DefinitionFacts, after: DefinitionFacts): MovedRelease | undefined {
  const [old, now] = [before.release, after.release]
  if (old === undefined || now === undefined) return undefined
  if (old.storage !== now.storage) return 'storage'
  if (before.namespace !== after.namespace) return 'namespace'
  if (old.name !== now.name) return 'name'
  const renamed = old.chart !== undefined && now.chart !== undefined && old.chart !== now.chart
  return renamed && now.keepsRenamed !== true ? 'chart' : undefined
}
