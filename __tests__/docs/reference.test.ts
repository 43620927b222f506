import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { freshReadme } from '../../scripts/docs.ts'
import { freshNotice } from '../../scripts/notice.ts'
import { readConfigurationFile } from '../../src/config/load.ts'

const root = join(import.meta.dirname, '../..')
const text = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  'bench/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

describe('what is generated is what the sources say', () => {
  it('README.md', async () => {
    const { current, fresh } = await freshReadme()
    expect(current).toBe(fresh)
  })
  it('NOTICE', async () => {
    expect(text('NOTICE')).toBe(await freshNotice())
  })
})

describe('what the README shows works', () => {
  const blocks = [...text('README.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')

  it('workflows parse, name the permissions they need and fetch both sides', () => {
    const workflows = blocks.filter((block) => block.includes('uses: actions/checkout'))
    expect(workflows).toHaveLength(1)
    const workflow = parse(workflows[0] ?? '') as {
      permissions: object
      jobs: Record<string, { steps: { with?: { 'fetch-depth'?: number } }[] }>
    }
    expect(workflow.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' })
    expect(workflow.jobs['preadmit']?.steps[0]?.with?.['fetch-depth']).toBe(2)
  })
  it('configurations are accepted', () => {
    const configurations = blocks.filter((block) => block.startsWith('kubernetes:'))
    expect(configurations.length).toBeGreaterThan(0)
    for (const configuration of configurations)
      expect(readConfigurationFile(configuration, 'README.md').kubernetes).toBe('1.36')
  })
})

describe('links lead somewhere', () => {
  it.each(pages)('%s', (page) => {
    const targets = [...text(page).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map((match) => match[1] ?? '')
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })
})

describe('no machine leaks into the repository', () => {
  it('lock files name no download address', () => {
    expect(text('package-lock.json')).not.toMatch(/"resolved": "http/)
  })
})
