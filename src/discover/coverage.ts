import type { RenderPlan } from '../model/target.ts'
import { overlaidFile } from './remote/kustomize-references.ts'
import type { Repository } from './repository.ts'

/** What targets render, precisely: not what they could read. */
export interface Coverage {
  /** Directories of kustomizations that are built, as roots or bases. */
  readonly kustomizations: Set<string>
  /** Directories of charts that are rendered. */
  readonly charts: Set<string>
  /** Manifest files. */
  readonly files: Set<string>
}

export function emptyCoverage(): Coverage {
  return { kustomizations: new Set(), charts: new Set(), files: new Set() }
}

/** Adds what a plan renders. */
export function cover(plan: RenderPlan, repository: Repository, into: Coverage): void {
  switch (plan.tool) {
    case 'manifests':
      for (const file of plan.files) into.files.add(file)
      return
    case 'kustomize': {
      const file = overlaidFile(plan)
      const overlaid = file === undefined ? undefined : plan.overlay?.[file]
      const value = overlaid === undefined ? undefined : (JSON.parse(overlaid) as never)
      const closure = repository.kustomizations.closure(plan.root, value)
      into.kustomizations.add(plan.root)
      for (const base of closure.bases) into.kustomizations.add(base)
      for (const file of closure.files) into.files.add(file)
      for (const directory of closure.directories)
        if (repository.charts.byDirectory.has(directory)) into.charts.add(directory)
      return
    }
    case 'helm':
      for (const directory of repository.charts.directoriesOf(plan.chart)) into.charts.add(directory)
      for (const file of plan.valuesFiles) into.files.add(file)
      return
    case 'several':
      for (const source of plan.sources) cover(source, repository, into)
      return
    case 'none':
    case 'remote':
      return
  }
}

/** True when rendering the plan can bring definitions to light: one of its files mentions any. */
export function mayHoldDefinitions(plan: RenderPlan, repository: Repository): boolean {
  const covered = emptyCoverage()
  cover(plan, repository, covered)
  if (repository.mentions.some((path) => covered.files.has(path))) return true
  for (const chart of covered.charts) {
    const prefix = chart === '' ? '' : `${chart}/`
    if (anyWithPrefix(repository.mentions, prefix)) return true
    // The project's own chart of Applications reads them from values, packed or not.
    if ((repository.tree.children(`${prefix}charts`) ?? []).some((name) => name.startsWith('argocd-apps')))
      return true
  }
  return false
}

/** Binary search in sorted paths. */
function anyWithPrefix(sorted: readonly string[], prefix: string): boolean {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? '') < prefix) low = middle + 1
    else high = middle
  }
  return sorted[low]?.startsWith(prefix) ?? false
}
