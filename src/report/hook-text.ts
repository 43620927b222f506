import type { Hook } from '../model/object.ts'
import type { ReportChange } from '../model/report.ts'

/**
 * What follows a changed hook's name: `(PreSync hook)`, or nothing. A reviewer must know that it runs, that it is not kept, or that
 * no sync applies it.
 */
export function hookText({ hook, operation }: Pick<ReportChange, 'hook' | 'operation'>): string {
  if (hook === null) return ''
  const name = `${hook.events.join(', ')} hook`
  return operation === 'DELETE' ? `(${name}: no sync deletes it)` : `(${name}${suffixes[hook.fate]})`
}

const suffixes: Readonly<Record<Hook['fate'], string>> = {
  recreated: '',
  applied: '',
  'left-out': ': no sync applies it',
}
