import type { Engines } from '../engine/engines.ts'
import type { Change } from '../model/change.ts'
import type { Configuration } from '../model/configuration.ts'
import type { JsonObject } from '../model/json.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { Tree } from '../model/tree.ts'
import { createLocator } from '../render/location.ts'
import { classKinds } from './admission/classes.ts'
import { definedKind, definitionChanges } from './definitions/changes.ts'
import { shippedFor } from './definitions/shipped.ts'
import { targetsById } from './environments.ts'
import { judgeChanges } from './judge-changes.ts'
import type { Exemptions } from './exemptions/read.ts'
import type { Judgement } from './judgement.ts'
import type { PolicySource } from './policy/source.ts'
import { reportPolicies } from './policy/told.ts'
import { preview, type PreviewInput } from './preview.ts'
import { groupsOf } from './groups.ts'
import type { AllTargets } from './references/dependencies.ts'
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
  /** Of the base tree. */
  readonly exemptions: Exemptions
  /** Every target of both sides, affected or not; without it nothing is said of what definitions wait for. */
  readonly targets?: AllTargets
  /** Every target of the repository is among the pairs. */
  readonly everything: boolean
  /** Seconds since the epoch that exemptions are compared with. */
  readonly now: number
  /** Set when the change edits what judges. */
  readonly preview: Pick<PreviewInput, 'edits' | 'after' | 'notes'> | null
}

/** What is wrong with the changes: new, existing or fixed; what was not checked; what gets destroyed. */
export async function judge(input: JudgeInput): Promise<Judgement> {
  const { base, head, engines, changes, configuration } = input
  const trees = { base, head }
  const asked =
    changes.some(({ operation }) => operation !== 'NONE') ||
    configuration.gate === 'all' ||
    input.preview !== null
  const repository = asked
    ? await readRepositoryObjects(trees, engines, {
        crds: configuration.schemas.crds,
        groups:
          input.preview === null ? groupsOf(changes, input.policies, input.schemas.catalogue) : undefined,
      })
    : { base: [], head: [], notChecked: [] }
  const shipped = await shippedFor(
    asked ? objectsOf(changes, configuration.gate === 'all' || input.preview !== null) : [],
    input.schemas.shipped,
    {
      engine: engines.kubeconform,
      tree: base,
      locations: configuration.schemas.locations,
      kubernetes: configuration.kubernetes,
    },
  )
  const targetOf = targetsById(input.pairs)
  const kinds = definitionChanges(changes, input.pairs, repository, targetOf).map(({ old }) =>
    definedKind(old.object),
  )
  const written = await readObjectsOfKinds(head, engines, kinds)
  const classes = await readObjectsOfKinds(head, engines, classKinds(changes))
  const locator = createLocator(trees, engines)
  const judged = await judgeChanges({
    ...input,
    repository: {
      ...repository,
      notChecked: [...repository.notChecked, ...written.notChecked, ...classes.notChecked],
    },
    written: written.objects,
    classes: classes.objects.map(({ object }) => object),
    shipped,
    locate: (queries) => locator.locate([...queries]),
  })
  if (input.preview === null) return judged
  const before = { configuration, policies: input.policies, exemptions: input.exemptions }
  const made = await preview({ ...input, ...input.preview, before, repository, shipped })
  // The preview asks about every object, so that it is known which policies match none.
  const policies =
    made.matched === undefined ? judged.policies : reportPolicies(input.policies, made.matched, true)
  return { ...judged, policies, preview: made.preview }
}

/** The objects of both sides; those that do not change only when they are judged as well. */
function objectsOf(changes: readonly Change[], unchanged: boolean): readonly JsonObject[] {
  return changes
    .filter(({ operation }) => unchanged || operation !== 'NONE')
    .flatMap(({ old, new: next }) => [old, next].flatMap((side) => (side === undefined ? [] : [side.object])))
}
