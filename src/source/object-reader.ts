import { createBatchParser, type GitObject } from './batch-parser.ts'
import { SourceError } from './errors.ts'
import { failureOf, gitOutput, type Git, type GitProcess } from './git.ts'

/**
 * Contents kept for the next question, in bytes, and the largest of them: the same manifests are looked at for what they
 * mention, then parsed, then searched. Ours; beyond it everything is forgotten at once and read again when needed.
 */
const keptBytes = 32 * 1024 * 1024
const largestKept = 64 * 1024

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

  const kept = new Map<string, Extract<GitObject, { readonly content: Uint8Array }>>()
  let bytes = 0
  const keep = (id: string, object: GitObject): void => {
    if ('refused' in object || object.content.length > largestKept || kept.has(id)) return
    bytes += object.content.length
    if (bytes > keptBytes) {
      kept.clear()
      bytes = object.content.length
    }
    kept.set(id, object)
  }

  return {
    async read(ids, limit) {
      const found = new Map<string, GitObject>()
      const absent: string[] = []
      for (const id of new Set(ids)) {
        const known = kept.get(id)
        if (known !== undefined && known.content.length <= limit) found.set(id, known)
        else absent.push(id)
      }
      if (absent.length === 0) return found
      await new Promise<void>((resolve, fail) => {
        let left = absent.length
        const answer = (id: string, object: GitObject): void => {
          keep(id, object)
          found.set(id, object)
          left -= 1
          if (left === 0) resolve()
        }
        ask(
          absent.map((id) => ({
            id,
            limit,
            answer: (object) => {
              answer(id, object)
            },
            fail,
          })),
        )
      })
      return found
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
