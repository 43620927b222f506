import { describe, expect, it } from 'vitest'
import { verdict } from '../../src/judge/verdict.ts'
import type { Configuration } from '../../src/model/configuration.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { NotChecked } from '../../src/model/outcome.ts'

const finding = (level: Finding['level'], status: Finding['status']): Finding => ({
  fingerprint: 'x',
  status,
  source: 'policy',
  rule: 'a/b',
  level,
  severity: 'medium',
  targets: ['a'],
  path: '',
  message: 'm',
})
const missed = (code: NotChecked['code'], targets: readonly string[]): NotChecked => ({
  what: 'x',
  code,
  reason: 'y',
  targets,
  count: 1,
})
type Gate = Configuration['gate']

const cases: readonly {
  name: string
  findings?: readonly Finding[]
  notChecked?: readonly NotChecked[]
  gate?: Gate
  incomplete?: Configuration['incomplete']
  verdict: string
}[] = [
  { name: 'nothing', verdict: 'pass' },
  { name: 'a new required finding', findings: [finding('required', 'new')], verdict: 'fail' },
  { name: 'a new mandatory finding', findings: [finding('mandatory', 'new')], verdict: 'fail' },
  { name: 'a new advisory finding', findings: [finding('advisory', 'new')], verdict: 'pass' },
  { name: 'an existing finding', findings: [finding('required', 'existing')], verdict: 'pass' },
  {
    name: 'an existing finding, gate changed',
    findings: [finding('required', 'existing')],
    gate: 'changed',
    verdict: 'fail',
  },
  {
    name: 'an existing finding, gate all',
    findings: [finding('required', 'existing')],
    gate: 'all',
    verdict: 'fail',
  },
  {
    name: 'a fixed finding, gate all',
    findings: [finding('required', 'fixed')],
    gate: 'all',
    verdict: 'pass',
  },
  {
    name: 'a touched target that was not rendered',
    notChecked: [missed('remote-source', ['a'])],
    verdict: 'incomplete',
  },
  {
    name: 'an unknown kind on a touched target',
    notChecked: [missed('unknown-kind', ['a'])],
    verdict: 'incomplete',
  },
  {
    name: 'the same as a notice',
    notChecked: [missed('unknown-kind', ['a'])],
    incomplete: 'notice',
    verdict: 'pass',
  },
  {
    name: 'a target that the change does not touch',
    notChecked: [missed('needs-cluster', ['b'])],
    verdict: 'pass',
  },
  { name: 'a policy without a binding', notChecked: [missed('policy-error', [])], verdict: 'pass' },
  {
    name: 'a violation wins over what could not be checked',
    findings: [finding('required', 'new')],
    notChecked: [missed('timeout', ['a'])],
    verdict: 'fail',
  },
]

describe('verdict', () => {
  it.each(cases)(
    '$name: $verdict',
    ({ findings = [], notChecked = [], gate = 'new', incomplete = 'fail', verdict: expected }) => {
      expect(verdict(findings, notChecked, ['a'], { gate, incomplete })).toBe(expected)
    },
  )
})
