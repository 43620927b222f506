import { compare } from '../../src/compare/compare.ts'
import type { Engines } from '../../src/engine/engines.ts'
import { judgeChanges } from '../../src/judge/judge-changes.ts'
import type { Judgement } from '../../src/judge/judgement.ts'
import { loadPolicies } from '../../src/judge/policy/source.ts'
import { readRepositoryObjects } from '../../src/judge/repository-objects.ts'
import type { Configuration } from '../../src/model/configuration.ts'
import type { RenderedPair } from '../../src/model/rendering.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { schemas } from './schema/support.ts'

type Files = Readonly<Record<string, string>>

/** What is said of rendered pairs, beside the files of both trees (`head` holds what it has besides base). */
export async function judgedPairs(
  engines: Engines,
  pairs: readonly RenderedPair[],
  configuration: Configuration,
  files: { readonly base: Files; readonly head?: Files | undefined },
): Promise<Judgement> {
  const base = memoryTree(files.base)
  const head = memoryTree({ ...files.base, ...files.head })
  return await judgeChanges({
    pairs,
    changes: compare(pairs),
    policies: await loadPolicies(base, configuration, engines),
    configuration,
    engines,
    schemas,
    base,
    repository: await readRepositoryObjects({ base, head }, engines),
    exemptions: { exemptions: [], problems: [] },
    shipped: [],
    everything: false,
    now: 0,
    locate: (queries) => Promise.resolve(queries.map(({ object }) => ({ file: object.origin.file ?? '' }))),
  })
}
