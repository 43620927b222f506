/** From documents and what was said of them to the answer of `preadmit validate`. */
import type { RawFinding } from '../model/finding.ts'
import type { Verdict } from '../model/report.ts'
import type { ValidatedDocument, Validation, ValidationFinding } from '../model/validation.ts'
import type { ManifestDocument } from '../render/manifest-documents.ts'
import { fingerprint } from './fingerprint.ts'
import type { JudgedObject } from './judge-objects.ts'
import { maximumFindings } from './schema/schema.ts'

/** What the caller decided beforehand: `Kind` or `group/version/Kind`, as kubeconform's -skip and -reject take them. */
export interface KindRules {
  readonly skip: ReadonlySet<string>
  readonly reject: ReadonlySet<string>
}

/** The answer for a document that no server has to be asked about; undefined for objects to judge. */
export function settledBefore(document: ManifestDocument, rules: KindRules): ValidatedDocument | undefined {
  const { file, index, item } = document
  const common = { file, index, item, object: null, operation: null, findings: [], omitted: 0 }
  switch (document.state) {
    case 'left-out':
      return { ...common, verdict: 'unknown', reason: document.reason, skipped: document.skipped }
    case 'broken': {
      const { message, line } = document
      const location = { file, ...(line === undefined ? {} : { line }) }
      const finding = required({
        source: 'render',
        rule: 'render/invalid',
        path: '',
        element: '',
        message,
        location,
      })
      return { ...common, verdict: 'rejected', reason: null, skipped: false, findings: [finding] }
    }
    case 'object': {
      const { identity, apiVersion } = document.object
      const named = (kinds: ReadonlySet<string>): boolean =>
        kinds.has(identity.kind) || kinds.has(`${apiVersion}/${identity.kind}`)
      const object = { apiVersion, ...identity }
      if (named(rules.skip)) {
        const reason = { code: 'skipped' as const, message: `${identity.kind} is left out by --skip` }
        return { ...common, object, verdict: 'unknown', reason, skipped: true }
      }
      if (!named(rules.reject)) return undefined
      const finding = required({
        source: 'config',
        rule: 'config/prohibited-kind',
        object: identity,
        path: 'kind',
        element: 'kind',
        message: `prohibited resource kind ${identity.kind}`,
      })
      return { ...common, object, verdict: 'rejected', reason: null, skipped: false, findings: [finding] }
    }
  }
}

/**
 * The answer for an object that was judged. What a kustomization builds with is never rejected: what its overlays make
 * of it is what the API server gets, so that its findings are told and decide nothing.
 */
export function settledAfter(
  document: ManifestDocument & { state: 'object' },
  judged: JudgedObject,
  options: { readonly update: boolean; readonly ignoreMissingSchemas: boolean },
): ValidatedDocument {
  const { builtBy } = document
  if (builtBy === undefined || judged.verdict !== 'rejected') return settled(document, judged, options)
  const findings = judged.findings.map((finding) => ({ ...finding, level: 'advisory' as const }))
  return {
    ...settled(document, { verdict: 'unknown', findings }, options),
    reason: {
      code: 'fragment',
      message: `${builtBy} builds with it, and as it stands the API server refuses it: validate the build, or name the file itself`,
    },
  }
}

function settled(
  { file, index, item, object: { identity, apiVersion } }: ManifestDocument & { state: 'object' },
  { verdict, findings, reason }: JudgedObject,
  options: { readonly update: boolean; readonly ignoreMissingSchemas: boolean },
): ValidatedDocument {
  // What rejects must not be crowded out by warnings.
  const ordered = [
    ...findings.filter(({ level }) => level !== 'advisory'),
    ...findings.filter(({ level }) => level === 'advisory'),
  ]
  return {
    file,
    index,
    item,
    object: { apiVersion, ...identity },
    operation: options.update ? 'UPDATE' : 'CREATE',
    verdict,
    reason: reason === undefined ? null : { code: reason.code, message: reason.reason },
    skipped: options.ignoreMissingSchemas && reason?.code === 'unknown-kind',
    findings: ordered.slice(0, maximumFindings).map(withoutTarget),
    omitted: Math.max(0, ordered.length - maximumFindings),
  }
}

/** Without target and element, which only a run over targets needs; they stay in the fingerprint. */
function withoutTarget(raw: RawFinding): ValidationFinding {
  const { source, rule, level, severity, path, message, location, remedy, docs, owner } = raw
  return {
    fingerprint: fingerprint({ ...raw, target: '' }),
    source,
    rule,
    level,
    severity,
    path,
    message,
    ...(location === undefined ? {} : { location }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(docs === undefined ? {} : { docs }),
    ...(owner === undefined ? {} : { owner }),
  }
}

function required(raw: Omit<RawFinding, 'target' | 'level' | 'severity'>): ValidationFinding {
  return withoutTarget({ ...raw, target: '', level: 'required', severity: 'high' })
}

/** What rejects first, then by line, then by field. */
export function compareFindings(a: ValidationFinding, b: ValidationFinding): number {
  const advisory = Number(a.level === 'advisory') - Number(b.level === 'advisory')
  const line = (a.location?.line ?? 0) - (b.location?.line ?? 0)
  if (advisory !== 0 || line !== 0) return advisory || line
  const key = ({ path, rule, message }: ValidationFinding): string => [path, rule, message].join('\n')
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0
}

type Counts = Omit<Validation['counts'], 'files'>

export function countsOf(documents: readonly ValidatedDocument[]): Counts {
  const of = (wanted: (document: ValidatedDocument) => boolean): number => documents.filter(wanted).length
  return {
    documents: documents.length,
    accepted: of(({ verdict }) => verdict === 'accepted'),
    rejected: of(({ verdict }) => verdict === 'rejected'),
    unknown: of(({ verdict, skipped }) => verdict === 'unknown' && !skipped),
    skipped: of(({ skipped }) => skipped),
  }
}

/** `open`: something besides the documents could not be looked at, so that nothing may look green. */
export function verdictOf({ rejected, unknown }: Counts, open: boolean): Verdict {
  if (rejected > 0) return 'fail'
  return unknown > 0 || open ? 'incomplete' : 'pass'
}
