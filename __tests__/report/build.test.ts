import { describe, expect, test } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { readConfigurationFile } from '../../src/config/load.ts'
import type { Judgement } from '../../src/judge/judgement.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { splitApiVersion, type RenderedObject } from '../../src/model/object.ts'
import type { NotChecked } from '../../src/model/outcome.ts'
import type { RenderedPair, Rendering } from '../../src/model/rendering.ts'
import type { Report } from '../../src/model/report.ts'
import type { Target } from '../../src/model/target.ts'
import { buildReport } from '../../src/report/build.ts'
import { renderJson } from '../../src/report/json.ts'
import { renderMarkdown, renderSummary } from '../../src/report/markdown.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { finding } from './fixtures/builders.ts'

const canary = 'correct-horse-battery'

function target(id: string, more: Partial<Target> = {}): Target {
  return {
    id,
    kind: 'kustomize',
    name: id.split('/').at(-1) ?? id,
    path: id,
    sync: { prune: 'unknown', serverSide: false, automatic: 'unknown' },
    plan: { tool: 'manifests', files: [], rules: 'plain' },
    inputs: { files: [], directories: [id] },
    ...more,
  }
}
function object(apiVersion: string, kind: string, name: string, more: JsonObject): RenderedObject {
  return {
    identity: { group: splitApiVersion(apiVersion).group, kind, namespace: 'default', name },
    apiVersion,
    object: { apiVersion, kind, metadata: { name, namespace: 'default' }, ...more },
    origin: { file: `${name}.yaml` },
  }
}
function deployment(image: string, more: Record<string, Json> = {}): RenderedObject {
  return object('apps/v1', 'Deployment', 'api', {
    spec: { template: { spec: { containers: [{ name: 'api', image, ...more }] } } },
  })
}
function rendered(
  of: Target,
  objects: readonly RenderedObject[],
  notChecked: readonly NotChecked[] = [],
): Rendering {
  return { state: 'rendered', target: of, objects, notChecked, warnings: [], read: [] }
}
const failed = (of: Target): Rendering => ({
  state: 'failed',
  target: of,
  failure: { code: 'invalid', message: `no ${canary}` },
  read: [],
})
const missing = (what: string, targets: readonly string[]): NotChecked => ({
  what,
  code: 'remote-source',
  reason: 'elsewhere',
  targets,
  count: 1,
})
const nothing: Judgement = {
  kubernetes: [],
  definitions: [],
  webhooks: [],
  findings: [],
  notChecked: [],
  destructions: [],
  policies: [],
  policySources: [],
  exemptions: [],
  preview: null,
}

function build(
  pairs: readonly RenderedPair[],
  more: {
    judgement?: Partial<Judgement>
    configuration?: string
    untouched?: Target[]
    /** Of discovery. */
    notChecked?: readonly NotChecked[]
  } = {},
): Report {
  const side = (name: 'base' | 'head'): Target[] =>
    pairs.flatMap((pair) => (pair[name] === undefined ? [] : [pair[name].target]))
  const untouched = more.untouched ?? []
  return buildReport({
    base: { label: 'main', commit: '1'.repeat(40) },
    head: { label: 'working tree' },
    configuration: readConfigurationFile(more.configuration ?? '', '.preadmit.yaml'),
    reproduce: 'preadmit check',
    notices: [],
    engines: { versions: { 'render/kustomize': 'v0.21.1' } },
    discovery: {
      pairs,
      targets: { base: [...side('base'), ...untouched], head: [...side('head'), ...untouched] },
      notChecked: more.notChecked ?? [],
      affected: pairs.map(({ id }) => ({ id, because: ['inputs'] })),
    },
    changes: compare(pairs),
    judgement: { ...nothing, ...more.judgement },
    durations: {},
  })
}

const one = target('apps/api')
const pair = (base?: Rendering, head?: Rendering, of = one): RenderedPair => ({
  id: of.id,
  ...(base && { base }),
  ...(head && { head }),
})

describe('status of a target', () => {
  const old = rendered(one, [deployment('a:1')])
  const now = rendered(one, [deployment('a:2')])
  const away: Rendering = { state: 'not-rendered', target: one, reason: missing(one.id, [one.id]) }
  test.each([
    ['changed', pair(old, now), { status: 'changed', brokenBefore: false, brokenAfter: false, objects: 1 }],
    ['rendered without a change', pair(old, old), { status: 'unchanged', objects: 1 }],
    ['created', pair(undefined, now), { status: 'created', objects: 1 }],
    ['deleted', pair(old, undefined), { status: 'deleted', objects: 0 }],
    [
      'newly broken',
      pair(old, failed(one)),
      { status: 'not-rendered', brokenBefore: false, brokenAfter: true },
    ],
    [
      'still broken',
      pair(failed(one), failed(one)),
      { status: 'not-rendered', brokenBefore: true, brokenAfter: true },
    ],
    [
      'mended',
      pair(failed(one), now),
      { status: 'changed', brokenBefore: true, brokenAfter: false, reason: null },
    ],
    ['from elsewhere', pair(away, away), { status: 'not-rendered', brokenAfter: false, reason: 'elsewhere' }],
  ])('%s', (_, of, expected) => {
    expect(build([of]).targets[0]).toMatchObject(expected)
  })
  test('an untouched target is listed and not counted as rendered', () => {
    const report = build([pair(old, now)], { untouched: [target('apps/b')] })
    expect(report.targets.map(({ id, status }) => [id, status])).toEqual([
      ['apps/api', 'changed'],
      ['apps/b', 'unchanged'],
    ])
    expect(report.counts).toMatchObject({
      targets: 2,
      affected: 1,
      rendered: 1,
      changedTargets: 1,
      updated: 1,
    })
  })
  test('a root that only moved is one target', () => {
    const there = target('moved/api')
    const report = build([pair(old, undefined), pair(undefined, rendered(there, [deployment('a:1')]), there)])
    expect(report.targets.map(({ id, status }) => [id, status])).toEqual([['moved/api', 'unchanged']])
  })
  test('a renamed Application is two', () => {
    const before = target('argocd/argocd/a', { kind: 'argocd' })
    const after = target('argocd/argocd/b', { kind: 'argocd' })
    const report = build([
      pair(rendered(before, [deployment('a:1')]), undefined, before),
      pair(undefined, rendered(after, [deployment('a:1')]), after),
    ])
    expect(report.targets.map(({ status }) => status)).toEqual(['deleted', 'created'])
  })
  test.each([
    ['environment', { environment: 'prod-eu' }, true],
    ['cluster', { cluster: 'prod-eu' }, true],
    ['neither', { environment: 'dev' }, false],
  ])('production by %s', (_, more, production) => {
    const of = target('a', more)
    expect(
      build([pair(rendered(of, []), rendered(of, []), of)], { configuration: 'production: ["prod-*"]' })
        .targets[0]?.production,
    ).toBe(production)
  })
})

describe('routine', () => {
  const update = (
    before: RenderedObject,
    after: RenderedObject,
    judgement: Partial<Judgement> = {},
  ): boolean => build([pair(rendered(one, [before]), rendered(one, [after]))], { judgement }).routine
  test.each([
    ['a tag moves', deployment('ghcr.io/a/b:1'), deployment('ghcr.io/a/b:2'), true],
    ['another repository', deployment('ghcr.io/a/b:1'), deployment('ghcr.io/a/c:1'), false],
    ['something else besides', deployment('b:1'), deployment('b:2', { args: ['-v'] }), false],
    ['nothing', deployment('b:1'), deployment('b:1'), false],
  ])('%s', (_, before, after, expected) => {
    expect(update(before, after)).toBe(expected)
  })
  test('not when anything is flagged', () => {
    const advisory = finding({ level: 'advisory', targets: [one.id] })
    expect(update(deployment('b:1'), deployment('b:2'), { findings: [advisory] })).toBe(false)
  })
})

describe('counts', () => {
  test('every finding is counted once', () => {
    const findings = [
      finding({ status: 'new' }),
      finding({ status: 'new', level: 'mandatory' }),
      finding({ status: 'new', level: 'advisory' }),
      finding({ status: 'existing' }),
      finding({ status: 'existing', level: 'advisory' }),
      finding({ status: 'fixed' }),
    ]
    const { counts, verdict } = build([], { judgement: { findings } })
    expect(counts).toMatchObject({ newViolations: 2, advisory: 1, existing: 2, fixed: 1 })
    expect(verdict).toBe('fail')
  })
  test('the same thing not looked at is told once', () => {
    const entry = missing('chart', [one.id])
    const report = build([pair(rendered(one, [], [entry]), rendered(one, [], [entry]))], {
      judgement: { notChecked: [entry] },
    })
    expect(report.notChecked).toEqual([entry])
    expect([report.counts.notChecked, report.verdict]).toEqual([1, 'incomplete'])
  })
  test('what the change does not touch is not counted, and one line in the comment', () => {
    const sets = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
      ...missing(`ApplicationSet ${name}`, []),
      reason: `nobody knows the clusters of ${name}`,
    }))
    const report = build([pair(rendered(one, []), rendered(one, []))], {
      notChecked: [missing('chart', [one.id]), ...sets],
    })
    expect(report.counts.notChecked).toBe(1)
    expect(report.notChecked.map(({ untouched }) => untouched)).toEqual([...sets.map(() => true), undefined])
    expect(renderMarkdown(report)).toContain('1, and 5 that this change does not touch')
    expect(renderMarkdown(report)).toContain(
      '`ApplicationSet a`, `ApplicationSet b`, `ApplicationSet c` and 2 more: the first because nobody knows the clusters of a',
    )
  })
})

describe('Kubernetes versions', () => {
  test('one for all', () => {
    expect(
      build([pair(rendered(one, []), rendered(one, []))], { configuration: 'kubernetes: "1.34"' }).kubernetes,
    ).toEqual([{ version: '1.34', for: '*' }])
  })
  test('sorted by number, with the places', () => {
    const pairs = ['1.33', '1.9', '1.33'].map((kubernetes, i) => {
      const of = target(`t${i}`, { kubernetes, environment: `e${i}` })
      return pair(undefined, rendered(of, []), of)
    })
    expect(build(pairs).kubernetes).toEqual([
      { version: '1.9', for: 'e1' },
      { version: '1.33', for: 'e0, e2' },
    ])
  })
})

describe('secrets', () => {
  const secret = (value: string): RenderedObject =>
    object('v1', 'Secret', 'keys', { stringData: { PASSWORD: value } })
  test('no value and no copy of one is in any rendering, while the keys are', () => {
    const report = build(
      [
        pair(
          rendered(one, [secret('another-old-value'), deployment('a:1')]),
          rendered(one, [
            secret(canary),
            deployment('a:1', { env: [{ name: 'URL', value: `https://u:${canary}@db` }] }),
          ]),
        ),
        pair(undefined, failed(target('x')), target('x')),
      ],
      {
        judgement: {
          findings: [finding({ message: `value ${canary} is weak`, remedy: `not ${canary}` })],
          notChecked: [missing(`x ${canary}`, [])],
        },
      },
    )
    for (const text of [
      renderJson(report),
      renderMarkdown(report),
      renderSummary(report),
      renderTerminal(report, { colors: false, width: 80 }),
    ]) {
      expect(text).not.toContain(canary)
      expect(text).not.toContain(Buffer.from(canary).toString('base64'))
      expect(text).not.toContain('another-old-value')
      expect(text).toContain('PASSWORD')
    }
  })
})

test('equal inputs give equal bytes', () => {
  const make = (): Report =>
    build([pair(rendered(one, [deployment('a:1')]), rendered(one, [deployment('a:2')]))])
  expect(renderJson(make())).toBe(renderJson(make()))
})
