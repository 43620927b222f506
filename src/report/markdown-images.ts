import type { ReportImage } from '../model/report.ts'
import { codeInCell, textInCell } from './escape.ts'
import { row } from './markdown-matrix.ts'
import { describePlaces } from './places.ts'
import type { Section } from './section.ts'
import { plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** Images that move: from, to, where. */
export function imagesSection(view: View): Section {
  const { images } = view.report
  if (images.length === 0) return { share: 0, sizes: [() => ''] }
  return {
    share: 0.05,
    sizes: [Number.POSITIVE_INFINITY, 40, 10].map((rows) => () => table(view, images, rows)),
  }
}

function table(view: View, images: readonly ReportImage[], rows: number): string {
  const lines = [
    row(['image', 'from', 'to', 'in']),
    row([':--', ':--', ':--', ':--']),
    ...images
      .slice(0, rows)
      .map(({ image, from, to, targets }) =>
        row([
          codeInCell(shorten(image, 160)),
          from === null ? 'new' : codeInCell(reference(from)),
          to === null ? 'gone' : `**${codeInCell(reference(to))}**`,
          describePlaces(view, targets, textInCell),
        ]),
      ),
  ]
  if (images.length > rows) lines.push('', `and ${plural(images.length - rows, 'further image')}`)
  return lines.join('\n')
}

/** Digests to 12 digits, as tools print them; the whole one stands in the JSON. */
export function reference(value: string): string {
  return shorten(value.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/, '$1…'), 100)
}
