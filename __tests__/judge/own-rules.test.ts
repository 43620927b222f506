import { describe, expect, it } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { elementOf, fieldSteps } from '../../src/judge/field-steps.ts'
import { immutableRule, isImmutable, recreatesByForce } from '../../src/judge/admission/immutable.ts'
import { namespaceLabels } from '../../src/judge/safety/namespace-labels.ts'
import { plaintextSecrets } from '../../src/judge/safety/plaintext.ts'
import { remedyFor } from '../../src/judge/admission/remedies.ts'
import { renderFindings } from '../../src/judge/render-findings.ts'
import { rules } from '../../src/judge/rules.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Rendering } from '../../src/model/rendering.ts'
import { deployment, pair, rendering, secret, target } from '../compare/objects.ts'

const sops = (values: Readonly<Record<string, string>>, block = true): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys', namespace: 'shop' },
  stringData: values,
  ...(block ? { sops: { mac: 'ENC[AES256_GCM,data:x]' } } : {}),
})
const cipher = 'ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]'
const sealed: JsonObject = {
  apiVersion: 'bitnami.com/v1alpha1',
  kind: 'SealedSecret',
  metadata: { name: 'keys', namespace: 'shop' },
  spec: { encryptedData: { A: 'AgB' } },
}

describe('plain text in place of ciphertext', () => {
  it.each([
    {
      name: 'the sops block goes',
      base: [sops({ A: cipher })],
      head: [sops({ A: 'plain-value' }, false)],
      rules: ['secret/plaintext'],
    },
    {
      name: 'values of the block change',
      base: [sops({ A: cipher })],
      head: [sops({ A: `${cipher} ` })],
      rules: [],
    },
    {
      name: 'a SealedSecret becomes a Secret',
      base: [sealed],
      head: [secret('keys', { A: 'x' })],
      rules: ['secret/plaintext'],
    },
    { name: 'the encrypted Secret goes', base: [sops({ A: cipher })], head: [], rules: [] },
    {
      name: 'a plain Secret stays plain',
      base: [secret('keys', { A: 'x' })],
      head: [secret('keys', { A: 'y' })],
      rules: [],
    },
    {
      name: 'a Secret gets encrypted',
      base: [sops({ A: 'x' }, false)],
      head: [sops({ A: cipher })],
      rules: [],
    },
  ])('$name', ({ base, head, rules: expected }) => {
    const found = plaintextSecrets(compare([pair('a', base, head)]))
    expect(found.map(({ finding }) => finding.rule)).toEqual(expected)
    expect(JSON.stringify(found.map(({ finding }) => finding))).not.toContain('plain-value')
  })
})

describe('labels of a namespace', () => {
  const namespace = (labels: JsonObject, annotations: JsonObject = {}): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels, annotations },
  })
  const map = (namespace: string, data: JsonObject = {}): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace },
    data,
  })
  it.each([
    { name: 'a manifest, and the first object', base: [], labels: { exempt: 'true' }, count: 0 },
    { name: 'a manifest, objects were there', base: [map('shop')], labels: { exempt: 'true' }, count: 1 },
    { name: 'a manifest without labels', base: [map('shop')], labels: {}, count: 0 },
    { name: 'a manifest, objects elsewhere', base: [map('bank')], labels: { exempt: 'true' }, count: 0 },
  ])('$name', ({ base, labels, count }) => {
    const head = [map('shop', { a: 'b' }), namespace(labels)]
    expect(namespaceLabels(compare([pair('a', base, head)]), new Set())).toHaveLength(count)
  })

  it.each([
    { name: 'one is added', base: namespace({}), head: namespace({ exempt: 'true' }), count: 1 },
    { name: 'only an annotation', base: namespace({}), head: namespace({}, { a: 'b' }), count: 0 },
    { name: 'nothing', base: namespace({ a: 'b' }), head: namespace({ a: 'b' }), count: 0 },
  ])('$name', ({ base, head, count }) => {
    expect(namespaceLabels(compare([pair('a', [base], [head])]), new Set())).toHaveLength(count)
  })
})

describe('renders', () => {
  const failed: Rendering = {
    state: 'failed',
    target: target('a'),
    failure: { code: 'invalid', message: 'broken' },
    read: [],
  }
  const fine = rendering('a', [])
  const absent: Rendering = {
    state: 'not-rendered',
    target: target('a'),
    reason: { what: 'a', code: 'plugin', reason: 'x', targets: ['a'], count: 1 },
  }
  it.each([
    { name: 'newly broken', base: fine, head: failed, told: ['new'] },
    { name: 'created broken', base: undefined, head: failed, told: ['new'] },
    { name: 'still broken', base: failed, head: failed, told: ['existing'] },
    { name: 'works again', base: failed, head: fine, told: ['fixed'] },
    { name: 'broken and deleted', base: failed, head: undefined, told: ['fixed'] },
    { name: 'broken, now not to be rendered here', base: failed, head: absent, told: [] },
    { name: 'fine', base: fine, head: fine, told: [] },
  ])('$name', ({ base, head, told }) => {
    const found = renderFindings([{ id: 'a', ...(base && { base }), ...(head && { head }) }])
    expect(found.map(({ status }) => status)).toEqual(told)
  })
})

describe('paths of the API server', () => {
  const object = deployment('api', {
    containers: [{ name: 'web' }, { name: 'api', ports: [{ containerPort: 80 }] }],
  })
  it.each([
    ['spec.template.spec.containers[1].image', 'spec.template.spec.containers[name=api].image'],
    [
      'spec.template.spec.containers[1].ports[0].name',
      'spec.template.spec.containers[name=api].ports[containerPort=80].name',
    ],
    ['spec.template.spec.containers[7].image', 'spec.template.spec.containers[*].image'],
    ['metadata.labels[a.b/c]', 'metadata.labels[a.b/c]'],
    ['data[tls.key]', 'data[tls.key]'],
    ['', ''],
    ['spec..x[', 'spec.x'],
  ])('%s', (path, element) => {
    expect(elementOf(object, path)).toBe(element)
  })
  it('tells positions from keys', () => {
    expect(fieldSteps({ a: [1], b: { '0': 1 } }, 'a[0]')).toEqual(['a', 0])
    expect(fieldSteps({ a: [1], b: { '0': 1 } }, 'b[0]')).toEqual(['b', '0'])
  })
})

describe('immutable fields', () => {
  it.each([
    ['Invalid value: {"matchLabels":{"app":"web2"}}: field is immutable', 'safety/immutable-field'],
    [
      'Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      'safety/immutable-field',
    ],
    ['Forbidden: field can not be less than status.capacity', 'safety/shrinking-volume'],
    ['Invalid value: ["10.96.0.21"]: may not change once set', 'safety/immutable-field'],
    ['Forbidden: field is immutable when `immutable` is set', 'safety/immutable-field'],
    [
      "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
      'safety/immutable-field',
    ],
  ])('%s', (message, rule) => {
    expect(isImmutable({ stage: 'validate', message })).toBe(true)
    expect(immutableRule({ message })).toBe(rule)
  })
  it.each(['Required value', 'Invalid value: 5: must be greater than or equal to `minReplicas`'])(
    'not: %s',
    (message) => {
      expect(isImmutable({ stage: 'validate', message })).toBe(false)
    },
  )
  it.each([
    {
      kind: 'argocd' as const,
      annotations: { 'argocd.argoproj.io/sync-options': 'Force=true,Replace=true' },
      forced: true,
    },
    {
      kind: 'argocd' as const,
      annotations: { 'argocd.argoproj.io/sync-options': 'Replace=true' },
      forced: false,
    },
    {
      kind: 'flux-kustomization' as const,
      annotations: { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' },
      forced: true,
    },
    {
      kind: 'kustomize' as const,
      annotations: { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' },
      forced: false,
    },
  ])('by force: $kind $annotations', ({ kind, annotations, forced }) => {
    expect(recreatesByForce(deployment('a', {}, { annotations }), kind)).toBe(forced)
  })
})

describe('remedies', () => {
  it.each([
    ['spec.selector', 'Invalid value: {}: field is immutable', /keep the selector/],
    ['spec.template.spec.containers[0].image', 'Required value', /image/],
    ['spec.replcas', 'unknown field "spec.replcas"', /spelling.*replcas/],
    ['spec.replcas', 'unknown field "replcas", did you mean "replicas"?', /replcas|replicas/],
    [
      'spec.template.spec.containers[0].livenessProbe.httpGet.port',
      'Invalid value: 0: must be between 1 and 65535',
      /port/,
    ],
    [
      'spec.template.spec.containers[0].resources.requests',
      'Invalid value: "2Gi": must be less than or equal to memory limit of 1Gi',
      /memory limit/,
    ],
    ['metadata.name', 'Invalid value: "MyWeb": a lowercase RFC 1123 subdomain must consist of', /lower-case/],
    ['spec.template.spec.containers[0].ports[1].name', 'Duplicate value: "p"', /port/],
    ['metadata.labels', 'Invalid value: "a b": a valid label must be an empty string or', /63/],
    [
      'spec.type',
      'Unsupported value: "clusterIP": supported values: "ClusterIP", "ExternalName"',
      /use one of "ClusterIP", "ExternalName"/,
    ],
    ['spec.ports', 'Required value', /at least one port/],
    ['spec.resources.requests.storage', 'Forbidden: field can not be less than status.capacity', /grow only/],
    ['roleRef', 'Invalid value: {}: cannot change roleRef', /delete the binding/],
    ['spec.rules[0].http.paths[0].pathType', 'Required value', /ImplementationSpecific/],
    ['spec.maxReplicas', 'Invalid value: 5: must be greater than or equal to `minReplicas`', /minReplicas/],
    [
      'spec',
      'Invalid value: {}: minAvailable and maxUnavailable cannot be both set',
      /minAvailable or maxUnavailable/,
    ],
    ['spec.schedule', 'Invalid value: "x": expected exactly 5 fields', /cron/],
    ['type', 'Invalid value: "Opaque": field is immutable', /Secret/],
    ['spec.template', 'Invalid value: {}: field is immutable', /Job/],
    ['spec.replicas', 'expected integer, got string "3"', /integer/],
    ['spec.template.spec.restartPolicy', 'Required value: valid values: "OnFailure", "Never"', /OnFailure/],
  ])('%s: %s', (path, message, expected) => {
    expect(remedyFor(path, message)).toMatch(expected)
  })
  it('none for what is not well known', () => {
    expect(remedyFor('spec.x', 'something odd')).toBeUndefined()
  })
})

it('rules are listed once each', () => {
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
})
