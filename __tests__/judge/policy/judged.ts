import { compare } from '../../../src/compare/compare.ts'
import type { Engines } from '../../../src/engine/engines.ts'
import { judgeChanges } from '../../../src/judge/judge-changes.ts'
import type { Judgement } from '../../../src/judge/judgement.ts'
import { loadPolicies } from '../../../src/judge/policy/source.ts'
import { readRepositoryObjects } from '../../../src/judge/repository-objects.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { memoryTree } from '../../../src/source/memory-tree.ts'
import { pair } from '../../compare/objects.ts'
import { configuration } from '../configuration.ts'
import { schemas } from '../schema/support.ts'

/** What the policies of `policies/` say of one application's change. */
export async function judgedBy(
  engines: Engines,
  files: Readonly<Record<string, string>>,
  before: readonly JsonObject[],
  after: readonly JsonObject[],
): Promise<Judgement> {
  const base = memoryTree(files)
  const settings = configuration({ policies: [{ path: 'policies' }] })
  const pairs = [pair('app', before, after)]
  return await judgeChanges({
    pairs,
    changes: compare(pairs),
    policies: await loadPolicies(base, settings, engines),
    configuration: settings,
    engines,
    schemas,
    base,
    repository: await readRepositoryObjects({ base, head: base }, engines),
    exemptions: { exemptions: [], problems: [] },
    everything: false,
    now: 0,
    locate: (queries) => Promise.resolve(queries.map(() => undefined)),
  })
}
