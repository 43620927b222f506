import type { AffectedTarget, Discovery } from '../model/discovery.ts'
import type { RenderPlan, Target } from '../model/target.ts'
import type { ChangedPath } from '../model/tree.ts'
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
  const touched = readersOf([...before.targets, ...after.targets], changed)

  const found: AffectedTarget[] = []
  for (const id of [...new Set([...base.keys(), ...head.keys()])].sort(compareText)) {
    const old = base.get(id)
    const now = head.get(id)
    const because: AffectedTarget['because'][number][] = []
    if (old === undefined) because.push('created')
    else if (now === undefined) because.push('deleted')
    else if (definitionKey(old) !== definitionKey(now)) because.push('definition')
    if (touched.has(id)) because.push('inputs')
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

/** Ids of the targets whose inputs cover one of the paths. */
function readersOf(targets: readonly Target[], changed: readonly ChangedPath[]): ReadonlySet<string> {
  const byFile = new Map<string, string[]>()
  const byDirectory = new Map<string, string[]>()
  const add = (index: Map<string, string[]>, path: string, id: string): void => {
    const ids = index.get(path)
    if (ids === undefined) index.set(path, [id])
    else ids.push(id)
  }
  for (const { id, inputs } of targets) {
    for (const file of inputs.files) add(byFile, file, id)
    for (const directory of inputs.directories) add(byDirectory, directory, id)
  }

  const touched = new Set<string>()
  const seen = new Set<string>()
  for (const { path } of changed) {
    for (const id of byFile.get(path) ?? []) touched.add(id)
    for (const id of byDirectory.get(path) ?? []) touched.add(id)
    for (const directory of ancestorsOf(path)) {
      // The directories above were looked at with an earlier path.
      if (seen.has(directory)) break
      seen.add(directory)
      for (const id of byDirectory.get(directory) ?? []) touched.add(id)
    }
  }
  return touched
}

/** Everything of a target that says what it renders and what becomes of it, without the line it is defined on. */
export function definitionKey(target: Target): string {
  const { kind, path, cluster, environment, namespace, kubernetes, sync, plan, facts, project } = target
  return JSON.stringify([
    kind,
    path,
    cluster,
    environment,
    namespace,
    kubernetes,
    sync,
    withoutPlaces(plan),
    facts,
    // The line that the project stands on says nothing of its rules.
    project === undefined ? undefined : { ...project, location: undefined },
  ])
}

/** A reason names its definition's line, which moves when somebody adds a comment above it. */
function withoutPlaces(plan: RenderPlan): unknown {
  if (plan.tool === 'several') return plan.sources.map(withoutPlaces)
  if (plan.tool === 'remote') return [plan.tool, plan.definition]
  if (plan.tool !== 'none') return plan
  return [plan.tool, plan.reason.code, plan.reason.reason.replaceAll(/, line \d+/g, '')]
}
