import { expect, it } from 'vitest'
import { matrixOf } from '../../src/report/matrix.ts'
import { viewOf } from '../../src/report/view.ts'
import type { ReportTarget } from '../../src/model/report.ts'
import { report, target } from './fixtures/builders.ts'

const many = Array.from({ length: 9 }, (_, i) => target('other', `e${i}`, { id: `other/e${i}` }))
const rook = (kind: ReportTarget['kind'], environment: string | null, id: string): ReportTarget =>
  target('rook', environment, { kind, id })

it.each<{ name: string; targets: readonly ReportTarget[]; rows: readonly string[] }>([
  {
    name: 'a name is enough where it is the only one of its place',
    targets: [rook('flux-kustomization', 'dev', 'a'), rook('flux-helmrelease', 'prod', 'b')],
    rows: ['rook'],
  },
  {
    name: 'a HelmRelease and the Kustomization that applies it, with places as columns',
    targets: [rook('flux-kustomization', 'prod', 'a'), rook('flux-helmrelease', 'prod', 'b')],
    rows: ['rook (HelmRelease)', 'rook (Kustomization)'],
  },
  {
    name: 'the same without places',
    targets: [rook('flux-kustomization', null, 'a'), rook('flux-helmrelease', null, 'b')],
    rows: ['rook (HelmRelease)', 'rook (Kustomization)'],
  },
  {
    name: 'the same in more places than there are columns',
    targets: [
      ...many,
      rook('flux-kustomization', 'prod', 'a'),
      rook('flux-helmrelease', 'prod', 'b'),
      rook('flux-helmrelease', 'dev', 'c'),
    ],
    rows: ['rook (HelmRelease, dev)', 'rook (HelmRelease, prod)', 'rook (Kustomization, prod)'],
  },
  {
    name: 'ids, where kinds are equal too',
    targets: [rook('helm', null, 'helm/a/rook'), rook('helm', null, 'helm/b/rook')],
    rows: ['helm/a/rook', 'helm/b/rook'],
  },
])('rows of the table: $name', ({ targets, rows }) => {
  const named = matrixOf(viewOf(report({ targets })))?.rows.map(({ application }) => application) ?? []
  expect(named.filter((row) => !row.startsWith('other'))).toEqual(rows)
})

it('applications of which nothing was rendered are one line where they are many', () => {
  const idle = (count: number): readonly ReportTarget[] =>
    Array.from({ length: count }, (_, i) => target(`set-${i}`, null, { status: 'not-rendered' }))
  const shown = (targets: readonly ReportTarget[]) => {
    const made = matrixOf(viewOf(report({ targets })))
    return [made?.rows.map(({ application }) => application), made?.notRendered]
  }
  expect(shown([target('web', null), ...idle(5)])).toEqual([
    ['set-0', 'set-1', 'set-2', 'set-3', 'set-4', 'web'],
    [],
  ])
  expect(shown([target('web', null), ...idle(6)])).toEqual([
    ['web'],
    ['set-0', 'set-1', 'set-2', 'set-3', 'set-4', 'set-5'],
  ])
})
