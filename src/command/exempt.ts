import { stringify } from 'yaml'
import { parseExemptions } from '../judge/exemptions/read.ts'
import { objectHash } from '../judge/exemptions/select.ts'
import type { Finding } from '../model/finding.ts'
import { groupKind, identityKey } from '../model/object.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { Report } from '../model/report.ts'
import { CommandError } from './errors.ts'

/** As the command line gives them. */
export interface ExemptOptions {
  /** Ids of policies; all that are violated when empty. */
  readonly rule?: readonly string[]
  readonly days: string
  readonly reason: string
  readonly ticket?: string
  readonly requestedBy: string
  readonly approvedBy: string
  /** Ends each exemption with any change of its object. */
  readonly pin?: boolean
}

/**
 * An exemption file for the violations of a report: one entry for each policy and object, as narrow as the violation.
 * @param now seconds since the epoch: the day of creation
 * @param pairs what was rendered, for the hashes of `--pin`
 * @throws CommandError when nothing is to be exempted, or the options make no valid file
 */
export function exemptionSkeletons(
  report: Report,
  options: ExemptOptions,
  { now, pairs }: { readonly now: number; readonly pairs: readonly RenderedPair[] },
): string {
  const days = /^[1-9]\d{0,3}$/.test(options.days) ? Number(options.days) : undefined
  if (days === undefined)
    throw new CommandError('bad-flag', `--days ${options.days}: write a number of days from 1 to 9999`)
  const wanted = report.findings.filter(
    ({ source, level, status, exemption, object, rule }) =>
      source === 'policy' &&
      level === 'required' &&
      status !== 'fixed' &&
      exemption === undefined &&
      object !== undefined &&
      (options.rule === undefined || options.rule.includes(rule)),
  )
  if (wanted.length === 0)
    throw new CommandError('nothing-to-exempt', 'no violation that an exemption could let pass was found')
  const applications = new Map(report.targets.map(({ id, name }) => [id, name]))
  const entries = new Map<string, object>()
  for (const finding of wanted) {
    const pin = options.pin === true ? hashOf(finding, pairs) : undefined
    const entry = {
      ...skeleton(finding, applications, { ...options, days, now }),
      ...(pin === undefined ? {} : { pinnedTo: pin }),
    }
    const key = JSON.stringify({ ...entry, id: '' })
    if (!entries.has(key)) entries.set(key, { ...entry, id: uniqueName(entry.id, entries) })
  }
  const text = stringify(
    { apiVersion: 'preadmit.dev/v1alpha1', kind: 'Exemptions', exemptions: [...entries.values()] },
    { lineWidth: 0 },
  )
  const { problems } = parseExemptions(text, 'exemptions', Infinity)
  if (problems.length > 0)
    throw new CommandError('bad-flag', problems.map(({ message }) => message).join('; '))
  return text
}

/** Of the object as its first target renders it; a hash of a Secret could be guessed from, so it has none. */
function hashOf({ object, targets }: Finding, pairs: readonly RenderedPair[]): string | undefined {
  if (object === undefined || object.kind === 'Secret') return undefined
  const head = pairs.find(({ id }) => id === targets[0])?.head
  const found =
    head?.state === 'rendered'
      ? head.objects.find(({ identity }) => identityKey(identity) === identityKey(object))
      : undefined
  return found === undefined ? undefined : objectHash(found.object)
}

function skeleton(
  { rule, object, targets, part, validation }: Finding,
  applications: ReadonlyMap<string, string>,
  {
    days,
    now,
    reason,
    ticket,
    requestedBy,
    approvedBy,
  }: Omit<ExemptOptions, 'days'> & {
    readonly days: number
    readonly now: number
  },
) {
  const date = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)
  const names = [...new Set(targets.map((id) => applications.get(id) ?? id))].sort()
  return {
    id: nameOf(`${rule.slice(rule.lastIndexOf('/') + 1)}-${object?.name ?? ''}`),
    policies: [{ id: literal(rule), ...(validation === undefined ? {} : { validations: [validation] }) }],
    match: {
      kinds: [groupKind(object ?? { group: '', kind: '' })],
      ...(object === undefined || object.namespace === '' ? {} : { namespaces: [literal(object.namespace)] }),
      names: [literal(object?.name ?? '')],
      applications: names.map(literal),
    },
    ...(part === undefined ? {} : { element: part }),
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    requestedBy,
    approvedBy,
    created: date(now),
    expires: date(now + days * 24 * 60 * 60),
  }
}

/** A name as a glob that takes only it. */
function literal(name: string): string {
  return name.replace(/[\\*?{}[\]]/g, (character) => `\\${character}`)
}

/** A name that the schema takes: 63 characters of letters, digits, dots, dashes and underscores. */
function nameOf(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 56)
  return plain.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '') || 'exemption'
}

function uniqueName(name: string, entries: ReadonlyMap<string, object>): string {
  const taken = new Set([...entries.values()].map((entry) => (entry as { id: string }).id))
  let candidate = name
  for (let n = 2; taken.has(candidate); n += 1) candidate = `${name}-${n}`
  return candidate
}
