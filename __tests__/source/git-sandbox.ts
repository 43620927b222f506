import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Tree } from '../../src/model/tree.ts'
import { openRepository, type Repository } from '../../src/source/repository.ts'

/** Real repositories in a folder of their own, with git's configuration of nobody. */
export class GitSandbox {
  readonly root = mkdtempSync(join(tmpdir(), 'preadmit-test-'))
  readonly environment: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: this.root,
    GIT_CONFIG_GLOBAL: join(this.root, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
  }
  readonly #open: Repository[] = []

  constructor() {
    writeFileSync(
      join(this.root, 'gitconfig'),
      '[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n[protocol "file"]\n\tallow = always\n',
    )
  }

  /** Runs git in a folder of the sandbox; answers what it prints. */
  git(directory: string, ...args: string[]): string {
    return execFileSync('git', args, {
      cwd: this.path(directory),
      env: {
        ...this.environment,
        GIT_AUTHOR_DATE: '1700000000 +0200',
        GIT_COMMITTER_DATE: '1700000100 +0200',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    }).trim()
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  /** Writes files below a folder. */
  write(directory: string, files: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [path, content] of Object.entries(files)) {
      const file = this.path(directory, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
    }
  }

  link(directory: string, path: string, target: string): void {
    mkdirSync(dirname(this.path(directory, path)), { recursive: true })
    symlinkSync(target, this.path(directory, path))
  }

  /** A program that leaves a trace when anything runs it. */
  canary(name: string): { command: string; trace: string } {
    const trace = this.path(`${name}.trace`)
    const command = this.path(`${name}.sh`)
    writeFileSync(command, `#!/bin/sh\necho ran >> '${trace}'\ncat\n`)
    chmodSync(command, 0o755)
    return { command, trace }
  }

  /** A new repository with one commit of these files. */
  init(
    directory: string,
    files: Readonly<Record<string, string | Uint8Array>> = {},
    ...args: string[]
  ): void {
    mkdirSync(this.path(directory), { recursive: true })
    this.git(directory, 'init', '-q', ...args)
    if (Object.keys(files).length > 0) this.commit(directory, files)
  }

  /** Commits everything in the working tree after writing these files; answers the id. */
  commit(directory: string, files: Readonly<Record<string, string | Uint8Array>> = {}): string {
    this.write(directory, files)
    this.git(directory, 'add', '--all')
    this.git(directory, 'commit', '-q', '--allow-empty', '-m', 'change')
    return this.git(directory, 'rev-parse', 'HEAD')
  }

  async open(directory: string, environment: Record<string, string | undefined> = {}): Promise<Repository> {
    const repository = await openRepository(directory, {
      directory: this.root,
      environment: { ...this.environment, ...environment },
    })
    this.#open.push(repository)
    return repository
  }

  remove(): void {
    for (const repository of this.#open) repository.close()
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** The text of a file of a tree, or its refusal. */
export async function textOf(tree: Tree, path: string): Promise<string | undefined> {
  const content = (await tree.read([path])).get(path)
  return content instanceof Uint8Array
    ? Buffer.from(content).toString()
    : content && `refused: ${content.refused}`
}
