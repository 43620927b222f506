import { groupDifferences, type DifferenceEntry, type NoiseGroup } from './difference-groups.ts'
import { code, text } from './escape.ts'
import { differenceUnits } from './limits.ts'
import { entryLines, entryMarkdown, kindLines, type DifferenceSize } from './markdown-difference.ts'
import { joinNames } from './places.ts'
import type { Measure, Section } from './section.ts'
import { shareFairly } from './share.ts'
import { plural, shorten } from './shorten.ts'
import { displayName } from '../model/object.ts'
import type { View } from './view.ts'

export interface Differences {
  /** The list of every changed object: always there, before any difference is shown. */
  readonly list: Section
  /** The whole part with as many differences as the budget holds. `reduced`: something is listed only, or clipped. */
  readonly fill: (budget: number) => { readonly text: string; readonly reduced: boolean }
}

/** Changed objects and their differences, folded, riskiest first; equal ones once, noise in one line. */
export function differencesPart(
  view: View,
  options: { readonly measure: Measure; readonly lineUnits: number; readonly deletedBodies: boolean },
): Differences {
  const { entries, noise } = groupDifferences(view)
  if (entries.length === 0 && noise.length === 0)
    return { list: { share: 0, sizes: [() => ''] }, fill: () => ({ text: '', reduced: false }) }
  const lists = listSizes(view, entries)
  const noises = noiseLines(noise)
  const wrap = (blocks: readonly string[]): string => fold(entries, noise, [...blocks, ...noises])
  const bodies = entries.filter((entry) => hasBody(entry, options.deletedBodies))
  const size = (limit: number): DifferenceSize => ({ limit, ...options })
  const whole = (entry: DifferenceEntry): string => entryMarkdown(view, entry, size(Number.MAX_SAFE_INTEGER))

  const fill = (budget: number): { text: string; reduced: boolean } => {
    // Shares are sizes of Markdown that is not made yet, so the first try may be a little too large.
    for (let attempt = budget; attempt > differenceUnits; attempt = Math.floor(attempt * 0.9)) {
      const made = fillOnce(attempt)
      if (options.measure(made.text) <= budget) return made
    }
    const smallest = lists
      .map((list) => wrap([list(entries)]))
      .find((made) => options.measure(made) <= budget)
    return { text: smallest ?? wrap([(lists.at(-1) ?? (() => ''))(entries)]), reduced: bodies.length > 0 }
  }

  const fillOnce = (budget: number): { text: string; reduced: boolean } => {
    const frame = options.measure(wrap(['']))
    const needs = bodies.map((entry) => options.measure(whole(entry)) + 2)
    // If not all fit, the others are listed: their list is paid for before any difference.
    const all = needs.reduce((sum, need) => sum + need, 0)
    const without = entries.filter((entry) => !bodies.includes(entry))
    const listFor = (some: readonly DifferenceEntry[], limit: number): string =>
      some.length === 0
        ? ''
        : (lists.map((list) => list(some)).find((text) => options.measure(text) <= limit) ??
          lists.at(-1)?.(some) ??
          '')
    const plain = listFor(without, budget / 3)
    const room = budget - frame - options.measure(plain)
    if (all <= room) return { text: wrap([...bodies.map(whole), plain]), reduced: false }
    const list = listFor(entries, budget / 3)
    const shares = shareFairly(needs, budget - frame - options.measure(list), differenceUnits)
    const shown = bodies.flatMap((entry, i) => {
      const share = shares[i] ?? 0
      if (share === needs[i]) return [whole(entry)]
      return share > 0 ? [entryMarkdown(view, entry, size(share - 2))] : []
    })
    const served = new Set(bodies.filter((_, i) => (shares[i] ?? 0) > 0))
    const rest = entries.filter((entry) => !served.has(entry))
    const rested = listFor(rest, budget / 3)
    return {
      text: wrap([...shown, ...(rested === '' || shown.length === 0 ? [] : ['**Also changed**']), rested]),
      reduced: true,
    }
  }
  return { list: { share: 0.16, sizes: lists.map((list) => () => wrap([list(entries)])) }, fill }
}

function hasBody(entry: DifferenceEntry, deletedBodies: boolean): boolean {
  if (entry.operation === 'DELETE' && !deletedBodies) return false
  return entry.parts.some((part) => part.hunks.length > 0 || part.secretKeys.length > 0)
}

/** The object list in four sizes: a line per object, names by kind, some names by kind, counts. */
function listSizes(
  view: View,
  all: readonly DifferenceEntry[],
): readonly ((entries: readonly DifferenceEntry[]) => string)[] {
  const known = new Map(all.map((entry) => [entry, entryLines(view, entry)] as const))
  return [
    (entries) => entries.flatMap((entry) => known.get(entry) ?? []).join('\n'),
    (entries) => kindLines(entries, Number.POSITIVE_INFINITY).join('\n'),
    (entries) => kindLines(entries, 20).join('\n'),
    (entries) => kindLines(entries, 0).join('\n'),
  ]
}

/** `3 objects differ only in …: names`; at most twenty lines. */
function noiseLines(noise: readonly NoiseGroup[]): readonly string[] {
  const lines = noise.slice(0, 20).map(({ noise: sentence, objects }) => {
    const names = joinNames(
      objects.map((object) => shorten(displayName(object), 120)),
      code,
    )
    return `<sub>${plural(objects.length, 'object')} ${objects.length === 1 ? 'differs' : 'differ'} in ${text(shorten(sentence, 300))}: ${names}</sub>`
  })
  if (noise.length <= 20) return lines
  const rest = noise.slice(20).reduce((sum, group) => sum + group.objects.length, 0)
  return [...lines, `<sub>and ${plural(rest, 'object')} with other such noise</sub>`]
}

function fold(
  entries: readonly DifferenceEntry[],
  noise: readonly NoiseGroup[],
  blocks: readonly string[],
): string {
  const objects = entries.reduce((sum, entry) => sum + entry.objects.length, 0)
  const quiet = noise.reduce((sum, group) => sum + group.objects.length, 0)
  const title = [
    plural(objects + quiet, 'object'),
    ...(entries.some((entry) => entry.targets.length > 1) ? ['equal ones shown once'] : []),
  ].join(', ')
  return [
    '<details>',
    `<summary><b>Differences</b> · ${title}</summary>`,
    '',
    blocks.filter((block) => block !== '').join('\n\n'),
    '',
    '</details>',
  ].join('\n')
}
