/** Draws that repeat: the same seed gives the same cases on every machine. */
export interface Random {
  /** True with this probability. */
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** Some of the list, each with this probability, in a random order when `shuffled`. */
  some<T>(list: readonly T[], probability: number, shuffled?: boolean): T[]
  integer(below: number): number
}

/** mulberry32: a 32-bit generator, good enough to switch options on and off. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const integer = (below: number): number => Math.floor(next() * below)
  return {
    chance: (probability) => next() < probability,
    pick: (list) => {
      const item = list[integer(list.length)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
    some(list, probability, shuffled = false) {
      const taken = list.filter(() => next() < probability)
      if (!shuffled) return taken
      for (let i = taken.length - 1; i > 0; i--) {
        const j = integer(i + 1)
        const [a, b] = [taken[i], taken[j]]
        if (a !== undefined && b !== undefined) [taken[i], taken[j]] = [b, a]
      }
      return taken
    },
    integer,
  }
}
