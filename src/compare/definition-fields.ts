import { isJsonObject, type Json } from '../model/json.ts'
import type { Target } from '../model/target.ts'
import { equalJson } from './equal.ts'

/** Fields that rows of their own tell about, whatever the tool. */
const toldElsewhere: readonly string[] = [
  'metadata.finalizers',
  'spec.destination',
  'spec.project',
  'spec.syncPolicy.automated',
  'spec.syncPolicy.syncOptions',
  'spec.syncPolicy.retry.limit',
  'spec.ignoreDifferences',
  'spec.sourceHydrator.hydrateTo',
  'spec.sourceHydrator.syncSource.targetBranch',
  'spec.suspend',
  'spec.prune',
  'spec.wait',
  'spec.force',
  'spec.deletionPolicy',
  'spec.dependsOn',
  'spec.targetNamespace',
  'spec.releaseName',
  'spec.storageNamespace',
  'spec.driftDetection',
  'spec.install.crds',
  'spec.upgrade.crds',
]

/** Fields that only say what is rendered: where the objects change, those tell. */
const rendering: readonly string[] = [
  'spec.source',
  'spec.sources',
  'spec.sourceHydrator.drySource',
  'spec.path',
  'spec.sourceRef',
  'spec.patches',
  'spec.images',
  'spec.components',
  'spec.ignoreMissingComponents',
  'spec.namePrefix',
  'spec.nameSuffix',
  'spec.postBuild',
  'spec.commonMetadata',
  'spec.chart',
  'spec.chartRef',
  'spec.values',
  'spec.valuesFrom',
  'spec.postRenderers',
]

/** Fields that a sentence lists before it counts. */
const listed = 6

/**
 * Names of the fields in which a definition changed and of which nothing else tells: health checks, accounts, intervals,
 * and sources where the objects stay as they are. Values are left out, since any of them may be a secret.
 */
export function changedFields(old: Target, now: Target, rendered: boolean): string {
  const paths = differing(old.manifest ?? {}, now.manifest ?? {}, [])
    .map((steps) => steps.join('.'))
    .filter((path) => !isBelow(path, toldElsewhere) && !(rendered && isBelow(path, rendering)))
  if (paths.length === 0) return ''
  const more = paths.length - listed
  return `${paths.slice(0, listed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Paths of the deepest objects' members that differ, sorted; lists differ as a whole. */
function differing(old: Json, now: Json, steps: readonly string[]): readonly (readonly string[])[] {
  if (equalJson(old, now)) return []
  if (!isJsonObject(old) || !isJsonObject(now)) return [steps]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .sort()
    .flatMap((key) => differing(old[key] ?? null, now[key] ?? null, [...steps, key]))
}

function isBelow(path: string, fields: readonly string[]): boolean {
  return fields.some((field) => path === field || path.startsWith(`${field}.`))
}
