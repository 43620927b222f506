import { afterAll, describe, expect, it } from 'vitest'
import type { Judgement } from '../../../src/judge/judgement.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { displayName } from '../../../src/model/object.ts'
import { configMap, deployment } from '../../compare/objects.ts'
import { shippedEngines } from '../engines.ts'
import { judgedBy } from './judged.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const judged = (
  policies: string,
  base: readonly JsonObject[],
  head: readonly JsonObject[],
): Promise<Judgement> => judgedBy(engines, { 'policies/all.yaml': policies }, base, head)

const told = ({ findings }: Judgement): string[] =>
  findings
    .filter(({ source }) => source === 'policy')
    .map(
      ({ status, level, severity, rule, object, message }) =>
        `${status} ${level} ${severity} ${rule} ${object === undefined ? '' : displayName(object)}: ${message}`,
    )
const open = ({ notChecked }: Judgement): string[] =>
  notChecked.map(({ code, what, reason, targets }) => `${code} ${what} in ${targets.length}: ${reason}`)

function template(kind: string, rego: string, schema = ''): string {
  const text = rego
    .split('\n')
    .map((line) => `        ${line}`)
    .join('\n')
  return `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: ${kind.toLowerCase()}}
spec:
  crd: {spec: {names: {kind: ${kind}}${schema === '' ? '' : `, validation: {openAPIV3Schema: ${schema}}`}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
${text}
---
`
}
const constraint = (kind: string, name: string, spec = '{}'): string =>
  `apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`

const labelsSchema =
  '{type: object, required: [labels], properties: {labels: {type: array, items: {type: string}}, hint: {type: string, default: ask the platform team}}}'
const labels = template(
  'RequiredLabels',
  'package labels\n\nviolation[{"msg": msg}] {\n  label := input.parameters.labels[_]\n  not input.review.object.metadata.labels[label]\n  msg := sprintf("no label %v, %v (%v)", [label, input.parameters.hint, input.review.operation])\n}',
  labelsSchema,
)
const team = '{parameters: {labels: [team]}}'
const api = deployment('api', { containers: [{ name: 'api', image: 'acme/api:1' }] })

describe('constraints', () => {
  it('are asked with their parameters and defaults, for the write that it will be', async () => {
    const judgement = await judged(`${labels}${constraint('RequiredLabels', 'team', team)}`, [], [api])
    expect(told(judgement)).toEqual([
      'new required medium RequiredLabels/team Deployment shop/api: no label team, ask the platform team (CREATE)',
    ])
    expect(judgement.policies).toMatchObject([{ id: 'RequiredLabels/team', matched: 1, source: 'policies' }])
    expect(open(judgement)).toEqual([])
  })

  const actions: readonly (readonly [string, string])[] = [
    ['enforcementAction: deny', 'required medium'],
    ['enforcementAction: warn', 'advisory medium'],
    ['enforcementAction: dryrun', 'advisory info'],
    [
      'enforcementAction: scoped, scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: gator.gatekeeper.sh}]}, {action: deny, enforcementPoints: [{name: validation.gatekeeper.sh}]}]',
      'advisory medium',
    ],
    [
      'enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: "*"}]}]',
      'required medium',
    ],
  ]
  it.each(actions)('%s', async (action, level) => {
    const spec = `{${action}, parameters: {labels: [team]}}`
    const [said] = told(await judged(`${labels}${constraint('RequiredLabels', 'team', spec)}`, [], [api]))
    expect(said).toMatch(new RegExp(`^new ${level} `))
  })

  it('with no action outside of the cluster say so', async () => {
    const spec =
      '{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: validation.gatekeeper.sh}]}], parameters: {labels: [team]}}'
    const judgement = await judged(`${labels}${constraint('RequiredLabels', 'team', spec)}`, [], [api])
    expect(told(judgement)).toEqual([])
    expect(open(judgement)).toEqual([
      expect.stringMatching(/^not-evaluable RequiredLabels\/team in 0: has no action/),
    ])
  })

  it('look up what the cluster holds, on the side that is asked about', async () => {
    const unique = template(
      'UniqueOwner',
      'package unique\n\nviolation[{"msg": msg}] {\n  input.review.kind.kind == "ConfigMap"\n  other := data.inventory.namespace[ns][_]["ConfigMap"][name]\n  other.data.owner == input.review.object.data.owner\n  name != input.review.object.metadata.name\n  msg := sprintf("%v/%v has this owner", [ns, name])\n}',
    )
    const one = configMap('one', { owner: 'a' })
    const judgement = await judged(
      `${unique}${constraint('UniqueOwner', 'u')}`,
      [one, configMap('two', { owner: 'b' })],
      [one, configMap('two', { owner: 'a' })],
    )
    expect(told(judgement)).toEqual([
      'new required medium UniqueOwner/u ConfigMap shop/two: shop/one has this owner',
    ])
  })

  it('see objects as the API server shows them to webhooks: with its defaults', async () => {
    const replicas = template(
      'Replicas',
      'package replicas\n\nviolation[{"msg": msg}] {\n  input.review.object.spec.replicas < 2\n  msg := sprintf("%v replicas", [input.review.object.spec.replicas])\n}',
    )
    expect(told(await judged(`${replicas}${constraint('Replicas', 'r')}`, [], [api]))).toEqual([
      'new required medium Replicas/r Deployment shop/api: 1 replicas',
    ])
  })

  const byName = (name: string): string =>
    `{match: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${name}}}}, parameters: {labels: [team]}}`
  const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }
  it.each([
    ['a namespace of the repository', [shop]],
    ['a namespace that the repository does not hold', []],
  ])('select namespaces by the label that each carries: %s', async (_, more) => {
    const judgement = await judged(
      `${labels}${constraint('RequiredLabels', 'shop', byName('shop'))}${constraint('RequiredLabels', 'other', byName('other'))}`,
      more,
      [api, ...more],
    )
    expect(told(judgement)).toEqual([
      'new required medium RequiredLabels/shop Deployment shop/api: no label team, ask the platform team (CREATE)',
    ])
    expect(open(judgement)).toEqual([])
  })

  describe('on what an object implies', () => {
    const expansion = (more = '', source = 'spec.template'): string =>
      `apiVersion: expansion.gatekeeper.sh/v1beta1\nkind: ExpansionTemplate\nmetadata: {name: pods}\nspec: {applyTo: [{groups: [apps], versions: [v1], kinds: [Deployment]}], templateSource: ${source}, generatedGVK: {kind: Pod, group: "", version: v1}${more}}\n---\n`
    const pods = template(
      'NoTag',
      'package notag\n\nviolation[{"msg": msg}] {\n  input.review.kind.kind == "Pod"\n  image := input.review.object.spec.containers[_].image\n  msg := sprintf("%v in %v/%v of %v (%v)", [image, input.review.object.metadata.namespace, input.review.object.metadata.name, input.review.object.metadata.ownerReferences[0].kind, input.review.operation])\n}',
    )
    const match = '{match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}}'
    const implied = 'Deployment shop/api: [Implied by pods] acme/api:1 in shop/api-pod of Deployment (CREATE)'

    it('judge the implied object, and tell it of the one that implies it', async () => {
      const judgement = await judged(`${expansion()}${pods}${constraint('NoTag', 'tags', match)}`, [], [api])
      expect(told(judgement)).toEqual([`new required medium NoTag/tags ${implied}`])
      expect(open(judgement)).toEqual([])
    })

    it.each([
      [
        "the expansion's action wins",
        ', enforcementAction: warn',
        match,
        [`new advisory medium NoTag/tags ${implied}`],
      ],
      [
        'source: Original leaves it alone',
        '',
        '{match: {source: Original, kinds: [{apiGroups: [""], kinds: [Pod]}]}}',
        [],
      ],
      [
        'source: Generated takes nothing else',
        '',
        '{match: {source: Generated}}',
        [`new required medium NoTag/tags ${implied}`],
      ],
    ])('%s', async (_, more, spec, expected) => {
      const judgement = await judged(
        `${expansion(more)}${pods}${constraint('NoTag', 'tags', spec)}`,
        [],
        [api],
      )
      expect(told(judgement)).toEqual(expected)
    })

    it('what was implied before is no new violation', async () => {
      const before = deployment('api', { containers: [{ name: 'api', image: 'acme/api:1' }], nodeName: 'x' })
      const judgement = await judged(
        `${expansion()}${pods}${constraint('NoTag', 'tags', match)}`,
        [before],
        [api],
      )
      expect(told(judgement)).toEqual([
        expect.stringMatching(/^existing required medium NoTag\/tags .*Implied by pods/),
      ])
    })

    it.each([
      [
        'a source that is not there',
        expansion('', 'spec.templates'),
        'policy-error ExpansionTemplate in 1: pods finds no spec.templates in Deployment api: nothing that the object implies is judged',
      ],
      [
        'no source',
        expansion('', '""'),
        'policy-error ExpansionTemplate/pods in 1: has no spec.templateSource',
      ],
    ])('%s leaves the change open', async (_, text, expected) => {
      const judgement = await judged(`${text}${pods}${constraint('NoTag', 'tags', match)}`, [], [api])
      expect(told(judgement)).toEqual([])
      expect(open(judgement)).toEqual([expected])
    })

    it('mutators of the implied kind leave the change open', async () => {
      const assign =
        'apiVersion: mutations.gatekeeper.sh/v1\nkind: Assign\nmetadata: {name: a}\nspec: {applyTo: [{groups: [""], versions: [v1], kinds: [Pod]}], location: spec.x, parameters: {assign: {value: 1}}}\n---\n'
      const judgement = await judged(
        `${expansion()}${assign}${pods}${constraint('NoTag', 'tags', match)}`,
        [],
        [api],
      )
      expect(open(judgement)).toEqual([expect.stringMatching(/^not-evaluable Assign\/a in 1: /)])
    })
  })

  it('see deletions, with the old object in the place of the new one', async () => {
    const keep = template(
      'Keep',
      'package keep\n\nviolation[{"msg": msg}] {\n  input.review.operation == "DELETE"\n  msg := sprintf("%v stays", [input.review.object.metadata.name])\n}',
    )
    const judgement = await judged(`${keep}${constraint('Keep', 'k')}`, [api], [])
    expect(told(judgement)).toEqual(['new required medium Keep/k Deployment shop/api: api stays'])
  })

  it('leave namespaces alone that the Config excludes', async () => {
    const config =
      'apiVersion: config.gatekeeper.sh/v1alpha1\nkind: Config\nmetadata: {name: config}\nspec: {match: [{excludedNamespaces: [sh*], processes: ["*"]}]}\n---\n'
    expect(
      told(await judged(`${config}${labels}${constraint('RequiredLabels', 'team', team)}`, [], [api])),
    ).toEqual([])
  })

  it('with an action that Gatekeeper refuses are open, not advisory', async () => {
    const judgement = await judged(
      `${labels}${constraint('RequiredLabels', 'team', '{enforcementAction: Deny, parameters: {labels: [team]}}')}`,
      [],
      [api],
    )
    expect(open(judgement)).toEqual([
      'policy-error RequiredLabels/team in 1: spec.enforcementAction "Deny" is not one of deny, dryrun, warn, scoped; did you mean deny?',
    ])
  })

  it('in CEL that run out of their budget on both sides are no pass', async () => {
    const endless = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: endless}
spec:
  crd: {spec: {names: {kind: Endless}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: K8sNativeValidation
          source:
            validations:
              - expression: lists.range(3000).all(x, lists.range(3000).all(y, x + y >= 0))
---
`
    const both = deployment('api', { containers: [{ name: 'api', image: 'acme/api:2' }] })
    const judgement = await judged(`${endless}${constraint('Endless', 'e')}`, [both], [api])
    expect(open(judgement)).toEqual([expect.stringMatching(/^limit Endless\/e in 1: .*cost limit/)])
  })

  it('that are broken are named, and the others are asked', async () => {
    const judgement = await judged(
      [
        labels,
        constraint('RequiredLabels', 'team', team),
        constraint('RequiredLabels', 'missing-parameter', '{parameters: {}}'),
        constraint('RequiredLabels', 'wrong-type', '{parameters: {labels: team}}'),
        constraint('NoTemplate', 'lonely'),
        template('Syntax', 'package syntax\n\nviolation[{"msg" "x"}] { true }'),
        constraint('Syntax', 's'),
        template(
          'Network',
          'package net\n\nviolation[{"msg": "x"}] { http.send({"method": "get", "url": "http://a"}) }',
        ),
        constraint('Network', 'net'),
        template(
          'Endless',
          'package endless\n\nviolation[{"msg": "x"}] { a := numbers.range(1, 3000)[_]; b := numbers.range(1, 3000)[_]; a * b == -1 }',
        ),
        constraint('Endless', 'e'),
        template(
          'Conflict',
          'package conflict\n\nv = x { x := [1, 2][_] }\n\nviolation[{"msg": "x"}] { v == 1 }',
        ),
        constraint('Conflict', 'c'),
        constraint(
          'RequiredLabels',
          'by-namespace',
          '{match: {namespaceSelector: {matchLabels: {a: b}}}, parameters: {labels: [x]}}',
        ),
      ].join(''),
      [],
      [api],
    )
    expect(told(judgement)).toEqual([
      expect.stringMatching(
        /^new required medium Conflict\/c .*: the policy cannot be evaluated and fails closed: .*conflict/,
      ),
      'new required medium RequiredLabels/team Deployment shop/api: no label team, ask the platform team (CREATE)',
    ])
    // A machine that is busy enough ends the endless one by the clock.
    const said = open(judgement)
    expect(said.filter((one) => one.includes(' Endless/e '))).toEqual([
      expect.stringMatching(/^(?:limit|timeout) Endless\/e in 1: /),
    ])
    expect(said.filter((one) => !one.includes(' Endless/e '))).toEqual([
      expect.stringMatching(
        /^not-evaluable Network\/net in 1: its ConstraintTemplate is not evaluated: it calls http\.send/,
      ),
      expect.stringMatching(
        /^not-evaluable RequiredLabels\/by-namespace in 1: the labels of the namespace shop/,
      ),
      expect.stringMatching(
        /^policy-error NoTemplate\/lonely in 1: its ConstraintTemplate \(NoTemplate\) is not among/,
      ),
      expect.stringMatching(
        /^policy-error RequiredLabels\/missing-parameter in 1: its template does not allow it: .*labels/,
      ),
      expect.stringMatching(
        /^policy-error RequiredLabels\/wrong-type in 1: its template does not allow it: .*labels/,
      ),
      expect.stringMatching(
        /^policy-error Syntax\/s in 1: its ConstraintTemplate is not evaluated: rego_parse_error/,
      ),
    ])
  }, 120_000)
})
