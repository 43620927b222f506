import { policyKey, type Policy } from '../../model/policy.ts'
import { policyError, setProblem, type Collection } from './collection.ts'
import { describeEntry, type SourceContext } from './describe.ts'
import { whyNone } from './nearest-file.ts'
import { inSet, type PolicySet, type SetEntry } from './set.ts'

/** Pod Security entries become policies; entries whose file holds none are said. */
export function settleEntries(set: PolicySet, context: SourceContext, collected: Collection): void {
  for (const entry of set.policies) {
    const location = { file: set.file, line: entry.lines.entry }
    if (entry.podSecurity !== undefined) {
      const { level: standard, version } = entry.podSecurity
      // Another entry may ask for the same standard elsewhere, or at another level.
      const same = collected.podSecurity.filter((one) => one.standard === standard && one.version === version)
      const native = {
        language: 'pod-security',
        name: `${standard}:${version}${same.length === 0 ? '' : ` #${same.length + 1}`}`,
        id: entry.id,
        location,
        level: undefined,
        annotations: () => undefined,
      } as const
      // Not stated is required: a standard that a set asks for is enforced.
      const policy = describeEntry({ ...native, native }, context.source, { set, entry }, context, collected)
      const key = policyKey(policy)
      collected.policies.set(key, { ...policy, level: policy.level ?? 'required' })
      collected.podSecurity.push({ key, standard, version })
      continue
    }
    const path = inSet(set, entry.path ?? '')
    const policies = [...collected.policies.values()].filter(
      ({ location: { file }, id }) =>
        (file === path || file.startsWith(`${path}/`)) && (id === entry.id || id.startsWith(`${entry.id}/`)),
    )
    if (policies.length === 0)
      collected.failed.push(policyError(entry.id, whyNone(path, context.source.tree), location))
    if (entry.combine === true) settleCombined(set, entry, policies, collected)
  }
}

/** Only Rego can take all objects as one input: what else the entry names would be judged in another way than it says. */
function settleCombined(
  set: PolicySet,
  entry: SetEntry,
  policies: readonly Policy[],
  collected: Collection,
): void {
  const others = policies.filter(({ language }) => language !== 'rego')
  if (others.length === 0) return
  const files = [...new Set(others.map(({ location }) => location.file))].sort().join(', ')
  const message = `combine is for Rego, and ${entry.id} names ${files} too`
  const location = { file: set.file, line: entry.lines.combine }
  collected.problems.push(setProblem(`${set.name} ${entry.id} combine`, message, location))
  collected.failed.push(policyError(entry.id, message, location))
}
