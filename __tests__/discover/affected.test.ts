import { describe, expect, it } from 'vitest'
import { affected } from '../../src/discover/affected.ts'
import type { Target } from '../../src/model/target.ts'

const target = (id: string, parts: Partial<Target> = {}): Target => ({
  id,
  kind: 'plain',
  name: id,
  path: id,
  sync: { prune: 'unknown', serverSide: false, automatic: 'unknown' },
  plan: { tool: 'manifests', files: [], rules: 'plain' },
  inputs: { files: [], directories: [] },
  ...parts,
})
const reads = (id: string, files: readonly string[], directories: readonly string[] = []): Target =>
  target(id, { inputs: { files, directories } })
const discovery = (...targets: Target[]) => ({ targets, notChecked: [] })
const change = (...paths: string[]) => paths.map((path) => ({ path, change: 'modified' as const }))
const none = (reason: string): Target =>
  target('a', {
    plan: { tool: 'none', reason: { what: 'a', code: 'remote-source', reason, targets: [], count: 1 } },
  })

const substituted = (colour: string, file: string): Target =>
  target('a', {
    plan: {
      tool: 'kustomize',
      root: 'a',
      order: 'none',
      loadRestrictions: 'none',
      enableHelm: false,
      substitute: {
        variables: { colour },
        missing: [],
        places: { colour: { file, kind: 'ConfigMap', name: 'vars', path: ['data', 'colour'] } },
      },
    },
  })

const cases: readonly {
  name: string
  before: readonly Target[]
  after: readonly Target[]
  changed: readonly string[]
  touched: Readonly<Record<string, readonly string[]>>
}[] = [
  { name: 'nothing', before: [target('a')], after: [target('a')], changed: ['b'], touched: {} },
  {
    name: 'a file',
    before: [reads('a', ['x'])],
    after: [reads('a', ['x'])],
    changed: ['x'],
    touched: { a: ['inputs'] },
  },
  {
    name: 'a directory, and not its namesake',
    before: [reads('a', [], ['apps/foo']), reads('b', [], ['apps/foo-bar'])],
    after: [reads('a', [], ['apps/foo']), reads('b', [], ['apps/foo-bar'])],
    changed: ['apps/foo/deep/x'],
    touched: { a: ['inputs'] },
  },
  {
    name: 'an input of the base side only',
    before: [reads('a', ['gone'])],
    after: [reads('a', [])],
    changed: ['gone'],
    touched: { a: ['inputs'] },
  },
  {
    name: 'a second change in a directory that was seen already',
    before: [reads('a', ['d/two'])],
    after: [reads('a', ['d/two'])],
    changed: ['d/one', 'd/two'],
    touched: { a: ['inputs'] },
  },
  {
    name: 'the root directory reads everything',
    before: [reads('a', [], [''])],
    after: [reads('a', [], [''])],
    changed: ['x/y'],
    touched: { a: ['inputs'] },
  },
  { name: 'created', before: [], after: [target('a')], changed: [], touched: { a: ['created'] } },
  { name: 'deleted', before: [target('a')], after: [], changed: [], touched: { a: ['deleted'] } },
  {
    name: 'synced otherwise',
    before: [target('a')],
    after: [target('a', { sync: { prune: true, serverSide: false, automatic: true } })],
    changed: [],
    touched: { a: ['definition'] },
  },
  {
    name: 'another namespace, and a file',
    before: [reads('a', ['x'])],
    after: [{ ...reads('a', ['x']), namespace: 'n' }],
    changed: ['x'],
    touched: { a: ['definition', 'inputs'] },
  },
  {
    name: 'a definition that only moved in its file',
    before: [none('chart of f.yaml, line 3, is remote')],
    after: [none('chart of f.yaml, line 9, is remote')],
    changed: [],
    touched: {},
  },
  {
    name: 'a variable that another file holds now',
    before: [substituted('blue', 'vars.yaml')],
    after: [substituted('blue', 'renamed.yaml')],
    changed: ['vars.yaml', 'renamed.yaml'],
    touched: {},
  },
  {
    name: 'another value of a variable',
    before: [substituted('blue', 'vars.yaml')],
    after: [substituted('green', 'vars.yaml')],
    changed: [],
    touched: { a: ['definition'] },
  },
  {
    name: 'another version of a remote chart',
    before: [none('chart 1.0.0')],
    after: [none('chart 1.1.0')],
    changed: [],
    touched: { a: ['definition'] },
  },
]

describe('what a change touches', () => {
  it.each(cases)('$name', ({ before, after, changed, touched }) => {
    const found = affected(discovery(...before), discovery(...after), change(...changed))
    expect(Object.fromEntries(found.map(({ id, because }) => [id, because]))).toEqual(touched)
  })

  it('5,000 targets and 5,000 changes take no product of both', () => {
    const targets = Array.from({ length: 5000 }, (_, i) => reads(`t${i}`, [`f${i}/x`], [`d${i}`]))
    const changed = change(...Array.from({ length: 5000 }, (_, i) => `e${i}/deep/down/x`))
    const started = performance.now()
    expect(affected(discovery(...targets), discovery(...targets), changed)).toEqual([])
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
