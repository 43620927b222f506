import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tree } from '../../src/model/tree.ts'
import { compareTrees } from '../../src/source/changed-paths.ts'
import { directoryTree } from '../../src/source/directory-tree.ts'
import { limits } from '../../src/source/limits.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { GitSandbox, textOf } from './git-sandbox.ts'

const sandbox = new GitSandbox()
afterAll(() => {
  sandbox.remove()
})

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12\n`
const files = {
  'a/b.yaml': 'kind: A\n',
  'a-b.yaml': 'kind: B\n',
  'a.yaml': '',
  'big.bin': Buffer.alloc(limits.fileBytes + 1, 120),
  'just.bin': Buffer.alloc(limits.fileBytes, 120),
  'lfs.bin': pointer,
  'talks-about-lfs.md': `${pointer}${'x'.repeat(limits.lfsPointerBytes)}`,
  'é.yaml': 'kind: E\n',
  '\u{1F600}.yaml': 'kind: F\n',
  '\uFFFD.yaml': 'kind: G\n',
}

const trees: Record<string, Tree> = {}
beforeAll(async () => {
  sandbox.init('repo', files)
  sandbox.link('repo', 'link', 'a/b.yaml')
  sandbox.link('repo', 'out', '../../canary')
  sandbox.write('', { canary: 'never read' })
  sandbox.commit('repo')
  trees['git'] = await (await sandbox.open('repo')).tree('HEAD')
  trees['working'] = await (await sandbox.open('repo')).workingTree()
  trees['directory'] = await directoryTree(sandbox.path('repo'), 'folder')
  trees['memory'] = memoryTree({ ...files, link: { symlink: 'a/b.yaml' }, out: { symlink: '../../canary' } })
})

describe.each(['git', 'working', 'directory', 'memory'])('a tree from %s', (kind) => {
  const tree = (): Tree => trees[kind]!

  it('lists entries in byte order', () => {
    expect(
      tree()
        .entries()
        .map(({ path }) => path),
    ).toEqual([
      'a-b.yaml',
      'a.yaml',
      'a/b.yaml',
      'big.bin',
      'just.bin',
      'lfs.bin',
      'link',
      'out',
      'talks-about-lfs.md',
      'é.yaml',
      '\uFFFD.yaml',
      '\u{1F600}.yaml',
    ])
  })
  it('knows directories', () => {
    expect(tree().stat('a')).toEqual({ kind: 'directory' })
    expect(tree().stat('')).toEqual({ kind: 'directory' })
    expect(tree().stat('b')).toBeUndefined()
    expect(tree().children('a')).toEqual(['b.yaml'])
    expect(tree().children('')).toEqual([
      'a',
      'a-b.yaml',
      'a.yaml',
      'big.bin',
      'just.bin',
      'lfs.bin',
      'link',
      'out',
      'talks-about-lfs.md',
      'é.yaml',
      '\uFFFD.yaml',
      '\u{1F600}.yaml',
    ])
    expect(tree().children('a/b.yaml')).toBeUndefined()
    expect(tree().children('link')).toBeUndefined()
  })
  it.each([
    ['a file', 'a/b.yaml', 'kind: A\n'],
    ['an empty file', 'a.yaml', ''],
    ['a name beyond ASCII', 'é.yaml', 'kind: E\n'],
    ['a name beyond the basic plane', '\u{1F600}.yaml', 'kind: F\n'],
    ['a file over the limit', 'big.bin', 'refused: too-large'],
    ['a Git LFS pointer', 'lfs.bin', 'refused: lfs-pointer'],
    ['nothing', 'nope', 'refused: missing-object'],
    ['a directory', 'a', 'refused: missing-object'],
    ['a link, which reading does not follow', 'link', 'refused: missing-object'],
    ['a link out', 'out', 'refused: outside-repository'],
  ])('reads %s', async (_, path, expected) => {
    expect(await textOf(tree(), path)).toBe(expected)
  })
  it('reads a file of exactly the limit, and one that only starts like a pointer', async () => {
    const content = await tree().read(['just.bin', 'talks-about-lfs.md'])
    expect((content.get('just.bin') as Uint8Array).length).toBe(limits.fileBytes)
    expect(content.get('talks-about-lfs.md')).toBeInstanceOf(Uint8Array)
  })
  it('resolves links', () => {
    expect(tree().resolve('link')).toMatchObject({ kind: 'file', path: 'a/b.yaml' })
    expect(tree().resolve('out')).toEqual({ kind: 'refused', reason: 'outside-repository', path: 'out' })
  })
  it('equals itself', () => {
    expect(compareTrees(tree(), tree())).toEqual([])
  })
})

describe('ids', () => {
  it('are equal for equal content in trees of one kind', () => {
    expect(compareTrees(trees['git']!, trees['working']!)).toEqual([])
    expect(compareTrees(trees['directory']!, trees['memory']!).map(({ path }) => path)).toEqual(['big.bin'])
  })
})

describe('compareTrees', () => {
  const base = memoryTree({
    same: 'x',
    edited: 'x',
    gone: 'x',
    mode: 'x',
    'file-to-link': 'x',
    link: { symlink: 'a' },
    module: { submodule: 'a'.repeat(40) },
    '\uFFFD': 'x',
  })
  const head = memoryTree({
    same: 'x',
    edited: 'y',
    new: 'x',
    mode: { content: 'x', executable: true },
    'file-to-link': { symlink: 'same' },
    link: { symlink: 'b' },
    module: { submodule: 'b'.repeat(40) },
    '\u{1F600}': 'x',
  })
  it('names every difference, sorted by bytes', () => {
    expect(compareTrees(base, head)).toEqual([
      { path: 'edited', change: 'modified' },
      { path: 'file-to-link', change: 'modified' },
      { path: 'gone', change: 'deleted' },
      { path: 'link', change: 'modified' },
      { path: 'mode', change: 'modified' },
      { path: 'module', change: 'modified' },
      { path: 'new', change: 'added' },
      { path: '\uFFFD', change: 'deleted' },
      { path: '\u{1F600}', change: 'added' },
    ])
  })
  it('turns around with its sides', () => {
    const turned = { added: 'deleted', deleted: 'added', modified: 'modified' } as const
    expect(compareTrees(head, base)).toEqual(
      compareTrees(base, head).map(({ path, change }) => ({ path, change: turned[change] })),
    )
  })
})

describe('entries that no checkout can hold', () => {
  it.each([['../x'], ['a/../x'], ['a//x'], ['.git/config'], ['a/.GIT/x'], ['./x'], ['']])('%j', (path) => {
    expect(() => memoryTree({ [path]: 'x' })).toThrow(
      expect.objectContaining({ code: 'malformed-tree' }) as Error,
    )
  })
  it('a name that is a file and a directory', () => {
    expect(() => memoryTree({ a: 'x', 'a/b': 'x' })).toThrow(/no checkout can hold/)
  })
  it('takes a path that is ten thousand directories deep', () => {
    const path = `${'d/'.repeat(10_000)}f`
    expect(memoryTree({ [path]: 'x' }).resolve(path)).toMatchObject({ kind: 'file' })
  })
})

describe('a folder that is none', () => {
  it.each([['missing'], ['canary']])('%s', async (name) => {
    await expect(directoryTree(sandbox.path(name), 'x')).rejects.toMatchObject({ code: 'not-a-directory' })
  })
})
