/** Layout of plain text. A character counts as one column: names in GitOps repositories are ASCII by Kubernetes' rules. */

/** Breaks at spaces so that lines stay within the width where words allow it; further lines get the indent. */
export function wrapText(text: string, width: number, indent: string): string {
  const start = /^ */.exec(text)?.[0] ?? ''
  const lines: string[] = []
  let line = start
  for (const word of text.slice(start.length).split(' ')) {
    const empty = line.trim() === ''
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = `${indent}${word}`
    } else line = empty ? `${line}${word}` : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}

/** Left-aligned columns, two spaces between them; the first row is the heading. */
export function plainTable(rows: readonly (readonly string[])[], heading: (line: string) => string): string {
  const widths: number[] = []
  for (const cells of rows)
    for (const [i, cell] of cells.entries()) widths[i] = Math.max(widths[i] ?? 0, columnsOf(cell))
  return rows
    .map((cells, position) => {
      const line = cells
        .map((cell, i) => `${cell}${' '.repeat(Math.max(0, (widths[i] ?? 0) - columnsOf(cell)))}`)
        .join('  ')
        .trimEnd()
      return position === 0 ? heading(line) : line
    })
    .join('\n')
}

function columnsOf(cell: string): number {
  return Array.from(cell).length
}
