import type { Judgement } from './judgement.ts'
import type { NotChecked } from '../model/outcome.ts'

/**
 * Targets that are rendered only so that policies find their objects decide nothing: that one of them does not render is
 * told as not looked at, whatever the gate is. Findings that touched targets share stay.
 * @param untouched ids of targets
 */
export function withoutUntouched(judgement: Judgement, untouched: ReadonlySet<string>): Judgement {
  const isUntouched = ({ source, targets }: Judgement['findings'][number]): boolean =>
    source === 'render' && targets.every((id) => untouched.has(id))
  const open = judgement.findings.filter((finding) => isUntouched(finding) && finding.status !== 'fixed')
  return {
    ...judgement,
    findings: judgement.findings.filter((finding) => !isUntouched(finding)),
    notChecked: [
      ...judgement.notChecked,
      ...open.flatMap(({ targets, message, location }): NotChecked[] =>
        targets.map((what) => ({
          what,
          code: 'render-failed',
          reason: message,
          targets: [what],
          count: 1,
          ...(location === undefined ? {} : { location }),
        })),
      ),
    ],
  }
}
