import type { ReportTarget } from '../model/report.ts'
import { compareLabels } from './places.ts'
import { compareRanks, isTouched, type View } from './view.ts'

/** What a cell of the table says about one application in one place. */
export interface Cell {
  readonly created: number
  readonly updated: number
  readonly deleted: number
  readonly violations: number
  readonly broken: boolean
  readonly notRendered: boolean
  /** The application as a whole appears or goes away. */
  readonly fate: 'created' | 'deleted' | null
}

/** Applications × environments (or clusters). */
export interface Matrix {
  readonly columns: readonly string[]
  readonly rows: readonly {
    readonly application: string
    readonly production: boolean
    readonly cells: readonly (Cell | null)[]
  }[]
  /** Rows that would say nothing else, where they are many: what was not looked at has the reasons. */
  readonly notRendered: readonly string[]
}

/** Most columns of the table; a comment is about 760 pixels wide. */
const widest = 8

/** Most rows of which nothing was rendered; a set that asks the cluster can have a hundred applications. Ours. */
const mostIdle = 5

/**
 * The table of everything that changed, broke or was not rendered; null when there is nothing. Environments are the
 * columns where targets have them, else clusters. Too many columns, or none, become rows of `application (place)`.
 */
export function matrixOf(view: View): Matrix | null {
  const touched = view.report.targets.filter(isTouched)
  if (touched.length === 0) return null
  const cells = cellsOf(view)
  const labels = touched.map(view.place)
  const columns = [...new Set(labels)]
  const named = columns.filter((column) => column !== null).sort((a, b) => compareLabels(view, a, b))
  const flat = named.length === 0 || columns.length > widest
  const rowOf = (target: ReportTarget): string => {
    const { name, kind } = view.nameOf(target)
    const notes = [kind, flat ? view.place(target) : null].filter((note) => note !== null)
    return notes.length === 0 ? name : `${name} (${notes.join(', ')})`
  }
  const rows = new Map<string, Row>()
  for (const target of touched) {
    const key = rowOf(target)
    const row = rows.get(key) ?? {
      application: key,
      production: false,
      byColumn: new Map<string | null, Cell>(),
    }
    rows.set(key, {
      ...row,
      production: row.production || target.production,
      byColumn: row.byColumn.set(flat ? null : view.place(target), cells(target)),
    })
  }
  const idle = [...rows.values()].filter(({ byColumn }) => [...byColumn.values()].every(isIdle))
  const left = idle.length > mostIdle ? new Set(idle) : new Set<Row>()
  const order: (string | null)[] = flat ? [null] : [...named, ...(columns.includes(null) ? [null] : [])]
  return {
    columns: order.map((column) => column ?? (flat ? 'change' : 'elsewhere')),
    rows: [...rows.values()]
      .filter((row) => !left.has(row))
      .sort(worstFirst)
      .map(({ application, production, byColumn }) => ({
        application,
        production,
        cells: order.map((column) => byColumn.get(column) ?? null),
      })),
    notRendered: [...left].map(({ application }) => application).sort(),
  }
}

interface Row {
  readonly application: string
  readonly production: boolean
  readonly byColumn: Map<string | null, Cell>
}

function isIdle(cell: Cell): boolean {
  return cell.notRendered && cell.violations === 0 && cell.created + cell.updated + cell.deleted === 0
}

/** Violated and broken applications first, then by name. */
function worstFirst(a: Row, b: Row): number {
  const rank = ({ application, byColumn }: Row): readonly (number | string)[] => [
    [...byColumn.values()].some((cell) => cell.violations > 0 || cell.broken) ? 0 : 1,
    application,
  ]
  return compareRanks(rank(a), rank(b))
}

function cellsOf(view: View): (target: ReportTarget) => Cell {
  const operations = new Map<string, { CREATE: number; UPDATE: number; DELETE: number }>()
  for (const change of view.report.changes) {
    const counts = operations.get(change.target) ?? { CREATE: 0, UPDATE: 0, DELETE: 0 }
    operations.set(change.target, counts)
    counts[change.operation] += 1
  }
  const violations = new Map<string, number>()
  for (const finding of view.blocking)
    for (const id of finding.targets) violations.set(id, (violations.get(id) ?? 0) + 1)
  return (target) => {
    const counts = operations.get(target.id)
    return {
      created: counts?.CREATE ?? 0,
      updated: counts?.UPDATE ?? 0,
      deleted: counts?.DELETE ?? 0,
      violations: violations.get(target.id) ?? 0,
      broken: target.brokenAfter,
      notRendered: target.status === 'not-rendered' && !target.brokenAfter,
      fate: target.status === 'created' || target.status === 'deleted' ? target.status : null,
    }
  }
}

/** `❌ ~2`, `+3`, `new +3`, `not rendered`; holds no text of the repository. */
export function cellText(cell: Cell | null): string {
  if (cell === null) return ''
  const counts = [
    ...(cell.created > 0 ? [`+${cell.created}`] : []),
    ...(cell.updated > 0 ? [`~${cell.updated}`] : []),
    ...(cell.deleted > 0 ? [`−${cell.deleted}`] : []),
  ]
  return [
    ...(cell.violations > 0 ? ['❌'] : []),
    ...(cell.broken ? ['does not render'] : []),
    ...(cell.notRendered ? ['⚠️ not rendered'] : []),
    ...(cell.fate === 'created' ? ['new'] : []),
    ...(cell.fate === 'deleted' ? ['removed'] : []),
    ...counts,
  ].join(' ')
}
