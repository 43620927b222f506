/** The kubeconform engine's client: documents travel as blobs, schemas are read from the tree. */
import type { KubeconformRequest, KubeconformResult } from './api.ts'
import type { KubeconformEngine } from './engines.ts'
import { encodeFrame } from './frame.ts'
import type { Jobs } from './jobs.ts'
import { listDeclared } from './listing.ts'

export function createKubeconformClient(jobs: Jobs): KubeconformEngine {
  return {
    async validate(documents, options, files) {
      const request: KubeconformRequest = {
        op: 'validate',
        documents: documents.map(({ name }) => ({ name })),
        ...options,
      }
      const encoder = new TextEncoder()
      const blobs = documents.map(({ content }) =>
        typeof content === 'string' ? encoder.encode(content) : content,
      )
      const { answer } = await jobs.run<KubeconformResult>({
        engine: 'kubeconform',
        frame: encodeFrame(request, blobs),
        time: files.tree.time,
        files: { tree: files.tree, listing: listDeclared(files.tree, files.declared) },
      })
      return answer
    },
  }
}
