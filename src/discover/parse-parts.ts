import { createHash } from 'node:crypto'
import type { Engines } from '../engine/engines.ts'
import { memoryTree } from '../source/memory-tree.ts'
import { endsOfLines, joinParts } from './cut.ts'
import { parseJobs, startJob, type Job, type ParsedFile } from './parse-jobs.ts'

export interface CutJob {
  readonly job: Job
  /** What {@link cut} made of the file. */
  readonly texts: readonly Uint8Array[]
}

/**
 * Parses large files document by document: bundles repeat what others hold, and the workers share a large one.
 *
 * @param cache what is known of contents by their id; parts have ids of their own in it
 * @returns the files that the parser has to look at as a whole, because something is wrong in them
 */
export async function parseParts(
  engines: Engines,
  files: readonly CutJob[],
  cache: Map<string, ParsedFile | Promise<ParsedFile>>,
): Promise<readonly Job[]> {
  const parts = new Map<string, { file: ParsedFile | Promise<ParsedFile>; lines: number }>()
  const asked: Record<string, Uint8Array> = {}
  const questions: Job[] = []
  const partOf = (text: Uint8Array) => {
    const id = `part ${createHash('sha256').update(text).digest('base64')}`
    let part = parts.get(id)
    if (part !== undefined) return part
    let file = cache.get(id)
    if (file === undefined) {
      const path = `part-${questions.length}.yaml`
      asked[path] = text
      const question = startJob(path, text.length, (read) => cache.set(id, read))
      questions.push(question)
      cache.set(id, (file = question.answer))
    }
    part = { file, lines: endsOfLines(text) }
    parts.set(id, part)
    return part
  }
  const cutFiles = files.map(({ job, texts }) => ({ job, parts: texts.map(partOf) }))
  if (questions.length > 0) await parseJobs(memoryTree(asked), engines, questions)

  const left: Job[] = []
  for (const { job, parts } of cutFiles) {
    const read = await Promise.all(parts.map(async ({ file, lines }) => ({ file: await file, lines })))
    if (read.some(({ file }) => isBroken(file))) left.push(job)
    else job.done({ documents: joinParts(read.map(({ file, lines }) => ({ ...file, lines }))) })
  }
  return left
}

function isBroken({ error, documents }: ParsedFile): boolean {
  return error !== undefined || documents.some((document) => document.error !== undefined)
}
