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
    name: 'as much of the path as it takes, where kinds are equal too',
    targets: [
      { ...rook('plain', null, 'a'), path: 'eks/hub/rook' },
      { ...rook('plain', null, 'b'), path: 'eks/spokes/rook' },
      { ...rook('plain', null, 'c'), path: 'aks/spokes/rook' },
    ],
    rows: ['aks/spokes/rook', 'eks/spokes/rook', 'hub/rook'],
  },
  {
    name: 'the name and the end of the definition’s path, where that does not end in the name',
    targets: [
      { ...rook('argocd', 'prod', 'a'), path: 'guestbook', definition: { file: 'hub/apps.yaml' } },
      { ...rook('argocd', 'prod', 'b'), path: 'guestbook', definition: { file: 'spoke/apps.yaml' } },
      rook('flux-helmrelease', 'prod', 'c'),
    ],
    rows: ['rook (HelmRelease)', 'rook (hub/apps.yaml)', 'rook (spoke/apps.yaml)'],
  },
  {
    name: 'a path that is the end of another one is told whole',
    targets: [
      { ...rook('helm', null, 'a'), path: 'rook' },
      { ...rook('helm', null, 'b'), path: 'charts/rook' },
    ],
    rows: ['charts/rook', 'rook'],
  },
  {
    name: 'ids, where paths are equal too',
    targets: [
      { ...rook('argocd', null, 'argocd/a/rook'), path: 'apps.yaml' },
      { ...rook('argocd', null, 'argocd/b/rook'), path: 'apps.yaml' },
    ],
    rows: ['argocd/a/rook', 'argocd/b/rook'],
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
