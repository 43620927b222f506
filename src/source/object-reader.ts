import { createBatchParser, type GitObject } from './batch-parser.ts'
import { SourceError } from './errors.ts'
import { failureOf, gitOutput, type Git, type GitProcess } from './git.ts'

/** Reads objects by id. */
export interface ObjectReader {
  /**
   * Objects by id, each at most `limit` bytes.
   * @throws SourceError when git cannot be run; a missing object is an answer.
   */
  read(ids: Iterable<string>, limit: number): Promise<ReadonlyMap<string, GitObject>>
  close(): void
}

interface Question {
  readonly id: string
  readonly limit: number
  readonly answer: (object: GitObject) => void
  readonly fail: (error: Error) => void
}

/**
 * A reader over one long-lived `git cat-file --batch`. It starts with the first question, and while none is open it
 * keeps no process of ours alive.
 */
export function createObjectReader(git: Git): ObjectReader {
  const args = ['cat-file', '--batch'] as const
  let open: Question[] = []
  // The first of `open` without an answer: taking it off the front would move all the others.
  let next = 0
  let child: GitProcess | undefined
  let closed = false

  const settle = (object: GitObject): void => {
    open[next]?.answer(object)
    next += 1
    if (next < open.length) return
    open = []
    next = 0
    if (child !== undefined) keepAlive(child, false)
  }

  const begin = (): GitProcess => {
    const started = git.start(args)
    let errors = ''
    started.stdout.on(
      'data',
      createBatchParser(() => open[next]?.limit ?? 0, settle),
    )
    started.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)))
    // A process that ended closes its input; what that means is said by its end.
    started.stdin.on('error', () => undefined)
    started.on('error', (error) => (errors += error.message))
    started.on('close', () => {
      child = undefined
      if (open.length > 0) void recover(errors)
    })
    return started
  }

  /** The process ended with questions open: in a partial clone git gives up at the first object that is not here. */
  const recover = async (errors: string): Promise<void> => {
    const left = open.slice(next)
    open = []
    next = 0
    try {
      const failure = errors.includes('ENOENT')
        ? new SourceError('no-git', 'git cannot be found', 'install git 2.30 or newer and put it on the PATH')
        : failureOf(args, errors, git.directory)
      if (failure.code !== 'missing-object' || closed) throw failure
      const here = await localObjects(git)
      // Each round answers every open question about an object that is not here, so that rounds do not add up.
      ask(
        left.filter((question) => {
          if (here.has(question.id)) return true
          question.answer({ refused: 'missing-object' })
          return false
        }),
      )
    } catch (error) {
      for (const question of left) question.fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  const ask = (questions: readonly Question[]): void => {
    if (questions.length === 0) return
    child ??= begin()
    keepAlive(child, true)
    for (const question of questions) open.push(question)
    child.stdin.write(questions.map(({ id }) => `${id}\n`).join(''))
  }

  return {
    async read(ids, limit) {
      const questions: Question[] = []
      const answers = [...new Set(ids)].map(
        (id) =>
          new Promise<readonly [string, GitObject]>((resolve, fail) => {
            questions.push({
              id,
              limit,
              answer: (object) => {
                resolve([id, object])
              },
              fail,
            })
          }),
      )
      ask(questions)
      return new Map(await Promise.all(answers))
    },
    close() {
      closed = true
      child?.stdin.end()
    },
  }
}

/** Every object that this clone holds. */
async function localObjects(git: Git): Promise<ReadonlySet<string>> {
  const output = await gitOutput(git, [
    'cat-file',
    '--batch-all-objects',
    '--batch-check=%(objectname)',
    '--unordered',
    '--buffer',
  ])
  return new Set(output.toString('latin1').split('\n'))
}

/** Whether an idle process of git holds back the end of ours. */
function keepAlive(child: GitProcess, alive: boolean): void {
  for (const part of [child, child.stdin, child.stdout, child.stderr]) {
    // Pipes of a child are sockets; their type does not say so.
    const handle = part as { ref?: () => void; unref?: () => void }
    if (alive) handle.ref?.()
    else handle.unref?.()
  }
}
