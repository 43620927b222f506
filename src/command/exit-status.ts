import type { Verdict } from '../model/report.ts'

/** What a shell sees. 3 is ours: the only one that prints a stack. */
export const exitStatus = { pass: 0, violations: 1, couldNotCheck: 2, ourFault: 3 } as const

/** Exit status of a verdict: pass 0, fail 1, incomplete 2. */
export function exitStatusOf(verdict: Verdict): number {
  switch (verdict) {
    case 'pass':
      return exitStatus.pass
    case 'fail':
      return exitStatus.violations
    case 'incomplete':
      return exitStatus.couldNotCheck
  }
}
