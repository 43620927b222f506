import { afterAll, describe, expect, it } from 'vitest'
import type { PolicyLintReport } from '../../src/model/policy-lint.ts'
import { admissionPolicy, policy, policySet, Sets } from './policy-command.ts'

const sets = new Sets()
afterAll(() => {
  sets.remove()
})

const documented =
  '    title: Maps are small\n    docs: https://example.com/maps\n    remediation: Make it smaller.\n'
const set = (text: string, more = documented): string =>
  sets.write({
    'policyset.yaml': policySet('team/maps', 'policies/maps.yaml', more),
    'policies/maps.yaml': text,
  })

async function linted(
  directory: string,
  ...options: string[]
): Promise<{ status: number; report: PolicyLintReport }> {
  const { status, out } = await policy('lint', directory, '--format', 'json', ...options)
  const report = JSON.parse(out) as PolicyLintReport
  expect(report.verdict).toBe(status === 0 ? 'pass' : 'fail')
  return { status, report }
}

const fine = admissionPolicy('maps', 'size(object.metadata.name) < 20')
const four = ['1.34', '1.35', '1.36', '1.37']

describe('preadmit policy lint', () => {
  it('has nothing to say of a good policy, at the four newest minors', async () => {
    const { status, out } = await policy('lint', set(fine), '--strict')
    expect(out).toBe('1 policy at Kubernetes 1.34, 1.35, 1.36, 1.37 · 0 errors · 0 warnings\n')
    expect(status).toBe(0)
  })

  it('tells what does not compile, with every minor that says so', async () => {
    const { status, report } = await linted(set(admissionPolicy('maps', 'object.metadata.name ==')))
    expect(status).toBe(1)
    expect(report.problems).toEqual([
      {
        level: 'error',
        code: 'compile',
        policy: 'team/maps',
        message: expect.stringContaining('Syntax error') as string,
        field: 'spec.validations[0].expression',
        location: { file: 'policies/maps.yaml', line: 9 },
        kubernetes: four,
      },
    ])
  })

  it('warns of an expression that does not fit the type of its kind', async () => {
    const text = admissionPolicy('maps', 'object.spec.replica < 5', {
      resource: 'deployments',
      group: 'apps',
    })
    const { status, report } = await linted(set(text))
    expect(status).toBe(0)
    expect(report.problems).toEqual([
      expect.objectContaining({
        level: 'warning',
        code: 'type',
        policy: 'team/maps',
        message: expect.stringContaining("undefined field 'replica'") as string,
        kubernetes: four,
      }),
    ])
    expect((await linted(set(text), '--strict')).status).toBe(1)
  })

  it('refuses resources that no API server has, and says at which minors', async () => {
    const { status, report } = await linted(
      set(admissionPolicy('maps', 'true', { resource: 'configmap' })),
      '--kubernetes',
      '1.37',
      '--kubernetes',
      '1.36',
    )
    expect(status).toBe(1)
    expect(report.kubernetes).toEqual(['1.36', '1.37'])
    expect(report.problems).toEqual([
      expect.objectContaining({
        level: 'error',
        code: 'unknown-resource',
        message: expect.stringContaining('configmap') as string,
        kubernetes: ['1.36', '1.37'],
      }),
    ])
  })

  it.each([
    ['cert-manager.io', 'certificates', 'warning'],
    ['gateway.networking.k8s.io', 'httproutes', 'warning'],
    ['networking.k8s.io', 'ingresss', 'error'],
    ['app', 'deployments', 'error'],
  ])('a resource of %s that is not known: %s', async (group, resource, level) => {
    const text = fine
      .replace('resources: [configmaps]', `resources: [${resource}]`)
      .replace("apiGroups: ['']", `apiGroups: ['${group}']`)
    const { report } = await linted(set(text))
    expect(report.problems.filter(({ code }) => code === 'unknown-resource')).toEqual([
      expect.objectContaining({
        level,
        message: expect.stringContaining(`${group}/v1/${resource}`) as string,
      }),
    ])
  })

  it('warns of policies that judge pods and nothing that makes them', async () => {
    const pods = admissionPolicy('pods', 'true', { resource: 'pods' })
    const both = admissionPolicy('both', 'true', { resource: 'pods, replicationcontrollers' })
    const constraint = (kinds: string): string =>
      `apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Maps\nmetadata: {name: x}\nspec: {match: {kinds: [{apiGroups: [''], kinds: [${kinds}]}]}}\n`
    const template = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: maps}
spec:
  crd: {spec: {names: {kind: Maps}}}
  targets: [{target: admission.k8s.gatekeeper.sh, rego: 'package maps\n\nviolation[{"msg": "no"}] { false }'}]
---
`
    const expansion = `apiVersion: expansion.gatekeeper.sh/v1
kind: ExpansionTemplate
metadata: {name: pods}
spec:
  applyTo: [{groups: [apps], versions: [v1], kinds: [Deployment]}]
  templateSource: spec.template
  generatedGVK: {group: '', version: v1, kind: Pod}
---
`
    const told = async (...texts: string[]): Promise<readonly string[]> => {
      const files = Object.fromEntries(texts.map((text, n) => [`policies/${n}.yaml`, text]))
      const { report } = await linted(sets.write(files))
      return report.problems.flatMap(({ code, policy: id = '', message }) =>
        code === 'unreachable' && message.startsWith('matches pods only') ? [id] : [],
      )
    }
    expect(await told(pods, both, template + constraint('Pod'))).toEqual(['pods', 'Maps/x'])
    expect(await told(template + expansion + constraint('Pod'))).toEqual([])
    expect(await told(template + constraint('Pod, Service'))).toEqual([])
  })

  it('warns of what is not documented and of what nothing can match; --strict fails', async () => {
    const text = fine
      .replace('resources: [configmaps]', 'resources: [pods/exec]')
      .replace('CREATE, UPDATE', 'CONNECT')
    const { status, report } = await linted(set(text, '    title: Maps are small\n'))
    expect(status).toBe(0)
    expect(report.problems.map(({ level, code, message }) => `${level} ${code} ${message}`)).toEqual(
      expect.arrayContaining([
        'warning undocumented has no remediation, no docs',
        'warning unreachable matches only subresources or CONNECT, which no GitOps controller writes',
      ]),
    )
    const strict = await policy('lint', set(fine, ''), '--strict')
    expect(strict.status).toBe(1)
    expect(strict.out).toContain(
      'warning  team/maps  policies/maps.yaml:1\n  undocumented: has no title, no remediation, no docs\n',
    )
  })

  it('lists what expressions cost at most', async () => {
    const { out } = await policy('lint', set(fine), '--verbose')
    expect(out).toMatch(
      /What expressions cost at most, in CEL units:\n {2}\S+ of \S+ {2}team\/maps spec\.validations/,
    )
  })

  describe('in the other languages', () => {
    const kyverno = (spec: string, version = 'v1'): string =>
      `apiVersion: policies.kyverno.io/${version}
kind: ValidatingPolicy
metadata: {name: maps}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
${spec}`
    const validations = "  validations:\n    - expression: 'true'\n"
    const template = (rego: string, kind = 'Maps'): string =>
      `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: ${kind.toLowerCase()}}
spec:
  crd: {spec: {names: {kind: ${kind}}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package maps
        ${rego}
`
    const good = 'violation[{"msg": "no"}] { input.review.object.data.x }'
    const constraint = (more: string): string =>
      `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Maps
metadata: {name: maps}
spec: {${more}}
`
    const rego = (body: string): string => `package main\n\n${body}\n`

    it.each<[string, Record<string, string>, string[]]>([
      [
        'a good policy of each',
        {
          'policies/k.yaml': kyverno(validations),
          'policies/g.yaml': `${template(good)}---\n${constraint('enforcementAction: warn')}`,
          'policies/r.rego': rego('deny contains "no" if input.data.x'),
        },
        [],
      ],
      [
        'Kyverno: an expression that does not compile',
        {
          'policies/k.yaml': kyverno("  validations:\n    - expression: 'object.metadata.name =='\n"),
        },
        [
          'error compile policies/k.yaml:9 spec.validations[0].expression: Invalid value: "object.metadata.name ==": ERROR: <input>:1:24: Syntax error',
        ],
      ],
      [
        'Kyverno: a field that is not there',
        {
          'policies/k.yaml': kyverno(validations.replace('validations', 'validation')),
        },
        ['error compile policies/k.yaml:8 unknown field "spec.validation"'],
      ],
      [
        'Kyverno: the action of another kind',
        {
          'policies/k.yaml': kyverno(`${validations}  validationActions: [Enforce]\n`),
        },
        ['error compile policies/k.yaml:1 spec.validationActions "Enforce" is not one of Deny, Audit, Warn'],
      ],
      [
        'Kyverno: a version that is not there',
        {
          'policies/k.yaml': kyverno(validations, 'v3'),
        },
        ['error compile policies/k.yaml:1 Kyverno has no ValidatingPolicy in policies.kyverno.io/v3'],
      ],
      [
        'Kyverno: a rule that nothing here evaluates',
        {
          'policies/k.yaml': `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: maps}
spec:
  rules:
    - name: small
      match: {any: [{resources: {kinds: [ConfigMap]}}]}
      validate: {failureAction: Enforce, pattern: {data: {x: '?*'}}}
`,
        },
        ['warning not-evaluable policies/k.yaml:1 rule small: rules of the type pattern are not evaluated'],
      ],
      [
        'Rego: what OPA refuses',
        {
          'policies/r.rego': rego('deny contains "no" { input.data.x }'),
        },
        ['error compile policies/r.rego:3 rego_parse_error'],
      ],
      [
        'Rego: a call that nothing answers',
        {
          'policies/r.rego': rego(
            'deny contains "no" if http.send({"method": "get", "url": "https://example.com"})',
          ),
        },
        ['warning not-evaluable policies/r.rego:undefined it calls http.send'],
      ],
      [
        'Gatekeeper: code that does not parse',
        {
          'policies/g.yaml': `${template('violation[{"msg": "no"}] { input.')}---\n${constraint('')}`,
        },
        ['error compile policies/g.yaml:12 its ConstraintTemplate is not evaluated: rego_parse_error'],
      ],
      [
        'Gatekeeper: a parameter that the template does not have',
        {
          'policies/g.yaml': `${template(good)}---\n${constraint('parameters: {x: 1}')}`,
        },
        ['error compile policies/g.yaml:12 its template does not allow it: spec.parameters'],
      ],
      [
        'Gatekeeper: an action that Gatekeeper does not know',
        {
          'policies/g.yaml': `${template(good)}---\n${constraint('enforcementAction: block')}`,
        },
        [
          'error compile policies/g.yaml:12 spec.enforcementAction "block" is not one of deny, dryrun, warn, scoped',
        ],
      ],
      [
        'Gatekeeper: kinds that no API server has',
        {
          'policies/g.yaml': `${template(good)}---\n${constraint(
            'match: {kinds: [{apiGroups: [apps], kinds: [Deploymnet, Deployment, Pod]}, {apiGroups: [acme.example], kinds: [Thing]}, {apiGroups: ["*"], kinds: ["*", ingress]}]}',
          )}`,
        },
        [
          'warning unknown-resource policies/g.yaml:12 match.kinds names Deploymnet, which no API server has; did you mean Deployment?',
          'warning unknown-resource policies/g.yaml:12 match.kinds names Pod of apps; it is Pod',
          'warning unknown-resource policies/g.yaml:12 match.kinds names ingress, which no API server has; did you mean Ingress?',
        ],
      ],
      [
        'Rego: data that nothing defines',
        {
          'policies/r.rego': rego(
            '# data.comment\ndeny contains "data.text" if input.x == data.limits.cpu\n\ndeny contains "no" if input.x in data.limit.memory\n\ndeny contains "f" if data.lib.ok(input)',
          ),
          'policies/lib.rego': 'package lib\n\nok(x) if x.y == data.limits.memory[0]\n',
          'data/limits/values.yaml': 'cpu: 1\n',
        },
        [
          'warning undefined-data policies/lib.rego:3 data.limits.memory is defined by no module',
          'warning undefined-data policies/r.rego:6 data.limit.memory is defined by no module',
        ],
      ],
      [
        'Gatekeeper: a constraint without its template, a template without a constraint',
        {
          'policies/g.yaml': `${template(good, 'Others')}---\n${constraint('')}`,
        },
        [
          'warning unreachable policies/g.yaml:1 no constraint of the kind Others is there',
          'error compile policies/g.yaml:12 its ConstraintTemplate (Maps) is not among the policies',
        ],
      ],
      [
        'a parameter that a binding asks for and the set does not have',
        {
          'params/limits.yaml':
            'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits, namespace: team}\n',
          'policies/a.yaml': fine
            .replace('spec:', 'spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}')
            .replace(
              'policyName: maps,',
              'policyName: maps, paramRef: {name: limit, namespace: team, parameterNotFoundAction: Deny},',
            ),
        },
        [
          'warning parameter policies/a.yaml:16 no ConfigMap team/limit is in the set, as the binding asks for: the set has team/limits',
        ],
      ],
    ])('%s', async (_, files, expected) => {
      const { status, report } = await linted(sets.write(files), '--kubernetes', '1.37')
      const said = report.problems
        .filter(({ code }) => code !== 'undocumented')
        .map(
          ({ level, code, message, location }) =>
            `${level} ${code} ${location?.file}:${location?.line} ${message}`,
        )
      expect(said).toEqual(expected.map((text) => expect.stringContaining(text) as string))
      expect(status).toBe(expected.some((text) => text.startsWith('error')) ? 1 : 0)
    })
  })

  it.each([
    ['--kubernetes', 'newest', '--kubernetes takes a minor version such as 1.36, not newest'],
    ['--crds', 'no/such/directory', 'no/such/directory'],
  ])('names what is wrong with %s', async (option, value, message) => {
    const { status, err } = await policy('lint', set(fine), option, value)
    expect(status).toBe(2)
    expect(err).toContain(message)
  })
})
