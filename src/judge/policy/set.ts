import type { Level, RawFinding, Severity } from '../../model/finding.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Location } from '../../model/location.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { severityOf } from './describe.ts'
import type { PodSecurityPolicy } from '../../model/policy.ts'
import { at, textAt } from '../field-steps.ts'

/** What a set says about one policy beyond the native file. */
export interface SetEntry {
  readonly id: string
  /** In the tree. */
  readonly path: string
  readonly title?: string
  readonly severity?: Severity
  readonly level?: Level
  readonly docs?: string
  readonly remedy?: string
  readonly owner?: string
  readonly location: Location
}

export interface PolicySet {
  readonly entries: readonly SetEntry[]
  readonly podSecurity: {
    readonly id: string
    readonly level: PodSecurityPolicy['standard']
    readonly version: string
  } | null
  readonly problems: readonly RawFinding[]
  readonly notChecked: readonly NotChecked[]
}

const setFields = ['apiVersion', 'kind', 'name', 'version', 'description', 'owners', 'policies', 'metadata']
const entryFields = [
  'id',
  'path',
  'podSecurity',
  'title',
  'severity',
  'level',
  'docs',
  'remediation',
  'effectiveFrom',
  'owner',
]
/** Fields of the format that this version does not act on: said, never silently ignored. */
const laterFields = ['compat', 'parameters', 'exemptable', 'maxExemptionDays', 'deprecatedBy', 'appliesTo']

/**
 * Reads a policyset.yaml. Unknown fields and wrong values are findings; fields of the format that this version does
 * not act on are listed as not checked.
 * @param now seconds since the epoch: a policy whose `effectiveFrom` lies after it is advisory
 */
export function readPolicySet(set: JsonObject, location: Location, now: number): PolicySet {
  const problems: RawFinding[] = []
  const notChecked: NotChecked[] = []
  const name = textAt(set, 'name') ?? textAt(set, 'metadata', 'name') ?? location.file
  const report = { problem, later }
  checkFields(set, setFields, '', report)
  const owner = ownerOf(set)
  const policies = set['policies']
  if (!Array.isArray(policies)) problem('policies', 'a policy set needs a list of policies')
  const entries: SetEntry[] = []
  let podSecurity: PolicySet['podSecurity'] = null
  for (const [index, entry] of (Array.isArray(policies) ? (policies as readonly Json[]) : []).entries()) {
    const path = `policies[${index}]`
    if (!isJsonObject(entry)) {
      problem(path, 'an entry must be an object')
      continue
    }
    checkFields(entry, entryFields, `${path}.`, report)
    podSecurity ??= readPodSecurity(entry)
    const read = readEntry(entry, path)
    if (read !== undefined) entries.push(read)
  }
  return { entries, podSecurity, problems, notChecked }

  function readEntry(entry: JsonObject, path: string): SetEntry | undefined {
    const id = textAt(entry, 'id')
    if (id === undefined || id === '') {
      problem(`${path}.id`, 'every policy needs an id')
      return undefined
    }
    if (isJsonObject(entry['podSecurity'])) return undefined
    const file = textAt(entry, 'path')
    if (file === undefined) {
      problem(`${path}.path`, `${id} names neither a path nor podSecurity`)
      return undefined
    }
    const severity = severityOf(textAt(entry, 'severity'))
    if (entry['severity'] !== undefined && severity === undefined)
      problem(`${path}.severity`, 'severity must be info, low, medium, high or critical')
    const level = levelOf(entry, path)
    const owners = textAt(entry, 'owner') ?? owner
    return {
      id,
      path: besides(location.file, file),
      location,
      ...(severity === undefined ? {} : { severity }),
      ...(level === undefined ? {} : { level }),
      ...(owners === undefined ? {} : { owner: owners }),
      ...optional('title', textAt(entry, 'title')),
      ...optional('docs', textAt(entry, 'docs')),
      ...optional('remedy', textAt(entry, 'remediation')),
    }
  }

  function levelOf(entry: JsonObject, path: string): Level | undefined {
    const text = textAt(entry, 'level')
    const levels: readonly Level[] = ['advisory', 'required', 'mandatory']
    const level = levels.find((known) => known === text)
    if (entry['level'] !== undefined && level === undefined)
      problem(`${path}.level`, 'level must be advisory, required or mandatory')
    const from = textAt(entry, 'effectiveFrom')
    if (from === undefined) return level
    const start = Date.parse(from)
    if (!/^\d{4}-\d\d-\d\d/.test(from) || Number.isNaN(start)) {
      problem(`${path}.effectiveFrom`, 'effectiveFrom must be a date such as 2027-01-31')
      return level
    }
    return start / 1000 > now ? 'advisory' : level
  }

  function problem(path: string, message: string): void {
    problems.push({
      source: 'config',
      rule: 'config/policy-set',
      level: 'required',
      severity: 'high',
      target: '',
      path,
      element: `${name} ${path}`,
      message,
      location,
    })
  }

  function later(field: string): void {
    const reason = `this version does not act on it; the set is evaluated as if it were not there`
    notChecked.push({
      what: `${name}: ${field}`,
      code: 'unsupported',
      reason,
      targets: [],
      location,
      count: 1,
    })
  }
}

function checkFields(
  object: JsonObject,
  known: readonly string[],
  prefix: string,
  report: { problem: (path: string, message: string) => void; later: (field: string) => void },
): void {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue
    if (laterFields.includes(key)) report.later(`${prefix}${key}`)
    else report.problem(`${prefix}${key}`, `unknown field ${key}`)
  }
}

function readPodSecurity(entry: JsonObject): PolicySet['podSecurity'] {
  const standards: readonly PodSecurityPolicy['standard'][] = ['privileged', 'baseline', 'restricted']
  const level = standards.find((standard) => standard === textAt(entry, 'podSecurity', 'level'))
  const id = textAt(entry, 'id')
  if (level === undefined || id === undefined) return null
  return { id, level, version: textAt(entry, 'podSecurity', 'version') ?? 'latest' }
}

function ownerOf(set: JsonObject): string | undefined {
  const owners = at(set, 'owners')
  const first = Array.isArray(owners) ? (owners as readonly Json[])[0] : undefined
  return typeof first === 'string' ? first : undefined
}

/** A path relative to the set's file, as a path of the tree; `..` is not followed out of it. */
function besides(file: string, path: string): string {
  const directory = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : ''
  const parts: string[] = directory === '' ? [] : directory.split('/')
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}

function optional<Key extends string>(key: Key, value: string | undefined): Partial<Record<Key, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, string>)
}
