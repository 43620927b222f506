import { covers, realFile, type ArtifactPlan, type RenderPlan, type Target } from '../model/target.ts'
import { childOf, directoryOf } from './paths.ts'
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

/** A plan belongs to one side of a change and never changes: it is looked through once. */
const known = new WeakMap<Repository, WeakMap<RenderPlan, Coverage>>()

/** What a plan renders. */
export function coverageOf(plan: RenderPlan, repository: Repository): Coverage {
  let plans = known.get(repository)
  if (plans === undefined) known.set(repository, (plans = new WeakMap<RenderPlan, Coverage>()))
  let coverage = plans.get(plan)
  if (coverage === undefined) plans.set(plan, (coverage = readCoverage(plan, repository)))
  return coverage
}

/** Adds what a plan renders. */
export function cover(plan: RenderPlan, repository: Repository, into: Coverage): void {
  const { kustomizations, charts, files } = coverageOf(plan, repository)
  for (const directory of kustomizations) into.kustomizations.add(directory)
  for (const directory of charts) into.charts.add(directory)
  for (const file of files) into.files.add(file)
}

/**
 * Adds what a target renders. One that cannot, because what it deploys is broken, deploys that folder all the same: it
 * stands for itself no more than it did before somebody broke it.
 */
export function coverTarget({ plan, path, inputs }: Target, repository: Repository, into: Coverage): void {
  cover(plan, repository, into)
  if (!isBroken(plan)) return
  const { kustomizations, charts } = repository
  // Of an artifact only the files are known, not the folders that they were put together from.
  const held = inputs.files.map(directoryOf).filter((directory) => {
    const file = kustomizations.byDirectory.get(directory)?.file ?? childOf(directory, 'Chart.yaml')
    return inputs.files.includes(file)
  })
  for (const directory of new Set([path, ...inputs.directories, ...held])) {
    if (kustomizations.byDirectory.has(directory)) {
      into.kustomizations.add(directory)
      for (const base of kustomizations.closure(directory).bases) into.kustomizations.add(base)
    }
    if (charts.byDirectory.has(directory))
      for (const chart of charts.directoriesOf(directory)) into.charts.add(chart)
  }
}

function isBroken(plan: RenderPlan): boolean {
  if (plan.tool === 'several') return plan.sources.some(isBroken)
  return plan.tool === 'none' && plan.reason.code === 'render-failed'
}

function readCoverage(plan: RenderPlan, repository: Repository): Coverage {
  const into = emptyCoverage()
  if ('artifact' in plan) return coverArtifact(plan.artifact, repository)
  switch (plan.tool) {
    case 'manifests':
      for (const file of plan.files) into.files.add(file)
      return into
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
      return into
    }
    case 'helm':
      for (const directory of repository.charts.directoriesOf(plan.chart)) into.charts.add(directory)
      for (const file of plan.valuesFiles) into.files.add(file)
      return into
    case 'several':
      for (const source of plan.sources) cover(source, repository, into)
      return into
    case 'none':
    case 'remote':
      return into
  }
}

/** What an artifact's build reads, as files of the tree. */
function coverArtifact({ files, inputs }: ArtifactPlan, repository: Repository): Coverage {
  const into = emptyCoverage()
  for (const [path, file] of Object.entries(files)) {
    if (!covers(inputs, path)) continue
    const real = realFile(file)
    into.files.add(real)
    const directory = directoryOf(real)
    if (repository.kustomizations.byDirectory.get(directory)?.file === real)
      into.kustomizations.add(directory)
    if (repository.charts.byDirectory.has(directory)) into.charts.add(directory)
  }
  return into
}

/** True when rendering the plan can bring definitions to light: one of its files mentions any. */
export function mayHoldDefinitions(plan: RenderPlan, repository: Repository): boolean {
  const covered = coverageOf(plan, repository)
  for (const file of covered.files) if (repository.mentioned.has(file)) return true
  for (const chart of covered.charts) {
    const prefix = chart === '' ? '' : `${chart}/`
    if (anyWithPrefix(repository.mentions, prefix)) return true
    // The project's own chart of Applications reads them from values, packed or not.
    if ((repository.tree.children(`${prefix}charts`) ?? []).some((name) => name.startsWith('argocd-apps')))
      return true
  }
  return false
}

/**
 * True when the definitions that rendering the plan can bring to light may deploy other paths. HelmReleases alone mostly
 * install charts from elsewhere.
 */
export function mayHoldDeployers(plan: RenderPlan, repository: Repository): boolean {
  const { files, charts } = coverageOf(plan, repository)
  if (charts.size > 0) return true
  for (const file of files)
    if (repository.mentioned.has(file) && (repository.facts.get(file)?.deploys ?? true)) return true
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
