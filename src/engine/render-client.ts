/**
 * The render engine's client. Equal jobs are answered once: base and head render mostly the same, and a call is a
 * pure function of request, inputs and clock.
 */
import { createHash } from 'node:crypto'
import type { RenderRequest } from './api.ts'
import type { EngineAnswer, JobFiles, RenderEngine, ResultOf } from './engines.ts'
import { encodeFrame } from './frame.ts'
import type { Jobs } from './jobs.ts'
import { digestListing, listDeclared } from './listing.ts'
import type { Tree } from '../model/tree.ts'

interface Earlier {
  readonly tree: Tree
  readonly answer: Promise<EngineAnswer<unknown>>
}

/**
 * Answers that are shared are the same object: whoever gets one must not change it, and may compare objects of base
 * and head by identity first.
 */
export function createRenderClient(jobs: Jobs): RenderEngine {
  const answered = new Map<string, Earlier>()

  return {
    async run<R extends RenderRequest>(request: R, files: JobFiles) {
      const listing = listDeclared(files.tree, files.declared)
      const frame = encodeFrame(request)
      const key = createHash('sha256').update(frame).update('\0').update(digestListing(listing)).digest('hex')
      const earlier = answered.get(key)
      if (earlier !== undefined) {
        const answer = await earlier.answer
        if (isShareable(answer, earlier.tree, files.tree)) {
          return { ...answer, milliseconds: 0 } as EngineAnswer<ResultOf<R>>
        }
      }
      const answer = jobs
        .run<ResultOf<R>>({
          engine: 'render',
          frame,
          time: files.tree.time,
          files: { tree: files.tree, listing },
        })
        .then((done) => done.answer)
      if (earlier === undefined) answered.set(key, { tree: files.tree, answer })
      return answer
    },
  }
}

/**
 * An answer holds for another tree when it depends on nothing but the declared files: no read beyond them, and
 * nothing of the clock, which is the tree's own (certificates count as random and hold dates).
 */
function isShareable(answer: EngineAnswer<unknown>, from: Tree, to: Tree): boolean {
  if (from === to) return true
  if (answer.undeclared.length > 0) return false
  const impure = (answer.impure['clock'] ?? 0) + (answer.impure['random'] ?? 0)
  return impure === 0 || from.time === to.time
}
