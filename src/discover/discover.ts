import type { Engines } from '../engine/engines.ts'
import type { Configuration } from '../model/configuration.ts'
import type { Discovery, PartialSets } from '../model/discovery.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Target } from '../model/target.ts'
import type { Tree } from '../model/tree.ts'
import type { Remote } from '../source/remote/remote.ts'
import { cover, coverTarget, emptyCoverage, type Coverage } from './coverage.ts'
import { defineTargets, readInlineValues, uniqueIds } from './definitions.ts'
import { withClusters } from './flux/clusters.ts'
import { definitionKind, type FoundObject } from './found.ts'
import { ancestorsOf, compareText } from './paths.ts'
import { repositoryOf, type Repository } from './repository.ts'
import { standaloneTargets } from './standalone.ts'
import { writtenSurroundings } from './surroundings.ts'

/**
 * Finds what deploys from a tree as far as files alone tell: definitions that nothing else in the repository renders,
 * and kustomizations, charts and folders that no such definition deploys. Definitions inside of those come to light
 * when they are rendered (src/render/render-pairs.ts).
 */
export async function discover(
  tree: Tree,
  configuration: Configuration,
  engines: Engines,
  /** What may be fetched; without it nothing is. */
  remote?: Remote,
): Promise<Discovery> {
  const repository = await repositoryOf(tree, configuration, engines, remote)
  const drafts = await writtenDefinitions(repository)
  const roots = rootsOf(drafts, repository)
  const deployed = emptyCoverage()
  for (const { targets } of roots) for (const target of targets) coverTarget(target, repository, deployed)

  const defined = uniqueIds(withClusters(roots.flatMap(({ targets }) => targets)), new Set())
  const targets = [...defined, ...standaloneTargets(repository, deployed)].sort((a, b) =>
    compareText(a.id, b.id),
  )
  return {
    targets,
    notChecked: roots.flatMap((root) => root.notChecked),
    partialSets: new Map(roots.flatMap((root) => [...root.partialSets])),
  }
}

/** A definition in a file, and what it would deploy if nothing changed it on the way. */
interface Draft {
  readonly found: FoundObject
  readonly file: string
  readonly targets: readonly Target[]
  readonly notChecked: readonly NotChecked[]
  readonly partialSets: PartialSets
}

async function writtenDefinitions(repository: Repository): Promise<readonly Draft[]> {
  await readInlineValues(repository.written, repository)
  const drafts: Draft[] = []
  for (const found of repository.written) {
    if (definitionKind(found.object) === undefined) continue
    const file = found.location?.file ?? ''
    // A patch looks like the definition that it changes: the build that applies it knows better.
    const surroundings = writtenSurroundings(repository, file)
    const {
      targets,
      notChecked,
      partialSets = new Map(),
    } = await defineTargets(found, repository, surroundings, undefined)
    drafts.push({ found, file, targets, notChecked, partialSets })
  }
  return drafts
}

/**
 * The definitions that nothing else renders: their file is in no kustomization of the tree, and in no path that
 * another definition deploys. Where definitions deploy one another in a circle (a bootstrap deploys the folder that
 * it stands in), the first of the circle is the root; a definition that only deploys its own file is one, too.
 */
function rootsOf(drafts: readonly Draft[], repository: Repository): readonly Draft[] {
  const builds = new Set<string>()
  for (const [directory, { references }] of repository.kustomizations.byDirectory) {
    const closure = repository.kustomizations.closure(directory)
    for (const file of closure.files) builds.add(file)
    // Files of a component nobody uses deploy nowhere, and are no definitions of their own either.
    for (const file of references.files) builds.add(file)
  }
  const coverages = drafts.map(({ targets }) => {
    const coverage = emptyCoverage()
    for (const target of targets) cover(target.plan, repository, coverage)
    return coverage
  })
  const byFile = new Map<string, number[]>()
  drafts.forEach(({ file }, i) => byFile.set(file, [...(byFile.get(file) ?? []), i]))
  const renderers = renderersOf([...byFile.keys()], coverages)

  /** Drafts that render each draft, and drafts that each draft renders; itself left out. */
  const above = drafts.map(({ file }, i) => (renderers.get(file) ?? []).filter((other) => other !== i))
  const below = drafts.map((): number[] => [])
  above.forEach((others, i) => {
    for (const other of others) below[other]?.push(i)
  })
  return drafts.filter(({ file }, i) => {
    if (builds.has(file) && renderers.get(file)?.includes(i) !== true) {
      // Some kustomization builds it. It is a root only when a circle of definitions leads back to it.
      if (!reach(i, below).has(i)) return false
    }
    if (above[i]?.length === 0) return true
    const reached = reach(i, below)
    return [...reach(i, above)].every((other) => other === i || (reached.has(other) && i < other))
  })
}

/** File → drafts that render it, as a file of their own or of a chart. */
function renderersOf(
  files: readonly string[],
  coverages: readonly Coverage[],
): ReadonlyMap<string, readonly number[]> {
  const byFile = new Map<string, number[]>()
  const byChart = new Map<string, number[]>()
  const add = (index: Map<string, number[]>, key: string, draft: number): void => {
    const known = index.get(key)
    if (known === undefined) index.set(key, [draft])
    else known.push(draft)
  }
  coverages.forEach((coverage, draft) => {
    for (const file of coverage.files) add(byFile, file, draft)
    for (const chart of coverage.charts) add(byChart, chart, draft)
  })
  return new Map(
    files.map((file) => {
      const found = new Set(byFile.get(file))
      for (const directory of ancestorsOf(file))
        for (const draft of byChart.get(directory) ?? []) found.add(draft)
      return [file, [...found]]
    }),
  )
}

/** Everything that can be reached from a draft, the draft itself only through a circle. */
function reach(from: number, edges: readonly (readonly number[])[]): ReadonlySet<number> {
  const seen = new Set<number>()
  const open = [...(edges[from] ?? [])]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue
    seen.add(at)
    open.push(...(edges[at] ?? []))
  }
  return seen
}
