import type { Report } from '../model/report.ts'

/** Top-level keys in the order in which a person reads them; below, keys are sorted. Equal reports give equal bytes. */
const order = [
  'schemaVersion',
  'verdict',
  'routine',
  'gate',
  'base',
  'head',
  'counts',
  'findings',
  'destructions',
  'applications',
  'targets',
  'changes',
  'images',
  'notChecked',
  'notices',
  'policies',
  'policySources',
  'exemptions',
  'preview',
  'kubernetes',
  'definitions',
  'webhooks',
  'versions',
  'reproduce',
  'durations',
] as const satisfies readonly (keyof Report)[]

/** The report as JSON (docs/report.schema.json): stable key order, final newline. */
export function renderJson(report: Report): string {
  const ordered = Object.fromEntries(order.map((key) => [key, report[key]])) as Pick<
    Report,
    (typeof order)[number]
  >
  // Assigning to the whole contract is a compile error when the order forgets a key.
  const whole: Report = ordered
  return `${JSON.stringify(whole, sortKeys, 2)}\n`
}

/** A replacer that sorts the keys of every object but the report itself. */
function sortKeys(key: string, value: unknown): unknown {
  if (key === '' || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  // By UTF-16 units, whatever the locale. fromEntries keeps a key named __proto__ an ordinary key.
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
