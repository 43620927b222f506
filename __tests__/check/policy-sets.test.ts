/** Policy sets through the whole pipeline: delta, gates, exemptions, previews, and every attempt to weaken them. */
import { afterAll, describe, expect, it } from 'vitest'
import { objectHash } from '../../src/judge/exemptions/select.ts'
import type { Report } from '../../src/model/report.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'
import { binding, deploymentFile, exemptionFile, exemption, policy, set } from './policy-files.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const settings = (more = ''): Files => ({
  '.preadmit.yaml': `policies: [{path: policies}]\nexemptions: {files: [exemptions.yaml]}\n${more}`,
})
const limits = `${policy('replicas', 'object.spec.replicas >= 2', 'too few replicas')}${binding('replicas')}`
const base: Files = {
  ...settings(),
  'exemptions.yaml': exemptionFile([]),
  'policies/policyset.yaml': set([
    '{id: acme/replicas, path: replicas.yaml, title: Two replicas, remediation: set spec.replicas to 2 or more, docs: "https://acme.example/replicas"}',
  ]),
  'policies/replicas.yaml': limits,
  'apps/shop/web.yaml': deploymentFile('web', 2),
  'apps/old/legacy.yaml': deploymentFile('legacy', 1),
}
const broken: Files = { 'apps/shop/web.yaml': deploymentFile('web', 1) }
const run = (more: Files, head: Files, before: Files = base): Promise<Report> =>
  checkFiles({ ...before, ...more }, { ...before, ...more, ...head }, engines)
const told = ({ findings }: Report): string[] =>
  findings
    .filter(({ source }) => source === 'policy' || source === 'config')
    .map(({ status, rule, object, exemption: by }) =>
      `${status} ${rule} ${object?.name ?? ''}${by === undefined ? '' : ` exempt by ${by.id}`}`.trim(),
    )

describe('delta and gates', () => {
  it('a violation that the change introduces fails, with title, remedy, owner and page', async () => {
    const report = await run({}, broken)
    expect(report.verdict).toBe('fail')
    expect(told(report)).toEqual(['new acme/replicas web'])
    const comment = renderMarkdown(report)
    for (const part of [
      'acme/replicas',
      'too few replicas',
      'set spec.replicas to 2',
      'acme/platform',
      'https://acme.example/replicas',
    ])
      expect(comment).toContain(part)
    expect(report.policySources).toEqual([
      expect.objectContaining({ source: 'policies', set: 'acme/platform', version: '1.0.0' }),
    ])
  })

  it('what was there before blocks under `changed`, and one elsewhere under `all`', async () => {
    const edit = { 'apps/old/legacy.yaml': deploymentFile('legacy', 1, 'edited') }
    const verdicts = await Promise.all(
      ['new', 'changed'].map(async (gate) => await run(settings(`gate: ${gate}\n`), edit)),
    )
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['pass', 'fail'])
    const elsewhere = { 'apps/shop/web.yaml': deploymentFile('web', 3) }
    const changed = await run(settings('gate: changed\n'), elsewhere)
    const all = await run(settings('gate: all\n'), elsewhere)
    expect(told(changed)).toEqual([])
    expect(told(all)).toEqual(['existing acme/replicas legacy'])
    expect([changed.verdict, all.verdict]).toEqual(['pass', 'fail'])
  })

  it('a repaired one is fixed; a moved file and a reordered list make nothing new', async () => {
    const fixed = await run({}, { 'apps/old/legacy.yaml': deploymentFile('legacy', 2) })
    expect(told(fixed)).toEqual(['fixed acme/replicas legacy'])
    const moved = await checkFiles(
      { ...base },
      {
        ...Object.fromEntries(Object.entries(base).filter(([path]) => path !== 'apps/old/legacy.yaml')),
        'apps/old/renamed.yaml': `# moved\n\n${deploymentFile('legacy', 1, 'edited')}`,
      },
      engines,
    )
    expect(told(moved)).toEqual(['existing acme/replicas legacy'])
    expect(moved.verdict).toBe('pass')
  })

  it('a policy that matches nothing anywhere is told when everything was asked', async () => {
    const idle = {
      'policies/idle.yaml': `${policy('idle', 'false', 'never', 'cronjobs', 'batch')}${binding('idle')}`,
    }
    const report = await run(
      { ...idle, ...settings('gate: all\n') },
      { 'apps/shop/web.yaml': deploymentFile('web', 3) },
    )
    expect(report.notices.join()).toContain('One policy matches no object anywhere in the repository: idle')
    expect(report.policies.find(({ id }) => id === 'acme/replicas')).toMatchObject({
      matched: 2,
      everywhere: true,
    })
  })

  it('a policy about deletions is not told to match nothing because nothing is deleted', async () => {
    const kept = policy('kept', 'false', 'stays').replace('CREATE, UPDATE', 'DELETE')
    const kyverno = `apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: kept-too}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [DELETE], resources: [deployments]}]}
  validations: [{expression: 'false', message: stays}]
`
    const files = { 'policies/kept.yaml': `${kept}${binding('kept')}`, 'policies/kyverno.yaml': kyverno }
    const report = await run(
      { ...files, ...settings('gate: all\n') },
      { 'apps/shop/web.yaml': deploymentFile('web', 3) },
    )
    expect(report.notices.join()).not.toContain('no object anywhere')
    expect(report.policies.filter(({ everywhere }) => !everywhere).map(({ id }) => id)).toEqual([
      'kept',
      'kept-too',
    ])
  })

  it('a policy that comes and matches nothing is told in the preview', async () => {
    const idle = `${policy('idle', 'false', 'never', 'cronjobs', 'batch')}${binding('idle')}`
    const report = await run({}, { 'policies/idle.yaml': idle })
    expect(report.preview?.notes).toEqual(['idle matches no object of this repository'])
    const busy = await run({}, { 'policies/busy.yaml': `${policy('busy', 'true', 'x')}${binding('busy')}` })
    expect(busy.preview?.notes).toEqual([])
  })
})

describe('exemptions', () => {
  const withExemption = (entry: string): Files => ({ 'exemptions.yaml': exemptionFile([entry]) })

  it('let a violation pass, counted with age and end', async () => {
    const report = await run(
      withExemption(exemption({ match: '{kinds: [apps/Deployment], namespaces: [shop], names: [web]}' })),
      broken,
    )
    expect(report.verdict).toBe('pass')
    expect(told(report)).toEqual(['new acme/replicas web exempt by web-replicas'])
    expect(report.counts).toMatchObject({ newViolations: 0, exempt: 1 })
    expect(report.exemptions).toEqual([
      expect.objectContaining({ id: 'web-replicas', state: 'active', used: 1, ageDays: 15, daysLeft: 30 }),
    ])
    const comment = renderMarkdown(report)
    expect(comment).toContain('1 exempt')
    expect(comment).toContain('web-replicas')
    expect(renderTerminal(report, { colors: false, width: 100 })).toContain('exempt by web-replicas')
  })

  it('one for a policy that nobody has names the nearest that there is', async () => {
    const entry = exemption({ policies: '[{id: acme/replica}]' })
    const report = await run(withExemption(entry), broken)
    expect(report.exemptions.map(({ notes }) => notes)).toEqual([
      expect.arrayContaining(['no policy is named acme/replica, did you mean acme/replicas?']),
    ])
  })

  it.each([
    { name: 'expired', entry: exemption({ created: '1969-11-01', expires: '1970-01-01' }), state: 'expired' },
    {
      name: 'a wildcard over everything',
      entry: exemption({ match: "{names: ['*']}" }),
      refused: 'matches every object',
    },
    {
      name: 'a wildcard in disguise',
      entry: exemption({ match: "{names: ['{a,?*}', '?*']}" }),
      refused: 'matches every object',
    },
    {
      name: 'a wildcard for policies',
      entry: exemption({ policies: "[{id: '*'}]" }),
      refused: 'a wildcard for all policies',
    },
    { name: 'no match at all', entry: exemption({ match: '{}' }), refused: 'matches every object' },
    { name: 'too long', entry: exemption({ expires: '1972-01-01' }), refused: 'at most 365 are allowed' },
    {
      name: 'no owner',
      entry: exemption({}).replace('requestedBy: team, ', ''),
      refused: 'has no requestedBy',
    },
    { name: 'no end', entry: exemption({}).replace(/expires: [^,}]+/, 'x: y'), refused: 'has no expires' },
    { name: 'another object', entry: exemption({ match: '{names: [other]}' }), state: 'active' },
    {
      name: 'another element',
      entry: exemption({ more: ', element: "containers[name=x]"' }),
      state: 'active',
    },
    {
      name: 'another validation',
      entry: exemption({ policies: '[{id: acme/replicas, validations: ["7"]}]' }),
      state: 'active',
    },
    {
      name: 'pinned to another object',
      entry: exemption({ more: `, pinnedTo: "sha256:${'0'.repeat(64)}"` }),
      state: 'active',
    },
    {
      name: 'a label that the pull request adds',
      entry: exemption({ match: '{labels: {exempt: "yes"}}' }),
      head: { 'apps/shop/web.yaml': deploymentFile('web', 1, 'x', 'exempt: "yes"') },
      state: 'active',
    },
  ])('$name: does not apply', async ({ entry, state, refused, head }) => {
    const report = await run(withExemption(entry), head ?? broken)
    expect(report.verdict).toBe('fail')
    expect(told(report)).toContain('new acme/replicas web')
    if (state !== undefined) expect(report.exemptions.map((one) => one.state)).toEqual([state])
    if (refused !== undefined) {
      expect(report.exemptions).toEqual([])
      expect(
        report.findings
          .filter(({ rule }) => rule === 'config/exemptions')
          .map(({ message }) => message)
          .join(),
      ).toContain(refused)
    }
  })

  it.each([
    { validations: '["0"]', exempt: ' exempt by web-replicas' },
    { validations: '["1"]', exempt: '' },
  ])('by position of the validation: $validations', async ({ validations, exempt }) => {
    const report = await run(
      withExemption(exemption({ policies: `[{id: acme/replicas, validations: ${validations}}]` })),
      broken,
    )
    expect(told(report)).toEqual([`new acme/replicas web${exempt}`])
    expect(report.findings[0]?.validation).toBe('0')
  })

  it('their files deploy nothing: a pull request that only writes one passes', async () => {
    const report = await run({}, { 'exemptions.yaml': exemptionFile([exemption({})]) })
    expect([report.verdict, report.notChecked]).toEqual(['pass', []])
  })

  it('two for one violation cancel out, and that is said', async () => {
    const report = await run(
      { 'exemptions.yaml': exemptionFile([exemption({}), exemption({ id: 'second' })]) },
      broken,
    )
    expect(report.verdict).toBe('fail')
    expect(report.exemptions.flatMap(({ notes }) => notes).join()).toContain('keep one')
  })

  it.each([
    { name: 'mandatory', entry: 'level: mandatory' },
    { name: 'not exemptable', entry: 'exemptable: false' },
    { name: 'shorter by the policy', entry: 'maxExemptionDays: 10' },
  ])('$name policies let none apply', async ({ entry }) => {
    const report = await run(
      {
        'policies/policyset.yaml': set([`{id: acme/replicas, path: replicas.yaml, ${entry}}`]),
        ...withExemption(exemption({})),
      },
      broken,
    )
    expect(report.verdict).toBe('fail')
    expect(told(report)).toContain('new acme/replicas web')
    expect(report.exemptions[0]?.notes.join()).toContain('does not apply to acme/replicas')
  })

  it('a pin holds while the object stays as it is', async () => {
    const object = JSON.parse(deploymentFile('web', 1)) as Parameters<typeof objectHash>[0]
    const report = await run(
      withExemption(exemption({ more: `, pinnedTo: "${objectHash(object)}"` })),
      broken,
    )
    expect(told(report)).toEqual(['new acme/replicas web exempt by web-replicas'])
  })

  it('one that nothing needs any more is told, as is one that ends soon', async () => {
    const unused = exemption({ match: '{kinds: [apps/Deployment], namespaces: [shop], names: [web]}' })
    const report = await run(withExemption(unused), { 'apps/shop/web.yaml': deploymentFile('web', 3) })
    expect(report.exemptions).toEqual([expect.objectContaining({ state: 'unused' })])
    const soon = await run(withExemption(exemption({ expires: '1970-01-08' })), broken)
    expect(soon.exemptions).toEqual([expect.objectContaining({ state: 'expiring', daysLeft: 7 })])
    expect(renderMarkdown(soon)).toContain('7 days left')
  })
})

describe('attempts to weaken what judges (threats.md)', () => {
  const stays = async (head: Files, more: Files = {}): Promise<Report> => {
    const report = await run(more, { ...broken, ...head })
    expect(report.verdict).toBe('fail')
    expect(told(report)).toContain('new acme/replicas web')
    return report
  }

  it('T01: the pull request turns all rules off', async () => {
    const report = await stays({ '.preadmit.yaml': 'policies: []\nincomplete: notice\n' })
    expect(report.preview).toMatchObject({
      edits: ['configuration'],
      policies: [{ id: 'acme/replicas', to: null }],
    })
    expect(report.preview?.disappears.map(({ rule }) => rule)).toContain('acme/replicas')
    expect(report.preview?.notes.join()).toContain('does not fail any more')
    expect(renderMarkdown(report)).toContain('Takes effect after the merge')
    expect(report.notices.join()).toContain('that takes effect after the merge')
  })

  it('T01: its configuration is broken', async () => {
    const report = await stays({ '.preadmit.yaml': 'polices: []\n' })
    expect(report.preview?.notes.join()).toContain('unknown key "polices"; did you mean policies?')
  })

  it('T03: ignore annotations of four vendors', async () => {
    const annotations =
      'ignore-check.kube-linter.io/all: x, kyverno.io/ignore: "true", kubescape.io/ignore: "true", checkov.io/skip1: all'
    await stays({ 'apps/shop/web.yaml': deploymentFile('web', 1, 'x', '', annotations) })
  })

  it('T04: it brings its own exemption, shown as a preview', async () => {
    const report = await stays({ 'exemptions.yaml': exemptionFile([exemption({})]) })
    expect(report.exemptions).toEqual([])
    expect(report.preview).toMatchObject({ edits: ['exemptions'] })
    expect(report.preview?.disappears.map(({ rule, object }) => `${rule} ${object?.name ?? ''}`)).toEqual([
      'acme/replicas web',
    ])
  })

  it('T11: it labels its namespace out of a rule', async () => {
    const selective = policy(
      'selective',
      'object.spec.replicas >= 2',
      'too few',
      'deployments',
      'apps',
      'namespaceSelector: {matchExpressions: [{key: exempt, operator: DoesNotExist}]}, ',
    )
    const namespace = (labels: string): string =>
      `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {${labels}}}\n`
    const report = await run(
      {
        'policies/policyset.yaml': set(['{id: acme/selective, path: replicas.yaml}']),
        'policies/replicas.yaml': `${selective}${binding('selective')}`,
        'apps/shop/namespace.yaml': namespace('a: b'),
      },
      { ...broken, 'apps/shop/namespace.yaml': namespace('a: b, exempt: "yes"') },
    )
    expect(told(report)).toContain('new acme/selective web')
    expect(report.findings.map(({ rule }) => rule)).toContain('safety/namespace-labels')
  })

  it('T12: it deletes the policy and the exemption file with its owners', async () => {
    const files = { ...base, ...broken }
    const head = Object.fromEntries(
      Object.entries(files).filter(([path]) => !path.startsWith('policies/') && path !== 'exemptions.yaml'),
    )
    const report = await checkFiles(base, head, engines)
    expect(report.verdict).toBe('fail')
    expect(told(report)).toContain('new acme/replicas web')
    expect(report.preview?.policies).toEqual([{ id: 'acme/replicas', from: 'as its file says', to: null }])
  })

  it('T81: it makes the set lax', async () => {
    const report = await stays({
      'policies/policyset.yaml': set([
        '{id: acme/replicas, path: replicas.yaml, level: advisory, reason: too strict}',
      ]),
    })
    expect(report.preview?.impact).toEqual([
      { application: 'old', owner: 'acme/platform', fails: 0, fixed: 1, changed: 0 },
      { application: 'shop', owner: 'acme/platform', fails: 0, fixed: 1, changed: 0 },
    ])
  })

  it('a new rule shows what it will break, and does not block', async () => {
    const report = await run({}, { 'policies/replicas.yaml': limits.replace('>= 2', '>= 5') })
    expect(report.verdict).toBe('pass')
    expect(report.preview?.appears.map(({ object }) => object?.name)).toEqual(['web'])
    expect(renderMarkdown(report)).toMatch(/\| shop \|.*\| 1 \| 0 \| 0 \|/)
  })

  it('a policy file that cannot be read leaves every change open', async () => {
    const report = await run(
      { 'policies/broken.yaml': 'a: [\n' },
      { 'apps/shop/web.yaml': deploymentFile('web', 3) },
    )
    expect(report.verdict).toBe('incomplete')
  })

  it('the configuration lowers a set: refused and said', async () => {
    const report = await run(
      { '.preadmit.yaml': 'policies: [{path: policies, level: advisory, reason: annoying}]\n' },
      broken,
    )
    expect(report.verdict).toBe('fail')
    expect(report.findings.map(({ message }) => message).join()).toContain('which a repository cannot lower')
  })
})
