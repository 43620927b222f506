/** Questions to Go's parser: files of a tree, several in one job of the engine. */
import type { YamlDocument } from '../engine/api.ts'
import type { Engines } from '../engine/engines.ts'
import type { Tree } from '../model/tree.ts'

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
/** Bytes likewise, where they are known, so that the workers share large files. Ours; about 0.1 s of parsing. */
const bytesPerJob = 1_000_000

export interface Job {
  readonly path: string
  /** Bytes; 0 when they are not known yet. */
  readonly size: number
  readonly answer: Promise<ParsedFile>
  readonly done: (file: ParsedFile) => void
}

/** @param settle is told the answer before those who wait for it are */
export function startJob(path: string, size: number, settle: (file: ParsedFile) => void): Job {
  let resolve: (file: ParsedFile) => void = () => undefined
  const answer = new Promise<ParsedFile>((settled) => (resolve = settled))
  return {
    path,
    size,
    answer,
    done(file) {
      settle(file)
      resolve(file)
    },
  }
}

export async function parseJobs(tree: Tree, engines: Engines, jobs: readonly Job[]): Promise<void> {
  const chunks: Job[][] = []
  let bytes = 0
  for (const job of jobs) {
    const last = chunks.at(-1)
    bytes += job.size
    if (last === undefined || last.length === filesPerJob || bytes > bytesPerJob) {
      chunks.push([job])
      bytes = job.size
    } else last.push(job)
  }
  await Promise.all(chunks.map((chunk) => parseChunk(tree, engines, chunk)))
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
