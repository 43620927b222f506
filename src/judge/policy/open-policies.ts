import type { NotChecked } from '../../model/outcome.ts'
import type { Policy } from '../../model/policy.ts'
import { targetsOf } from '../not-checked.ts'
import type { ChangeWrite } from '../writes.ts'

/** Gathers what policies left open: one entry for each policy, code and reason, with the writes that it concerns. */
export interface OpenPolicies {
  add(policy: OpenPolicy, code: NotChecked['code'], reason: string, writes: readonly ChangeWrite[]): void
  list(): NotChecked[]
}

/** As much of a policy as an entry needs; a library that no set names has no more. */
export type OpenPolicy = Pick<Policy, 'id' | 'location'>

export function openPolicies(): OpenPolicies {
  const entries = new Map<
    string,
    { policy: OpenPolicy; code: NotChecked['code']; reason: string; writes: Set<ChangeWrite> }
  >()
  return {
    add(policy, code, reason, writes) {
      const key = JSON.stringify([policy.id, code, reason])
      const entry = entries.get(key) ?? { policy, code, reason, writes: new Set<ChangeWrite>() }
      for (const write of writes) entry.writes.add(write)
      entries.set(key, entry)
    },
    list: () =>
      [...entries.values()].map(({ policy, code, reason, writes }) => ({
        what: policy.id,
        code,
        reason,
        targets: targetsOf([...writes]),
        location: policy.location,
        count: Math.max(1, writes.size),
      })),
  }
}
