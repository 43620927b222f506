import { artifactTree } from '../discover/artifact-tree.ts'
import { repositoryOf } from '../discover/repository.ts'
import type { Origin } from '../model/object.ts'
import { realFile, type ArtifactPlan, type Target } from '../model/target.ts'
import type { RenderContext } from './context.ts'
import type { Outcome } from './outcome.ts'

/** The context in which a plan over an artifact is rendered: its own tree, and the target's inputs as paths in it. */
export async function artifactContext(
  { files, inputs }: ArtifactPlan,
  target: Target,
  context: RenderContext,
): Promise<{ readonly target: Target; readonly context: RenderContext }> {
  const tree = artifactTree(context.tree, files)
  const { configuration } = context.repository
  const repository = await repositoryOf(tree, configuration, context.engines)
  return { target: { ...target, inputs }, context: { ...context, tree, repository } }
}

/** What came of it, with paths of the real tree: people look for files where they wrote them. */
export function fromArtifact(outcome: Outcome, { files }: ArtifactPlan): Outcome {
  const real = (path: string): string => realFile(files[path] ?? path)
  switch (outcome.state) {
    case 'not-rendered':
      return outcome
    case 'failed': {
      const { location } = outcome.failure
      return {
        ...outcome,
        failure: {
          ...outcome.failure,
          ...(location === undefined ? {} : { location: { ...location, file: real(location.file) } }),
        },
        read: outcome.read.map(real),
      }
    }
    case 'rendered':
      return {
        ...outcome,
        drafts: outcome.drafts.map((draft) => ({ ...draft, origin: realOrigin(draft.origin, real) })),
        read: outcome.read.map(real),
        undeclared: outcome.undeclared.map(real),
      }
  }
}

function realOrigin(origin: Origin, real: (path: string) => string): Origin {
  return {
    ...origin,
    ...(origin.file === undefined ? {} : { file: real(origin.file) }),
    ...(origin.changedBy === undefined ? {} : { changedBy: origin.changedBy.map(real) }),
  }
}
