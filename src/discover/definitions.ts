import type { PartialSets } from '../model/discovery.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Target } from '../model/target.ts'
import { generateApplications } from './argocd/application-set.ts'
import { applicationTarget } from './argocd/application.ts'
import { setFacts, type SetFacts } from './argocd/facts.ts'
import { objectAt, objectsAt, textAt } from './fields.ts'
import { helmReleaseTarget } from './flux/helm-release.ts'
import { instanceSync } from './flux/instance.ts'
import { kustomizationTarget } from './flux/kustomization.ts'
import { resourceSetTarget } from './flux/resource-set.ts'
import { definitionKind, type FoundObject } from './found.ts'
import { broken, cannot, noInputs } from './planned.ts'
import type { Repository } from './repository.ts'
import { madeOnce } from './shared-definitions.ts'
import type { Surroundings } from './surroundings.ts'
import { readYamlTexts } from './yaml-text.ts'

/** Targets that definitions make, and what could not be told of them. */
export interface Defined {
  readonly targets: readonly Target[]
  readonly notChecked: readonly NotChecked[]
  /** ApplicationSets of which only a part is known. */
  readonly partialSets?: PartialSets
}

/**
 * Reads the values that stand as text inside of Applications, all at once: each definition would ask for its own
 * otherwise, one after the other.
 */
export async function readInlineValues(
  definitions: readonly FoundObject[],
  { tree, engines }: Repository,
): Promise<void> {
  const texts = definitions
    .filter(({ object }) => definitionKind(object) === 'application')
    .flatMap(({ object }) => [
      textAt(object, 'spec', 'source', 'helm', 'values'),
      ...objectsAt(object, 'spec', 'sources').map((source) => textAt(source, 'helm', 'values')),
    ])
  await readYamlTexts(
    texts.filter((text): text is string => text !== undefined && text.trim() !== ''),
    tree,
    engines,
  )
}

/** Makes the targets of one definition; other objects make none. */
export async function defineTargets(
  found: FoundObject,
  repository: Repository,
  surroundings: Surroundings,
  parent: Target | undefined,
): Promise<Defined> {
  switch (definitionKind(found.object)) {
    case undefined:
      return { targets: [], notChecked: [] }
    case 'application':
      return one(await madeOnce(applicationTarget, found, repository, surroundings, parent))
    case 'application-set':
      return await applicationSetTargets(found, repository, surroundings, parent)
    case 'kustomization':
      return one(await madeOnce(kustomizationTarget, found, repository, surroundings, parent))
    case 'helm-release':
      return one(await madeOnce(helmReleaseTarget, found, repository, surroundings, parent))
    case 'resource-set':
      return one(resourceSetTarget(found, repository, parent))
    case 'flux-instance': {
      const sync = instanceSync(found)
      return sync === undefined
        ? { targets: [], notChecked: [] }
        : one(await kustomizationTarget(sync, repository, surroundings, parent))
    }
  }
}

function one(target: Target): Defined {
  return { targets: [target], notChecked: [] }
}

async function applicationSetTargets(
  found: FoundObject,
  repository: Repository,
  surroundings: Surroundings,
  parent: Target | undefined,
): Promise<Defined> {
  const generated = await generateApplications(found, repository)
  const name = textAt(found.object, 'metadata', 'name') ?? ''
  const namespace = textAt(found.object, 'metadata', 'namespace') || 'argocd'
  /** The set itself, which stands for the Applications that nobody can name. */
  const itself = {
    id: `argocd/${namespace}/${name}`,
    kind: 'argocd',
    name,
    path: found.location?.file ?? '',
    ...(found.location === undefined ? {} : { definition: found.location }),
    sync: { prune: 'unknown', serverSide: false, automatic: 'unknown' },
    owner: { namespace, name },
    ...(parent === undefined ? {} : { parent: parent.id }),
  } as const
  if (generated.error !== undefined) {
    const what = `ApplicationSet ${namespace}/${name}`
    return one({
      ...itself,
      plan: broken(what, `${what}: ${generated.error}`).plan,
      inputs: noInputs,
      applicationSet: `${namespace}/${name}`,
    })
  }
  await readInlineValues(generated.applications, repository)
  const facts = setFacts(objectAt(found.object, 'spec') ?? {})
  const targets: Target[] = []
  const make: typeof applicationTarget = async (...given) => ({
    ...withSet(await applicationTarget(...given), facts),
    applicationSet: `${namespace}/${name}`,
  })
  for (const application of generated.applications)
    targets.push(
      await madeOnce(make, application, repository, surroundings, parent, { namespace, name, facts }),
    )
  const reasons = generated.notChecked.map(({ reason }) => reason)
  const [open] = generated.notChecked
  // Of Applications that nobody can name only the set's own definition is there to be compared.
  if (open !== undefined)
    targets.push({ ...itself, ...cannot(open.code, open.what, open.reason), manifest: found.object })
  return {
    targets,
    notChecked: generated.notChecked,
    ...(reasons.length === 0 ? {} : { partialSets: new Map([[`${namespace}/${name}`, reasons]]) }),
  }
}

/** What the set says of all its Applications is said of each. */
function withSet(target: Target, { set, sync, ignored }: SetFacts): Target {
  const { facts } = target
  if (facts === undefined) return target
  return {
    ...target,
    facts: { ...facts, set, sync: [...facts.sync, ...sync], ignored: [...facts.ignored, ...ignored] },
  }
}

/** Gives every target an id of its own; what two definitions share a name for keeps its parent in the id. */
export function uniqueIds(targets: readonly Target[], taken: ReadonlySet<string>): readonly Target[] {
  const used = new Set(taken)
  const made = new Map<Target, Target>()
  // A HelmRelease mostly has the name of the Kustomization that applies it, which goes first.
  const isRelease = ({ kind }: Target): boolean => kind === 'flux-helmrelease'
  for (const target of [...targets.filter((each) => !isRelease(each)), ...targets.filter(isRelease)]) {
    let { id } = target
    if (used.has(id) && isRelease(target)) id = releaseId(target.id)
    if (used.has(id)) id = `${target.id}@${target.parent ?? target.definition?.file ?? target.path}`
    for (let n = 2; used.has(id); n++) id = `${target.id}@${n}`
    used.add(id)
    made.set(target, id === target.id ? target : { ...target, id })
  }
  return targets.map((target) => made.get(target) ?? target)
}

/** Id of a HelmRelease beside a Kustomization of its name. */
export function releaseId(id: string): string {
  return `${id}@helmrelease`
}
