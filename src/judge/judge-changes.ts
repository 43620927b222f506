import type { Change } from '../model/change.ts'
import type { RawFinding } from '../model/finding.ts'
import type { Json, JsonObject } from '../model/json.ts'
import { groupKind } from '../model/object.ts'
import type { NotChecked } from '../model/outcome.ts'
import { vaultOf, type SecretVault } from '../compare/secrets.ts'
import { destroyed, joinDestroyed } from './safety/destructions.ts'
import { definitionBreaks } from './definitions/breaks.ts'
import { byTool } from './definitions/shipped.ts'
import { withRefusedDefinitions } from './definitions/refused.ts'
import { applyExemptions } from './exemptions/apply.ts'
import type { Exemptions } from './exemptions/read.ts'
import { environmentsOf, targetsById, type Environment } from './environments.ts'
import { joinFindings, type Settled } from './join.ts'
import type { JudgedVersion, Judgement } from './judgement.ts'
import type { Locate, LocationQuery } from './locate.ts'
import { namespaceLabels, selectedLabels } from './safety/namespace-labels.ts'
import { missingDependencies, type AllTargets } from './references/dependencies.ts'
import { missingNamespaces } from './references/namespaces.ts'
import { plaintextSecrets } from './safety/plaintext.ts'
import { brokenReferences } from './references/findings.ts'
import { projectFindings } from './safety/projects.ts'
import { renderFindings } from './render-findings.ts'
import type { RepositoryObject, RepositoryObjects } from './repository-objects.ts'
import type { ShippedDefinition } from './schema/catalogue.ts'
import { fieldNames } from './schema/field-names.ts'
import { policySources, reportPolicies } from './policy/told.ts'
import { judgeEnvironment, type EnvironmentJudgement, type JudgeOptions } from './sessions.ts'
import type { FoundWithStatus } from './status.ts'
import { switchedOffReason } from './optional-kinds.ts'
import { unknownKinds, unknownReason } from './unknown-kinds.ts'
import { asSeenBefore, unseenBefore } from './unseen-before.ts'
import { classesOfClusters } from './admission/classes.ts'
import { lastConfigurations } from './admission/last-configuration.ts'
import { withoutRepaired } from './admission/webhooks.ts'

export interface ChangesToJudge extends Omit<JudgeOptions, 'targetOf' | 'classesOf'> {
  readonly changes: readonly Change[]
  readonly repository: RepositoryObjects
  /** Definitions of tools, of the kinds of the changes. */
  readonly shipped: readonly ShippedDefinition[]
  /** Custom resources in files of the head, of kinds whose definitions change. */
  readonly written?: readonly RepositoryObject[]
  /** Storage and priority classes in files of the head. */
  readonly classes?: readonly JsonObject[]
  readonly locate: Locate
  readonly exemptions: Exemptions
  /** Every target of the repository is among the pairs. */
  readonly everything: boolean
  /** Seconds since the epoch that exemptions are compared with. */
  readonly now: number
  /** Every target of both sides, affected or not. */
  readonly targets?: AllTargets
}

/**
 * Judges changes: everything of `judge` but reading the trees. Only changed objects are judged, unless the gate is
 * `all`. Every text that leaves is masked (threats.md, I6).
 */
export async function judgeChanges(input: ChangesToJudge): Promise<Judgement> {
  const { pairs, configuration, policies } = input
  const changes = input.changes.filter(
    ({ operation }) => operation !== 'NONE' || configuration.gate === 'all',
  )
  const targetOf = targetsById(pairs)
  const classesOf = classesOfClusters(pairs, input.classes ?? [], targetOf)
  const options: JudgeOptions = { ...input, targetOf, classesOf }
  const environments = environmentsOf({ ...input, changes })
  const judged = await Promise.all(environments.map((environment) => judgeEnvironment(environment, options)))

  const breaks = await definitionBreaks({
    ...options,
    pairs,
    changes: input.changes,
    repository: input.repository,
    written: input.written ?? [],
    kubernetes: ({ target }) => options.targetOf(target)?.kubernetes ?? configuration.kubernetes,
  })

  // A policy that could not be read judges nothing: every change that it was to judge is open.
  const written = [...new Set(changes.map(({ target }) => target))].sort()
  const vault = vaultOf(pairs, () =>
    fieldNames(
      input.schemas,
      environments.flatMap(({ load }) => load.customResourceDefinitions ?? []),
    ),
  )
  const { found: refused, webhooks } = withoutRepaired(
    withRefusedDefinitions(
      judged.flatMap((one) => one.found).filter((one) => !breaks.repeats(one)),
      breaks.found,
    ),
    configuration,
  )
  const all = [
    ...refused,
    ...lastConfigurations(changes, options.targetOf),
    ...brokenReferences(input.changes, pairs, options.targetOf),
    ...missingNamespaces(input.changes, pairs, input.repository, options.targetOf),
    ...[
      ...plaintextSecrets(changes),
      ...namespaceLabels(changes, selectedLabels(nativeDocuments(policies))),
    ].map((one): FoundWithStatus => ({
      ...one,
      status: 'new',
      side: 'head',
    })),
  ]
  all.push(...projectFindings(pairs, changes))
  if (input.targets !== undefined) all.push(...missingDependencies(pairs, input.targets))
  const unseen = unseenBefore(pairs)
  const { found, exemptions } = applyExemptions(asSeenBefore(all, unseen), {
    ...input.exemptions,
    configuration,
    policies: policies.policies.values(),
    changes,
    targetOf: options.targetOf,
    everything: input.everything && configuration.gate === 'all',
    now: input.now,
  })
  const located = await locateFindings(found, input.locate)
  const before = classesOfClusters(pairs, input.classes ?? [], targetOf, 'base')
  const deletions = destroyed(changes, pairs, before)
  const places = await input.locate(deletions.map(({ object }) => ({ side: 'base', object, path: '' })))

  return {
    kubernetes: versionsOf(judged.flatMap(({ version }) => version ?? [])),
    definitions: assumedOf(environments),
    webhooks,
    findings: joinFindings(
      [
        ...located,
        ...renderFindings(pairs, located),
        ...policies.problems.map(existing),
        ...input.exemptions.problems.map(existing),
        ...policies.refused.map((finding): Settled => ({ finding, status: 'new' })),
      ].map((one) => masked(one, vault)),
    ).map((finding) => (finding.source === 'config' ? { ...finding, targets: [] } : finding)),
    notChecked: mergeNotChecked([
      ...policies.notChecked,
      ...unseen.values(),
      ...policies.failed.map((entry) => ({ ...entry, targets: written })),
      ...input.repository.notChecked,
      ...breaks.notChecked,
      ...judged.flatMap((one) => one.notChecked),
      ...unknownKinds(
        judged.flatMap((one) => one.unknown),
        configuration,
        unknownReason(input.shipped),
      ),
      ...unknownKinds(
        judged.flatMap((one) => one.switchedOff),
        configuration,
        ({ object: { apiVersion, identity } }) =>
          `${switchedOffReason}; if yours does, name ${apiVersion}/${identity.kind} under schemas.skip`,
        { byVersion: true },
      ),
    ]).map((entry) => ({ ...entry, reason: vault.maskText(entry.reason) })),
    destructions: joinDestroyed(
      deletions.map((entry, index) => ({ ...entry, location: places[index] ?? null })),
    ),
    policies: reportPolicies(policies, matchedBy(judged), input.everything && configuration.gate === 'all'),
    policySources: policySources(policies),
    exemptions,
    preview: null,
  }
}

/** What policies are in their own language, as far as it is one of objects. */
function nativeDocuments({ load, bindings, kyverno, gatekeeper }: JudgeOptions['policies']): readonly Json[] {
  return [...(load.policies ?? []), ...[...bindings, ...kyverno, ...gatekeeper].map(({ object }) => object)]
}

/** Definitions of tools that judged objects, by tool. */
function assumedOf(environments: readonly Environment[]): Judgement['definitions'] {
  return byTool(
    environments.flatMap(({ shipped, changes }) => {
      const changed = new Set(changes.map(({ identity }) => groupKind(identity)))
      return shipped.filter(({ kind }) => changed.has(kind))
    }),
  )
}

/** Writes that each policy matched, over all environments. */
function matchedBy(judged: readonly EnvironmentJudgement[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { matched } of judged)
    for (const [key, count] of Object.entries(matched)) counts.set(key, (counts.get(key) ?? 0) + count)
  return counts
}

function versionsOf(versions: readonly JudgedVersion[]): readonly JudgedVersion[] {
  const byDeclared = new Map(versions.map((version) => [version.declared, version]))
  return [...byDeclared.values()].sort((a, b) => (a.declared < b.declared ? -1 : 1))
}

async function locateFindings(found: readonly FoundWithStatus[], locate: Locate): Promise<Settled[]> {
  const asked = found.flatMap((one, index) =>
    one.object === undefined ? [] : [{ one, object: one.object, index }],
  )
  const answers = await locate(
    asked.map(({ one: { side, finding, named }, object }): LocationQuery => {
      if (finding.path !== '' || named?.entry === undefined) return { side, object, path: finding.path }
      return { side, object, path: named.entry, entry: true }
    }),
  )
  const places = new Map(asked.map(({ index }, position) => [index, answers[position]]))
  return found.map(({ finding, status }, index) => {
    const location = places.get(index)
    return { finding: location === undefined ? finding : { ...finding, location }, status }
  })
}

/** Policy sets are read from base: what is wrong with them was there before. */
function existing(finding: RawFinding): Settled {
  return { finding, status: 'existing' }
}

function masked({ finding, status }: Settled, vault: SecretVault): Settled {
  return {
    status,
    finding: {
      ...finding,
      message: vault.maskText(finding.message),
      path: vault.maskPath(finding.path),
      ...(finding.remedy === undefined ? {} : { remedy: vault.maskText(finding.remedy) }),
    },
  }
}

/** One entry for what several environments left open for one reason. */
function mergeNotChecked(entries: readonly NotChecked[]): readonly NotChecked[] {
  const merged = new Map<string, NotChecked>()
  for (const entry of entries) {
    const key = JSON.stringify([entry.code, entry.what, entry.reason])
    const known = merged.get(key)
    merged.set(
      key,
      known === undefined
        ? entry
        : {
            ...known,
            targets: [...new Set([...known.targets, ...entry.targets])].sort(),
            count: known.count + entry.count,
          },
    )
  }
  return [...merged.values()].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
}

function sortKey({ code, what, reason }: NotChecked): string {
  return [code, what, reason].join('\n')
}
