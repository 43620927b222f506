/**
 * Whatever somebody does to a repository, merging it and taking it back are two sides of one change: what the one creates
 * the other deletes, and what the one breaks the other mends. The sample repository, mutated by seed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import type { Finding } from '../../src/model/finding.ts'
import type { Report } from '../../src/model/report.ts'
import { checkFiles, shippedEngines } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const root = join(import.meta.dirname, '../../examples/fleet/base')
const fleet = Object.fromEntries(
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [file.slice(root.length + 1), readFileSync(file, 'utf8')]),
)
// What judges is read from base, and definitions that go and come have a direction: a deleted parent deletes its children,
// and back they stand in a file by themselves (definitions-that-go.test.ts).
const manifests = Object.keys(fleet).filter((path) => /^(?:apps|charts)\/.*\.(?:ya?ml|tpl)$/.test(path))

/** What people get wrong in one line; not one that stands twice, which an update folds and a create refuses. */
const slips: readonly ((line: string) => readonly string[])[] = [
  () => [],
  (line) => [line.replace(/\d+/, (number) => String(Number(number) + 1))],
  (line) => [line.replace(/: .*$/, ': true')],
  (line) => [line.replace(/: .*$/, ': [a, b]')],
  (line) => [line.replace(/: .*$/, ': Some-Other_value')],
  (line) => [line.replace(/: .*$/, ':')],
  (line) => [line.replace(/^(\s*(?:- )?)([A-Za-z]+):/, '$1$2s:')],
  (line) => [` ${line}`],
]
const edit = fc.record({
  file: fc.constantFrom(...manifests),
  line: fc.nat(60),
  slip: fc.constantFrom(...slips),
  fate: fc.constantFrom('edited', 'edited', 'edited', 'edited', 'deleted', 'moved'),
})

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never

function edited(edits: readonly Edit[]): Record<string, string> {
  const files = { ...fleet }
  for (const { file, line, slip, fate } of edits) {
    const text = files[file]
    if (text === undefined) continue
    const lines = text.split('\n')
    const at = line % lines.length
    if (fate === 'edited') files[file] = lines.toSpliced(at, 1, ...slip(lines[at] ?? '')).join('\n')
    else Reflect.deleteProperty(files, file)
    if (fate === 'moved') files[file.replace(/(\.ya?ml)$/, '-moved$1')] = text
  }
  return files
}

const opposite = { CREATE: 'DELETE', DELETE: 'CREATE', UPDATE: 'UPDATE' } as const

/** Changes of targets that both directions can render; in one of them a rename may stand for two. */
function changesOf(report: Report, unsure: ReadonlySet<string>, back: boolean): readonly string[] {
  return report.changes
    .filter(({ target }) => !unsure.has(target))
    .map(({ target, object, operation }) =>
      JSON.stringify([target, object, back ? opposite[operation] : operation]),
    )
    .sort()
}

/** What is wrong with objects as they are. What the API server says of an update depends on what it holds already. */
function isOfOneSide({ source, rule }: Finding): boolean {
  return source === 'schema' || source === 'render' || rule === 'admission/Strict'
}

function findingsOf(
  report: Report,
  status: Finding['status'],
  unsure: ReadonlySet<string>,
): readonly string[] {
  return report.findings
    .filter((one) => one.status === status && isOfOneSide(one))
    .filter(({ targets }) => !targets.some((target) => unsure.has(target)))
    .map(({ rule, object, path, targets }) => JSON.stringify([rule, object, path, targets]))
    .sort()
}

/** Targets that one of the two sides cannot render, or that rename an object. */
function unsureOf(reports: readonly Report[]): ReadonlySet<string> {
  return new Set(
    reports.flatMap(({ targets, changes }) => [
      ...targets.filter(({ status }) => status === 'not-rendered').map(({ id }) => id),
      ...changes.filter(({ renamedFrom }) => renamedFrom !== null).map(({ target }) => target),
    ]),
  )
}

it('a change and its way back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      const head = edited(edits)
      const there = await checkFiles(fleet, head, engines)
      const back = await checkFiles(head, fleet, engines)
      const unsure = unsureOf([there, back])
      expect(changesOf(there, unsure, true)).toEqual(changesOf(back, unsure, false))
      expect(findingsOf(there, 'new', unsure)).toEqual(findingsOf(back, 'fixed', unsure))
      expect(findingsOf(back, 'new', unsure)).toEqual(findingsOf(there, 'fixed', unsure))
    }),
    { numRuns: Number(process.env['RUNS'] ?? 12), seed: Number(process.env['SEED'] ?? 7) },
  )
}, 300_000)
