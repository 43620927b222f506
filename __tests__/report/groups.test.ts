import { describe, expect, it } from 'vitest'
import type { NotChecked } from '../../src/model/outcome.ts'
import type { ReportApplication } from '../../src/model/report.ts'
import { groupApplications, namesOf } from '../../src/report/application-groups.ts'
import { groupNotChecked, whatOf } from '../../src/report/not-checked-groups.ts'

describe('what was not looked at', () => {
  const entry = (what: string, more: Partial<NotChecked> = {}): NotChecked => ({
    what,
    code: 'needs-cluster',
    reason: 'asks Argo CD',
    targets: [],
    count: 1,
    ...more,
  })

  it.each<[string, readonly NotChecked[], readonly string[]]>([
    ['one reason', [entry('a'), entry('b')], ['a, b']],
    ['many names are counted', ['a', 'b', 'c', 'd', 'e'].map((name) => entry(name)), ['a, b, c and 2 more']],
    ['another reason', [entry('a'), entry('b', { reason: 'other' }), entry('c')], ['a, c', 'b']],
    ['another code', [entry('a'), entry('b', { code: 'plugin' })], ['a', 'b']],
    [
      'one release on two clusters',
      ['dev', 'prod'].map((name) => entry(name, { targets: [name], location: { file: 'release.yaml' } })),
      ['dev, prod'],
    ],
    [
      'other lines',
      [1, 2].map((line) => entry(`${line}`, { location: { file: 'a.yaml', line } })),
      ['1', '2'],
    ],
    [
      'kinds and policies of one place are all named, with how many they stand for',
      ['a', 'b', 'c', 'd', 'e'].map((name, i) => entry(name, { targets: ['t'], count: i === 1 ? 1200 : 1 })),
      ['a, b ×1,200, c, d, e'],
    ],
    ['places of their own', [entry('a', { targets: ['t'] }), entry('b', { targets: ['u'] })], ['a', 'b']],
  ])('%s', (_, entries, wanted) => {
    expect(groupNotChecked(entries).map((group) => whatOf(group, (name) => name))).toEqual(wanted)
  })
})

describe('applications', () => {
  const row = (target: string, sentence = 'is created'): ReportApplication => ({
    target,
    change: 'created',
    sentence,
    location: { file: 'set.yaml', line: 1 },
  })

  it.each<[string, readonly ReportApplication[], readonly string[]]>([
    ['one', [row('a')], ['a']],
    ['the same sentence', [row('a'), row('b', 'is gone'), row('c')], ['a, c, each', 'b']],
    ['many', ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => row(name)), ['a, b, c, d and 2 more, each']],
  ])('%s', (_, rows, wanted) => {
    expect(groupApplications(rows).map(({ targets }) => namesOf(targets))).toEqual(wanted)
  })
})
