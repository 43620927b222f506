import type { Engines } from '../../engine/engines.ts'
import type { JsonObject } from '../../model/json.ts'
import type { NotChecked } from '../../model/outcome.ts'
import type { Tree } from '../../model/tree.ts'
import { admitWrites } from '../admission/findings.ts'
import { fingerprintKey } from '../fingerprint.ts'
import type { Found } from '../judgement.ts'
import { engineFailure } from '../not-checked.ts'
import { withoutRepetition } from '../admission/repetition.ts'
import type { Schemas } from '../schema/catalogue.ts'
import { customKey, readCustomResources } from '../schema/custom.ts'
import { checkShapes } from '../schema/findings.ts'
import type { ChangeWrite } from '../writes.ts'

/** What one set of definitions says of custom resources as new objects. */
export interface CustomResourceAnswer {
  /** Of each write that is refused or loses fields, what is said of it. Keys as `fingerprintKey` makes them. */
  readonly said: ReadonlyMap<ChangeWrite, ReadonlyMap<string, Found>>
  /** Writes of a version that no definition serves. */
  readonly unserved: ReadonlySet<ChangeWrite>
  readonly notChecked: readonly NotChecked[]
}

export interface CustomResourceQuestion {
  readonly engines: Engines
  readonly schemas: Schemas
  readonly base: Tree
  readonly kubernetes: string
}

/**
 * Judges custom resources by these definitions alone. Undefined when one of the definitions is wrong in itself: that is
 * a finding on the definition, and nothing can be said of its resources.
 */
export async function judgeCustomResources(
  definitions: readonly JsonObject[],
  writes: readonly ChangeWrite[],
  { engines, schemas, base, kubernetes }: CustomResourceQuestion,
): Promise<CustomResourceAnswer | undefined> {
  const customResources = readCustomResources(definitions)
  const unserved = new Set(
    writes.filter(({ change, object }) => {
      const kind = customResources.get(customKey(change.identity))
      return kind?.versions.get(object.apiVersion.split('/')[1] ?? '')?.served !== true
    }),
  )
  const asked = writes.filter((write) => !unserved.has(write))
  if (asked.length === 0) return { said: new Map(), unserved, notChecked: [] }

  const session = await engines.admission.open({ kubernetes, customResourceDefinitions: [...definitions] })
  if ('error' in session) {
    const failure = engineFailure(session.error, asked, 'custom resources of changed definitions')
    return { said: new Map(), unserved, notChecked: [failure] }
  }
  if (session.loaded.problems.length > 0) return undefined
  const admitted = await admitWrites(session, asked, () => undefined)
  const shapes = await checkShapes(
    asked,
    { schemas, kubernetes, customResources },
    { engine: engines.kubeconform, tree: base, locations: [], kubernetes },
  )
  const said = new Map<ChangeWrite, Map<string, Found>>()
  const byObject = new Map(asked.map((write) => [write.object, write]))
  for (const found of withoutRepetition(admitted.found, shapes.found, admitted)) {
    const write = found.object === undefined ? undefined : byObject.get(found.object)
    if (write === undefined || found.finding.rule === 'admission/warning') continue
    const known = said.get(write) ?? new Map<string, Found>()
    said.set(write, known.set(fingerprintKey(found.finding), found))
  }
  return { said, unserved, notChecked: admitted.notChecked }
}
