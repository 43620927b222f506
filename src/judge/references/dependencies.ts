import type { RenderedPair, Rendering } from '../../model/rendering.ts'
import type { Target } from '../../model/target.ts'
import type { Found } from '../judgement.ts'
import { withStatus, type FoundWithStatus } from '../status.ts'
import { similarName } from './names.ts'

/** Every target of both sides, affected or not. */
export interface AllTargets {
  readonly base: readonly Target[]
  readonly head: readonly Target[]
}

/**
 * Definitions of Flux that wait for one that is not there: they are never applied (kustomize-controller and
 * helm-controller, checkDependencies). Only a definition of the same kind counts. High where this change takes it away,
 * else it may come from elsewhere. Nothing is said of clusters in which something that defines others does not render.
 */
export function missingDependencies(
  pairs: readonly RenderedPair[],
  targets: AllTargets,
): readonly FoundWithStatus[] {
  const base = namesOf(targets.base)
  const head = namesOf(targets.head)
  const unsure = new Set([
    ...[...targets.base, ...targets.head].flatMap(unknownIn),
    ...pairs.flatMap((pair) =>
      [pair.base, pair.head].flatMap((side) =>
        side === undefined || side.state === 'rendered' ? [] : definesOthers(side.target),
      ),
    ),
  ])
  return pairs
    .filter((pair) => !unsure.has((pair.head ?? pair.base)?.target.cluster ?? ''))
    .flatMap((pair) => withStatus(missing(pair.base, base, base), missing(pair.head, head, base)))
}

/** Cluster of a target that may define others. */
function definesOthers({ kind, cluster }: Target): readonly string[] {
  return kind === 'flux-kustomization' ? [cluster ?? ''] : []
}

function unknownIn(target: Target): readonly string[] {
  const { tool } = target.plan
  return tool === 'none' || tool === 'remote' ? definesOthers(target) : []
}

/** Cluster, kind and `namespace/name` of every definition. */
function namesOf(targets: readonly Target[]): ReadonlySet<string> {
  return new Set(
    targets.flatMap((target) =>
      target.owner === undefined ? [] : [key(target, `${target.owner.namespace}/${target.owner.name}`)],
    ),
  )
}

function key({ cluster, kind }: Target, name: string): string {
  return JSON.stringify([cluster ?? '', kind, name])
}

function missing(
  rendering: Rendering | undefined,
  names: ReadonlySet<string>,
  before: ReadonlySet<string>,
): readonly Found[] {
  const target = rendering?.target
  if (target?.owner === undefined) return []
  const { owner } = target
  const what = target.kind === 'flux-helmrelease' ? 'HelmRelease' : 'Kustomization'
  return (target.facts?.dependsOn ?? [])
    .filter((name) => !names.has(key(target, name)))
    .map((name) => {
      const removed = names !== before && before.has(key(target, name))
      const similar = similarName(
        name,
        [...names].flatMap((other) => {
          const [cluster, kind, text] = JSON.parse(other) as [string, string, string]
          return cluster === (target.cluster ?? '') && kind === target.kind ? [text] : []
        }),
      )
      return {
        finding: {
          source: 'safety' as const,
          rule: 'safety/missing-dependency',
          level: 'advisory' as const,
          severity: removed || similar !== undefined ? ('high' as const) : ('medium' as const),
          target: target.id,
          object: {
            group: what === 'HelmRelease' ? 'helm.toolkit.fluxcd.io' : 'kustomize.toolkit.fluxcd.io',
            kind: what,
            namespace: owner.namespace,
            name: owner.name,
          },
          path: 'spec.dependsOn',
          element: `dependsOn ${name}`,
          message: removed
            ? `waits for the ${what} ${name}, which this change removes: it is not applied any more`
            : `waits for the ${what} ${name}, which nothing here defines${similar === undefined ? '' : `, did you mean ${similar}?`}: it is not applied before that is ready`,
          remedy:
            similar === undefined
              ? `Remove it from dependsOn, or define ${name}.`
              : `Depend on ${similar}, or ignore this if ${name} is made elsewhere.`,
          ...(target.definition === undefined ? {} : { location: target.definition }),
        },
      }
    })
}
