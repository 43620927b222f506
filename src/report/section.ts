/** One part of a document in several sizes, richest first. The last one is bounded whatever the report holds. */
export interface Section {
  /** Share of the document that the part may always take; the shares of all parts stay under 1. */
  readonly share: number
  /** Empty text: the part is left out. */
  readonly sizes: readonly (() => string)[]
}

/** Length of a text in the unit of the budget. */
export type Measure = (text: string) => number

/** A part that was fitted: its text, and whether a richer one exists. */
export interface Fitted {
  readonly text: string
  readonly reduced: boolean
}

/**
 * Chooses a size of each section. Everyone first gets the richest that its share holds; what is left of the budget
 * then, but for a reserve, goes to the sections in the order given. The sum never exceeds the budget unless the poorest
 * sizes do.
 */
export function fitSections(
  sections: readonly Section[],
  budget: number,
  reserve: number,
  measure: Measure,
): readonly Fitted[] {
  const rendered = sections.map(() => new Map<number, string>())
  const at = (i: number, size: number): string => {
    const known = rendered[i]?.get(size)
    if (known !== undefined) return known
    const made = sections[i]?.sizes[size]?.() ?? ''
    rendered[i]?.set(size, made)
    return made
  }
  const chosen = sections.map((section, i) => {
    const limit = section.share * budget
    const fits = section.sizes.findIndex((_, size) => measure(at(i, size)) <= limit)
    return fits < 0 ? section.sizes.length - 1 : fits
  })
  let left = budget - reserve - chosen.reduce((sum, size, i) => sum + measure(at(i, size)), 0)
  for (const [i, size] of chosen.entries()) {
    const used = measure(at(i, size))
    for (let richer = 0; richer < size; richer += 1) {
      const more = measure(at(i, richer)) - used
      if (more > left) continue
      chosen[i] = richer
      left -= more
      break
    }
  }
  return chosen.map((size, i) => ({ text: at(i, size), reduced: size > 0 }))
}
