import { afterAll, describe, expect, it } from 'vitest'
import { createLocator } from '../../src/render/location.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { shippedEngines } from '../check/harness.ts'
import { deployment, gitRepository, renderTrees, self, yaml, type Files } from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const kustomization = (rest: string): Files => ({
  'app/d.yaml': deployment('web'),
  'app/e.env': 'A=b\n',
  'app/kustomization.yaml': `resources: [d.yaml]\n${rest}`,
})

const chart: Files = {
  'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
  'c/values.yaml': yaml`
    replicas: 2
    resources:
      limits:
        memory: 128MB
    labels:
      fine: a
      team: "shop floor"
    env:
      - name: LEVEL
        value: 5
    port: 80
  `,
  'c/templates/d.yaml': yaml`
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      labels:
        {{- toYaml .Values.labels | nindent 4 }}
    spec:
      replicas: {{ .Values.replicas | int }}
      selector:
        matchLabels: {app: web}
      template:
        metadata:
          labels: {app: web}
        spec:
          containers:
            - name: web
              image: "nginx:1"
              ports:
                - name: HTTP
                  containerPort: {{ .Values.port }}
              env:
                {{- toYaml .Values.env | nindent 12 }}
              resources:
                {{- toYaml .Values.resources | nindent 12 }}
  `,
}

/** `rest` stands below `spec.source`. */
const application = (path: string, rest: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  destination: {server: "https://kubernetes.default.svc", namespace: shop}
  source:
    repoURL: ${self}.git
    path: ${path}
    ${rest}
`

/** `rest` stands below `spec`. */
const fluxKustomization = (rest: string): string => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  interval: 1h
  prune: true
  path: ./app
  sourceRef: {kind: GitRepository, name: flux-system}
  ${rest}
`

const release = yaml`
  apiVersion: helm.toolkit.fluxcd.io/v2
  kind: HelmRelease
  metadata:
    name: web
    namespace: shop
  spec:
    interval: 5m
    chart:
      spec:
        chart: ./c
        sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}
    values:
      replicas: 7
`

const container = 'spec.template.spec.containers[0]'

const cases: readonly {
  name: string
  files: Files
  object?: string
  /** The only target that has it, otherwise. */
  target?: string
  path: string
  /** File and text of the line. */
  at: string
}[] = [
  {
    name: 'an inline merge patch: the line of the key',
    files: kustomization(yaml`
      patches:
        - patch: |-
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              minReadySeconds: 3
              replicas: 7
    `),
    path: 'spec.replicas',
    at: 'app/kustomization.yaml: replicas: 7',
  },
  {
    name: 'an inline JSON patch: the value of the operation',
    files: kustomization(yaml`
      patches:
        - target: {kind: Deployment}
          patch: |-
            - op: add
              path: /spec/paused
              value: true
            - op: replace
              path: /spec/replicas
              value: 7
    `),
    path: 'spec.replicas',
    at: 'app/kustomization.yaml: value: 7',
  },
  {
    name: 'a prefix that no name can have',
    files: kustomization('nameSuffix: -x\nnamePrefix: A_\n'),
    path: 'metadata.name',
    at: 'app/kustomization.yaml: namePrefix: A_',
  },
  {
    name: 'a name that is wrong beneath a prefix',
    files: {
      ...kustomization('namePrefix: a-\n'),
      'app/d.yaml': deployment('Web'),
    },
    path: 'metadata.name',
    at: 'app/d.yaml: name: Web',
  },
  {
    name: 'a label that no object can have',
    files: kustomization('labels:\n  - pairs:\n      fine: a\n      team: "shop floor"\n'),
    path: 'metadata.labels',
    at: 'app/kustomization.yaml: team: "shop floor"',
  },
  {
    name: 'an annotation whose key no object can have',
    files: kustomization('commonAnnotations:\n  fine: "a b"\n  "a b": c\n'),
    path: 'metadata.annotations',
    at: 'app/kustomization.yaml: "a b": c',
  },
  {
    name: 'a replacement',
    files: kustomization(yaml`
      configMapGenerator:
        - name: c
          literals: [n=7]
      replacements:
        - source: {kind: ConfigMap, name: c, fieldPath: data.n}
          targets:
            - select: {kind: Deployment}
              fieldPaths:
                - spec.template.spec.containers.[name=main].image
    `),
    path: `${container}.image`,
    at: 'app/kustomization.yaml: - spec.template.spec.containers.[name=main].image',
  },
  ...(
    [
      ['a literal', 'data[b c]', '- b c=d'],
      ['a file', 'data[x y]', '- x y=d.yaml'],
      ['variables of a file', 'data[A]', '- e.env'],
      ['an option', 'metadata.labels', 'team: "a b"'],
      ['the whole object', '', '- name: c'],
    ] as const
  ).map(([name, path, at]) => ({
    name: `a generator: ${name}`,
    files: kustomization(yaml`
      configMapGenerator:
        - name: c
          envs:
            - e.env
          literals:
            - a=b
            - b c=d
          files:
            - x y=d.yaml
          options:
            labels:
              fine: a
              team: "a b"
    `),
    object: 'c-',
    path,
    at: `app/kustomization.yaml: ${at}`,
  })),
  {
    name: 'a generator: the options of all',
    files: kustomization(
      'generatorOptions:\n  labels:\n    team: "a b"\nsecretGenerator:\n  - name: c\n    literals: [a=b]\n',
    ),
    object: 'c-',
    path: 'metadata.labels',
    at: 'app/kustomization.yaml: team: "a b"',
  },
  {
    name: 'a generator: the type for a key that is not there',
    files: kustomization(
      'secretGenerator:\n  - name: c\n    literals: [tls.crt=b]\n    type: kubernetes.io/tls\n',
    ),
    object: 'c-',
    path: 'data[tls.key]',
    at: 'app/kustomization.yaml: type: kubernetes.io/tls',
  },
  {
    name: 'a chart: a value',
    files: chart,
    path: 'spec.replicas',
    at: 'c/values.yaml: replicas: 2',
  },
  {
    name: 'a chart: a value within a block',
    files: chart,
    path: `${container}.resources.limits[memory]`,
    at: 'c/values.yaml: memory: 128MB',
  },
  {
    name: 'a chart: an entry of a list',
    files: chart,
    path: `${container}.env[0].value`,
    at: 'c/values.yaml: value: 5',
  },
  {
    name: 'a chart: a label that no object can have',
    files: chart,
    path: 'metadata.labels',
    at: 'c/values.yaml: team: "shop floor"',
  },
  {
    name: 'a chart: what the template itself says',
    files: chart,
    path: `${container}.ports[0].name`,
    at: 'c/templates/d.yaml: - name: HTTP',
  },
  {
    name: 'a file of values of an Application',
    files: {
      ...chart,
      'c/prod.yaml': '# prod\nreplicas: 7\n',
      'apps/web.yaml': application('c', 'helm: {valueFiles: [prod.yaml]}'),
    },
    path: 'spec.replicas',
    at: 'c/prod.yaml: replicas: 7',
  },
  {
    name: 'values of an Application',
    files: {
      ...chart,
      'apps/web.yaml': application('c', 'helm:\n      valuesObject:\n        port: 81\n        replicas: 7'),
    },
    path: 'spec.replicas',
    at: 'apps/web.yaml: replicas: 7',
  },
  {
    name: 'values of an Application in a text',
    files: {
      ...chart,
      'apps/web.yaml': application(
        'c',
        'helm:\n      values: |\n        other:\n          replicas: 7\n        # of the web\n        replicas: 7 # many',
      ),
    },
    path: 'spec.replicas',
    at: 'apps/web.yaml: replicas: 7 # many',
  },
  {
    name: 'a parameter of an Application',
    files: {
      ...chart,
      'apps/web.yaml': application(
        'c',
        'helm:\n      parameters:\n        - name: replicas\n          value: "7"',
      ),
    },
    path: 'spec.replicas',
    at: 'apps/web.yaml: value: "7"',
  },
  {
    name: 'values of the second Application of a file',
    files: {
      ...chart,
      'apps/all.yaml': [6, 7]
        .map((count) =>
          application('c', `helm:\n      valuesObject:\n        replicas: ${count}`).replace(
            'name: web',
            `name: a${count}`,
          ),
        )
        .join('---\n'),
    },
    target: 'argocd/argocd/a7',
    path: 'spec.replicas',
    at: 'apps/all.yaml: replicas: 7',
  },
  {
    name: 'a patch of the second Application of a file',
    files: {
      'app/kustomization.yaml': 'resources: [d.yaml]\n',
      'app/d.yaml': deployment('web'),
      'apps/all.yaml': [6, 7]
        .map((count) =>
          application(
            'app',
            `kustomize:\n      patches:\n        - target: {kind: Deployment}\n          patch: |-\n            - op: add\n              path: /spec/replicas\n              value: ${count}`,
          ).replace('name: web', `name: a${count}`),
        )
        .join('---\n'),
    },
    target: 'argocd/argocd/a7',
    path: 'spec.replicas',
    at: 'apps/all.yaml: value: 7',
  },
  {
    name: 'a patch of an Application',
    files: {
      'app/kustomization.yaml': 'resources: [d.yaml]\n',
      'app/d.yaml': deployment('web'),
      'apps/web.yaml': application(
        'app',
        'kustomize:\n      patches:\n        - target: {kind: Deployment}\n          patch: |-\n            - op: add\n              path: /spec/replicas\n              value: 7',
      ),
    },
    path: 'spec.replicas',
    at: 'apps/web.yaml: value: 7',
  },
  ...(
    [
      ['a patch', 'spec.replicas', 'value: 7'],
      ['a prefix', 'metadata.name', 'namePrefix: A_'],
      ['common metadata', 'metadata.labels', 'team: "a b"'],
    ] as const
  ).map(([name, path, at]) => ({
    name: `${name} of a Kustomization of Flux`,
    files: {
      'app/kustomization.yaml': 'resources: [d.yaml]\n',
      'app/d.yaml': deployment('web'),
      'flux/source.yaml': gitRepository,
      'flux/web.yaml': fluxKustomization(
        'namePrefix: A_\n  commonMetadata:\n    labels:\n      team: "a b"\n  patches:\n    - target: {kind: Deployment}\n      patch: |\n        - op: add\n          path: /spec/replicas\n          value: 7',
      ),
    },
    path,
    at: `flux/web.yaml: ${at}`,
  })),
  {
    name: 'values of a HelmRelease',
    files: { ...chart, 'flux/source.yaml': gitRepository, 'flux/web.yaml': release },
    path: 'spec.replicas',
    at: 'flux/web.yaml: replicas: 7',
  },
]

describe('what a person has to edit', () => {
  it.each(cases)('$name', async ({ files, object, target, path, at }) => {
    const tree = memoryTree(files)
    const { pairs } = await renderTrees(memoryTree({}), tree, engines)
    const found = pairs
      .filter(({ id }) => target === undefined || id === target)
      .flatMap(({ head }) => (head?.state === 'rendered' ? head.objects : []))
      .find(({ identity }) =>
        object === undefined ? identity.kind === 'Deployment' : identity.name.startsWith(object),
      )
    expect(found).toBeDefined()
    const [location] = await createLocator({ base: tree, head: tree }, engines).locate([
      { side: 'head', object: found!, path },
    ])
    const text = files[location?.file ?? '']
    const line = typeof text === 'string' ? text.split('\n')[(location?.line ?? 0) - 1] : undefined
    expect(`${location?.file ?? ''}: ${line?.trim() ?? ''}`).toBe(at)
  })
})

describe('what a fetched chart makes', () => {
  const files: Files = {
    'flux/all.yaml': `${gitRepository}---\n${release}`.replace(
      'replicas: 7',
      'web:\n      replicas: 7\n    port: 81',
    ),
  }
  const line = (text: string): number =>
    (files['flux/all.yaml'] as string).split('\n').findIndex((one) => one.trim() === text) + 1
  const definition = { file: 'flux/all.yaml', line: line('apiVersion: helm.toolkit.fluxcd.io/v2') }
  const object = {
    identity: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
    apiVersion: 'apps/v1',
    object: { spec: { replicas: 7, paused: true } },
    origin: { generator: 'oci://example.org/web', template: true, values: ['flux/all.yaml'], definition },
  } as const
  it.each([
    ['its only value of the name', 'spec.replicas', line('replicas: 7')],
    ['else its definition', 'spec.paused', definition.line],
    ['its definition for the whole', '', definition.line],
  ])('%s', async (_, path, at) => {
    const tree = memoryTree(files)
    expect(
      await createLocator({ base: tree, head: tree }, engines).locate([{ side: 'head', object, path }]),
    ).toEqual([{ file: 'flux/all.yaml', line: at }])
  })
})
