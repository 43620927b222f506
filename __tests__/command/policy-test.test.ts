import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { PolicyTestReport } from '../../src/model/policy-tests.ts'
import { admissionPolicy, policy, policySet, Sets } from './policy-command.ts'

const sets = new Sets()
afterAll(() => {
  sets.remove()
})

/** One line for each case: `policy name: expected outcome`, with the problem where it does not hold. */
async function tested(
  directory: string,
  ...options: string[]
): Promise<{ status: number; cases: string[]; untested: string[]; problems: string[] }> {
  const { status, out } = await policy('test', directory, '--format', 'json', ...options)
  const report = JSON.parse(out) as PolicyTestReport
  expect(report.verdict).toBe(status === 0 ? 'pass' : 'fail')
  return {
    status,
    cases: report.policies.flatMap(({ id, cases }) =>
      cases.map(
        ({ name, location, expected, outcome, problem }) =>
          `${id} ${name} ${location.file}:${location.line ?? 0} ${expected} ${outcome}${problem === null ? '' : `: ${problem}`}`,
      ),
    ),
    untested: report.policies.flatMap(({ id, untested }) => untested.map((what) => `${id} ${what}`)),
    problems: report.problems.map(
      ({ message, location }) => `${location?.file ?? ''}:${location?.line ?? 0} ${message}`,
    ),
  }
}

const object = '{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}, data: {size: small}}'
const suite = (cases: string, id = 'team/size'): string =>
  `apiVersion: preadmit.dev/v1alpha1
kind: PolicyTest
policy: ${id}
object: ${object}
cases:
${cases}`
const big = 'patch: [{op: replace, path: /data/size, value: big}]'
const passes = '  - {name: small, expect: pass}\n'
const fails = `  - {name: big, ${big}, expect: fail, message: 'much*big', count: 1}\n`
const set = (cases: string, files: Record<string, string> = {}, id?: string): string =>
  sets.write({
    'policyset.yaml': policySet('team/size', 'policies/size.yaml'),
    'policies/size.yaml': admissionPolicy('size', "object.data.size != 'big'", { message: 'much too big' }),
    'tests/size.yaml': suite(cases, id),
    ...files,
  })

describe('suites of our own form', () => {
  it('hold', async () => {
    const directory = set(
      `${passes}${fails}  - {name: other, object: {apiVersion: v1, kind: Secret, metadata: {name: b}}, expect: skip}\n`,
    )
    expect(await tested(directory)).toEqual({
      status: 0,
      cases: [
        'team/size small tests/size.yaml:6 pass pass',
        'team/size big tests/size.yaml:7 fail fail',
        'team/size other tests/size.yaml:8 skip skip',
      ],
      untested: [],
      problems: [],
    })
    const { out } = await policy('test', directory)
    expect(out).toBe('3 cases of 1 policy at Kubernetes 1.37 · all hold\n')
  })

  it.each([
    ['verdict', `  - {name: x, ${big}, expect: pass}\n`, 'expected pass, came to fail'],
    ['other verdict', '  - {name: x, expect: fail}\n', 'expected fail, came to pass'],
    ['message', `  - {name: x, ${big}, expect: fail, message: small}\n`, 'no message holds "small"'],
    ['count', `  - {name: x, ${big}, expect: fail, count: 2}\n`, 'expected 2 findings, came to 1'],
  ])('say which %s does not hold', async (_, one, problem) => {
    const directory = set(`${passes}${fails}${one}`)
    const { status, cases } = await tested(directory)
    expect(status).toBe(1)
    expect(cases.filter((line) => line.includes(problem))).toHaveLength(1)
    const { out } = await policy('test', directory)
    expect(out).toContain('FAIL  team/size')
    expect(out).toContain(`x x  tests/size.yaml:8\n        ${problem}\n`)
    expect(out).toContain('1 does not hold')
  })

  it('need a case that passes and one that fails', async () => {
    expect(await tested(set(passes))).toMatchObject({ status: 1, untested: ['team/size a case that fails'] })
    expect(await tested(set(fails))).toMatchObject({ status: 1, untested: ['team/size a case that passes'] })
    const directory = set(passes)
    expect((await policy('test', directory)).out).toContain('x a case that fails is missing')
  })

  it('name a policy of the set', async () => {
    const { status, problems } = await tested(set(`${passes}${fails}`, {}, 'team/sice'))
    expect(status).toBe(1)
    expect(problems).toEqual(['tests/size.yaml:6 the set has no policy team/sice: did you mean team/size?'])
  })

  it.each([
    ['a field', { 'tests/b.yaml': suite('  - {name: x, expcet: pass}\n') }, /^tests\/b\.yaml:6 .*expect/],
    ['YAML', { 'tests/b.yaml': 'kind: PolicyTest\ncases: [\n' }, /^tests\/b\.yaml:\d cannot be read: /],
    [
      'a file that is not there',
      { 'tests/b.yaml': suite('  - {name: x, object: none.yaml, expect: pass}\n') },
      /^tests\/b\.yaml:6 none\.yaml is no file with one object: name one that stands beside the suite/,
    ],
    [
      'a file outside of the set',
      { 'tests/b.yaml': suite('  - {name: x, object: ../../../a.yaml, expect: pass}\n') },
      /^tests\/b\.yaml:6 /,
    ],
  ])('that cannot be read are told with their line: %s', async (_, files, problem) => {
    const { status, problems } = await tested(set(`${passes}${fails}`, files))
    expect(status).toBe(1)
    expect(problems).toContainEqual(expect.stringMatching(problem))
  })

  it.each<[what: string, files: Record<string, string>, problem: RegExp]>([
    [
      'a patch of what is not there',
      {
        'tests/b.yaml': suite(
          '  - {name: x, patch: [{op: replace, path: /data/sice, value: a}], expect: pass}\n',
        ),
      },
      /^tests\/b\.yaml:6 the patch does not apply: the object has nothing at \/data\/sice; did you mean \/data\/size\?$/,
    ],
    [
      'a binding of another policy',
      {
        'policies/size.yaml': admissionPolicy('size', "object.data.size != 'big'", {
          message: 'much too big',
        }).replace('policyName: size', 'policyName: sice'),
      },
      /binds the policy sice, which is not among the policies; did you mean size\?$/,
    ],
    [
      'a constraint of another template',
      {
        'policies/c.yaml':
          'apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Labls\nmetadata: {name: a}\n---\napiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: labels}\nspec: {crd: {spec: {names: {kind: Labels}}}, targets: [{target: admission.k8s.gatekeeper.sh, rego: "package a\\nviolation[{\\"msg\\": \\"x\\"}] { input.x }"}]}\n',
        'tests/c.yaml': suite('  - {name: x, expect: pass}\n', 'Labls/a'),
      },
      /its ConstraintTemplate \(Labls\) is not among the policies; did you mean Labels\?/,
    ],
    [
      'a level without a reason',
      { 'policyset.yaml': policySet('team/size', 'policies/size.yaml', '    level: advisory\n') },
      /^policyset\.yaml:\d+ the level advisory of team\/size is lower than required/,
    ],
  ])('name what may have been meant: %s', async (_, files, problem) => {
    const { status, cases, problems } = await tested(set(`${passes}${fails}`, files))
    expect(status).toBe(1)
    const { out } = await policy('test', set(`${passes}${fails}`, files))
    expect(
      [...problems, ...cases, out].some((text) => text.split('\n').some((line) => problem.test(line.trim()))),
    ).toBe(true)
  })

  it('take a parameter that is missing for an error', async () => {
    const text = admissionPolicy('size', 'object.data.size != params.data.size', { message: 'much too big' })
      .replace('spec:', 'spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}')
      .replace(
        'policyName: size,',
        'policyName: size, paramRef: {name: none, namespace: a, parameterNotFoundAction: Deny},',
      )
    const { cases } = await tested(set('  - {name: none, expect: error}\n', { 'policies/size.yaml': text }))
    expect(cases).toEqual(['team/size none tests/size.yaml:6 error error'])
  })

  it('tell a broken policy from one that refuses', async () => {
    const broken = (cases: string): string =>
      sets.write({
        'policyset.yaml': policySet('team/size', 'policies/size.yaml'),
        'policies/size.yaml': admissionPolicy(
          'size',
          'object.data.missing == "x" || object.data.size != "big"',
        ),
        'tests/size.yaml': suite(cases),
      })
    const whole = `  - {name: whole, patch: [{op: add, path: /data/missing, value: x}], expect: pass}\n  - {name: big, patch: [{op: add, path: /data, value: {missing: y, size: big}}], expect: fail}\n`
    expect(
      await tested(broken(`${whole}  - {name: none, patch: [{op: remove, path: /data}], expect: error}\n`)),
    ).toMatchObject({ status: 0 })
    const { status, cases } = await tested(
      broken(`${whole}  - {name: none, patch: [{op: remove, path: /data}], expect: fail}\n`),
    )
    expect(status).toBe(1)
    expect(cases).toContain('team/size none tests/size.yaml:8 fail error: expected fail, came to error')
  })

  it('can be asked for one policy', async () => {
    const directory = set(`${passes}${fails}`, {
      'policies/other.yaml': admissionPolicy('other', 'true'),
    })
    expect(await tested(directory)).toMatchObject({
      status: 1,
      untested: ['other a case that passes', 'other a case that fails'],
    })
    expect(await tested(directory, '--policy', 'team/size')).toMatchObject({ status: 0, untested: [] })
  })

  it('of a policy that the set does not have are a call to correct, not a run in which all hold', async () => {
    const { status, err } = await policy('test', set(`${passes}${fails}`), '--policy', 'team/sise')
    expect([status, err]).toEqual([2, expect.stringContaining('no such policy: did you mean team/size?')])
  })

  it('are printed as JUnit', async () => {
    const { status, out } = await policy(
      'test',
      set(`${passes}  - {name: '<x>', expect: fail}\n`),
      '--format',
      'junit',
    )
    expect(status).toBe(1)
    expect(out).toContain('<testsuite name="team/size" tests="2" failures="1" errors="0"')
    expect(out).toContain('name="&lt;x&gt;" classname="team/size" file="tests/size.yaml"')
    expect(out).toContain('expected fail, came to pass')
  })

  it('are for a directory with policies', async () => {
    const { status, err } = await policy('test', sets.write({ 'README.md': 'nothing' }))
    expect(status).toBe(2)
    expect(err).toContain('holds no policies: name the directory of a policy set')
  })
})

const labels = `apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: labels}
spec:
  validationActions: [Deny]
  matchConstraints:
    resourceRules:
      - {apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}
  validations:
    - {expression: "has(object.metadata.labels)", message: no labels}
`
const maps =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good, labels: {a: b}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\n'
const kyverno = (results: string, more = ''): Record<string, string> => ({
  'policies/labels.yaml': labels,
  'tests/labels/resources.yaml': maps,
  'tests/labels/kyverno-test.yaml': `apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata: {name: labels}
policies: [../../policies/labels.yaml]
resources: [resources.yaml]
${more}results:
${results}`,
})
const good = '  - {policy: labels, kind: ConfigMap, resources: [good], result: pass}\n'
const bad = '  - {policy: labels, kind: ConfigMap, resources: [bad], result: fail}\n'

describe('suites of kyverno', () => {
  it('count as cases of the policy that they name', async () => {
    expect(await tested(sets.write(kyverno(good + bad)))).toEqual({
      status: 0,
      cases: [
        'labels ConfigMap/default/good tests/labels/kyverno-test.yaml:7 pass pass',
        'labels ConfigMap/default/bad tests/labels/kyverno-test.yaml:8 fail fail',
      ],
      untested: [],
      problems: [],
    })
  })
  it('fail where the policy says something else', async () => {
    const { status, cases } = await tested(sets.write(kyverno(good + bad.replace('fail', 'pass'))))
    expect(status).toBe(1)
    expect(cases[1]).toMatch(/:8 pass fail: expected pass, came to fail$/)
  })
  it('say what of them cannot be evaluated', async () => {
    const results = `${good}${bad}  - {policy: lables, resources: [good], result: pass}\n  - {policy: labels, resources: [none], result: pass}\n  - {policy: labels, result: maybe}\n`
    const { status, cases, problems } = await tested(sets.write(kyverno(results, 'jsonPayload: a.json\n')))
    expect(status).toBe(1)
    expect(cases).toContain(
      'lables ConfigMap/default/good tests/labels/kyverno-test.yaml:10 pass not-evaluable: no policy of the suite is called lables',
    )
    expect(problems.sort()).toEqual([
      'tests/labels/kyverno-test.yaml:11 no resource of the suite is called none',
      'tests/labels/kyverno-test.yaml:12 the result names no policy, or no result that kyverno knows',
      'tests/labels/kyverno-test.yaml:6 jsonPayload of kyverno suites is not supported',
    ])
  })
})

const template = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: needsowner}
spec:
  crd: {spec: {names: {kind: NeedsOwner}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package needsowner
        violation[{"msg": "no owner"}] {
          not input.review.object.metadata.labels.owner
        }
`
const constraint = (name: string): string => `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NeedsOwner
metadata: {name: ${name}}
spec:
  match: {kinds: [{apiGroups: [''], kinds: [ConfigMap]}]}
`
const gator = (cases: string, tests = ''): Record<string, string> => ({
  'policies/template.yaml': template,
  'policies/constraint.yaml': constraint('owner'),
  'policies/samples/with.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {owner: me}}\n',
  'policies/samples/without.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
  'tests/other.yaml': constraint('other'),
  'policies/suite.yaml': `apiVersion: test.gatekeeper.sh/v1alpha1
kind: Suite
tests:
${tests}  - name: owner
    template: template.yaml
    constraint: constraint.yaml
    cases:
${cases}`,
})
const withOwner = '      - {name: with, object: samples/with.yaml, assertions: [{violations: no}]}\n'
const without =
  '      - {name: without, object: samples/without.yaml, assertions: [{violations: 1, message: ^no}]}\n'

describe('suites of gator', () => {
  it('count as cases of the constraint, beside the policies too', async () => {
    const skipped = '      - {name: later, skip: true, object: samples/with.yaml}\n'
    expect(await tested(sets.write(gator(withOwner + skipped + without)))).toEqual({
      status: 0,
      cases: [
        'NeedsOwner/owner owner: with policies/suite.yaml:8 pass pass',
        'NeedsOwner/owner owner: later policies/suite.yaml:9 not run not run',
        'NeedsOwner/owner owner: without policies/suite.yaml:10 fail fail',
      ],
      untested: [],
      problems: [],
    })
  })
  it('fail where the constraint says something else', async () => {
    const { status, cases } = await tested(sets.write(gator(withOwner + without.replace('^no', '^yes'))))
    expect(status).toBe(1)
    expect(cases[1]).toContain('0 violations with a message like ^yes, not 1: no owner')
  })
  it('expand what an ExpansionTemplate says that objects imply', async () => {
    const expansion = `apiVersion: expansion.gatekeeper.sh/v1beta1
kind: ExpansionTemplate
metadata: {name: maps}
spec:
  applyTo: [{groups: [acme.example], versions: [v1], kinds: [App]}]
  templateSource: spec.map
  generatedGVK: {kind: ConfigMap, group: '', version: v1}
`
    const app = (labels: string): string =>
      `apiVersion: acme.example/v1\nkind: App\nmetadata: {name: shop}\nspec: {map: {metadata: {labels: {${labels}}}}}\n`
    const tests = `  - name: expanded
    template: template.yaml
    constraint: constraint.yaml
    expansion: expansion.yaml
    cases:
      - {name: good, object: samples/good.yaml, assertions: [{violations: no}]}
      - {name: bad, object: samples/bad.yaml, assertions: [{violations: 1, message: '^\\[Implied by maps\\] no owner$'}]}
      - {name: no source, object: samples/bare.yaml, assertions: [{violations: no}]}
`
    const { cases } = await tested(
      sets.write({
        ...gator(withOwner, tests),
        'policies/expansion.yaml': expansion,
        'policies/samples/good.yaml': app('owner: me'),
        'policies/samples/bad.yaml': app(''),
        'policies/samples/bare.yaml': app('').replace('map:', 'other:'),
      }),
    )
    expect(cases.slice(0, 3)).toEqual([
      'NeedsOwner/owner expanded: good policies/suite.yaml:9 pass pass',
      'NeedsOwner/owner expanded: bad policies/suite.yaml:10 fail fail',
      expect.stringMatching(
        /^NeedsOwner\/owner expanded: no source .*: maps finds no spec\.map in App shop$/,
      ),
    ])
  })
  it('show nothing of the set with constraints of their own, and say which file is missing', async () => {
    const tests = `  - {name: foreign, template: template.yaml, constraint: ../tests/other.yaml, cases: [{name: a, object: samples/without.yaml, assertions: [{violations: yes}]}]}\n  - {name: lost, template: none.yaml, constraint: constraint.yaml}\n`
    const { status, cases, untested, problems } = await tested(sets.write(gator(withOwner, tests)))
    expect(status).toBe(1)
    expect(cases).toContain('NeedsOwner/other foreign: a policies/suite.yaml:4 fail fail')
    expect(untested).toEqual(['NeedsOwner/owner a case that fails'])
    expect(problems).toEqual([
      'policies/suite.yaml:1 "none.yaml" is no file of the set',
      'policies/suite.yaml:5 lost: its template or its constraint cannot be read',
    ])
  })
})

const big1 = `package main

import rego.v1

deny contains msg if {
  input.data.size == "big"
  msg := "too big"
}
`
const big0 = 'package main\n\ndeny[msg] {\n  input.data.size == "big"\n  msg := "too big"\n}\n'
const regoTest = (tests: string): string =>
  `package main_test\n\nimport rego.v1\nimport data.main\n\n${tests}`
const denies = 'test_big if "too big" in main.deny with input as {"data": {"size": "big"}}\n'
const accepts = 'test_small if count(main.deny) == 0 with input as {"data": {"size": "small"}}\n'

describe('tests in Rego', () => {
  it.each([
    ['v1', big1],
    ['v0', big0],
  ])('count as what they notice of a changed policy, %s', async (_, module) => {
    const files = { 'policies/size.rego': module, 'policies/size_test.rego': regoTest(denies + accepts) }
    expect(await tested(sets.write(files))).toEqual({
      status: 0,
      cases: [
        'size test_big policies/size_test.rego:6 pass pass',
        'size test_small policies/size_test.rego:7 pass pass',
      ],
      untested: [],
      problems: [],
    })
  })
  it('that notice nothing show nothing', async () => {
    const files = {
      'policies/size.rego': big1,
      'tests/size_test.rego': regoTest(
        'test_nothing if count(main.deny) >= 0\ntest_big if count(main.deny) < 9\n',
      ),
    }
    expect(await tested(sets.write(files))).toMatchObject({
      status: 1,
      untested: ['size a case that passes', 'size a case that fails'],
    })
  })
  it('fail, and are told when they are not run', async () => {
    const more =
      'test_wrong if count(main.deny) == 3\ntodo_test_later if false\ntest_many[name] if { some name in ["a"] }\n'
    const { status, cases } = await tested(
      sets.write({
        'policies/size.rego': big1,
        'policies/size_test.rego': regoTest(denies + accepts + more),
        'policies/text.rego': 'package text\n\nimport rego.v1\n\nupper_of(x) := upper(x)\n',
        'policies/text_test.rego': 'package text\n\nimport rego.v1\n\ntest_upper if upper_of("a") == "A"\n',
      }),
    )
    expect(status).toBe(1)
    expect(cases).toEqual([
      'data.text test_upper policies/text_test.rego:5 pass pass',
      'size test_big policies/size_test.rego:6 pass pass',
      'size test_small policies/size_test.rego:7 pass pass',
      'size test_wrong policies/size_test.rego:8 pass fail: the test does not hold',
      'size todo_test_later policies/size_test.rego:9 not run not run',
      'size test_many policies/size_test.rego:10 pass not-evaluable: a test with cases in its name is not run here',
    ])
  })
  it('that do not compile are a problem with file and line', async () => {
    const { status, problems } = await tested(
      sets.write({ 'policies/size.rego': big1, 'tests/size_test.rego': regoTest('test_x if {\n') }),
    )
    expect(status).toBe(1)
    expect(problems).toEqual([expect.stringMatching(/^tests\/size_test\.rego:[67] no Rego test ran: /)])
  })
})

describe('the sets that come with preadmit', () => {
  const directory = join(import.meta.dirname, '../../examples/policy-sets')
  it.each(readdirSync(directory))(
    '%s holds, and has no errors',
    async (name) => {
      const test = await policy('test', `examples/policy-sets/${name}`)
      expect(test).toMatchObject({ status: 0, err: '' })
      expect(test.out).toContain('all hold')
      const lint = await policy('lint', `examples/policy-sets/${name}`)
      expect(lint).toMatchObject({ status: 0, err: '' })
      expect(lint.out).toContain(' 0 errors ')
    },
    300_000,
  )
})
