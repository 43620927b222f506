import type { Engines } from '../engine/engines.ts'
import type { Tree } from '../model/tree.ts'
import { cut } from './cut.ts'
import { parseAlike, type ReadJob } from './parse-alike.ts'
import { parseJobs, startJob, type Job, type ParsedFile } from './parse-jobs.ts'
import { parseParts, type CutJob } from './parse-parts.ts'
import { largestAlike } from './shape.ts'

export type { ParsedFile } from './parse-jobs.ts'

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
      const job = startJob(end.path, 0, (file) => cache.set(id, file))
      cache.set(id, (answer = job.answer))
      fresh.push(job)
    }
    answers.set(path, answer)
  }

  await parseFresh(tree, engines, fresh, cache)

  const parsed = new Map<string, ParsedFile>()
  for (const [path, answer] of answers) parsed.set(path, answer instanceof Promise ? await answer : answer)
  return parsed
}

/** Below this many files, looking for what they have in common costs about what it saves. Ours. */
const worthComparing = 20

async function parseFresh(
  tree: Tree,
  engines: Engines,
  jobs: readonly Job[],
  cache: Map<string, ParsedFile | Promise<ParsedFile>>,
): Promise<void> {
  if (jobs.length < worthComparing) {
    await parseJobs(tree, engines, jobs)
    return
  }
  const contents = await tree.read(jobs.map((job) => job.path))
  const alone: Job[] = []
  const small: ReadJob[] = []
  const large: CutJob[] = []
  for (const job of jobs) {
    const content = contents.get(job.path)
    if (!(content instanceof Uint8Array)) alone.push(job)
    else if (content.length <= largestAlike) small.push({ job, content })
    else {
      const texts = cut(content)
      if (texts === undefined) alone.push({ ...job, size: content.length })
      else large.push({ job: { ...job, size: content.length }, texts })
    }
  }
  const left = await Promise.all([parseAlike(engines, small), parseParts(engines, large, cache)])
  await parseJobs(tree, engines, [...alone, ...left.flat()])
}
