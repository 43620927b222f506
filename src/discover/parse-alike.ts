import type { Engines } from '../engine/engines.ts'
import { memoryTree } from '../source/memory-tree.ts'
import { parseJobs, startJob, type Job } from './parse-jobs.ts'
import { fillIn, shapeOf, signedText, type Shape } from './shape.ts'

export interface ReadJob {
  readonly job: Job
  readonly content: Uint8Array
}

/**
 * Parses files that differ in words alone by one of them (see shape.ts).
 * @returns the files that the parser has to look at itself
 */
export async function parseAlike(engines: Engines, files: readonly ReadJob[]): Promise<readonly Job[]> {
  const alone: Job[] = []
  const groups = new Map<string, { job: Job; shape: Shape }[]>()
  for (const { job, content } of files) {
    const shape = shapeOf(latin1(content))
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
    const question = startJob(path, 0, () => undefined)
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
