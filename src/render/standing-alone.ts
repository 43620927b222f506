import type { Repository } from '../discover/repository.ts'
import type { Target } from '../model/target.ts'
import type { Side } from './side.ts'

/**
 * A kustomization, chart or folder that stands by itself on one side only because a definition deploys it on the
 * other is no target that came or went; the definition is. Where the base has it alone, the definition of head deploys it
 * for the first time. Where head has it alone, its definition is gone, and with it whatever was defined in there: nothing
 * here deploys that any more. What it holds is still compared with what it held, so that no change in it goes unseen.
 * Wants both sides settled.
 */
export function pairStandingAlone(base: Side, head: Side): void {
  const deployedByHead = head.deployed()
  for (const target of onlyOn(base, head)) if (deployedByHead(target)) base.drop(target.id)
  const deployedByBase = base.deployed()
  for (const target of onlyOn(head, base)) {
    if (!deployedByBase(target)) continue
    head.dropDefinedBy(target.id)
    const former = standingAlone(target, base.repository)
    if (former !== undefined) base.targets.set(target.id, former)
  }
}

/**
 * Definitions that were deployed by another one which does not deploy them any more, and deletes them: the files may lie
 * where they were, the cluster has them no longer. One that is kept (no cascade, no pruning) goes on to deploy.
 */
export function dropDeletedDefinitions(base: Side, head: Side): void {
  const formers = new Map([...base.targets.values()].reverse().map((target) => [definedAs(target), target]))
  for (const target of [...head.targets.values()]) {
    if (target.owner === undefined || target.parent !== undefined) continue
    // The same definition in the other tree. Its cluster may have been known only from what deployed it.
    const former = base.targets.get(target.id) ?? formers.get(definedAs(target))
    const parent = former?.parent === undefined ? undefined : base.targets.get(former.parent)
    if (parent?.owner === undefined) continue
    const now = head.targets.get(parent.id)
    if (now === undefined ? parent.facts?.onDelete === 'delete' : now.sync.prune === true)
      head.drop(target.id)
  }
}

/** Equal for targets of one definition, whatever their ids say of its cluster. */
function definedAs({ kind, definition, owner }: Target): string {
  return JSON.stringify([kind, definition?.file, owner?.name, owner?.namespace])
}

/** Targets without a definition that the other side does not have. */
function onlyOn(side: Side, other: Side): readonly Target[] {
  return [...side.targets.values()].filter(({ id, owner }) => owner === undefined && !other.targets.has(id))
}

/** The target of another tree of the repository; undefined where that tree has nothing of it. */
function standingAlone(target: Target, repository: Repository): Target | undefined {
  const { plan } = target
  switch (plan.tool) {
    case 'kustomize': {
      if (!repository.kustomizations.byDirectory.has(plan.root)) return undefined
      const { files, directories } = repository.kustomizations.closure(plan.root)
      return { ...target, inputs: { files, directories } }
    }
    case 'helm': {
      const { charts, tree } = repository
      if (!charts.byDirectory.has(plan.chart)) return undefined
      if (plan.valuesFiles.some((file) => tree.stat(file) === undefined)) return undefined
      return {
        ...target,
        inputs: { ...target.inputs, directories: charts.directoriesOf(plan.chart) },
      }
    }
    case 'manifests': {
      const files = plan.files.filter((file) => repository.tree.stat(file) !== undefined)
      return files.length === 0
        ? undefined
        : { ...target, plan: { ...plan, files }, inputs: { ...target.inputs, files } }
    }
    default:
      return undefined
  }
}
