import { afterAll, describe, expect, it } from 'vitest'
import type { Judgement } from '../../../src/judge/judgement.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { displayName } from '../../../src/model/object.ts'
import { deployment } from '../../compare/objects.ts'
import { shippedEngines } from '../engines.ts'
import { judgedBy } from './judged.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const judged = (
  files: Readonly<Record<string, string>>,
  base: readonly JsonObject[],
  head: readonly JsonObject[],
): Promise<Judgement> => judgedBy(engines, files, base, head)

const api = (...containers: readonly JsonObject[]): JsonObject =>
  deployment('api', { containers: [...containers] })
const container = (name: string, image: string): JsonObject => ({ name, image })
const old = [api(container('api', 'acme/api:1'))]
const next = [api(container('api', 'acme/api:latest'))]

const told = ({ findings }: Judgement): string[] =>
  findings
    .filter(({ source }) => source === 'policy')
    .map(
      ({ status, level, severity, rule, object, message, part, exemption }) =>
        `${status} ${level} ${severity} ${rule} ${object === undefined ? '' : displayName(object)}: ${message}${part === undefined ? '' : ` (${part})`}${exemption === undefined ? '' : ' exempt'}`,
    )
const open = ({ notChecked }: Judgement): string[] =>
  notChecked.map(
    ({ code, what, reason, count, targets }) => `${code} ${what} ×${count} in ${targets.length}: ${reason}`,
  )

function partition(list: readonly string[], first: (one: string) => boolean): [string[], string[]] {
  return [list.filter(first), list.filter((one) => !first(one))]
}

const latest = `# METADATA
# title: No latest
# related_resources: [{ref: https://example.com/latest}]
# custom: {severity: high, remediation: Name a version.}
package main

deny_latest contains sprintf("container %s uses latest", [c.name]) if {
  some c in input.spec.template.spec.containers
  endswith(c.image, ":latest")
}

warn contains "few replicas" if object.get(input.spec, "replicas", 1) < 2
`

describe('conftest rules', () => {
  it('finds what is new, with level, severity, remedy and the container', async () => {
    const judgement = await judged({ 'policies/images.rego': latest }, old, next)
    expect(told(judgement)).toEqual([
      'new required high images Deployment shop/api: container api uses latest (containers[name=api])',
      'existing advisory high images Deployment shop/api: few replicas',
    ])
    const [finding] = judgement.findings
    expect(finding).toMatchObject({
      docs: 'https://example.com/latest',
      remedy: 'Name a version.',
      validation: 'deny_latest',
    })
    expect(judgement.policies).toMatchObject([{ id: 'images', matched: 1, source: 'policies' }])
    expect(open(judgement)).toEqual([])
  })

  it('tells one container from another although the rule and the count are the same', async () => {
    const base = [api(container('api', 'acme/api:latest'), container('log', 'acme/log:1'))]
    const head = [api(container('api', 'acme/api:1'), container('log', 'acme/log:latest'))]
    const said = told(await judged({ 'policies/images.rego': latest }, base, head))
    expect(said.filter((one) => one.includes('latest'))).toEqual([
      'new required high images Deployment shop/api: container log uses latest (containers[name=log])',
      'fixed required high images Deployment shop/api: container api uses latest (containers[name=api])',
    ])
  })

  it('counts what an exception rule names, and does not let it block', async () => {
    const exception = 'package main\n\nexception contains ["latest"] if input.metadata.name == "api"\n'
    const judgement = await judged(
      { 'policies/images.rego': latest, 'policies/x.rego': exception },
      old,
      next,
    )
    expect(told(judgement)).toContain(
      'new required high images Deployment shop/api: container api uses latest (containers[name=api]) exempt',
    )
  })

  it('asks v0 modules, libraries and data of the set', async () => {
    const files = {
      'policies/team.rego':
        'package team\n\nimport data.lib.labels\n\nviolation[{"msg": msg}] {\n  required := data.labels.required[_]\n  not labels.has(input, required)\n  msg := sprintf("no label %s", [required])\n}\n',
      'policies/lib.rego': 'package lib.labels\n\nhas(object, label) { object.metadata.labels[label] }\n',
      'policies/data/labels/data.yaml': 'required: [team]\n',
    }
    expect(told(await judged(files, [], next))).toEqual([
      'new required medium team Deployment shop/api: no label team',
    ])
  })

  it('gives a policy all objects of a target where its set asks for that, and the others one each', async () => {
    const files = {
      'policies/policyset.yaml':
        'apiVersion: preadmit.dev/v1alpha1\nkind: PolicySet\nname: acme\nversion: 1.0.0\npolicies:\n  - {id: acme/budget, path: budget.rego, combine: true}\n',
      'policies/budget.rego':
        'package budget\n\nimport data.lib.kinds\n\ndeny contains "no budget" if {\n  kinds.has(input[_].contents, "Deployment")\n  count([1 | kinds.has(input[_].contents, "PodDisruptionBudget")]) == 0\n}\n',
      'policies/lib.rego': 'package lib.kinds\n\nhas(object, kind) if object.kind == kind\n',
      'policies/images.rego': latest,
    }
    const budget: JsonObject = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'api', namespace: 'shop' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'api' } } },
    }
    const judgement = await judged(files, [...old, budget], [...old, budget])
    expect(told(judgement)).toEqual([])
    const without = await judged(files, [...old, budget], next)
    expect(told(without)).toEqual([
      'new required medium acme/budget : no budget',
      'new required high images Deployment shop/api: container api uses latest (containers[name=api])',
      'existing advisory high images Deployment shop/api: few replicas',
      'fixed advisory high images PodDisruptionBudget shop/api: few replicas',
    ])
    expect(open(without)).toEqual([])
    expect(without.policies.map(({ id, matched }) => [id, matched])).toEqual([
      ['acme/budget', 2],
      ['images', 1],
    ])
  })

  it('leaves deletions alone: there is no object to ask about', async () => {
    const judgement = await judged({ 'policies/images.rego': latest }, next, [])
    expect(told(judgement).filter((one) => one.startsWith('new'))).toEqual([])
  })

  it('names every policy that is broken, and asks the others', async () => {
    const judgement = await judged(
      {
        'policies/images.rego': latest,
        'policies/syntax.rego': 'package main\n\ndeny contains msg if {\n',
        'policies/network.rego':
          'package net\n\ndeny contains "x" if http.send({"method": "get", "url": "http://a"})\n',
        'policies/dns.rego': 'package dns\n\ndeny contains "x" if net.lookup_ip_addr("a")\n',
        'policies/number.rego': 'package number\n\ndeny contains 7\n',
        'policies/boolean.rego': 'package boolean\n\ndeny if true\n',
        'policies/endless.rego':
          'package endless\n\ndeny contains "x" if {\n  some a in numbers.range(1, 3000)\n  some b in numbers.range(1, 3000)\n  a * b == -1\n}\n',
        'policies/deep.rego': `package deep\n\ndeny contains "x" if input.a == ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`,
        'policies/combined.rego':
          'package combined\n\ndeny contains "x" if input[_].contents.kind == "Deployment"\n',
        'policies/long.rego':
          'package long\n\ndeny contains concat("", [sprintf("%01000000d", [i]) | some i in numbers.range(1, 10)])\n',
      },
      old,
      next,
    )
    const said = told(judgement)
    expect(said).toContain(
      'new required high images Deployment shop/api: container api uses latest (containers[name=api])',
    )
    expect(said.find((one) => one.includes(' long '))).toMatch(
      /0 … \(the message has 10000000 bytes; the rest is left out\)$/,
    )
    expect(said.every((one) => /(images|long) Deployment/.test(one))).toBe(true)
    const [others, endless] = partition(open(judgement), (one) => !one.includes(' endless '))
    // A machine that is busy enough ends it by the clock.
    expect(endless).toEqual([expect.stringMatching(/^(?:limit|timeout) endless ×1 in 1: /)])
    expect(others).toEqual([
      'not-evaluable dns ×1 in 1: is not evaluated: it calls net.lookup_ip_addr, which nothing answers here',
      'not-evaluable network ×1 in 1: is not evaluated: it calls http.send, which nothing answers here',
      "policy-error boolean ×1 in 1: deny answered true, which is no set, so conftest reads nothing of it: write `contains` in the rule's head",
      'policy-error deep ×1 in 1: is not evaluated: rego_parse_error: max parsing recursion depth exceeded',
      'policy-error number ×1 in 1: deny answered 7, not a set of texts or of objects with a text msg',
      'policy-error syntax ×1 in 1: is not evaluated: rego_parse_error: unexpected eof token',
      expect.stringMatching(/^unsupported combined ×1 in 1: reads input\[i\]\.contents/),
    ])
  }, 120_000)
})
