import { applicationChanges } from '../compare/application-changes.ts'
import { definitionChanges } from '../compare/definition-changes.ts'
import { imageMoves } from '../compare/images.ts'
import { vaultOf, type FieldNamesOf, type SecretVault } from '../compare/secrets.ts'
import type { Judgement } from '../judge/judgement.ts'
import { verdict } from '../judge/verdict.ts'
import type { Change } from '../model/change.ts'
import type { Configuration } from '../model/configuration.ts'
import type { AffectedTarget } from '../model/discovery.ts'
import type { Finding } from '../model/finding.ts'
import { identityKey } from '../model/object.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type {
  Report,
  ReportApplication,
  ReportChange,
  ReportDestruction,
  ReportNotChecked,
  ReportTarget,
} from '../model/report.ts'
import type { Target } from '../model/target.ts'
import type { Tree } from '../model/tree.ts'
import { reportChanges } from './build-changes.ts'
import { kubernetesVersions, reportTargets } from './build-targets.ts'
import { renderingWarnings } from './build-warnings.ts'
import { onlyVersionsMove } from './routine.ts'
import { version } from './version.ts'

/** Everything that the rooms before found. */
export interface ReportInput {
  readonly base: Pick<Tree, 'label' | 'commit'>
  readonly head: Pick<Tree, 'label' | 'commit'>
  readonly configuration: Configuration
  readonly reproduce: string
  readonly notices: readonly string[]
  readonly engines: { readonly versions: Readonly<Record<string, string>> }
  readonly discovery: {
    readonly pairs: readonly RenderedPair[]
    readonly targets: { readonly base: readonly Target[]; readonly head: readonly Target[] }
    readonly notChecked: readonly NotChecked[]
    readonly affected: readonly AffectedTarget[]
  }
  readonly changes: readonly Change[]
  readonly judgement: Judgement
  readonly durations: Readonly<Record<string, number>>
  /** Keeps paths legible where a Secret's value is the name of a field. */
  readonly fieldNames?: FieldNamesOf
}

/**
 * The one value that all renderings are made of: sorted, counted, masked. Equal inputs give equal reports, durations
 * apart.
 */
export function buildReport(input: ReportInput): Report {
  const { configuration, discovery, judgement, changes } = input
  const vault = vaultOf(discovery.pairs, input.fieldNames)
  const targets = reportTargets({ ...discovery, changes, configuration, vault })
  const shown = reportChanges(changes, vault)
  // Counts are about objects; what is only known of a definition is shown besides.
  const known = definitionChanges(discovery.pairs, changes)
  const findings = maskFindings(judgement.findings, vault)
  const touched = discovery.affected.map(({ id }) => id)
  const notChecked = collectNotChecked(input, vault, new Set(touched))
  const destructions = maskDestructions(judgement.destructions, vault)
  const decided = verdict(findings, notChecked, touched, configuration)
  const applications = applicationsOf(discovery, changes, vault)
  const flagged =
    findings.some(({ status }) => status === 'new') ||
    judgement.preview !== null ||
    destructions.length > 0 ||
    applications.length > 0
  return {
    schemaVersion: 1,
    verdict: decided,
    routine: decided === 'pass' && !flagged && onlyVersionsMove(changes),
    gate: configuration.gate,
    base: sideOf(input.base),
    head: sideOf(input.head),
    counts: countsOf({ targets, shown, findings, notChecked, discovery }),
    targets,
    changes: known.length === 0 ? shown : reportChanges([...changes, ...known], vault),
    findings,
    destructions,
    applications,
    images: imageMoves(changes),
    notChecked,
    versions: { preadmit: version, ...input.engines.versions },
    kubernetes: kubernetesVersions(discovery.pairs, configuration, judgement.kubernetes),
    definitions: judgement.definitions,
    webhooks: judgement.webhooks,
    policies: judgement.policies,
    policySources: judgement.policySources,
    exemptions: judgement.exemptions,
    preview: judgement.preview,
    notices: [
      ...input.notices,
      ...renderingWarnings(discovery.pairs).map((warning) => vault.maskText(warning)),
      ...webhookNotices(judgement.webhooks),
      ...policyNotices(judgement),
    ],
    reproduce: input.reproduce,
    durations: input.durations,
  }
}

/** What was left out by configuration is said, so that nothing refused looks accepted. */
function webhookNotices(webhooks: Report['webhooks']): readonly string[] {
  return webhooks.flatMap(({ kind, path, reason, used }) =>
    used === 0
      ? []
      : [
          `${used === 1 ? 'One rejection' : `${used} rejections`} of ${path} in ${kind} ${used === 1 ? 'is' : 'are'} left out, since the configuration says that a webhook repairs it: ${reason}.`,
        ],
  )
}

/** Policies that are of no use as they stand: asked about every object, they matched none; or another takes their place. */
function policyNotices({ policies }: Judgement): readonly string[] {
  const idle = policies.filter(({ everywhere, matched }) => everywhere && matched === 0).map(({ id }) => id)
  const old = policies.filter(({ deprecatedBy }) => deprecatedBy !== null)
  return [
    ...(idle.length === 0
      ? []
      : [
          `${idle.length === 1 ? 'One policy matches' : `${idle.length} policies match`} no object anywhere in the repository: ${named(idle)}.`,
        ]),
    ...(old.length === 0
      ? []
      : [`Deprecated: ${named(old.map(({ id, deprecatedBy }) => `${id} (use ${deprecatedBy ?? ''})`))}.`]),
  ]
}

function named(names: readonly string[]): string {
  const rest = names.length > 6 ? ` and ${names.length - 6} more` : ''
  return `${names.slice(0, 6).join(', ')}${rest}`
}

function applicationsOf(
  { pairs, targets }: ReportInput['discovery'],
  changes: readonly Change[],
  vault: SecretVault,
): readonly ReportApplication[] {
  const known = new Map([...targets.base, ...targets.head].map((target) => [target.id, target]))
  return applicationChanges(pairs, known, changes).map((item) => ({
    ...item,
    sentence: vault.maskText(item.sentence),
  }))
}

function sideOf({ label, commit }: Pick<Tree, 'label' | 'commit'>): Report['base'] {
  return { label, commit: commit ?? null }
}

/** The judge masks already; a second time costs little, and a text that it forgot stays a secret. */
function maskFindings(findings: readonly Finding[], vault: SecretVault): readonly Finding[] {
  const masked = findings.map((finding) => ({
    ...finding,
    message: vault.maskText(finding.message),
    ...(finding.remedy === undefined ? {} : { remedy: vault.maskText(finding.remedy) }),
  }))
  const key = (finding: Finding): string =>
    [
      finding.status,
      finding.object === undefined ? '' : identityKey(finding.object),
      finding.rule,
      finding.path,
      finding.message,
      finding.fingerprint,
      ...finding.targets,
    ].join('\n')
  return sortBy(masked, key)
}

function maskDestructions(
  destructions: readonly ReportDestruction[],
  vault: SecretVault,
): readonly ReportDestruction[] {
  const masked = destructions.map((item) => ({ ...item, sentence: vault.maskText(item.sentence) }))
  return sortBy(masked, ({ object, targets, sentence }) =>
    [identityKey(object), ...targets, sentence].join('\n'),
  )
}

/** What discovery, rendering and judging left out. The same thing told by two rooms is told once. */
function collectNotChecked(
  { discovery, judgement }: ReportInput,
  vault: SecretVault,
  touched: ReadonlySet<string>,
): readonly ReportNotChecked[] {
  const rendered = discovery.pairs.flatMap((pair) => {
    const { head = pair.base } = pair
    if (head?.state === 'not-rendered') return [head.reason]
    return head?.state === 'rendered' ? head.notChecked : []
  })
  const isTouched = ({ targets }: NotChecked): boolean => targets.some((id) => touched.has(id))
  const near = discovery.notChecked.filter(isTouched)
  const elsewhere = discovery.notChecked
    .filter((entry) => !isTouched(entry))
    .map((entry): ReportNotChecked => ({ ...entry, untouched: true }))
  const all = new Map<string, ReportNotChecked>()
  for (const entry of [...near, ...rendered, ...judgement.notChecked, ...elsewhere]) {
    const masked = { ...entry, what: vault.maskText(entry.what), reason: vault.maskText(entry.reason) }
    const key = notCheckedKey(masked)
    all.set(key, all.get(key) ?? masked)
  }
  return sortBy([...all.values()], notCheckedKey)
}

function notCheckedKey({ code, what, targets, reason, location }: NotChecked): string {
  return [code, what, targets.join(' '), reason, location?.file ?? '', location?.line ?? ''].join('\n')
}

function countsOf({
  targets,
  shown,
  findings,
  notChecked,
  discovery,
}: {
  readonly targets: readonly ReportTarget[]
  readonly shown: readonly ReportChange[]
  readonly findings: readonly Finding[]
  readonly notChecked: readonly ReportNotChecked[]
  readonly discovery: ReportInput['discovery']
}): Report['counts'] {
  const operations = (operation: ReportChange['operation']): number =>
    shown.filter((change) => change.operation === operation).length
  const isAdvisory = ({ level }: Finding): boolean => level === 'advisory'
  const isExempt = ({ exemption, level }: Finding): boolean =>
    exemption !== undefined && level !== 'mandatory'
  const isNew = ({ status }: Finding): boolean => status === 'new'
  return {
    targets: targets.length,
    affected: discovery.affected.length,
    rendered: discovery.pairs.filter(({ base, head }) =>
      [base, head].every((side) => side === undefined || side.state === 'rendered'),
    ).length,
    changedTargets: targets.filter(({ status }) => status !== 'unchanged' && status !== 'not-rendered')
      .length,
    created: operations('CREATE'),
    updated: operations('UPDATE'),
    deleted: operations('DELETE'),
    newViolations: findings.filter((finding) => isNew(finding) && !isAdvisory(finding) && !isExempt(finding))
      .length,
    fixed: findings.filter(({ status }) => status === 'fixed').length,
    existing: findings.filter(({ status }) => status === 'existing').length,
    advisory: findings.filter((finding) => isNew(finding) && isAdvisory(finding)).length,
    exempt: findings.filter((finding) => finding.status !== 'fixed' && isExempt(finding)).length,
    notChecked: notChecked.reduce((sum, { count, untouched }) => (untouched ? sum : sum + count), 0),
  }
}

function sortBy<T>(values: readonly T[], key: (value: T) => string): readonly T[] {
  return values
    .map((value) => ({ value, key: key(value) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ value }) => value)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
