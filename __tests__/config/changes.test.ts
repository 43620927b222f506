import { describe, expect, it } from 'vitest'
import { configurationNotices } from '../../src/config/changes.ts'
import { loadConfiguration } from '../../src/config/load.ts'
import { memoryTree, type MemoryEntry } from '../../src/source/memory-tree.ts'

type Files = Record<string, MemoryEntry>
const config = 'policies: [{path: policies}]\nschemas: {locations: ["schemas/{{ .ResourceKind }}.json"]}\n'
const base: Files = {
  '.preadmit.yaml': config,
  'policies/a.yaml': 'a',
  'policies/b.yaml': 'b',
  'policies-old/c.yaml': 'c',
  'schemas/foo.json': '{}',
  'apps/x.yaml': 'x',
}
const without = (path: string): Files =>
  Object.fromEntries(Object.entries(base).filter(([key]) => key !== path))

const notices = async (
  before: Files,
  after: Files,
  file?: { name: string; text: string },
): Promise<readonly string[]> => {
  const tree = memoryTree(before)
  return configurationNotices(tree, memoryTree(after), await loadConfiguration(tree, file))
}

describe('configurationNotices', () => {
  it.each<[name: string, before: Files, after: Files, expected: RegExp[]]>([
    ['nothing that judges changed', base, { ...base, 'apps/x.yaml': 'y', 'policies-old/c.yaml': 'd' }, []],
    [
      'the configuration is edited',
      base,
      { ...base, '.preadmit.yaml': `${config}gate: all` },
      [
        /^This change edits `\.preadmit\.yaml`: that takes effect after the merge; the configuration of the base judged it\.$/,
      ],
    ],
    ['it is broken', base, { ...base, '.preadmit.yaml': '}' }, [/edits `\.preadmit\.yaml`/]],
    [
      'it is removed',
      base,
      without('.preadmit.yaml'),
      [/removes .* the configuration of the base judged it/],
    ],
    ['it is added', {}, base, [/adds .* the defaults judged it/]],
    ['it becomes a link out', base, { ...base, '.preadmit.yaml': { symlink: '../x' } }, [/edits/]],
    [
      'a policy is edited',
      base,
      { ...base, 'policies/a.yaml': 'z' },
      [/edits one file of the policies in `policies`/],
    ],
    [
      'a policy is removed and one added',
      base,
      { ...without('policies/a.yaml'), 'policies/new.yaml': 'z' },
      [/edits 2 files of the policies/],
    ],
    [
      'all policies vanish',
      base,
      { '.preadmit.yaml': config, 'schemas/foo.json': '{}' },
      [/edits 2 files of the policies/],
    ],
    [
      'a schema is edited',
      base,
      { ...base, 'schemas/foo.json': '[]' },
      [/edits one file of the schemas in `schemas`/],
    ],
    [
      'policies behind a link change',
      {
        ...without('policies/a.yaml'),
        '.preadmit.yaml': 'policies: [{path: link}]',
        link: { symlink: 'policies' },
      },
      {
        ...without('policies/a.yaml'),
        '.preadmit.yaml': 'policies: [{path: link}]',
        link: { symlink: 'policies-old' },
      },
      [/edits 2 files of the policies in `link`/],
    ],
    [
      'policies are the whole repository',
      { '.preadmit.yaml': 'policies: [{path: .}]' },
      { '.preadmit.yaml': 'policies: [{path: .}]', x: 'x' },
      [/in `\.`/],
    ],
  ])('%s', async (_, before, after, expected) => {
    const found = await notices(before, after)
    expect(found).toHaveLength(expected.length)
    expected.forEach((pattern, n) => {
      expect(found[n]).toMatch(pattern)
    })
  })

  it('names the configuration that was given for the run', async () => {
    const found = await notices(
      base,
      { ...base, '.preadmit.yaml': 'gate: all' },
      { name: 'ci.yaml', text: '' },
    )
    expect(found).toEqual([expect.stringMatching(/the configuration that was named for this run judged it/)])
  })
})
