import { displayName } from '../model/object.ts'
import type { DifferenceEntry, DifferencePart } from './difference-groups.ts'
import { code, codeInCell, fence, text, visibleLines } from './escape.ts'
import { hookText } from './hook-text.ts'
import { row } from './markdown-matrix.ts'
import { describePlaces, joinNames } from './places.ts'
import type { Measure } from './section.ts'
import { plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

const verbs = { CREATE: 'new', UPDATE: '', DELETE: 'deleted' } as const
const signs = { CREATE: '+', UPDATE: '~', DELETE: '−' } as const

/** How much of an entry is shown: a limit of one line, and what a whole entry may take. */
export interface DifferenceSize {
  readonly limit: number
  readonly lineUnits: number
  readonly measure: Measure
  /** Bodies of deleted objects are in the base already: shown in the summary, not in the comment. */
  readonly deletedBodies: boolean
}

/** Heading and difference of one entry. Never longer than the limit unless the headings alone are. */
export function entryMarkdown(view: View, entry: DifferenceEntry, size: DifferenceSize): string {
  const [heading, ...rest] = headings(view, entry)
  const blocks: string[] = heading === undefined ? [] : [`#### ${heading}`]
  let left = size.limit - size.measure(blocks.join('')) - reserve
  for (const [i, part] of entry.parts.entries()) {
    const lead = i === 0 ? undefined : rest[i - 1]
    if (lead !== undefined) blocks.push(`##### ${lead}`)
    left -= lead === undefined ? 0 : size.measure(lead) + 8
    if (part.secretKeys.length > 0) {
      const table = keyTable(part)
      blocks.push(table)
      left -= size.measure(table) + 2
    }
    if (part.hunks.length === 0 || (entry.operation === 'DELETE' && !size.deletedBodies)) continue
    const clipped = clip(part.hunks, left, size)
    left -= size.measure(clipped) + 2
    blocks.push(clipped)
  }
  return blocks.join('\n\n')
}

/** Units kept for fences, blank lines and the sentence about what was left out. */
const reserve = 120

/** The first heading, then one for each further part. */
function headings(view: View, entry: DifferenceEntry): readonly string[] {
  const where = (part: DifferencePart | undefined): string =>
    describePlaces(view, part?.targets ?? entry.targets, text)
  const [first, ...others] = entry.parts
  const shared = first?.targets.length === entry.targets.length
  const rest = others.map((part) => `…${shared ? 'and only in' : 'in'} ${where(part)}`)
  const [object, ...more] = entry.objects
  if (object === undefined) return rest
  const verb = verbs[entry.operation]
  if (more.length > 0) {
    const names = entry.objects.map(({ identity }) => displayName(identity))
    return [
      `${plural(entry.objects.length, 'object')}, the same difference: ${joinNames(names, code)}`,
      ...rest,
    ]
  }
  const renamed = object.renamedFrom === null ? '' : `, was ${code(object.renamedFrom.name)}`
  const places =
    (first?.targets.length ?? entry.targets.length) > 1 ? `the same in ${where(first)}` : where(first)
  return [
    `${named(code(displayName(object.identity)), { ...entry, ...object })} — ${[places, ...(verb === '' ? [] : [verb])].join(', ')}${renamed}`,
    ...rest,
  ]
}

/** An object's name, with what must be known of a hook. */
function named(name: string, change: Parameters<typeof hookText>[0]): string {
  const hook = hookText(change)
  return hook === '' ? name : `${name} ${text(shorten(hook, 120))}`
}

/** Whole hunks as long as they fit, then whole lines, then a sentence: never a cut inside a fence. */
function clip(hunks: readonly string[], limit: number, { lineUnits, measure }: DifferenceSize): string {
  const lines = hunks.flatMap((hunk) => hunk.split('\n').map((line) => shorten(line, lineUnits)))
  let used = 0
  let shown = 0
  for (const line of lines) {
    // Hidden characters grow when they are made visible: measure what will be printed.
    used += measure(visibleLines(line)) + 1
    if (used > limit) break
    shown += 1
  }
  if (shown === lines.length) return fence(lines.join('\n'), 'diff')
  const left = plural(lines.length - shown, 'more line', 'more lines')
  return shown === 0 ? `*${left}*` : `${fence(lines.slice(0, shown).join('\n'), 'diff')}\n*… ${left}*`
}

/** Keys of a Secret and what happened to them; never a value. */
function keyTable(part: DifferencePart): string {
  const said = { added: 'added', removed: 'removed', changed: 'value changed' } as const
  return [
    row(['key', '']),
    row([':--', ':--']),
    ...part.secretKeys.map(({ key, change }) => row([codeInCell(shorten(key, 200)), said[change]])),
  ].join('\n')
}

/** One line per object, for what is not shown. */
export function entryLines(view: View, entry: DifferenceEntry): readonly string[] {
  return entry.objects.map(({ identity, hook, targets }) => {
    const name = named(code(shorten(displayName(identity), 300)), { ...entry, hook })
    return `- ${signs[entry.operation]} ${name} — ${describePlaces(view, targets, text)}`
  })
}

/** Objects by operation and kind, with at most `names` names each; at most forty kinds. */
export function kindLines(entries: readonly DifferenceEntry[], names: number): readonly string[] {
  const kinds = new Map<string, { start: string; names: string[] }>()
  for (const entry of entries) {
    for (const { identity } of entry.objects) {
      const key = `${entry.operation}\n${identity.group}\n${identity.kind}`
      const kind = kinds.get(key) ?? {
        start: `${signs[entry.operation]} ${code(shorten(identity.kind, 80))}`,
        names: [],
      }
      kinds.set(key, kind)
      kind.names.push(identity.namespace === '' ? identity.name : `${identity.namespace}/${identity.name}`)
    }
  }
  const lines = [...kinds.values()].map(({ start, names: all }) => {
    if (names === 0) return `- ${start} ×${all.length}`
    const shown = all.slice(0, names).map((name) => code(shorten(name, 120)))
    const rest = all.length > names ? ` and ${plural(all.length - names, 'more', 'more')}` : ''
    return `- ${start} ×${all.length}: ${shown.join(', ')}${rest}`
  })
  if (lines.length <= 40) return lines
  return [...lines.slice(0, 40), `- and ${plural(lines.length - 40, 'further kind')}`]
}
