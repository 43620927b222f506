import type { Engines } from '../engine/engines.ts'
import type { Change } from '../model/change.ts'
import type { Configuration } from '../model/configuration.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { Tree } from '../model/tree.ts'
import { createLocator } from '../render/location.ts'
import { definedKind, definitionChanges } from './definitions/changes.ts'
import { targetsById } from './environments.ts'
import { judgeChanges } from './judge-changes.ts'
import type { Judgement } from './judgement.ts'
import type { PolicySource } from './policy/source.ts'
import { readObjectsOfKinds, readRepositoryObjects } from './repository-objects.ts'
import type { Schemas } from './schema/catalogue.ts'

export interface JudgeInput {
  readonly pairs: readonly RenderedPair[]
  readonly changes: readonly Change[]
  /** Of the base tree. */
  readonly policies: PolicySource
  readonly configuration: Configuration
  readonly engines: Engines
  readonly base: Tree
  readonly head: Tree
  /** Shapes of every built-in kind: the opened dist/schemas.js. */
  readonly schemas: Schemas
}

/** What is wrong with the changes: new, existing or fixed; what was not checked; what gets destroyed. */
export async function judge(input: JudgeInput): Promise<Judgement> {
  const { base, head, engines, changes, configuration } = input
  const trees = { base, head }
  const asked = changes.some(({ operation }) => operation !== 'NONE') || configuration.gate === 'all'
  const repository = asked
    ? await readRepositoryObjects(trees, engines, configuration.schemas.crds)
    : { base: [], head: [], notChecked: [] }
  const targetOf = targetsById(input.pairs)
  const kinds = definitionChanges(changes, input.pairs, repository, targetOf).map(({ old }) =>
    definedKind(old.object),
  )
  const written = await readObjectsOfKinds(head, engines, kinds)
  const locator = createLocator(trees, engines)
  return await judgeChanges({
    ...input,
    repository: { ...repository, notChecked: [...repository.notChecked, ...written.notChecked] },
    written: written.objects,
    locate: (queries) => locator.locate([...queries]),
  })
}
