import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withoutCommands } from '../../src/publish/log-text.ts'
import { outputsOf } from '../../src/publish/outputs.ts'
import { hostileReport } from '../report/fixtures/arbitrary.ts'
import { reports } from '../report/fixtures/reports.ts'

describe('outputs', () => {
  test('say what the report says', () => {
    expect(outputsOf(reports.fleet(), { json: '/tmp/report.json' })).toEqual({
      verdict: 'fail',
      'new-violations': '2',
      'changed-targets': '7',
      'changed-environments': 'dev,prod-eu,prod-us,staging',
      routine: 'false',
      json: '/tmp/report.json',
      markdown: '',
    })
    expect(outputsOf(reports.clean(), {})['routine']).toBe('true')
  })
  test('hold nothing that a shell could act on, whatever the repository holds', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        for (const value of Object.values(outputsOf(report, {}))) expect(value).toMatch(/^[A-Za-z0-9._,-]*$/)
      }),
    )
  })
})

describe('log', () => {
  test('commands in the text stand between the two lines that switch them off', () => {
    expect(withoutCommands('::error::x\n##[error]y', 'token').split('\n')).toEqual([
      '::stop-commands::token',
      '::error::x',
      '##[error]y',
      '::token::',
      '',
    ])
  })
})
