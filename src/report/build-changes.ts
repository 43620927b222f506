import { unifiedHunks } from '../compare/hunks.ts'
import { generatedNames, noiseOf } from '../compare/noise.ts'
import { secretKeys, type SecretVault } from '../compare/secrets.ts'
import type { Change } from '../model/change.ts'
import { identityKey } from '../model/object.ts'
import type { ReportChange } from '../model/report.ts'

/** What changes, masked; sorted by target and object. Objects without a change are left out. */
export function reportChanges(changes: readonly Change[], vault: SecretVault): readonly ReportChange[] {
  const names = generatedNames(changes)
  return changes
    .flatMap((change): readonly ReportChange[] => {
      if (change.operation === 'NONE') return []
      const file = (change.new ?? change.old)?.origin.file
      const noise = noiseOf(change, names)
      return [
        {
          target: change.target,
          object: change.identity,
          operation: change.operation,
          renamedFrom: change.renamedFrom ?? null,
          hook: (change.new ?? change.old)?.hook ?? null,
          location: file === undefined ? null : { file },
          differences: vault.maskDifferences(change),
          hunks: unifiedHunks(change, vault),
          secretKeys: secretKeys(change, vault),
          noise: noise === null ? null : vault.maskText(noise),
        },
      ]
    })
    .sort(
      (a, b) => compareText(a.target, b.target) || compareText(identityKey(a.object), identityKey(b.object)),
    )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
