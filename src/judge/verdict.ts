import type { Configuration } from '../model/configuration.ts'
import type { Finding } from '../model/finding.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Verdict } from '../model/report.ts'

/**
 * True for findings that fail the check under a gate; the comment and the annotations ask the same question. An
 * exemption lets a required finding pass, never a mandatory one.
 */
export function isBlocking(
  finding: Pick<Finding, 'level' | 'status' | 'exemption'>,
  gate: Configuration['gate'],
): boolean {
  if (finding.level === 'advisory' || finding.status === 'fixed') return false
  if (finding.exemption !== undefined && finding.level !== 'mandatory') return false
  return finding.status === 'new' || gate !== 'new'
}

/**
 * What the check says (docs/verdict.md): `fail` when something blocks; otherwise `incomplete` when something that the
 * change touches could not be checked and the configuration does not call that a notice; otherwise `pass`. Entries
 * without targets stand for things that the change does not touch, and are only shown.
 * @param targets ids of the targets that the change touches
 */
export function verdict(
  findings: readonly Finding[],
  notChecked: readonly NotChecked[],
  targets: readonly string[],
  configuration: Pick<Configuration, 'gate' | 'incomplete'>,
): Verdict {
  if (findings.some((finding) => isBlocking(finding, configuration.gate))) return 'fail'
  if (configuration.incomplete === 'notice') return 'pass'
  const touched = new Set(targets)
  const missed = notChecked.some((entry) => entry.targets.some((id) => touched.has(id)))
  return missed ? 'incomplete' : 'pass'
}
