import {
  coverTarget,
  coverageOf,
  emptyCoverage,
  mayHoldDefinitions,
  mayHoldDeployers,
  type Coverage,
} from '../discover/coverage.ts'
import { definitionKey, untracked } from '../discover/affected.ts'
import {
  defineTargets,
  readInlineValues,
  releaseId,
  uniqueIds,
  type Defined,
} from '../discover/definitions.ts'
import { definitionKind, type FoundObject } from '../discover/found.ts'
import { compareText } from '../discover/paths.ts'
import { notChecked } from '../discover/planned.ts'
import { mayBringDefinitions } from '../discover/remote/prepare.ts'
import type { Repository } from '../discover/repository.ts'
import { standaloneTargets } from '../discover/standalone.ts'
import { renderedSurroundings, writtenSurroundings, type Surroundings } from '../discover/surroundings.ts'
import type { Discovery } from '../model/discovery.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Rendering } from '../model/rendering.ts'
import type { Target } from '../model/target.ts'

/** Levels of definitions inside definitions. Ours: the deepest public fleet has four. */
const maxDepth = 10
/** Targets of one side. Ours: ten times the largest public repository. */
const maxTargets = 5000

/** What is known of one tree while definitions come to light. */
export interface Side {
  readonly repository: Repository
  readonly targets: Map<string, Target>
  readonly notChecked: NotChecked[]
  /** ApplicationSets of which only a part is known. */
  readonly partialSets: Map<string, readonly string[]>
  /** Targets that may hold definitions and have not been looked into yet. */
  pending(): readonly Target[]
  /** Takes the rendering of a pending target and answers the targets that it defines. */
  expand(target: Target, rendering: Rendering): Promise<readonly Target[]>
  /** Takes a pending target that turned out to define nothing. */
  pass(target: Target): void
  /** Takes a target that nothing here defines, because what defines it is broken. */
  add(target: Target): void
  /** Replaces what no definition deploys, now that all definitions are known. */
  settle(): void
  /** Tells of targets without a definition whether this side's definitions, as they are now, deploy what they render. */
  deployed(): (target: Target) => boolean
  /** Takes a target away, and with it whatever only it defines. */
  drop(id: string): void
  dropDefinedBy(id: string): void
}

interface Known {
  readonly depth: number
  /** What its definitions can refer to: its own objects and those of the targets above it. */
  readonly surroundings: Surroundings | undefined
}

/** Starts from what discovery found in files. */
export function createSide(repository: Repository, discovery: Discovery): Side {
  const targets = new Map(discovery.targets.map((target) => [target.id, target]))
  const unchecked = [...discovery.notChecked]
  const partialSets = new Map(discovery.partialSets)
  const known = new Map<string, Known>(
    discovery.targets.map(({ id }) => [id, { depth: 0, surroundings: undefined }]),
  )
  const given = new Set(discovery.targets.map(({ id }) => id))
  const done = new Set<string>()
  /** Sets that were expanded: an Application that deploys its own set would make all of them again, each. */
  const expanded = new Set<string>()

  const isHolder = (target: Target): boolean =>
    target.kind !== 'plain' &&
    (mayHoldDefinitions(target.plan, repository) || mayBringDefinitions(target.plan, repository))
  const isDefined = (target: Target): boolean => target.owner !== undefined

  return {
    repository,
    targets,
    notChecked: unchecked,
    partialSets,
    pending() {
      const open = [...targets.values()].filter((target) => !done.has(target.id) && isHolder(target))
      const defined = open.filter(isDefined)
      // What definitions deploy is known only after all of them were looked into; then the others have their turn,
      // one kind of order for every run: those that no other one would deploy first, and of them those whose own
      // definitions may deploy the rest.
      if (defined.length > 0) return defined
      const deployed = deployedByDefinitions()
      const standing = open.filter((target) => !isDeployed(target, deployed))
      const deployers = standing.filter(({ plan }) => mayHoldDeployers(plan, repository))
      return deployers.length > 0 ? deployers : standing
    },
    pass(target) {
      done.add(target.id)
    },
    async expand(target, rendering) {
      done.add(target.id)
      const place = known.get(target.id) ?? { depth: 0, surroundings: undefined }
      if (place.depth >= maxDepth) {
        unchecked.push(
          notChecked('limit', target.id, `definitions nest deeper than ${maxDepth} levels`, [target.id]),
        )
        return []
      }
      const { objects, surroundings } = definitionsOf(target, rendering, place)
      await readInlineValues(objects, repository)
      const made: Target[] = []
      for (const found of objects) {
        if (isExpanded(found, target)) continue
        const defined: Defined = await defineTargets(found, repository, surroundings, target)
        unchecked.push(...defined.notChecked.map((entry) => ({ ...entry, targets: [target.id] })))
        for (const [name, reasons] of defined.partialSets ?? []) partialSets.set(name, reasons)
        made.push(...defined.targets)
      }
      // A definition is a surer parent than a kustomization that may turn out to be deployed by one.
      if (isDefined(target))
        for (const child of made) {
          const other = targets.get(child.id)
          const former = other?.parent === undefined ? undefined : targets.get(other.parent)
          if (other !== undefined && former !== undefined && !isDefined(former))
            targets.set(child.id, { ...other, parent: target.id })
        }
      const fresh = uniqueIds(
        made.filter((child) => !isRepeated(child)).sort((a, b) => compareText(a.id, b.id)),
        new Set(targets.keys()),
      )
      const taken = fresh.slice(0, Math.max(0, maxTargets - targets.size))
      if (taken.length < fresh.length)
        unchecked.push(
          notChecked('limit', target.id, `more than ${maxTargets} targets: the rest is left out`, [
            target.id,
          ]),
        )
      for (const child of taken) {
        targets.set(child.id, child)
        known.set(child.id, { depth: place.depth + 1, surroundings })
      }
      return taken
    },
    add(target) {
      targets.set(target.id, target)
      known.set(target.id, { depth: 1, surroundings: undefined })
    },
    settle() {
      for (const target of [...targets.values()]) if (!isDefined(target)) targets.delete(target.id)
      for (;;) {
        const standing = standaloneTargets(repository, deployedByDefinitions()).filter(({ id }) =>
          given.has(id),
        )
        if (dropOrphans(new Set(standing.map(({ id }) => id)))) continue
        for (const target of standing) targets.set(target.id, target)
        return
      }
    },
    deployed() {
      const deployed = deployedByDefinitions()
      return (target) => isDeployed(target, deployed)
    },
    drop(id) {
      targets.delete(id)
      dropDefinedBy(id)
    },
    dropDefinedBy,
  }

  function dropDefinedBy(id: string): void {
    for (const target of [...targets.values()])
      if (target.parent === id && targets.delete(target.id)) dropDefinedBy(target.id)
  }

  function isExpanded({ object }: FoundObject, target: Target): boolean {
    if (definitionKind(object) !== 'application-set') return false
    const key = JSON.stringify([target.cluster, untracked(object)])
    if (expanded.has(key)) return true
    // What only a kustomization brought may go again, and comes back with the definition that deploys it.
    if (isDefined(target)) expanded.add(key)
    return false
  }

  /** A definition that deploys itself, or that two parents render alike, is one target. */
  function isRepeated(child: Target): boolean {
    const other = [targets.get(child.id), targets.get(releaseId(child.id))].find(
      (target) => target?.kind === child.kind,
    )
    // A HelmRelease mostly has the name of the Kustomization that applies it: another kind is another definition.
    if (other === undefined) return false
    return (
      child.parent === other.id ||
      other.parent === child.parent ||
      definitionKey(other) === definitionKey(child) ||
      (other.parent === undefined && other.definition?.file === child.definition?.file)
    )
  }

  function deployedByDefinitions(): Coverage {
    const all = emptyCoverage()
    for (const target of targets.values()) {
      if (!isDefined(target)) continue
      coverTarget(target, repository, all)
    }
    return all
  }

  function isDeployed(target: Target, deployed: Coverage): boolean {
    return (
      (target.plan.tool === 'kustomize' && deployed.kustomizations.has(target.plan.root)) ||
      (target.plan.tool === 'helm' && deployed.charts.has(target.plan.chart)) ||
      (target.plan.tool === 'manifests' && target.plan.files.every((file) => deployed.files.has(file)))
    )
  }

  /** Whatever only a dropped kustomization or chart defined goes with it. True when something went. */
  function dropOrphans(standing: ReadonlySet<string>): boolean {
    const orphans = [...targets.values()].filter(
      ({ parent }) => parent !== undefined && !targets.has(parent) && !standing.has(parent),
    )
    for (const { id } of orphans) targets.delete(id)
    return orphans.length > 0
  }

  /** The definitions that a target's rendering holds; of one that does not render, those in its files. */
  function definitionsOf(
    target: Target,
    rendering: Rendering,
    place: Known,
  ): { objects: readonly FoundObject[]; surroundings: Surroundings } {
    const near = target.definition?.file ?? `${target.path}/.`
    const beyond = place.surroundings ?? writtenSurroundings(repository, near)
    if (rendering.state === 'rendered') {
      const found = rendering.objects.map(({ object, origin, identity }): FoundObject => {
        const file = origin.file
        const kind = definitionKind(object)
        const written =
          file === undefined || kind === undefined
            ? undefined
            : repository
                .definitionsIn(file)
                .find(
                  (entry) => definitionKind(entry.object) === kind && nameIn(entry.object) === identity.name,
                )
        return {
          object: withNamespace(object, identity.namespace),
          ...(written?.location === undefined
            ? file === undefined
              ? {}
              : { location: { file } }
            : { location: written.location }),
        }
      })
      repository.recognition.consider(
        found.map(({ object }) => object).filter((object) => definitionKind(object) !== undefined),
      )
      return {
        objects: found.filter(({ object }) => definitionKind(object) !== undefined),
        surroundings: renderedSurroundings(rendering, found, beyond),
      }
    }
    const { files } = coverageOf(target.plan, repository)
    const objects = [...files].sort(compareText).flatMap((file) => repository.definitionsIn(file))
    if (objects.length > 0) unchecked.push(takenAsWritten(target.id, rendering, objects.length))
    return { objects, surroundings: beyond }
  }
}

/** Definitions of a target that does not render, with the cause: it is the cause that somebody has to mend. */
function takenAsWritten(
  id: string,
  rendering: Exclude<Rendering, { readonly state: 'rendered' }>,
  count: number,
): NotChecked {
  const { code, cause, location, allow } =
    rendering.state === 'failed'
      ? {
          code: 'render-failed' as const,
          cause: rendering.failure.message.split('\n', 1)[0] ?? '',
          location: rendering.failure.location,
          allow: [],
        }
      : { ...rendering.reason, cause: rendering.reason.reason }
  const definitions =
    count === 1 ? 'the definition in its files is' : `the ${count} definitions in its files are`
  const reason = `${definitions} taken as written, because it does not render: ${cause}`
  return { ...notChecked(code, id, reason, [id], allow), ...(location === undefined ? {} : { location }) }
}

function nameIn(object: FoundObject['object']): string | undefined {
  const metadata = object['metadata']
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return undefined
  const name = (metadata as Readonly<Record<string, unknown>>)['name']
  return typeof name === 'string' ? name : undefined
}

/** Lookups go by the namespace that the object will have. */
function withNamespace(object: FoundObject['object'], namespace: string): FoundObject['object'] {
  const metadata = object['metadata']
  if (namespace === '' || typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    return object
  return { ...object, metadata: { ...(metadata as FoundObject['object']), namespace } }
}
