import type { YamlDocument } from '../engine/api.ts'
import type { Engines } from '../engine/engines.ts'
import type { Tree } from '../model/tree.ts'
import { memoryTree } from '../source/memory-tree.ts'
import { fillIn, shapeOf, signedText, type Shape } from './shape.ts'

/** A file as the documents that Go's parser sees in it. */
export interface ParsedFile {
  readonly documents: readonly YamlDocument[]
  /** The file as a whole could not be read: a stable code and a sentence. */
  readonly error?: { readonly code: string; readonly message: string }
}

/**
 * Files in one engine job: enough to make the job's fixed cost small, few enough to keep a worker's memory and the
 * response bounded. Ours; a manifest is 2 kB on average in the public repositories that were looked at.
 */
const filesPerJob = 400

/**
 * What is known of contents by their id: base and head share whatever is equal. Lives as long as the engines; a promise
 * only while the engine works on it.
 */
const known = new WeakMap<Engines, Map<string, ParsedFile | Promise<ParsedFile>>>()

/**
 * Parses files of a tree; links are followed. Each content is parsed once per engines, whichever tree holds it.
 * A path that is no readable file has an `error` with the code `missing-file` or the tree's refusal.
 */
export async function parseFiles(
  tree: Tree,
  engines: Engines,
  paths: Iterable<string>,
): Promise<ReadonlyMap<string, ParsedFile>> {
  let cache = known.get(engines)
  if (cache === undefined) known.set(engines, (cache = new Map<string, ParsedFile | Promise<ParsedFile>>()))

  const answers = new Map<string, ParsedFile | Promise<ParsedFile>>()
  const fresh: Job[] = []
  for (const path of paths) {
    if (answers.has(path)) continue
    const end = tree.resolve(path)
    if (end.kind !== 'file') {
      const code = end.kind === 'refused' ? end.reason : 'missing-file'
      answers.set(path, { documents: [], error: { code, message: `${path}: ${code}` } })
      continue
    }
    let answer = cache.get(end.id)
    if (answer === undefined) {
      const { id } = end
      const job = startJob(end.path, (file) => cache.set(id, file))
      cache.set(id, (answer = job.answer))
      fresh.push(job)
    }
    answers.set(path, answer)
  }

  await parseJobs(tree, engines, await parseAlike(tree, engines, fresh))

  const parsed = new Map<string, ParsedFile>()
  for (const [path, answer] of answers) parsed.set(path, answer instanceof Promise ? await answer : answer)
  return parsed
}

async function parseJobs(tree: Tree, engines: Engines, jobs: readonly Job[]): Promise<void> {
  const chunks: Job[][] = []
  for (let i = 0; i < jobs.length; i += filesPerJob) chunks.push(jobs.slice(i, i + filesPerJob))
  await Promise.all(chunks.map((chunk) => parseChunk(tree, engines, chunk)))
}

/** Below this many files, looking for equal shapes costs about what it saves. Ours. */
const worthComparing = 20

/**
 * Parses files that differ in words alone by one of them (see shape.ts).
 * @returns the files that the parser has to look at itself
 */
async function parseAlike(tree: Tree, engines: Engines, jobs: readonly Job[]): Promise<readonly Job[]> {
  if (jobs.length < worthComparing) return jobs
  const alone: Job[] = []
  const groups = new Map<string, { job: Job; shape: Shape }[]>()
  const contents = await tree.read(jobs.map((job) => job.path))
  for (const job of jobs) {
    const content = contents.get(job.path)
    const shape = content instanceof Uint8Array ? shapeOf(latin1(content)) : undefined
    if (shape === undefined) alone.push(job)
    else {
      const group = groups.get(shape.key)
      if (group === undefined) groups.set(shape.key, [{ job, shape }])
      else group.push({ job, shape })
    }
  }

  const signed: { [path: string]: Uint8Array } = {}
  const questions: Job[] = []
  const answers: Promise<void>[] = []
  for (const group of groups.values()) {
    const [first, second] = group
    if (first === undefined) continue
    if (second === undefined) {
      alone.push(first.job)
      continue
    }
    const path = `shape-${questions.length}.yaml`
    signed[path] = Buffer.from(signedText(first.shape), 'latin1')
    const question = startJob(path, () => undefined)
    questions.push(question)
    answers.push(
      question.answer.then((file) => {
        for (const { job, shape } of group) {
          const documents = file.error === undefined ? fillIn(file.documents, shape) : undefined
          if (documents === undefined) alone.push(job)
          else job.done({ documents })
        }
      }),
    )
  }
  if (questions.length > 0) await parseJobs(memoryTree(signed), engines, questions)
  await Promise.all(answers)
  return alone
}

function latin1(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1')
}

interface Job {
  readonly path: string
  readonly answer: Promise<ParsedFile>
  readonly done: (file: ParsedFile) => void
}

function startJob(path: string, settle: (file: ParsedFile) => void): Job {
  let resolve: (file: ParsedFile) => void = () => undefined
  const answer = new Promise<ParsedFile>((settled) => (resolve = settled))
  return {
    path,
    answer,
    done(file) {
      settle(file)
      resolve(file)
    },
  }
}

/** One hostile file must not take its neighbours with it: a job that breaks is halved until the file is alone. */
async function parseChunk(tree: Tree, engines: Engines, jobs: readonly Job[]): Promise<void> {
  const files = jobs.map((job) => job.path)
  const outcome = await engines.render
    .run({ op: 'yaml.parse', files }, { tree, declared: { files, directories: [] }, label: 'parse' })
    .catch((cause: unknown) => ({
      ok: false as const,
      error: { code: 'engine', message: cause instanceof Error ? cause.message : String(cause) },
    }))
  const [only, second] = jobs
  if (outcome.ok) {
    jobs.forEach((job, i) => {
      const file = outcome.result.files[i]
      job.done(
        file === undefined
          ? { documents: [], error: { code: 'engine', message: `${job.path}: no answer` } }
          : { documents: file.documents, ...(file.error === undefined ? {} : { error: file.error }) },
      )
    })
  } else if (only !== undefined && second === undefined) {
    only.done({ documents: [], error: outcome.error })
  } else {
    const half = Math.ceil(jobs.length / 2)
    await Promise.all([
      parseChunk(tree, engines, jobs.slice(0, half)),
      parseChunk(tree, engines, jobs.slice(half)),
    ])
  }
}
