import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Difference } from '../../src/model/change.ts'
import type { AppliedExemption, Finding } from '../../src/model/finding.ts'
import type { Location } from '../../src/model/location.ts'
import type { ObjectIdentity } from '../../src/model/object.ts'
import type {
  Report,
  ReportApplication,
  ReportChange,
  ReportDestruction,
  ReportExemption,
  ReportPolicy,
  ReportPolicySource,
  ReportPreview,
  ReportImage,
  ReportTarget,
  ReportNotChecked,
} from '../../src/model/report.ts'
import { hostileReport, hugeReport } from './fixtures/arbitrary.ts'
import { reports } from './fixtures/reports.ts'

interface Definition {
  readonly properties?: Record<string, unknown>
  readonly required?: readonly string[]
  readonly additionalProperties?: unknown
  readonly type?: string
}
const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/report.schema.json'), 'utf8'),
) as { $defs: Record<string, Definition> }
const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false }).compile(schema)

/** The keys of the contract's types; the compiler holds that none is missing and none too many. */
const contract: Record<string, Record<string, true>> = {
  report: {
    schemaVersion: true,
    verdict: true,
    routine: true,
    gate: true,
    base: true,
    head: true,
    counts: true,
    targets: true,
    changes: true,
    findings: true,
    destructions: true,
    applications: true,
    images: true,
    notChecked: true,
    versions: true,
    kubernetes: true,
    definitions: true,
    webhooks: true,
    policies: true,
    policySources: true,
    exemptions: true,
    preview: true,
    notices: true,
    reproduce: true,
    durations: true,
  } satisfies Record<keyof Report, true>,
  side: { label: true, commit: true } satisfies Record<keyof Report['base'], true>,
  counts: {
    targets: true,
    affected: true,
    rendered: true,
    changedTargets: true,
    created: true,
    updated: true,
    deleted: true,
    newViolations: true,
    fixed: true,
    existing: true,
    advisory: true,
    exempt: true,
    notChecked: true,
  } satisfies Record<keyof Report['counts'], true>,
  target: {
    id: true,
    kind: true,
    name: true,
    path: true,
    cluster: true,
    environment: true,
    status: true,
    brokenBefore: true,
    brokenAfter: true,
    reason: true,
    definition: true,
    production: true,
    objects: true,
  } satisfies Record<keyof ReportTarget, true>,
  change: {
    target: true,
    object: true,
    operation: true,
    renamedFrom: true,
    hook: true,
    location: true,
    differences: true,
    hunks: true,
    secretKeys: true,
    noise: true,
  } satisfies Record<keyof ReportChange, true>,
  hook: { events: true, fate: true } satisfies Record<keyof NonNullable<ReportChange['hook']>, true>,
  secretKey: { key: true, change: true } satisfies Record<keyof ReportChange['secretKeys'][number], true>,
  difference: { path: true, old: true, new: true } satisfies Record<keyof Difference, true>,
  finding: {
    fingerprint: true,
    status: true,
    source: true,
    rule: true,
    level: true,
    severity: true,
    object: true,
    targets: true,
    path: true,
    message: true,
    location: true,
    remedy: true,
    docs: true,
    owner: true,
    validation: true,
    part: true,
    exemption: true,
  } satisfies Record<keyof Finding, true>,
  appliedExemption: { id: true, reason: true, expires: true, native: true } satisfies Record<
    keyof AppliedExemption,
    true
  >,
  destruction: { object: true, targets: true, sentence: true, location: true } satisfies Record<
    keyof ReportDestruction,
    true
  >,
  application: { target: true, change: true, sentence: true, location: true } satisfies Record<
    keyof ReportApplication,
    true
  >,
  image: { image: true, from: true, to: true, targets: true } satisfies Record<keyof ReportImage, true>,
  notChecked: {
    what: true,
    code: true,
    reason: true,
    targets: true,
    location: true,
    allow: true,
    count: true,
    untouched: true,
  } satisfies Record<keyof ReportNotChecked, true>,
  policy: {
    id: true,
    matched: true,
    everywhere: true,
    source: true,
    title: true,
    level: true,
    severity: true,
    docs: true,
    remedy: true,
    owner: true,
    deprecatedBy: true,
  } satisfies Record<keyof ReportPolicy, true>,
  policySource: {
    source: true,
    set: true,
    version: true,
    content: true,
    digest: true,
    central: true,
  } satisfies Record<keyof ReportPolicySource, true>,
  exemption: {
    id: true,
    state: true,
    policies: true,
    reason: true,
    ticket: true,
    requestedBy: true,
    approvedBy: true,
    created: true,
    expires: true,
    ageDays: true,
    daysLeft: true,
    used: true,
    notes: true,
    location: true,
  } satisfies Record<keyof ReportExemption, true>,
  preview: {
    edits: true,
    impact: true,
    appears: true,
    disappears: true,
    policies: true,
    notes: true,
  } satisfies Record<keyof ReportPreview, true>,
  impact: { application: true, owner: true, fails: true, fixed: true, changed: true } satisfies Record<
    keyof ReportPreview['impact'][number],
    true
  >,
  policyMove: { id: true, from: true, to: true } satisfies Record<
    keyof ReportPreview['policies'][number],
    true
  >,
  kubernetes: { version: true, for: true, shapes: true, rules: true } satisfies Record<
    keyof Report['kubernetes'][number],
    true
  >,
  definitions: { tool: true, kinds: true } satisfies Record<keyof Report['definitions'][number], true>,
  webhook: { kind: true, path: true, reason: true, used: true } satisfies Record<
    keyof Report['webhooks'][number],
    true
  >,
  location: { file: true, line: true } satisfies Record<keyof Location, true>,
  identity: { group: true, kind: true, namespace: true, name: true } satisfies Record<
    keyof ObjectIdentity,
    true
  >,
}

describe('docs/report.schema.json', () => {
  test.each(Object.entries(contract))('%s has exactly the keys of its type, and is closed', (name, keys) => {
    const definition = schema.$defs[name]
    expect(Object.keys(definition?.properties ?? {}).sort()).toEqual(Object.keys(keys).sort())
    expect(definition?.additionalProperties).toBe(false)
  })
  test('every object of the schema stands in the contract', () => {
    const objects = Object.entries(schema.$defs).filter(([, definition]) => definition.type === 'object')
    expect(objects.map(([name]) => name).sort()).toEqual(Object.keys(contract).sort())
  })
  test.each(Object.entries(reports))('accepts the report %s', (_, make) => {
    expect([validate(make()), validate.errors]).toEqual([true, null])
  })
  test('accepts large and hostile ones', () => {
    expect(validate(hugeReport({ targets: 9, objects: 20, findings: 20, lines: 3 }))).toBe(true)
    fc.assert(
      fc.property(hostileReport, (report) => {
        expect([validate(report), validate.errors]).toEqual([true, null])
      }),
      { numRuns: 50 },
    )
  })
  test.each(['surprise', 'Verdict'])('refuses the key %s', (key) => {
    expect(validate({ ...reports.clean(), [key]: 1 })).toBe(false)
  })
})
