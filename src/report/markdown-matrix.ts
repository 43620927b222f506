import { text, textInCell } from './escape.ts'
import { cellText, matrixOf, type Matrix } from './matrix.ts'
import { joinNames } from './places.ts'
import type { Section } from './section.ts'
import { plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** Applications × environments as a table; in huge reports the first rows and a count. */
export function matrixSection(view: View): Section {
  const matrix = matrixOf(view)
  if (matrix === null) return { share: 0, sizes: [() => ''] }
  return {
    share: 0.1,
    sizes: [Number.POSITIVE_INFINITY, 100, 40, 15].map((rows) => () => matrixTable(matrix, rows)),
  }
}

function matrixTable(matrix: Matrix, rows: number): string {
  const table = [
    row(['application', ...matrix.columns.map((column) => textInCell(shorten(column, 60)))]),
    row([':--', ...matrix.columns.map(() => ':-:')]),
    ...matrix.rows
      .slice(0, rows)
      .map(({ application, cells }) =>
        row([`**${textInCell(shorten(application, 100))}**`, ...cells.map(cellText)]),
      ),
  ]
  const lines = matrix.rows.length === 0 ? [] : [table.join('\n')]
  if (matrix.rows.length > rows) lines.push(`and ${plural(matrix.rows.length - rows, 'further application')}`)
  if (matrix.notRendered.length > 0)
    lines.push(`⚠️ Not rendered: ${joinNames(matrix.notRendered, (name) => text(shorten(name, 100)))}`)
  return lines.join('\n\n')
}

/** One row of a table; cells are Markdown already. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
