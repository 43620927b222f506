/** Golden comments: every fixture as the Markdown, terminal text and JSON that it becomes. `UPDATE_GOLDEN=1` rewrites. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { baseCommit, headCommit } from './fixtures/builders.ts'
import { reports } from './fixtures/reports.ts'

export const links = {
  server: 'https://github.com',
  repository: 'acme/fleet',
  baseCommit,
  headCommit,
  run: 'https://github.com/acme/fleet/actions/runs/1',
}

function golden(name: string, actual: string): void {
  const file = join(import.meta.dirname, 'golden', name)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, actual)
  expect(actual).toBe(readFileSync(file, 'utf8'))
}

describe.each(Object.keys(reports))('%s', (name) => {
  const make = reports[name as keyof typeof reports]

  test('comment', () => {
    golden(`${name}.md`, renderMarkdown(make(), { links }))
  })
  test('terminal', () => {
    golden(`${name}.txt`, renderTerminal(make(), { colors: false, width: 100 }))
  })
  test('a second rendering is the same', () => {
    expect(renderMarkdown(make(), { links })).toBe(renderMarkdown(make(), { links }))
  })
})
