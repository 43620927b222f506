import type { AffectedTarget, Discovery } from '../model/discovery.ts'
import type { JsonObject } from '../model/json.ts'
import type { RenderPlan, Target } from '../model/target.ts'
import type { ChangedPath } from '../model/tree.ts'
import { objectAt } from './fields.ts'
import { ancestorsOf, compareText } from './paths.ts'

/**
 * The targets that a change touches: their files changed on either side, or they are rendered, synced or placed
 * otherwise than before, or they exist on one side only. Time grows with the inputs and with the changes, never with
 * their product.
 */
export function affected(
  before: Discovery,
  after: Discovery,
  changed: readonly ChangedPath[],
): AffectedTarget[] {
  const base = new Map(before.targets.map((target) => [target.id, target]))
  const head = new Map(after.targets.map((target) => [target.id, target]))
  const reads = readsAny(changed)

  const found: AffectedTarget[] = []
  for (const id of [...new Set([...base.keys(), ...head.keys()])].sort(compareText)) {
    const old = base.get(id)
    const now = head.get(id)
    const because: AffectedTarget['because'][number][] = []
    if (old === undefined) because.push('created')
    else if (now === undefined) because.push('deleted')
    else if (definitionKey(old) !== definitionKey(now)) because.push('definition')
    if ((old !== undefined && reads(old)) || (now !== undefined && reads(now))) because.push('inputs')
    if (because.length > 0)
      found.push({
        id,
        ...(old === undefined ? {} : { base: old }),
        ...(now === undefined ? {} : { head: now }),
        because,
      })
  }
  return found
}

/** Whether a target reads one of the changed paths. */
export function readsAny(changed: readonly ChangedPath[]): (target: Target) => boolean {
  const paths = new Set(changed.map(({ path }) => path))
  // A directory is touched by everything below it; the path itself may have been one.
  const directories = new Set(paths)
  for (const path of paths)
    for (const directory of ancestorsOf(path)) {
      // The directories above were added with an earlier path.
      if (directories.has(directory)) break
      directories.add(directory)
    }
  return ({ inputs }) =>
    inputs.files.some((file) => paths.has(file)) ||
    inputs.directories.some((directory) => directories.has(directory))
}

const keys = new WeakMap<Target, string>()

/** Everything of a target that says what it renders and what becomes of it, without the line it is defined on. */
export function definitionKey(target: Target): string {
  let key = keys.get(target)
  if (key === undefined) keys.set(target, (key = writeKey(target)))
  return key
}

function writeKey(target: Target): string {
  const { plan, project } = target
  return JSON.stringify([
    target.kind,
    target.path,
    target.cluster,
    target.environment,
    target.namespace,
    target.kubernetes,
    target.sync,
    withoutPlaces(plan),
    target.facts,
    // What a parent renders is compared with it; where nothing renders, the definition is all that there is to compare.
    target.parent === undefined || isUnrendered(plan) ? untracked(target.manifest) : undefined,
    // The line that the project stands on says nothing of its rules.
    project === undefined ? undefined : { ...project, location: undefined },
  ])
}

/** Two parents that render one definition differ in Argo CD's mark of whose it is. */
export function untracked(manifest: JsonObject | undefined): JsonObject | undefined {
  const metadata = objectAt(manifest, 'metadata')
  const annotations = objectAt(metadata, 'annotations')
  if (annotations === undefined || !(trackingId in annotations)) return manifest
  const rest = Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== trackingId))
  const others = Object.fromEntries(Object.entries(metadata ?? {}).filter(([key]) => key !== 'annotations'))
  return {
    ...manifest,
    metadata: Object.keys(rest).length === 0 ? others : { ...others, annotations: rest },
  }
}

const trackingId = 'argocd.argoproj.io/tracking-id'

function isUnrendered(plan: RenderPlan): boolean {
  return plan.tool === 'several' ? plan.sources.some(isUnrendered) : plan.tool === 'none'
}

/** Where something is written says nothing of what comes out: a file is renamed, a comment moves a line. */
function withoutPlaces(plan: RenderPlan): unknown {
  switch (plan.tool) {
    case 'several':
      return plan.sources.map(withoutPlaces)
    case 'remote':
      return [plan.tool, plan.definition]
    case 'none':
      return [plan.tool, plan.reason.code, plan.reason.reason.replaceAll(/, line \d+/g, '')]
    case 'helm':
      return plan.valuesFrom === undefined ? plan : { ...plan, valuesFrom: undefined }
    case 'kustomize':
      return plan.substitute === undefined
        ? plan
        : { ...plan, substitute: { ...plan.substitute, places: undefined } }
    case 'manifests':
      return plan
  }
}
