import { describe, expect, it } from 'vitest'
import { peoplesPath, readableSentence } from '../../../src/judge/admission/server-sentence.ts'
import type { JsonObject } from '../../../src/model/json.ts'

const volume: JsonObject = {
  spec: {
    hostPath: { path: '/a' },
    counts: [{ small: 1 }],
    nodeAffinity: {},
    downwardAPI: {},
    Upper: 1,
    template: { metadata: { labels: {} } },
    columns: [{ JSONPath: 1 }],
  },
}

describe('paths of the API server', () => {
  it.each([
    ['[]', 'Too long', ''],
    ['nodeAffinity', 'field is immutable', 'spec.nodeAffinity'],
    ['status.storedVersions[0]', 'must appear', 'spec.versions'],
    [
      'spec.versions[0].additionalPrinterColumns[0].JSONPath',
      'Required value',
      'spec.versions[0].additionalPrinterColumns[0].jsonPath',
    ],
    [
      '',
      'Invalid value: "": Checked value must be of type integer with format int32 in spec.counts[0].small',
      'spec.counts[0].small',
    ],
    [
      '',
      'Invalid value: "": "spec.counts[0]" must validate one and only one schema (oneOf). Found none valid',
      'spec.counts[0]',
    ],
    ['spec.hostPath.path', 'must not contain', 'spec.hostPath.path'],
    ['spec.HostPath', 'Forbidden', 'spec.hostPath'],
    ['spec.Counts[0].SMALL', 'Forbidden', 'spec.counts[0].small'],
    ['spec.downwarAPI', 'may not specify more than 1 volume type', 'spec.downwardAPI'],
    ['spec.LoadBalancerClass', 'Required value', 'spec.LoadBalancerClass'],
    ['spec.hostpath', 'Required value', 'spec.hostPath'],
    ['spec.upper', 'Required value', 'spec.upper'],
    ['spec.template.labels', 'Invalid value', 'spec.template.metadata.labels'],
    ['spec.counts.small', 'Forbidden: may not', 'spec.counts[0].small'],
    ['spec.columns[0].JSONPath', 'unknown field', 'spec.columns[0].JSONPath'],
  ])('%j, %s', (path, message, expected) => {
    expect(peoplesPath(volume, path, message)).toBe(expected)
  })
})

describe('keys of Secrets', () => {
  const secret: JsonObject = { kind: 'Secret', data: { 'a b': 'YQ==' }, stringData: { 'c d': 'x' } }
  it.each([
    ['data[a b]', 'data[a b]'],
    ['data[c d]', 'stringData[c d]'],
    ['data[tls.key]', 'data[tls.key]'],
  ])('%s', (path, expected) => {
    expect(peoplesPath(secret, path, 'Invalid value')).toBe(expected)
  })
})

describe('keys of annotations without brackets', () => {
  const annotations = { 'kubernetes.io/ingress.class': 'a', 'seccomp.security.alpha.kubernetes.io/pod': 'b' }
  const ingress: JsonObject = { metadata: { annotations }, spec: { template: { metadata: { annotations } } } }
  it.each([
    ['annotations.kubernetes.io/ingress.class', 'metadata.annotations[kubernetes.io/ingress.class]'],
    [
      'spec.template.annotations.seccomp.security.alpha.kubernetes.io/pod',
      'spec.template.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]',
    ],
    [
      'metadata.annotations.seccomp.security.alpha.kubernetes.io/pod',
      'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]',
    ],
    ['annotations[kubernetes.io/ingress.class]', 'metadata.annotations[kubernetes.io/ingress.class]'],
    ['annotations.kubernetes.io/other', 'metadata.annotations.kubernetes.io/other'],
  ])('%s', (path, expected) => {
    expect(peoplesPath(ingress, path, 'Invalid value')).toBe(expected)
  })
})

describe('sentences of the API server', () => {
  it.each([
    [
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
      'cannot read a string as int32',
    ],
    [
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
      'cannot read the number 1.5 as int32',
    ],
    [
      'json: cannot unmarshal object into Go struct field Container.env of type []v1.EnvVar',
      'cannot read an object as a list of EnvVar',
    ],
    [
      'Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode',
      'Invalid value: requires indexed completion mode',
    ],
    [
      'Invalid value: {"App":"web"}: selector does not match',
      'Invalid value: {"App":"web"}: selector does not match',
    ],
  ])('%s', (said, expected) => {
    expect(readableSentence(said)).toBe(expected)
  })
})
