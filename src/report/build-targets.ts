import { movedTargets } from '../compare/moved-targets.ts'
import type { SecretVault } from '../compare/secrets.ts'
import { compileGlob } from '../config/glob.ts'
import type { Judgement } from '../judge/judgement.ts'
import type { Change } from '../model/change.ts'
import type { Configuration } from '../model/configuration.ts'
import type { AffectedTarget } from '../model/discovery.ts'
import type { RenderedPair, Rendering } from '../model/rendering.ts'
import type { Report, ReportTarget, TargetStatus } from '../model/report.ts'
import type { Target } from '../model/target.ts'

export interface TargetsInput {
  readonly pairs: readonly RenderedPair[]
  readonly targets: { readonly base: readonly Target[]; readonly head: readonly Target[] }
  readonly affected: readonly AffectedTarget[]
  readonly changes: readonly Change[]
  readonly configuration: Configuration
  readonly vault: SecretVault
}

/** Everything that deploys from either side, with what became of it; sorted by id. */
export function reportTargets(input: TargetsInput): readonly ReportTarget[] {
  const targets = new Map(input.targets.base.map((target) => [target.id, target]))
  for (const target of input.targets.head) targets.set(target.id, target)
  const pairs = new Map(input.pairs.map((pair) => [pair.id, pair]))
  for (const [id, from] of movedRoots(input.pairs, targets)) {
    const head = pairs.get(id)
    const base = pairs.get(from)?.base
    if (head !== undefined && base !== undefined) pairs.set(id, { ...head, base })
    targets.delete(from)
  }
  const changed = new Set(
    input.changes.filter(({ operation }) => operation !== 'NONE').map(({ target }) => target),
  )
  const isProduction = productionTest(input.configuration)
  return [...targets.values()]
    .map((target) => reportTarget(target, pairs.get(target.id), changed, isProduction, input.vault))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

function reportTarget(
  target: Target,
  pair: RenderedPair | undefined,
  changed: ReadonlySet<string>,
  isProduction: (target: Target) => boolean,
  vault: SecretVault,
): ReportTarget {
  return {
    id: target.id,
    kind: target.kind,
    name: target.name,
    path: target.path,
    cluster: target.cluster ?? null,
    environment: target.environment ?? null,
    status: pair === undefined ? 'unchanged' : statusOf(pair, changed),
    brokenBefore: pair?.base?.state === 'failed',
    brokenAfter: pair?.head?.state === 'failed',
    reason: reasonOf(pair, vault),
    definition: target.definition ?? null,
    production: isProduction(target),
    objects: pair?.head?.state === 'rendered' ? pair.head.objects.length : 0,
  }
}

/**
 * Roots whose directory moved, new id → old id: told as one target. A renamed Application or Kustomization is not one
 * of them: its tool removes the old one and makes a new one, and a reviewer has to see both.
 */
function movedRoots(
  pairs: readonly RenderedPair[],
  targets: ReadonlyMap<string, Target>,
): ReadonlyMap<string, string> {
  const byPath: ReadonlySet<string | undefined> = new Set(['plain', 'kustomize', 'helm'])
  return new Map([...movedTargets(pairs)].filter(([id]) => byPath.has(targets.get(id)?.kind)))
}

/** What is on the head side decides; a target that only the base has is deleted whether it rendered or not. */
function statusOf(pair: RenderedPair, changed: ReadonlySet<string>): TargetStatus {
  if (pair.head === undefined) return 'deleted'
  if (pair.head.state !== 'rendered') return 'not-rendered'
  if (pair.base === undefined) return 'created'
  return changed.has(pair.id) ? 'changed' : 'unchanged'
}

function reasonOf(pair: RenderedPair | undefined, vault: SecretVault): string | null {
  const text = reasonText(pair?.head) ?? (pair?.head === undefined ? reasonText(pair?.base) : undefined)
  return text === undefined ? null : vault.maskText(text)
}

function reasonText(rendering: Rendering | undefined): string | undefined {
  switch (rendering?.state) {
    case 'failed':
      return rendering.failure.message
    case 'not-rendered':
      return rendering.reason.reason
    case 'rendered':
    case undefined:
      return undefined
  }
}

/** The configuration's names and globs of production, asked of environment and cluster. */
function productionTest({ production }: Configuration): (target: Target) => boolean {
  const globs = production.map(compileGlob)
  return ({ environment, cluster }) =>
    [environment, cluster].some((name) => name !== undefined && globs.some((glob) => glob.matches(name)))
}

/**
 * Which Kubernetes version was asked for which clusters (or environments): one `*` when all are the same. Sorted by
 * version.
 */
export function kubernetesVersions(
  pairs: readonly RenderedPair[],
  configuration: Configuration,
  judged: Judgement['kubernetes'],
): Report['kubernetes'] {
  const byDeclared = new Map(judged.map(({ declared, shapes, rules }) => [declared, { shapes, rules }]))
  const versions = new Map<string, Set<string>>()
  for (const pair of pairs) {
    const target = (pair.head ?? pair.base)?.target
    if (target === undefined) continue
    const version = target.kubernetes ?? configuration.kubernetes
    const places = versions.get(version) ?? new Set()
    versions.set(version, places.add(target.environment ?? target.cluster ?? target.name))
  }
  const [only] = versions.keys()
  if (versions.size <= 1) {
    const version = only ?? configuration.kubernetes
    return [{ version, for: '*', ...byDeclared.get(version) }]
  }
  return [...versions]
    .sort(([a], [b]) => minorOf(a) - minorOf(b) || (a < b ? -1 : 1))
    .map(([version, places]) => ({
      version,
      for: [...places].sort().join(', '),
      ...byDeclared.get(version),
    }))
}

/** `1.9` comes before `1.10`. */
function minorOf(version: string): number {
  return Number(version.split('.')[1] ?? 0)
}
