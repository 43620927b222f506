import { expect, it } from 'vitest'
import { applicable } from '../../../src/judge/policy/applies.ts'
import type { PolicySource } from '../../../src/judge/policy/source.ts'
import type { Level } from '../../../src/model/finding.ts'
import type { NotChecked, NotCheckedCode } from '../../../src/model/outcome.ts'
import type { Policy } from '../../../src/model/policy.ts'

const cases: readonly [name: string, level: Level | undefined, code: NotCheckedCode, targets: string[]][] = [
  ['an advisory policy that only a cluster can answer decides nothing', 'advisory', 'not-evaluable', []],
  ['a required one leaves its targets open', 'required', 'not-evaluable', ['plain/a']],
  ['one without a level of its set does, too', undefined, 'not-evaluable', ['plain/a']],
  ['a broken advisory policy is still told for its targets', 'advisory', 'policy-error', ['plain/a']],
]

it.each(cases)('%s', (_, level, code, targets) => {
  const policy: Policy = {
    id: 'acme/one',
    language: 'kyverno',
    name: 'ValidatingPolicy/one',
    severity: 'medium',
    exemptable: true,
    appliesTo: [],
    central: false,
    source: 'policies',
    location: { file: 'policies/one.yaml' },
    ...(level === undefined ? {} : { level }),
  }
  const policies = {
    policies: new Map([['kyverno ValidatingPolicy/one', policy]]),
  } as unknown as PolicySource
  const open: NotChecked = { what: policy.id, code, reason: 'x', targets: ['plain/a'], count: 1 }
  const { notChecked } = applicable(
    { found: [], notChecked: [open], matched: {} },
    { policies, targetOf: () => undefined, writes: [], pairs: [] },
  )
  expect(notChecked).toEqual([{ ...open, targets }])
})
