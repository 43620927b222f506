import type { AdmitFinding } from '../../engine/api.ts'
import type { AdmissionSession } from '../../engine/engines.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { displayName } from '../../model/object.ts'
import { elementOf } from '../field-steps.ts'
import type { Found } from '../judgement.ts'
import { engineFailure } from '../not-checked.ts'
import { appliedPath } from './applied-path.ts'
import { remedyFor } from './remedies.ts'
import { immutableMessage, immutableRule, isImmutable, recreatesByForce } from './immutable.ts'
import { withoutSumOfDearRules } from './rule-costs.ts'
import { peoplesPath, readableSentence } from './server-sentence.ts'
import type { ChangeWrite } from '../writes.ts'
import type { TargetOf } from '../environments.ts'

export interface Admitted {
  readonly found: readonly Found[]
  readonly notChecked: readonly NotChecked[]
  /** Writes of kinds that the API server of this session does not know. */
  readonly unknown: readonly ChangeWrite[]
}

/** What the API server says about writes. Deletions are not asked for: no registry strategy refuses them. */
export async function admitWrites(
  session: AdmissionSession,
  writes: readonly ChangeWrite[],
  targetOf: TargetOf,
): Promise<Admitted> {
  const asked = writes.filter(({ write }) => write.operation !== 'DELETE')
  if (asked.length === 0) return { found: [], notChecked: [], unknown: [] }
  const answer = await session.admit(asked.map(({ write }) => write))
  if (!answer.ok) {
    if (asked.length === 1)
      return { found: [], notChecked: [engineFailure(answer.error, asked, 'admission')], unknown: [] }
    // One hostile object must not cost the answers of the others: halved until it is alone.
    const middle = Math.ceil(asked.length / 2)
    const halves = [asked.slice(0, middle), asked.slice(middle)]
    const [left, right] = await Promise.all(halves.map((half) => admitWrites(session, half, targetOf)))
    return joinAdmitted(left, right)
  }

  const found: Found[] = []
  const notChecked: NotChecked[] = []
  const unknown: ChangeWrite[] = []
  for (const [index, { verdict, findings }] of answer.result.writes.entries()) {
    const write = asked[index]
    if (write === undefined) continue
    if (verdict === 'unknown') unknown.push(write)
    const own: Found[] = []
    for (const finding of findings) {
      if (finding.stage === 'internal') notChecked.push(internalError(write, finding))
      else if (isToolsOwnName(finding)) continue
      else own.push(foundOf(write, finding, targetOf))
    }
    found.push(...withoutSumOfDearRules(withoutDoubleTelling(withoutUnfinished(own))))
  }
  return { found, notChecked, unknown }
}

function joinAdmitted(...parts: readonly (Admitted | undefined)[]): Admitted {
  return {
    found: parts.flatMap((part) => part?.found ?? []),
    notChecked: parts.flatMap((part) => part?.notChecked ?? []),
    unknown: parts.flatMap((part) => part?.unknown ?? []),
  }
}

function foundOf({ change, object, write }: ChangeWrite, said: AdmitFinding, targetOf: TargetOf): Found {
  // `[]` is how the server names the whole object (a ConfigMap over its limit).
  const field = said.field === '[]' ? '' : (said.field ?? '')
  const path =
    said.reason === 'ServerSideApply' && said.stage === 'decode'
      ? appliedPath(object.object, field, said.message)
      : peoplesPath(object.object, field, said.message)
  const finding = { ...said, message: readableSentence(said.message) }
  const { rule, level, severity, message } = classify(finding)
  const remedy = remedyFor(path, finding.message)
  const common = {
    source: 'admission' as const,
    object: change.identity,
    target: change.target,
    path,
    element: elementOf(object.object, path),
    ...(remedy === undefined ? {} : { remedy }),
  }
  if (write.operation === 'UPDATE' && isImmutable(finding)) {
    const forced = recreatesByForce(object.object, targetOf(change.target)?.kind)
    return {
      object,
      finding: {
        ...common,
        source: 'safety',
        rule: forced ? 'safety/recreated' : immutableRule(finding),
        level: forced ? 'advisory' : 'required',
        severity: 'high',
        message: immutableMessage(finding, object, forced),
      },
    }
  }
  return { object, finding: { ...common, rule, level, severity, message } }
}

/**
 * The server warns about finalizers without a path. Argo CD's own is one (`ResourcesFinalizerName` of its v1alpha1), and
 * nobody who writes an Application can name it otherwise.
 */
function isToolsOwnName({ stage, message }: AdmitFinding): boolean {
  return stage === 'warning' && /"[a-z-]+-finalizer\.argocd\.argoproj\.io"/.test(message)
}

/** That rules were left out because of another error is no error of its own. */
function withoutUnfinished(found: readonly Found[]): readonly Found[] {
  const isUnfinished = ({ finding }: Found): boolean =>
    finding.message.includes('some validation rules were not checked because the object was invalid')
  const others = found.some((one) => one.finding.level === 'required' && !isUnfinished(one))
  return others ? found.filter((one) => !isUnfinished(one)) : found
}

/** Rule of two entries with one key, which only a server-side apply refuses. */
const duplicateEntries = 'admission/DuplicateEntries'

/** A duplicate is told once: by the rule that every write has, else by the apply's, else by the warning of other writes. */
function withoutDoubleTelling(found: readonly Found[]): readonly Found[] {
  const duplicates = found.filter(({ finding }) => finding.rule === duplicateEntries)
  if (duplicates.length === 0) return found
  const paths = new Set(duplicates.map(({ finding }) => finding.path))
  return found.filter(({ finding: { rule, path } }) => {
    if (rule === 'admission/warning') return !paths.has(path)
    if (rule !== duplicateEntries) return true
    return !found.some(
      ({ finding: other }) =>
        other.level === 'required' &&
        other.rule !== duplicateEntries &&
        (other.path === path || other.path.startsWith(`${path}.`)),
    )
  })
}

function classify({ stage, reason, message }: AdmitFinding): {
  rule: string
  level: 'advisory' | 'required'
  severity: 'low' | 'high'
  message: string
} {
  if (stage === 'warning') return { rule: 'admission/warning', level: 'advisory', severity: 'low', message }
  if (message.startsWith('duplicate entries for key'))
    return {
      rule: duplicateEntries,
      level: 'required',
      severity: 'high',
      message: `${message}: server-side apply refuses the object`,
    }
  return { rule: `admission/${reason ?? 'Invalid'}`, level: 'required', severity: 'high', message }
}

function internalError({ change }: ChangeWrite, { message }: AdmitFinding): NotChecked {
  return {
    what: displayName(change.identity),
    code: 'engine',
    reason: `the API server's code could not judge it: ${message}`,
    targets: [change.target],
    count: 1,
  }
}
