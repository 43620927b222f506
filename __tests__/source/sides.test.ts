import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { compareTrees } from '../../src/source/changed-paths.ts'
import { selectSides, type SideSelection } from '../../src/source/sides.ts'
import { GitSandbox, textOf } from './git-sandbox.ts'

const sandbox = new GitSandbox()
afterAll(() => {
  sandbox.remove()
})

/** A branch `work` that left `main` before main moved on, with changes of every kind on top of its last commit. */
function prepare(directory: string): { left: string; main: string; work: string } {
  sandbox.init(directory, { 'a.yaml': 'one', 'b.yaml': 'one', 'c.yaml': 'one', '.gitignore': 'ignored/\n' })
  const left = sandbox.git(directory, 'rev-parse', 'HEAD')
  const main = sandbox.commit(directory, { 'main-only.yaml': 'x' })
  sandbox.git(directory, 'checkout', '-q', '-b', 'work', left)
  const work = sandbox.commit(directory, { 'a.yaml': 'two' })
  return { left, main, work }
}
function change(directory: string): void {
  sandbox.write(directory, { 'b.yaml': 'staged', 'staged-new.yaml': 'x' })
  sandbox.git(directory, 'add', 'b.yaml', 'staged-new.yaml')
  sandbox.write(directory, { 'b.yaml': 'unstaged', 'untracked.yaml': 'x', 'ignored/x.yaml': 'x' })
  rmSync(sandbox.path(directory, 'c.yaml'))
}
const clean = prepare('clean')
prepare('dirty')
change('dirty')

const committed = ['modified a.yaml']
const staged = [...committed, 'modified b.yaml', 'added staged-new.yaml']
const working = [
  ...committed,
  'modified b.yaml',
  'deleted c.yaml',
  'added staged-new.yaml',
  'added untracked.yaml',
]

describe('selectSides', () => {
  it.each<[name: string, directory: string, selection: SideSelection, label: string, changes: string[]]>([
    ['clean and nothing said: HEAD', 'clean', {}, clean.work, committed],
    ['changed and nothing said: the working tree', 'dirty', {}, 'working tree', working],
    ['the working tree', 'dirty', { worktree: true }, 'working tree', working],
    ['the working tree even when it is clean', 'clean', { worktree: true }, 'working tree', committed],
    ['the index', 'dirty', { index: true }, 'index', staged],
    ['a commit', 'dirty', { head: 'HEAD' }, clean.work, committed],
    [
      'a branch against another',
      'clean',
      { base: 'work', head: 'main' },
      clean.main,
      ['added main-only.yaml'],
    ],
    ['a named base is where the change left it', 'clean', { base: 'main' }, clean.work, committed],
    [
      'an ancestor as base is itself',
      'dirty',
      { base: 'HEAD', worktree: true },
      'working tree',
      working.slice(1),
    ],
    ['from a folder below', 'dirty/ignored', {}, 'working tree', working],
  ])('%s', async (_, directory, selection, label, changes) => {
    const { base, head, describe: text } = await selectSides(await sandbox.open(directory), selection)
    expect(head.label).toBe(label)
    expect(compareTrees(base, head).map(({ path, change: kind }) => `${kind} ${path}`)).toEqual(changes)
    expect(head.time).toBe(1_700_000_100)
    expect(text).toMatch(/^[0-9a-f]{12} \(.*\) against /)
  })

  it('reads what is staged and what is not', async () => {
    const repository = await sandbox.open('dirty')
    expect(await textOf(await repository.indexTree(), 'b.yaml')).toBe('staged')
    expect(await textOf(await repository.workingTree(), 'b.yaml')).toBe('unstaged')
    expect(await textOf(await repository.workingTree(), 'a.yaml')).toBe('two')
  })

  it('says what it compares', async () => {
    const short = (id: string): string => id.slice(0, 12)
    const repository = await sandbox.open('clean')
    expect((await selectSides(repository)).describe).toBe(
      `${short(clean.left)} (merge base with main) against ${short(clean.work)}`,
    )
    expect((await selectSides(await sandbox.open('dirty'), { base: 'HEAD' })).describe).toBe(
      `${short(clean.work)} (HEAD) against the working tree`,
    )
  })

  it('leaves the repository and its index as they are, byte for byte', async () => {
    const before = digestOf(sandbox.path('dirty'))
    const repository = await sandbox.open('dirty')
    await selectSides(repository, { worktree: true })
    await selectSides(repository, { index: true })
    expect(digestOf(sandbox.path('dirty'))).toBe(before)
  })

  it.each<[name: string, prepare: (directory: string) => void, selection: SideSelection, code: string]>([
    [
      'no default branch',
      (d) => {
        sandbox.git(d, 'branch', '-D', 'main')
      },
      {},
      'no-default-branch',
    ],
    ['no such base', () => undefined, { base: 'mainn' }, 'unknown-revision'],
    ['no such head', () => undefined, { head: 'wrok' }, 'unknown-revision'],
    [
      'unrelated histories',
      (d) => {
        sandbox.git(d, 'checkout', '-q', '--orphan', 'other')
        sandbox.commit(d)
      },
      { base: 'main' },
      'no-merge-base',
    ],
    [
      'a merge in progress',
      (d) => {
        sandbox.commit(d, { 'main-only.yaml': 'y' })
        try {
          sandbox.git(d, 'merge', '-q', 'main')
        } catch {
          /* the conflict is the point */
        }
      },
      { index: true },
      'unmerged-index',
    ],
  ])('refuses %s', async (name, make, selection, code) => {
    const directory = `refuses-${name.replaceAll(' ', '-')}`
    prepare(directory)
    make(directory)
    await expect(selectSides(await sandbox.open(directory), selection)).rejects.toMatchObject({
      name: 'SourceError',
      code,
    })
  })

  it('checks a conflicted working tree as it stands', async () => {
    const tree = await (await sandbox.open('refuses-a-merge-in-progress')).workingTree()
    expect(await textOf(tree, 'main-only.yaml')).toMatch(/^<<<<<<< /)
  })

  it('says that a clone is shallow', async () => {
    sandbox.git(
      '.',
      'clone',
      '-q',
      '--depth=1',
      '--no-single-branch',
      `file://${sandbox.path('clean')}`,
      'shallow',
    )
    await expect(selectSides(await sandbox.open('shallow'), { base: 'origin/main' })).rejects.toThrow(
      /fetch --unshallow/,
    )
  })

  it('takes HEAD of a bare repository', async () => {
    sandbox.git('.', 'clone', '-q', '--bare', 'clean', 'bare.git')
    const { base, head } = await selectSides(await sandbox.open('bare.git'))
    expect([base.commit, head.commit]).toEqual([clean.left, clean.work])
  })

  it('works before anything was staged, with odd file modes and an empty tree', async () => {
    sandbox.init('empty')
    sandbox.git('empty', 'commit', '-q', '--allow-empty', '-m', 'x')
    rmSync(sandbox.path('empty/.git/index'), { force: true })
    sandbox.write('empty', { 'a.yaml': 'x' })
    const { base, head } = await selectSides(await sandbox.open('empty'))
    expect(compareTrees(base, head)).toEqual([{ path: 'a.yaml', change: 'added' }])
    expect((await (await sandbox.open('empty')).indexTree()).entries()).toEqual([])
  })

  it('finds objects in a folder whose name holds a colon, a quote and a line feed', async () => {
    const odd = 'odd: "name\nhere"'
    prepare(odd)
    change(odd)
    const { base, head } = await selectSides(await sandbox.open(odd))
    expect(compareTrees(base, head)).toHaveLength(working.length)
    expect(await textOf(head, 'a.yaml')).toBe('two')
  })

  it('works in a linked worktree and with a split index', async () => {
    prepare('main-tree')
    sandbox.git('main-tree', 'worktree', 'add', '-q', '-b', 'side', '../side-tree', 'main')
    sandbox.git('side-tree', 'update-index', '--split-index')
    const before = readdirSync(sandbox.path('main-tree/.git/worktrees/side-tree'))
    sandbox.write('side-tree', { 'new.yaml': 'x' })
    const { base, head } = await selectSides(await sandbox.open('side-tree'))
    expect(compareTrees(base, head)).toEqual([{ path: 'new.yaml', change: 'added' }])
    expect(readdirSync(sandbox.path('main-tree/.git/worktrees/side-tree'))).toEqual(before)
  })

  it('keeps files that a sparse checkout leaves out', async () => {
    sandbox.init('sparse', { 'in/a.yaml': 'x', 'out/b.yaml': 'x' })
    sandbox.git('sparse', 'sparse-checkout', 'set', 'in')
    sandbox.write('sparse', { 'in/a.yaml': 'y' })
    const { base, head } = await selectSides(await sandbox.open('sparse'))
    expect(compareTrees(base, head)).toEqual([{ path: 'in/a.yaml', change: 'modified' }])
  })
})

/** Digest of every file below a folder. Times do not count: git freshens those of objects that it finds again. */
function digestOf(directory: string): string {
  const hash = createHash('sha256')
  const list = execFileSync('find', [directory, '!', '-type', 'd'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .sort()
  for (const file of list) {
    hash.update(`${file} `).update(readFileSync(file))
  }
  return hash.digest('hex')
}
