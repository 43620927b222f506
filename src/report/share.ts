/**
 * Divides what is left of a document among texts of different sizes, in order of risk: everyone gets the same, who
 * needs less gives the rest back. When the same would be too little to be of use, the last in the order go without,
 * until it is enough. The sum never exceeds the budget.
 *
 * @param needs what each would take whole
 * @param least what is the least worth giving; smaller needs are always worth it
 */
export function shareFairly(needs: readonly number[], budget: number, least: number): readonly number[] {
  // Every candidate takes at least its need or `least`: more candidates than that cannot be served at all.
  let served = needs.length
  let minimum = needs.reduce((sum, need) => sum + Math.min(need, least), 0)
  while (served > 0 && minimum > budget) {
    served -= 1
    minimum -= Math.min(needs[served] ?? 0, least)
  }
  const level = waterLevel(needs.slice(0, served), budget)
  return needs.map((need, i) => (i < served ? Math.min(need, level) : 0))
}

/** The largest level at which the sum of min(need, level) stays within the budget. */
function waterLevel(needs: readonly number[], budget: number): number {
  const sorted = [...needs].sort((a, b) => a - b)
  let left = budget
  for (const [i, need] of sorted.entries()) {
    const each = Math.floor(left / (sorted.length - i))
    if (need > each) return each
    left -= need
  }
  return Number.MAX_SAFE_INTEGER
}
