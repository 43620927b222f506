import { afterAll, describe, expect, it } from 'vitest'
import { loadPolicies, type PolicySource } from '../../../src/judge/policy/source.ts'
import { memoryTree } from '../../../src/source/memory-tree.ts'
import { configuration } from '../configuration.ts'
import { shippedEngines } from '../engines.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const policy = (name: string, annotations = '{}'): string =>
  `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: ${name}, annotations: ${annotations}}\nspec: {}\n---\n`
const binding = (name: string, actions = 'validationActions: [Deny]'): string =>
  `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: ${name}}\nspec: {policyName: ${name}, ${actions}}\n---\n`
const set = (entries: string, more = ''): string =>
  `apiVersion: preadmit.dev/v1alpha1\nkind: PolicySet\nname: acme\nversion: 1.0.0\nowners: [acme/platform]\n${more}policies:\n${entries}`

async function load(
  files: Readonly<Record<string, string>>,
  paths: readonly string[] = ['policies'],
): Promise<PolicySource> {
  const tree = memoryTree(files, { time: Date.parse('2027-01-01') / 1000 })
  return await loadPolicies(tree, configuration({ policies: paths.map((path) => ({ path })) }), engines)
}
const open = (source: PolicySource): string[] =>
  [...source.failed, ...source.notChecked].map(({ code, what, reason }) => `${code} ${what}: ${reason}`)

describe('policies of the base tree', () => {
  it('sorts policies, bindings and parameters', async () => {
    const source = await load({
      'policies/a.yaml': `${policy('a')}${binding('a')}apiVersion: v1\nkind: ConfigMap\nmetadata: {name: parameters}\n`,
      'policies/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n',
      'policies/tests/case.yaml': policy('not-a-policy'),
      'policies/README.md': 'no policy',
      'policies/.hidden.yaml': policy('hidden'),
      'policies/.github/c.yaml': policy('hidden'),
      'elsewhere/b.yaml': policy('b'),
    })
    expect([...source.policies.keys()]).toEqual(['admission a'])
    expect(source.load.bindings).toHaveLength(1)
    expect(source.load.parameters?.map(({ kind }) => kind)).toEqual(['ConfigMap'])
    expect(open(source)).toEqual([])
  })

  it('names Rego by its files, and by their paths where several have one name', async () => {
    const rego = 'package main\n\ndeny contains "no" if true\n'
    const source = await load({
      'policies/limits/src.rego': rego,
      'policies/images/src.rego': rego,
      'policies/images/lib.rego': 'package lib\n',
      'policies/probes.rego': rego,
      'policies/lib/probes.rego': 'package lib2\n',
    })
    expect([...source.policies.values()].map(({ id }) => id)).toEqual(['images/src', 'limits/src', 'probes'])
    expect(open(source)).toEqual([])
  })

  it('takes copies of one document for one', async () => {
    const template =
      'apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: x}\n---\n'
    const constraint =
      'apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: X\nmetadata: {name: a}\nspec: {}\n---\n'
    const copies = await load({
      'policies/a.yaml': `${policy('a')}${binding('a')}${template}${constraint}`,
      'policies/b.yaml': `${policy('a')}${binding('a')}${template}${constraint}`,
    })
    expect(open(copies)).toEqual([])
    expect([copies.load.bindings?.length, copies.load.policies?.length, copies.gatekeeper.length]).toEqual([
      1, 1, 2,
    ])
  })

  it('takes severity and texts from annotations', async () => {
    const source = await load({
      'policies/a.yaml': `${policy('a', '{preadmit.dev/severity: critical, preadmit.dev/owner: acme/x, preadmit.dev/docs: "javascript:alert(1)"}')}${binding('a')}`,
    })
    expect(source.policies.get('admission a')).toEqual({
      id: 'a',
      language: 'admission',
      name: 'a',
      severity: 'critical',
      owner: 'acme/x',
      exemptable: true,
      appliesTo: [],
      central: false,
      source: 'policies',
      location: { file: 'policies/a.yaml', line: 1 },
    })
  })

  it('takes id, level and texts from the set', async () => {
    const source = await load({
      'policies/policyset.yaml': set(
        '  - {id: acme/one, path: rules/a.yaml, severity: high, level: mandatory, docs: "https://x.example", remediation: do it, title: T}\n',
      ),
      'policies/rules/a.yaml': `${policy('a')}${binding('a')}`,
    })
    expect(source.policies.get('admission a')).toMatchObject({
      id: 'acme/one',
      severity: 'high',
      level: 'mandatory',
      docs: 'https://x.example',
      remedy: 'do it',
      owner: 'acme/platform',
    })
    expect(source.problems).toEqual([])
  })

  it.each([
    { from: '2027-06-01', level: 'advisory' },
    { from: '2026-06-01', level: 'required' },
  ])('effectiveFrom $from is $level', async ({ from, level }) => {
    const source = await load({
      'policies/policyset.yaml': set(
        `  - {id: a/b, path: a.yaml, level: required, effectiveFrom: "${from}"}\n`,
      ),
      'policies/a.yaml': `${policy('a')}${binding('a')}`,
    })
    expect(source.policies.get('admission a')?.level).toBe(level)
  })

  it.each([
    {
      name: 'an unknown field of the set',
      text: set('  []\n', 'enforce: true\n'),
      said: ['6 unknown key "enforce"'],
    },
    {
      name: 'an unknown field of a policy',
      text: set('  - {id: a, path: a.yaml, levl: x}\n'),
      said: ['7 unknown key "levl" in policies[0]; did you mean level?'],
    },
    {
      name: 'a wrong severity',
      text: set('  - {id: a, path: a.yaml, severity: hihg}\n'),
      said: ['7 policies[0].severity must be one of info, low, medium, high, critical; did you mean high?'],
    },
    {
      name: 'a wrong level',
      text: set('  - {id: a, path: a.yaml, level: strict}\n'),
      said: ['7 policies[0].level must be one of advisory, required, mandatory'],
    },
    { name: 'no id', text: set('  - {path: a.yaml}\n'), said: ['7 policies[0] has no id'] },
    {
      name: 'no path',
      text: set('  - {id: a}\n'),
      said: ['7 policies[0] names neither a path nor podSecurity'],
    },
    {
      name: 'no date',
      text: set('  - {id: a, path: a.yaml, effectiveFrom: 2027-02-30}\n'),
      said: ['7 policies[0].effectiveFrom must be a date such as 2027-01-31'],
    },
    {
      name: 'an id twice',
      text: set('  - {id: a, path: a.yaml}\n  - {id: a, path: b.yaml}\n'),
      said: ['8 policies[1].id repeats "a"'],
    },
    {
      name: 'combine of a file that is no Rego',
      text: set('  - id: a\n    path: a.yaml\n    combine: true\n'),
      said: ['9 policies[0].combine is for Rego, and the entry names none'],
    },
    {
      name: 'combine of a standard',
      text: set('  - {id: a, podSecurity: {level: baseline}, combine: true}\n'),
      said: ['7 policies[0].combine is for Rego, and the entry names none'],
    },
    { name: 'broken YAML', text: set('  - [\n'), said: [expect.stringMatching(/^\d not valid YAML/)] },
  ])('$name is a finding on its line, and the set cannot be used', async ({ text, said }) => {
    const source = await load({
      'policies/policyset.yaml': text,
      'policies/a.yaml': `${policy('a')}${binding('a')}`,
    })
    expect(source.problems.map(({ location, message }) => `${location?.line} ${message}`)).toEqual(said)
    expect(open(source)).toEqual([expect.stringContaining('policyset.yaml cannot be used')])
    expect([...source.policies.keys()]).toEqual(['admission a'])
  })

  it.each([
    {
      name: 'no binding',
      files: { 'policies/a.yaml': policy('a') },
      open: /^policy-error a: has no binding and is not evaluated/,
    },
    {
      name: 'a binding without a policy',
      files: { 'policies/a.yaml': binding('b') },
      open: /^policy-error b: binds the policy b/,
    },
    {
      name: 'a binding without actions',
      files: { 'policies/a.yaml': `${policy('a')}${binding('a', 'x: y')}` },
      open: /^policy-error a: has no validationActions/,
    },
    {
      name: 'two of one name',
      files: {
        'policies/a.yaml': `${policy('a')}${binding('a')}`,
        'policies/b.yaml': policy('a', '{x: y}'),
      },
      open: /^policy-error a: a policy of this name stands in policies\/a\.yaml/,
    },
    {
      name: 'a path that is not there',
      files: {},
      open: /^policy-error policies: is not in the base commit/,
    },
    {
      name: 'broken YAML',
      files: { 'policies/a.yaml': 'a: [\n' },
      open: /^policy-error policies\/a\.yaml: /,
    },
    {
      name: 'a set that names a missing file',
      files: { 'policies/policyset.yaml': set('  - {id: a/b, path: gone.yaml}\n') },
      open: /^policy-error a\/b: policies\/gone\.yaml is not in the set$/,
    },
    {
      name: 'combine of a directory that holds more than Rego',
      files: {
        'policies/policyset.yaml': set('  - id: a/b\n    path: rules\n    combine: true\n'),
        'policies/rules/a.yaml': `${policy('a')}${binding('a')}`,
      },
      open: /^policy-error a\/b: combine is for Rego, and a\/b names policies\/rules\/a\.yaml too/,
    },
    {
      name: 'a set for another preadmit',
      files: { 'policies/policyset.yaml': set('  []\n', 'compat: {preadmit: ">=9"}\n') },
      open: /^policy-error acme: needs preadmit >=9, this is /,
    },
    {
      name: 'a set for another Kubernetes',
      files: {
        'policies/policyset.yaml': set(
          '  - {id: acme/baseline, podSecurity: {level: baseline}}\n',
          'compat: {kubernetes: ">=1.99"}\n',
        ),
      },
      open: /^unknown-version acme: was tested with Kubernetes >=1.99, not with 1.37/,
    },
  ])('$name is said', async ({ files, open: expected }) => {
    const source = await load(files)
    expect(open(source)).toHaveLength(1)
    expect(open(source)[0]).toMatch(expected)
    expect(source.notChecked.every(({ targets }) => targets.length === 0)).toBe(true)
  })
})

describe('every language finds its own', () => {
  it('admission policies that change objects are named, and are no parameters', async () => {
    const mutating = (kind: string, name: string): string =>
      `apiVersion: admissionregistration.k8s.io/v1\nkind: ${kind}\nmetadata: {name: ${name}}\n---\n`
    const source = await load({
      'policies/a.yaml': `${mutating('MutatingAdmissionPolicy', 'm')}${mutating('MutatingAdmissionPolicyBinding', 'b')}`,
    })
    expect(open(source)).toEqual([
      'not-evaluable m: a MutatingAdmissionPolicy is not evaluated: it changes objects',
      'not-evaluable b: a MutatingAdmissionPolicyBinding is not evaluated: it changes objects',
    ])
    expect(source.failed).toEqual([])
    expect(source.notChecked.map(({ targets }) => targets)).toEqual([[], []])
    expect(source.load).toEqual({ policies: [], bindings: [], parameters: [] })
    expect([...source.policies]).toEqual([])
  })
  it('Pod Security: one standard may be asked for twice', async () => {
    const source = await load({
      'policies/policyset.yaml': set(
        '  - {id: a, podSecurity: {level: baseline}}\n  - {id: b, podSecurity: {level: baseline}, level: mandatory}\n',
      ),
    })
    expect([...source.policies.values()].map(({ id, name, level }) => [id, name, level])).toEqual([
      ['a', 'baseline:latest', 'required'],
      ['b', 'baseline:latest #2', 'mandatory'],
    ])
    expect(source.podSecurity.map(({ key }) => key)).toEqual([...source.policies.keys()])
    expect(open(source)).toEqual([])
  })

  const kyverno = (kind: string, name: string, group = 'policies.kyverno.io/v1'): string =>
    `apiVersion: ${group}\nkind: ${kind}\nmetadata: {name: ${name}}\n---\n`

  it('Kyverno: policies have ids, exceptions are only read', async () => {
    const source = await load({
      'policies/a.yaml': `${kyverno('ValidatingPolicy', 'a')}${kyverno('PolicyException', 'x')}${kyverno('ClusterPolicy', 'b', 'kyverno.io/v1')}`,
    })
    expect([...source.policies].map(([key, { id }]) => [key, id])).toEqual([
      ['kyverno ValidatingPolicy/a', 'a'],
      ['kyverno ClusterPolicy/b', 'b'],
    ])
    expect(source.kyverno.map(({ object }) => object['kind'])).toEqual([
      'ValidatingPolicy',
      'PolicyException',
      'ClusterPolicy',
    ])
  })

  it('Gatekeeper: constraints are the policies, templates are only read', async () => {
    const source = await load({
      'policies/t.yaml': kyverno('ConstraintTemplate', 'k8sx', 'templates.gatekeeper.sh/v1'),
      'policies/c.yaml': kyverno('K8sX', 'must', 'constraints.gatekeeper.sh/v1beta1'),
    })
    expect([...source.policies.keys()]).toEqual(['gatekeeper K8sX/must'])
    expect(source.gatekeeper).toHaveLength(2)
  })

  it('Rego: one bundle with its data; libraries and tests are no policies', async () => {
    const source = await load({
      'policies/limits.rego': 'package main\n\ndeny contains msg if { msg := "no" }\n',
      'policies/lib/k.rego': 'package lib.k\n\nis_pod if input.kind == "Pod"\n',
      'policies/limits_test.rego': 'package main\n\ntest_deny if count(deny) == 1\n',
      'policies/data/allowed/registries.json': '["ghcr.io"]',
    })
    expect([...source.policies].map(([key, { id }]) => [key, id])).toEqual([
      ['rego policies/limits.rego', 'limits'],
    ])
    expect(source.rego).toEqual([
      {
        source: 'policies',
        modules: [
          expect.objectContaining({ file: 'policies/lib/k.rego' }),
          expect.objectContaining({ file: 'policies/limits.rego' }),
        ],
        data: [{ path: ['allowed'], value: ['ghcr.io'] }],
        judges: ['policies/limits.rego'],
      },
    ])
    expect(source.load.parameters).toEqual([])
  })

  it('two policies never share an id', async () => {
    const source = await load({
      'policies/a.yaml': `${policy('same')}${binding('same')}${kyverno('ClusterPolicy', 'same', 'kyverno.io/v1')}`,
    })
    expect([...source.policies.values()].map(({ id }) => id)).toEqual(['same', 'same/ClusterPolicy/same'])
    expect(open(source).join()).toContain('another policy has the id same already')
  })
})

describe('what the configuration says of a fetched set', () => {
  it('is told at the configuration when it is refused or about nothing', async () => {
    const source = 'oci://registry.example.com/acme'
    const pinned = `${source}:1.0.0@sha256:${'0'.repeat(64)}`
    const settings = configuration({
      policies: [
        {
          path: '',
          source,
          levels: { 'acme/a': 'advisory', 'acme/gone': 'mandatory' },
          parameters: { most: 9 },
        },
      ],
    })
    const files = {
      'policyset.yaml': set(
        '  - {id: acme/a, path: a.yaml}\n',
        'parameters: {properties: {most: {type: integer, default: 3, tighten: lower}}}\n',
      ),
      'a.yaml': `${policy('a')}${binding('a')}`,
    }
    const found = await loadPolicies(
      memoryTree({ '.preadmit.policies.lock': `${pinned}\n` }),
      { ...settings, file: '.preadmit.yaml' },
      engines,
      { fetcher: { open: () => Promise.resolve({ kind: 'files', tree: memoryTree(files) }) } },
    )
    expect(found.failed).toEqual([])
    expect(found.problems.map(({ message, location }) => `${location?.file}: ${message}`)).toEqual([
      '.preadmit.yaml: acme: the value of the parameter most may only be lower than the default: the default 3 stays',
      '.preadmit.yaml: the configuration lowers acme/a from required to advisory: it comes with the set acme, which a repository cannot lower; it stays required',
      `.preadmit.yaml: levels names acme/gone, which ${source} does not have; did you mean acme/a?`,
    ])
  })
})

describe('what was meant to judge and does not is never silent', () => {
  it.each<[string, Record<string, string>, string]>([
    [
      'a set under another name',
      { 'policies/policy-set.yaml': set('  - {id: acme/a, path: a.yaml}\n'), 'policies/a.yaml': policy('a') },
      'policy-error PolicySet: is not named policyset.yaml, so nothing of it is used: rename the file',
    ],
    [
      'a kind that is misspelt',
      { 'policies/a.yaml': policy('a').replace('Policy\n', 'Polices\n') },
      'policy-error ValidatingAdmissionPolices/a: admissionregistration.k8s.io has no such kind, so nothing of it is used; did you mean ValidatingAdmissionPolicy?',
    ],
    [
      'a kind of Kyverno that is misspelt',
      {
        'policies/a.yaml':
          'apiVersion: policies.kyverno.io/v1\nkind: ValidationPolicy\nmetadata: {name: a}\n',
      },
      'policy-error ValidationPolicy/a: policies.kyverno.io has no such kind, so nothing of it is used; did you mean ValidatingPolicy?',
    ],
    [
      'an entry whose file is not there',
      {
        'policies/policyset.yaml': set('  - {id: acme/a, path: rules/a.yml}\n'),
        'policies/rules/a.yaml': policy('a'),
      },
      'policy-error acme/a: policies/rules/a.yml is not in the set; did you mean policies/rules/a.yaml?',
    ],
    [
      'an entry whose Rego has no rule that is asked',
      {
        'policies/policyset.yaml': set('  - {id: acme/a, path: a.rego}\n'),
        'policies/a.rego': 'package main\n\ndenied contains "x"\n',
      },
      'policy-error acme/a: policies/a.rego holds no rule named deny, violation or warn, or one of these with _name behind it',
    ],
    [
      'a parameter for a file that is not there',
      {
        'policies/policyset.yaml': set(
          '  - {id: acme/a, path: a.yaml}\n',
          'parameters: {properties: {n: {type: integer, default: 1, bind: [{object: params/b.yaml, path: /data/n}]}}}\n',
        ),
        'policies/a.yaml': policy('a'),
        'policies/params/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {n: "1"}\n',
      },
      'policy-error acme: the parameter n goes to params/b.yaml, which is not in the set; did you mean policies/params/a.yaml?',
    ],
  ])('%s', async (_, files, expected) => {
    expect((await load(files)).failed.map(({ code, what, reason }) => `${code} ${what}: ${reason}`)).toEqual([
      expected,
    ])
  })

  it('policies in a list, as kubectl prints several', async () => {
    const items = [policy('a'), binding('a')].map((text) => text.replace(/---\n$/, ''))
    const list = items.map((text) => `- ${text.trimEnd().split('\n').join('\n  ')}\n`).join('')
    const source = await load({ 'policies/a.yaml': `apiVersion: v1\nkind: List\nitems:\n${list}` })
    expect([...source.policies.keys()]).toEqual(['admission a'])
    expect(source.load.bindings).toHaveLength(1)
    expect(source.load.parameters).toEqual([])
  })
})
