import type { InputSet, RenderPlan, Target } from '../../model/target.ts'
import { joinInputs, noInputs } from '../planned.ts'
import type { Repository } from '../repository.ts'
import { prepareHelm } from './prepare-helm.ts'
import { prepareKustomize, type Prepared } from './prepare-kustomize.ts'

/**
 * Makes a target ready for the engines: whatever it needs from elsewhere is fetched and stands in the tree, or the plan
 * says why it is not. Without hosts in the configuration nothing changes.
 */
export async function prepareTarget(target: Target, repository: Repository): Promise<Target> {
  if (!repository.sources.configured) return target
  const settled = target.plan.tool === 'remote' ? await target.plan.settle() : target
  const { plan, inputs } = await preparePlan(settled.plan, settled.inputs, repository, target.id)
  return plan === target.plan && inputs === target.inputs
    ? target
    : { ...target, plan, inputs: joinInputs(target.inputs, inputs) }
}

/** What `remote.allow` would have to name for the target's sources from elsewhere; empty when that is not known. */
export async function whatToAllow(target: Target, repository: Repository): Promise<readonly string[]> {
  // With hosts in the configuration everything was asked for, and its answer told, before it was rendered.
  if (repository.sources.configured) return []
  const { plan } = await preparePlan(target.plan, target.inputs, repository, target.id)
  return [...new Set(allowedFor(plan))].sort()
}

function allowedFor(plan: RenderPlan): readonly string[] {
  if (plan.tool === 'several') return plan.sources.flatMap(allowedFor)
  return plan.tool === 'none' ? (plan.reason.allow ?? []) : []
}

async function preparePlan(
  plan: RenderPlan,
  inputs: InputSet,
  repository: Repository,
  what: string,
): Promise<Prepared> {
  switch (plan.tool) {
    case 'kustomize':
      return await prepareKustomize(plan, inputs, repository, what)
    case 'helm':
      return await prepareHelm(plan, inputs, repository, what)
    case 'several': {
      const sources: RenderPlan[] = []
      let all = inputs
      for (const source of plan.sources) {
        const prepared = await preparePlan(source, noInputs, repository, what)
        sources.push(prepared.plan)
        all = joinInputs(all, prepared.inputs)
      }
      return { plan: { tool: 'several', sources }, inputs: all }
    }
    case 'manifests':
    case 'none':
    case 'remote':
      return { plan, inputs }
  }
}

/** True when the target's plan asks for something from elsewhere that may hold definitions. */
export function mayBringDefinitions(plan: RenderPlan, repository: Repository): boolean {
  if (!repository.sources.configured) return false
  switch (plan.tool) {
    case 'remote':
      return plan.mayHoldDefinitions
    case 'kustomize':
      return repository.kustomizations
        .closure(plan.root)
        .remoteReferences.some((entry) => entry.kind === 'build' || entry.name.startsWith('argocd-apps'))
    case 'several':
      return plan.sources.some((source) => mayBringDefinitions(source, repository))
    case 'helm':
    case 'manifests':
    case 'none':
      return false
  }
}
