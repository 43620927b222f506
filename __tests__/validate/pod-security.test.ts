import { describe, expect, it } from 'vitest'
import { folder, validated } from './harness.ts'

const namespace = (labels: string): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {${labels}}}\n`
const spec = '{containers: [{name: a, image: "a:1", securityContext: {privileged: true}}]}'
const pod = (of: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ${of}}\nspec: ${spec}\n`
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  selector: {matchLabels: {app: a}}
  template: {metadata: {labels: {app: a}}, spec: ${spec}}
`

describe('Pod Security by the labels of a Namespace among the files', () => {
  const judged = async (labels: string, document: string) => {
    const { documents } = await validated([folder({ 'a.yaml': `${namespace(labels)}---\n${document}` })])
    return documents.map(({ verdict, findings }) => [verdict, ...findings.map(({ rule }) => rule)])
  }
  const enforce = 'pod-security.kubernetes.io/enforce: baseline'
  it.each([
    { name: 'a pod is refused', labels: enforce, document: pod('shop'), verdict: 'rejected' },
    {
      name: 'what makes pods is taken, its pods will not be',
      labels: enforce,
      document: deployment,
      verdict: 'accepted',
    },
    {
      name: 'a level that warns',
      labels: 'pod-security.kubernetes.io/warn: baseline',
      document: pod('shop'),
      verdict: 'accepted',
    },
  ])('$name', async ({ labels, document, verdict }) => {
    expect(await judged(labels, document)).toEqual([['accepted'], [verdict, 'pod-security/privileged']])
  })
  it.each([
    { name: 'another namespace', labels: enforce, document: pod('cart') },
    { name: 'no level', labels: 'team: shop', document: pod('shop') },
  ])('nothing is said: $name', async ({ labels, document }) => {
    expect(await judged(labels, document)).toEqual([['accepted'], ['accepted']])
  })
})
