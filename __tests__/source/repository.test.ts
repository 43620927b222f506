import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { compareTrees } from '../../src/source/changed-paths.ts'
import { openRepository } from '../../src/source/repository.ts'
import { GitSandbox, textOf } from './git-sandbox.ts'

const sandbox = new GitSandbox()
afterAll(() => {
  sandbox.remove()
})
const failsWith = (code: string, text: RegExp): Error =>
  expect.objectContaining({
    name: 'SourceError',
    code,
    message: expect.stringMatching(text) as string,
  }) as Error

describe('a repository', () => {
  sandbox.init('repo', { 'a.yaml': 'one', 'sub/b.yaml': 'two' })
  const first = sandbox.git('repo', 'rev-parse', 'HEAD')
  const second = sandbox.commit('repo', { 'a.yaml': 'changed' })
  sandbox.git('repo', 'tag', '-a', 'v1', '-m', 'tag', first)
  sandbox.git('.', 'clone', '-q', '--bare', 'repo', 'bare.git')
  sandbox.git('repo', 'worktree', 'add', '-q', '-b', 'side', '../linked', first)

  it.each([
    ['a checkout', 'repo', second],
    ['a folder of a checkout', 'repo/sub', second],
    ['a bare repository', 'bare.git', second],
    ['a linked worktree', 'linked', first],
    ['the .git directory', 'repo/.git', second],
  ])('opens from %s', async (_, directory, head) => {
    const repository = await sandbox.open(directory)
    const tree = await repository.tree('HEAD')
    expect(tree.commit).toBe(head)
    expect(tree.label).toBe(head)
    expect(tree.time).toBe(1_700_000_100)
    expect(tree.entries().map(({ path }) => path)).toEqual(['a.yaml', 'sub/b.yaml'])
    expect(await textOf(tree, 'a.yaml')).toBe(head === second ? 'changed' : 'one')
  })

  it.each([
    ['a branch', 'main', second],
    ['an annotated tag', 'v1', first],
    ['a short id', first.slice(0, 10), first],
    ['an expression', 'main~1', first],
    ['a search', ':/change', second],
  ])('resolves %s', async (_, revision, commit) => {
    const repository = await sandbox.open('repo')
    expect((await repository.tree(revision)).commit).toBe(commit)
  })

  it.each([
    ['a slip in a name', 'mian', 'unknown-revision', /did you mean main\?/],
    ['something far from any name', 'zzzzzzzzzzzz', 'unknown-revision', /name a branch, tag or commit/],
    ['an option', '--upload-pack=touch x', 'unknown-revision', /names no commit/],
    ['a dash', '-', 'unknown-revision', /names no commit/],
    ['nothing', '', 'unknown-revision', /names no commit/],
    ['a line feed', 'main\nmain', 'unknown-revision', /names no commit/],
    ['a NUL', 'main\0', 'unknown-revision', /names no commit/],
    ['a file of a commit', 'main:a.yaml', 'unknown-revision', /names no commit/],
    ['an id that is not here', '1'.repeat(40), 'unknown-revision', /names no commit/],
  ])('refuses %s', async (_, revision, code, text) => {
    const repository = await sandbox.open('repo')
    await expect(repository.tree(revision)).rejects.toThrow(failsWith(code, text))
  })

  it('knows parents and merge bases', async () => {
    const repository = await sandbox.open('repo')
    expect(await repository.parents(second)).toEqual([first])
    expect(await repository.parents(first)).toEqual([])
    expect(await repository.mergeBase('main', 'side')).toBe(first)
    expect(await repository.has(first)).toBe(true)
    expect(await repository.has('1'.repeat(40))).toBe(false)
    expect(await repository.isShallow()).toBe(false)
  })

  it('has no working tree when it is bare', async () => {
    await expect((await sandbox.open('bare.git')).workingTree()).rejects.toThrow(
      failsWith('no-working-tree', /bare/),
    )
  })

  it('answers many questions at once, some of them twice, some about nothing', async () => {
    const tree = await (await sandbox.open('repo')).tree('HEAD')
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        textOf(tree, n % 3 === 0 ? 'a.yaml' : n % 3 === 1 ? 'sub/b.yaml' : 'x'),
      ),
    )
    expect(answers.filter((text) => text === 'changed')).toHaveLength(67)
    expect(answers.filter((text) => text === 'two')).toHaveLength(67)
    expect(answers.filter((text) => text === 'refused: missing-object')).toHaveLength(66)
  })
})

describe('what is no repository', () => {
  mkdirSync(sandbox.path('plain'))
  writeFileSync(sandbox.path('file'), '')
  sandbox.init('unborn')

  it.each([
    ['a plain folder', 'plain', 'not-a-repository', /not in a git repository/],
    ['nothing', 'nowhere', 'not-a-directory', /not a directory/],
    ['a file', 'file', 'not-a-directory', /not a directory/],
  ])('%s', async (_, directory, code, text) => {
    await expect(sandbox.open(directory)).rejects.toThrow(failsWith(code, text))
  })
  it('a repository without a commit', async () => {
    await expect((await sandbox.open('unborn')).tree('HEAD')).rejects.toThrow(
      failsWith('no-commits', /no commit/),
    )
  })
  it('a machine without git (F43)', async () => {
    await expect(sandbox.open('unborn', { PATH: sandbox.path('plain') })).rejects.toThrow(
      failsWith('no-git', /install git/),
    )
  })
  it.runIf(process.getuid?.() === 0)('a repository of somebody else', async () => {
    sandbox.init('foreign', { a: 'x' })
    execFileSync('chown', ['-R', '12345:12345', sandbox.path('foreign')])
    await expect(sandbox.open('foreign')).rejects.toThrow(failsWith('dubious-ownership', /safe\.directory/))
    const trusted = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' }
    expect((await (await sandbox.open('foreign', trusted)).tree('HEAD')).entries()).toHaveLength(1)
  })
})

describe('names that are not plain text', () => {
  sandbox.init('names')
  const odd = [
    'line\nfeed',
    'quo"te',
    "apos'trophe",
    'tab\there',
    ' space ',
    '-dash',
    ':colon',
    '*',
    'back\\slash',
    '\uFEFFbom',
    'e\u0301',
    '\u00e9',
  ]
  sandbox.write('names', Object.fromEntries(odd.map((name) => [name, name])))
  writeFileSync(
    Buffer.concat([Buffer.from(sandbox.path('names') + '/bytes-'), Buffer.from([0xff, 0xfe, 0xc3, 0x28])]),
    'x',
  )
  sandbox.commit('names')

  it('are listed and read as they are', async () => {
    const tree = await (await sandbox.open('names')).tree('HEAD')
    expect(new Set(tree.entries().map(({ path }) => path))).toEqual(
      new Set([...odd, 'bytes-\udcff\udcfe\udcc3(']),
    )
    for (const name of odd) expect(await textOf(tree, name)).toBe(name)
    expect(await textOf(tree, 'bytes-\udcff\udcfe\udcc3(')).toBe('x')
  })
})

describe('SHA-256 repositories', () => {
  it('work like any other', async () => {
    sandbox.init('sha256', { a: 'x' }, '--object-format=sha256')
    const repository = await sandbox.open('sha256')
    const tree = await repository.tree('HEAD')
    expect(tree.commit).toMatch(/^[0-9a-f]{64}$/)
    expect(await textOf(tree, 'a')).toBe('x')
    sandbox.write('sha256', { a: 'y', b: 'z' })
    expect(compareTrees(tree, await repository.workingTree())).toEqual([
      { path: 'a', change: 'modified' },
      { path: 'b', change: 'added' },
    ])
  })
})

describe('a hostile tree', () => {
  it('with entries that no checkout can hold is refused', async () => {
    sandbox.init('hostile', { a: 'x' })
    const blob = Buffer.from(sandbox.git('hostile', 'rev-parse', 'HEAD:a'), 'hex')
    const entry = Buffer.concat([Buffer.from('100644 ..\0'), blob])
    writeFileSync(sandbox.path('tree.bin'), entry)
    const tree = sandbox.git('hostile', 'hash-object', '-t', 'tree', '-w', '--literally', '../tree.bin')
    const commit = sandbox.git('hostile', 'commit-tree', tree, '-m', 'x')
    await expect((await sandbox.open('hostile')).tree(commit)).rejects.toThrow(
      failsWith('malformed-tree', /no checkout can hold/),
    )
  })

  it('runs nothing: hooks, filters, submodules, LFS, textconv, monitor (T27, X14)', async () => {
    const { command, trace } = sandbox.canary('runs')
    sandbox.init('module', { m: 'x' })
    sandbox.init('traps', {
      '.gitattributes': '* filter=trap diff=trap\nlfs.bin filter=lfs\n',
      'lfs.bin': `version https://git-lfs.github.com/spec/v1\noid sha256:${'1'.repeat(64)}\nsize 9\n`,
      'a.yaml': 'one',
    })
    sandbox.git('traps', 'submodule', '--quiet', 'add', '../module', 'module')
    sandbox.commit('traps')
    for (const hook of [
      'post-index-change',
      'post-checkout',
      'pre-auto-gc',
      'reference-transaction',
      'fsmonitor-watchman',
    ]) {
      sandbox.write('traps/.git/hooks', { [hook]: readFileSync(command) })
      chmodSync(sandbox.path('traps/.git/hooks', hook), 0o755)
    }
    for (const [key, value] of [
      ['filter.trap.clean', command],
      ['filter.trap.smudge', command],
      ['filter.lfs.process', command],
      ['filter.lfs.required', 'true'],
      ['filter.odd =name.clean', command],
      ['diff.trap.textconv', command],
      ['core.fsmonitor', command],
      ['core.pager', command],
      ['core.sshCommand', command],
      ['gpg.program', command],
    ] as const)
      sandbox.git('traps', 'config', key, value)

    const repository = await sandbox.open('traps', {
      GIT_EXTERNAL_DIFF: command,
      GIT_PAGER: command,
      GIT_ASKPASS: command,
    })
    const tree = await repository.tree('HEAD')
    sandbox.write('traps', { 'a.yaml': 'two', 'new.yaml': 'three', 'lfs.bin': 'now plain' })
    sandbox.write('traps', {
      '.gitattributes': '* filter=trap\n*.yaml filter="odd =name"\nlfs.bin filter=lfs\n',
    })
    const working = await repository.workingTree()
    const index = await repository.indexTree()

    expect(existsSync(trace)).toBe(false)
    expect(await textOf(tree, 'lfs.bin')).toBe('refused: lfs-pointer')
    expect(await textOf(tree, 'module')).toBe('refused: submodule')
    expect(await textOf(working, 'a.yaml')).toBe('two')
    expect(await textOf(working, 'new.yaml')).toBe('three')
    expect(await textOf(working, 'lfs.bin')).toBe('now plain')
    expect(await textOf(index, 'a.yaml')).toBe('one')
    // The trap works: git itself would have run it.
    sandbox.git('traps', 'add', 'a.yaml')
    expect(existsSync(trace)).toBe(true)
  })
})

describe('a partial clone (F41)', () => {
  sandbox.init('whole', { 'a.yaml': 'one', 'b.yaml': 'two' })
  sandbox.link('whole', 'link', 'a.yaml')
  sandbox.commit('whole')
  const url = `file://${sandbox.path('whole')}`
  sandbox.git('.', 'clone', '-q', '--bare', '--filter=blob:none', url, 'no-blobs.git')
  sandbox.git('.', 'clone', '-q', '--bare', '--filter=tree:0', url, 'no-trees.git')
  // One of the blobs is here.
  sandbox.git('no-blobs.git', 'cat-file', 'blob', 'HEAD:b.yaml')

  it('says which objects are missing and fetches none', async () => {
    const tree = await (await sandbox.open('no-blobs.git')).tree('HEAD')
    expect(tree.resolve('link')).toEqual({ kind: 'refused', reason: 'missing-object', path: 'link' })
    expect(await textOf(tree, 'a.yaml')).toBe('refused: missing-object')
    expect(await textOf(tree, 'b.yaml')).toBe('two')
    const both = await tree.read(['a.yaml', 'b.yaml'])
    expect(both.get('a.yaml')).toEqual({ refused: 'missing-object' })
    expect(Buffer.from(both.get('b.yaml') as Uint8Array).toString()).toBe('two')
    const missing = sandbox.git('no-blobs.git', 'rev-list', '--objects', '--missing=print', 'HEAD')
    expect(missing).toMatch(/^\?/m)
  })
  it('without trees is an error that says what to do', async () => {
    await expect((await sandbox.open('no-trees.git')).tree('HEAD')).rejects.toThrow(
      failsWith('missing-object', /--no-filter/),
    )
  })
})

describe('surroundings do not matter (F44)', () => {
  sandbox.init('plain-repo', { 'a.yaml': 'one' })
  const odd = {
    LC_ALL: 'tr_TR.UTF-8',
    LANG: 'de_DE.UTF-8',
    LANGUAGE: 'de',
    TZ: 'Pacific/Chatham',
    GIT_TRACE: '1',
    GIT_DIR: '/nowhere',
    GIT_INDEX_FILE: '/nowhere/index',
    GIT_OBJECT_DIRECTORY: '/nowhere/objects',
    GIT_NAMESPACE: 'other',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_DEFAULT_HASH: 'sha256',
    GIT_FLUSH: '0',
  }
  it('for trees', async () => {
    const [plain, strange] = await Promise.all(
      [{}, odd].map(async (environment) => (await sandbox.open('plain-repo', environment)).tree('HEAD')),
    )
    expect(strange?.entries()).toEqual(plain?.entries())
    expect(strange?.time).toBe(plain?.time)
  })
  it('for errors', async () => {
    const repository = await sandbox.open('plain-repo', odd)
    await expect(repository.tree('nope')).rejects.toThrow(
      failsWith('unknown-revision', /"nope" names no commit/),
    )
    await expect(sandbox.open('plain', odd)).rejects.toThrow(failsWith('not-a-repository', /not in a git/))
  })
})

describe('the default branch', () => {
  it.each<[name: string, prepare: (directory: string) => void, expected: string | undefined]>([
    [
      'is that of origin',
      (d) => {
        sandbox.git(d, 'update-ref', 'refs/remotes/origin/trunk', 'HEAD')
        sandbox.git(d, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk')
      },
      'refs/remotes/origin/HEAD',
    ],
    [
      'is main of origin',
      (d) => {
        sandbox.git(d, 'update-ref', 'refs/remotes/origin/main', 'HEAD')
      },
      'refs/remotes/origin/main',
    ],
    ['is main here', () => undefined, 'refs/heads/main'],
    [
      'is master here',
      (d) => {
        sandbox.git(d, 'branch', '-m', 'master')
      },
      'refs/heads/master',
    ],
    [
      'is that of the only remote',
      (d) => {
        sandbox.git(d, 'remote', 'add', 'hub', 'https://x.example/r')
        sandbox.git(d, 'update-ref', 'refs/remotes/hub/main', 'HEAD')
      },
      'refs/remotes/hub/main',
    ],
    [
      'is unknown',
      (d) => {
        sandbox.git(d, 'branch', '-m', 'work')
      },
      undefined,
    ],
  ])('%s', async (name, prepare, expected) => {
    const directory = `default-${name.replaceAll(' ', '-')}`
    sandbox.init(directory, { a: 'x' })
    prepare(directory)
    expect(await (await sandbox.open(directory)).defaultBase()).toBe(expected)
  })
})

describe('remotes', () => {
  it('are named without credentials, each once', async () => {
    sandbox.init('remotes', { a: 'x' })
    for (const [name, url] of [
      ['origin', 'https://user:s3cret@git.example.com/acme/fleet.git'],
      ['token', 'https://s3cret@git.example.com/acme/fleet.git'],
      ['ssh', 'git@git.example.com:acme/fleet.git'],
    ] as const)
      sandbox.git('remotes', 'remote', 'add', name, url)
    expect(await (await sandbox.open('remotes')).remoteUrls()).toEqual([
      'https://git.example.com/acme/fleet.git',
      'git@git.example.com:acme/fleet.git',
    ])
  })
  it('can be none', async () => {
    expect(await (await sandbox.open('repo')).remoteUrls()).toEqual([])
  })
})

describe('a process that opened a repository', () => {
  it('ends by itself, without being told to close it', () => {
    const program = `
      import { openRepository } from './src/source/repository.ts'
      const repository = await openRepository('.', { directory: ${JSON.stringify(sandbox.path('repo'))}, environment: process.env })
      const tree = await repository.workingTree()
      const content = await tree.read(['a.yaml'])
      console.log(Buffer.from(content.get('a.yaml')).toString())`
    const before = Date.now()
    const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      env: { ...process.env, TMPDIR: sandbox.path('plain') },
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect(output.trim()).toBe('changed')
    expect(Date.now() - before).toBeLessThan(30_000)
    // And leaves no folder behind.
    expect(execFileSync('ls', [sandbox.path('plain')], { encoding: 'utf8' })).not.toMatch(/preadmit-/)
  })
})

describe('a hook of git', () => {
  it('is asked about the index that is being committed', async () => {
    sandbox.init('hooked', { 'a.yaml': 'one' })
    sandbox.write('hooked', { 'a.yaml': 'two' })
    const other = sandbox.path('other-index')
    execFileSync('git', ['add', '--all'], {
      cwd: sandbox.path('hooked'),
      env: { ...sandbox.environment, GIT_INDEX_FILE: other },
    })
    const open = (repo: string, directory: string) =>
      openRepository(repo, {
        directory,
        environment: { ...sandbox.environment, GIT_DIR: '.git', GIT_INDEX_FILE: other },
      })
    const here = await open('.', sandbox.path('hooked'))
    expect(await textOf(await here.indexTree(), 'a.yaml')).toBe('two')
    expect(await textOf(await here.workingTree(), 'a.yaml')).toBe('two')
    here.close()
    // Started for another repository, the hook's variables are not about it.
    const elsewhere = await open('hooked', sandbox.root)
    expect(await textOf(await elsewhere.indexTree(), 'a.yaml')).toBe('one')
    elsewhere.close()
  })
})
