import type { Report } from '../model/report.ts'

/**
 * What later steps may use. Numbers, words of ours and paths that the workflow itself gave: nothing that a pull
 * request can choose reaches somebody's shell (threats.md T61).
 */
export function outputsOf(
  report: Report,
  files: { readonly json?: string | undefined; readonly markdown?: string | undefined },
): Readonly<Record<string, string>> {
  return {
    verdict: report.verdict,
    'new-violations': String(report.counts.newViolations),
    'changed-targets': String(report.counts.changedTargets),
    'changed-environments': changedEnvironments(report).join(','),
    routine: String(report.routine),
    json: files.json ?? '',
    markdown: files.markdown ?? '',
  }
}

/** Environments (or clusters) with a change, sorted. A name that is more than letters, digits, `.`, `_`, `-` is `other`. */
function changedEnvironments(report: Report): readonly string[] {
  const names = report.targets
    .filter(({ status }) => status === 'changed' || status === 'created' || status === 'deleted')
    .map((target) => target.environment ?? target.cluster ?? 'other')
    .map((name) => (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name) ? name : 'other'))
  return [...new Set(names)].sort()
}
