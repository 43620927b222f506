import type { RenderPlan, Target } from '../model/target.ts'
import type { ChangedPath } from '../model/tree.ts'
import { readsAny } from './affected.ts'
import type { FoundObject } from './found.ts'
import { isWithin, nameOf } from './paths.ts'
import { isSkipped, type Repository } from './repository.ts'
import { isManifestName } from './scan.ts'
import type { Surroundings } from './surroundings.ts'

/** What the two sides of a change have in common: most definitions of a large repository are the same on both. */
interface Shared {
  /** Targets by everything that they were made of besides files. */
  readonly made: Map<string, { readonly by: Repository; readonly target: Promise<Target> }>
  readonly reads: (target: Target) => boolean
}

const shared = new WeakMap<Repository, Shared>()

/**
 * Lets two sides share the targets of their definitions, where the change between them only edits files that no
 * definition stands in, and nothing that definitions look up by name. Whatever comes, goes, or says what deploys can
 * change the target of any definition, and then each side makes its own.
 */
export function shareDefinitions(base: Repository, head: Repository, changed: readonly ChangedPath[]): void {
  const sides = [base, head].map((repository) => ({ repository, links: linkEnds(repository) }))
  if (!changed.every(({ path }) => sides.every((side) => isPlainEdit(path, side)))) return
  const both: Shared = { made: new Map(), reads: readsAny(changed) }
  shared.set(base, both)
  shared.set(head, both)
}

/** Where the links of a tree lead: looked up once, not for every path that changed. */
function linkEnds({ tree }: Repository): readonly string[] {
  return tree.entries().flatMap((entry) => {
    const end = entry.kind === 'symlink' ? tree.resolve(entry.path) : undefined
    return end !== undefined && 'path' in end ? [end.path] : []
  })
}

/** What says that a folder is a chart, and which other charts are parts of it. */
const chartFiles = new Set(['Chart.yaml', 'requirements.yaml'])

/** A manifest, values file or kustomization that is an ordinary file on the side, and that no link leads to. */
function isPlainEdit(
  path: string,
  {
    repository: { tree, facts, mentioned },
    links,
  }: { readonly repository: Repository; readonly links: readonly string[] },
): boolean {
  return (
    isManifestName(path) &&
    !isSkipped(path) &&
    !chartFiles.has(nameOf(path)) &&
    tree.stat(path)?.kind === 'file' &&
    !mentioned.has(path) &&
    facts.get(path)?.data === false &&
    !links.some((end) => isWithin(end, path))
  )
}

/**
 * The target that a definition makes, or the very one that the other side made of it: where it reads nothing that
 * changed, it is the same.
 *
 * @param more what `make` knows besides
 */
export async function madeOnce(
  make: (
    found: FoundObject,
    repository: Repository,
    surroundings: Surroundings,
    parent: Target | undefined,
  ) => Promise<Target>,
  found: FoundObject,
  repository: Repository,
  surroundings: Surroundings,
  parent: Target | undefined,
  more: object = {},
): Promise<Target> {
  const both = shared.get(repository)
  if (both === undefined) return await make(found, repository, surroundings, parent)
  const above = parent === undefined ? null : [parent.id, parent.cluster, parent.namespace]
  const key = JSON.stringify([found.object, found.location, surroundings.key, above, more])
  const known = both.made.get(key)
  if (known !== undefined && known.by !== repository) {
    const target = await known.target
    // What was fetched stands in the tree of one side only.
    const fetched = known.by.tree.grafts() + repository.tree.grafts() > 0
    if (!fetched && !both.reads(target) && isSameOnBothSides(target.plan, known.by)) return target
  }
  const target = make(found, repository, surroundings, parent)
  if (known === undefined) both.made.set(key, { by: repository, target })
  return await target
}

/** False for a plan that holds something of its side's tree, or the commit, which Argo CD hands to builds. */
function isSameOnBothSides(plan: RenderPlan, { tree: { commit } }: Repository): boolean {
  if (plan.tool === 'remote' || 'artifact' in plan) return false
  return commit === undefined || !JSON.stringify(plan).includes(commit.slice(0, 7))
}
