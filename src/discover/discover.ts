import type { Engines } from '../engine/engines.ts'
import type { Configuration } from '../model/configuration.ts'
import type { Discovery, PartialSets } from '../model/discovery.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Target } from '../model/target.ts'
import type { Tree } from '../model/tree.ts'
import type { Remote } from '../source/remote/fetcher.ts'
import { cover, emptyCoverage, type Coverage } from './coverage.ts'
import { defineTargets, uniqueIds } from './definitions.ts'
import { definitionKind, type FoundObject } from './found.ts'
import { compareText } from './paths.ts'
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
  for (const { targets } of roots) for (const target of targets) cover(target.plan, repository, deployed)

  const defined = uniqueIds(
    roots.flatMap(({ targets }) => targets),
    new Set(),
  )
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
  const drafts: Draft[] = []
  for (const found of repository.written) {
    if (definitionKind(found.object) === undefined) continue
    const file = found.location?.file ?? ''
    // A patch looks like the definition that it changes: the build that applies it knows better.
    const surroundings = writtenSurroundings((kind) => repository.list(kind), file)
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
  const renders = (coverage: Coverage | undefined, file: string): boolean =>
    coverage !== undefined && (coverage.files.has(file) || isInside(coverage.charts, file))
  const byFile = new Map<string, number[]>()
  drafts.forEach(({ file }, i) => byFile.set(file, [...(byFile.get(file) ?? []), i]))

  /** Drafts that each draft renders, itself left out. */
  const edges = coverages.map((coverage, i) => {
    const rendered = [...coverage.files].flatMap((file) => byFile.get(file) ?? [])
    if (coverage.charts.size > 0)
      for (const [file, members] of byFile) if (isInside(coverage.charts, file)) rendered.push(...members)
    return rendered.filter((member) => member !== i)
  })
  const reach = (from: number): ReadonlySet<number> => {
    const seen = new Set<number>()
    const open = [...(edges[from] ?? [])]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue
      seen.add(at)
      open.push(...(edges[at] ?? []))
    }
    return seen
  }
  const reached = drafts.map((_, i) => reach(i))
  return drafts.filter(({ file }, i) => {
    const selfBuilt = renders(coverages[i], file)
    if (builds.has(file) && !selfBuilt) {
      // Some kustomization builds it. It is a root only when a circle of definitions leads back to it.
      if (reached[i]?.has(i) !== true) return false
    }
    return drafts.every((_, other) => {
      if (other === i || reached[other]?.has(i) !== true) return true
      return reached[i]?.has(other) === true && i < other
    })
  })
}

function isInside(directories: ReadonlySet<string>, file: string): boolean {
  for (let at = file; at !== '';) {
    const slash = at.lastIndexOf('/')
    at = slash < 0 ? '' : at.slice(0, slash)
    if (directories.has(at)) return true
  }
  return false
}
