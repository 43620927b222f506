import { afterAll, describe, expect, it } from 'vitest'
import { parseFieldPath } from '../../src/render/field-path.ts'
import { locateFailure } from '../../src/render/failure-location.ts'
import { createLocator } from '../../src/render/location.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { shippedEngines } from '../check/harness.ts'
import { chart, configMap, deployment, renderTrees, yaml, type Files } from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const overlay: Files = {
  'base/kustomization.yaml': 'resources: [d.yaml, more.yaml]\n',
  'base/d.yaml': deployment('web'),
  'base/more.yaml': `${configMap('one')}---\n${configMap('two')}`,
  'prod/kustomization.yaml': yaml`
    namePrefix: prod-
    resources:
      - ../base
    patches:
      - path: replicas.yaml
      - path: ops.yaml
        target: {kind: Deployment}
    images:
      - name: nginx
        newTag: "2"
  `,
  'prod/replicas.yaml': yaml`
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 3
      template:
        spec:
          containers:
            - name: sidecar
              image: proxy:2
  `,
  'prod/ops.yaml': yaml`
    - op: add
      path: /spec/paused
      value: true
    - op: replace
      path: /spec/template/metadata/labels/app
      value: web
  `,
}
const template = showingTemplate()
function showingTemplate(): string {
  return yaml`
    apiVersion: v1
    kind: Service
    metadata:
      name: {{ .Release.Name }}
    spec:
      type: {{ .Values.type }}
      ports:
        - port: 80
        - port: 81
  `
}

const cases: readonly {
  name: string
  files: Files
  target: string
  object: string
  path: string
  at: unknown
}[] = [
  {
    name: 'the object in its file',
    files: overlay,
    target: 'kustomize/prod',
    object: 'prod-two',
    path: '',
    at: { file: 'base/more.yaml', line: 6 },
  },
  {
    name: 'a field of the base',
    files: overlay,
    target: 'kustomize/prod',
    object: 'prod-web',
    path: 'spec.selector.matchLabels',
    at: { file: 'base/d.yaml', line: 7 },
  },
  {
    name: 'a field that a merge patch set',
    files: overlay,
    target: 'kustomize/prod',
    object: 'prod-web',
    path: 'spec.replicas',
    at: { file: 'prod/replicas.yaml', line: 6 },
  },
  {
    name: 'an entry of a list that stands elsewhere in the patch',
    files: overlay,
    target: 'kustomize/prod',
    object: 'prod-web',
    path: 'spec.template.spec.containers[0].image',
    at: { file: 'prod/replicas.yaml', line: 11 },
  },
  {
    name: 'an operation of a JSON patch',
    files: overlay,
    target: 'kustomize/prod',
    object: 'prod-web',
    path: 'spec.paused',
    at: { file: 'prod/ops.yaml', line: 3 },
  },
  {
    name: 'a field that is written nowhere: its nearest parent',
    files: overlay,
    target: 'kustomize/prod',
    object: 'prod-web',
    path: 'spec.template.spec.containers[1].resources.limits',
    at: { file: 'base/d.yaml', line: 12 },
  },
  {
    name: 'a template: the only line with the key, of a value that stands nowhere',
    files: chart('c', { 's.yaml': template.replace('.Values.type', 'default "NodePort" .Values.type') }),
    target: 'helm/c/default',
    object: 'c',
    path: 'spec.type',
    at: { file: 'c/templates/s.yaml', line: 6 },
  },
  {
    name: 'a template: of several lines the one with the value',
    files: chart('c', { 's.yaml': template }),
    target: 'helm/c/default',
    object: 'c',
    path: 'spec.ports[1].port',
    at: { file: 'c/templates/s.yaml', line: 9 },
  },
  {
    name: 'a template: two lines may be meant',
    files: chart('c', { 's.yaml': template.replace('port: 81', 'port: 80\n      protocol: UDP') }),
    target: 'helm/c/default',
    object: 'c',
    path: 'spec.ports[1].port',
    at: { file: 'c/templates/s.yaml' },
  },
]

describe('where a field stands', () => {
  it.each(cases)('$name', async ({ files, target, object, path, at }) => {
    const tree = memoryTree(files)
    const { pairs } = await renderTrees(memoryTree({}), tree, engines)
    const head = pairs.find(({ id }) => id === target)?.head
    const found =
      head?.state === 'rendered' ? head.objects.find(({ identity }) => identity.name === object) : undefined
    expect(found).toBeDefined()
    const locator = createLocator({ base: tree, head: tree }, engines)
    // The sidecar is the second container of the base and the first of the render, where the patch put it.
    const [location] = await locator.locate([{ side: 'head', object: found!, path }])
    expect(location).toEqual(at)
  })
  it('an image that the kustomization replaced', async () => {
    const tree = memoryTree(overlay)
    const { pairs } = await renderTrees(memoryTree({}), tree, engines)
    const head = pairs.find(({ id }) => id === 'kustomize/prod')?.head
    const object =
      head?.state === 'rendered'
        ? head.objects.find(({ identity }) => identity.kind === 'Deployment')
        : undefined
    const containers = (object!.object['spec'] as { template: { spec: { containers: { name: string }[] } } })
      .template.spec.containers
    const main = containers.findIndex(({ name }) => name === 'main')
    const locator = createLocator({ base: tree, head: tree }, engines)
    const answers = await locator.locate([
      { side: 'head', object: object!, path: `spec.template.spec.containers[${main}].image` },
      { side: 'base', object: object!, path: 'spec.replicas' },
    ])
    expect(answers).toEqual([
      { file: 'prod/kustomization.yaml', line: 10 },
      { file: 'prod/replicas.yaml', line: 6 },
    ])
  })
})

describe('fields as people write them', () => {
  it.each([
    ['', []],
    ['spec.containers[0].image', ['spec', 'containers', 0, 'image']],
    ['metadata.labels[app.io/name]', ['metadata', 'labels', 'app.io/name']],
    ['data["a.b"].c', ['data', 'a.b', 'c']],
  ])('%s', (path, wanted) => {
    expect(parseFieldPath(path)).toEqual(wanted)
  })
})

describe('the place that a message names', () => {
  const tree = memoryTree({ 'a/b.yaml': 'x', 'c/templates/t.yaml': 'x', 'x.yaml': 'x' })
  it.each([
    ["accumulating resources from 'b.yaml': missing Resource metadata", { file: 'a/b.yaml' }],
    ['a/b.yaml: line 3: did not find expected key', { file: 'a/b.yaml', line: 3 }],
    ['chart/templates/t.yaml:17:50 executing', { file: 'c/templates/t.yaml', line: 17 }],
    ['nothing.yaml is not there', undefined],
    ['x.yamlx '.repeat(10_000), undefined],
  ])('%.60s', (message, wanted) => {
    expect(locateFailure(message, tree, ['a'], { name: 'chart', directory: 'c' })).toEqual(wanted)
  })
})
