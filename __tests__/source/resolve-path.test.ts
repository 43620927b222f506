import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryTree, type MemoryEntry } from '../../src/source/memory-tree.ts'

const chain = (length: number): Record<string, MemoryEntry> =>
  Object.fromEntries(
    Array.from({ length }, (_, n) => [
      `c${n}`,
      { symlink: n + 1 === length ? 'apps/web/a.yaml' : `c${n + 1}` },
    ]),
  )

const tree = memoryTree({
  'apps/web/a.yaml': 'a',
  'apps/web/b.yaml': { symlink: './a.yaml' },
  'apps/up': { symlink: '../apps/web/' },
  'apps/rooted': { symlink: 'web/../../apps/web' },
  here: { symlink: '.' },
  'out-file': { symlink: '../secret' },
  'out-deep': { symlink: 'apps/../../secret' },
  'out-absolute': { symlink: '/etc/passwd' },
  'to-out': { symlink: 'out-file' },
  self: { symlink: 'self' },
  'loop-a': { symlink: 'loop-b' },
  'loop-b': { symlink: 'loop-a' },
  dangling: { symlink: 'nowhere' },
  'to-file-entry': { symlink: 'apps/web/a.yaml/x' },
  empty: { symlink: '' },
  module: { submodule: '1'.repeat(40) },
  'to-module': { symlink: 'module/deploy' },
  'links/40': { symlink: '../c0' },
  ...chain(41),
})

const refused = (reason: string, path: string): object => ({ kind: 'refused', reason, path })
const file = (path: string): object => expect.objectContaining({ kind: 'file', path }) as object

const cases: readonly (readonly [name: string, path: string, expected: object])[] = [
  ['a file', 'apps/web/a.yaml', file('apps/web/a.yaml')],
  ['a directory', 'apps/web', { kind: 'directory', path: 'apps/web' }],
  ['the root', '', { kind: 'directory', path: '' }],
  ['dots and doubled slashes', './apps//web/./a.yaml', file('apps/web/a.yaml')],
  ['up and down again', 'apps/../apps/web/a.yaml', file('apps/web/a.yaml')],
  ['a trailing slash of a directory', 'apps/web/', { kind: 'directory', path: 'apps/web' }],
  ['nothing there', 'apps/db', { kind: 'missing' }],
  ['a path below a file', 'apps/web/a.yaml/b', { kind: 'missing' }],
  ['a file as a directory', 'apps/web/a.yaml/', { kind: 'missing' }],
  ['a link to a file', 'apps/web/b.yaml', file('apps/web/a.yaml')],
  ['a link to a directory', 'apps/up', { kind: 'directory', path: 'apps/web' }],
  ['through a link to a directory', 'apps/up/b.yaml', file('apps/web/a.yaml')],
  ['up from where a link led', 'apps/up/../web/a.yaml', file('apps/web/a.yaml')],
  ['a link to the root, often', 'here/here/here/apps/web/a.yaml', file('apps/web/a.yaml')],
  ['a link that stays inside by way of the root', 'apps/rooted/a.yaml', file('apps/web/a.yaml')],
  ['nothing behind a good link', 'apps/up/zzz', { kind: 'missing' }],
  ['above the root', '../x', refused('outside-repository', '../x')],
  ['above the root on the way', 'apps/../../x', refused('outside-repository', 'apps/../../x')],
  ['an absolute path', '/etc/passwd', refused('outside-repository', '/etc/passwd')],
  ['a link out', 'out-file', refused('outside-repository', 'out-file')],
  ['a link out by way of a directory', 'out-deep', refused('outside-repository', 'out-deep')],
  ['an absolute link', 'out-absolute', refused('outside-repository', 'out-absolute')],
  ['through a link out', 'out-absolute/x', refused('outside-repository', 'out-absolute')],
  ['a link to a link out', 'to-out', refused('outside-repository', 'to-out')],
  ['a link to itself', 'self', refused('link-loop', 'self')],
  ['two links in a circle', 'loop-a', expect.objectContaining({ reason: 'link-loop' }) as object],
  ['a dangling link', 'dangling', refused('dangling-link', 'dangling')],
  ['below a dangling link', 'dangling/x', refused('dangling-link', 'dangling')],
  ['a link below a file', 'to-file-entry', refused('dangling-link', 'to-file-entry')],
  ['a link to nothing at all', 'empty', refused('dangling-link', 'empty')],
  ['a submodule', 'module', refused('submodule', 'module')],
  ['into a submodule', 'module/deploy/a.yaml', refused('submodule', 'module')],
  ['a link into a submodule', 'to-module', refused('submodule', 'module')],
  ['forty links', 'c1', file('apps/web/a.yaml')],
  ['forty-one links', 'c0', expect.objectContaining({ reason: 'link-loop' }) as object],
  ['a backslash is a character', 'apps\\web', { kind: 'missing' }],
]

describe('resolvePath', () => {
  it.each(cases)('%s', (_, path, expected) => {
    expect(tree.resolve(path)).toEqual(expected)
  })

  it('never answers a path outside, whatever links and paths say', () => {
    const step = fc.constantFrom('..', '.', 'a', 'b', 'l', 'm', '', '/')
    const path = fc.array(step, { maxLength: 8 }).map((steps) => steps.join('/'))
    fc.assert(
      fc.property(path, path, path, (first, second, asked) => {
        const end = memoryTree({
          'a/f': 'x',
          'a/l': { symlink: first },
          l: { symlink: second },
          'b/m': { symlink: asked },
        }).resolve(asked)
        if (end.kind === 'file') expect(end.path).toBe('a/f')
        if (end.kind === 'directory') expect(['', 'a', 'b']).toContain(end.path)
      }),
    )
  })
})
