/** Fields whose value stands beyond the manifest or the template: behind an include, a variable, a reference to values. */
import { afterAll, describe, expect, it } from 'vitest'
import { createLocator } from '../../src/render/location.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { shippedEngines } from '../check/harness.ts'
import { gitRepository, renderTrees, yaml, type Files } from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

async function editedAt(files: Files, path: string): Promise<string> {
  const tree = memoryTree(files)
  const { pairs } = await renderTrees(memoryTree({}), tree, engines)
  const found = pairs
    .flatMap(({ head }) => (head?.state === 'rendered' ? head.objects : []))
    .find(({ identity }) => identity.kind === 'Deployment')
  expect(found).toBeDefined()
  const [location] = await createLocator({ base: tree, head: tree }, engines).locate([
    { side: 'head', object: found!, path },
  ])
  const text = files[location?.file ?? '']
  const line = typeof text === 'string' ? text.split('\n')[(location?.line ?? 0) - 1] : undefined
  return `${location?.file ?? ''}: ${line?.trim() ?? ''}`
}

const port = 'spec.template.spec.containers[0].ports[0]'

const workload = (name: string, containerPort: string, second = ''): string => yaml`
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec:
    replicas: 1
    selector: {matchLabels: {app: web}}
    template:
      metadata: {labels: {app: web}}
      spec:
        containers:
          - name: web
            image: nginx:1
            ports:
              - name: ${name}
                containerPort: ${containerPort}${second}
`

describe('variables of a Flux Kustomization', () => {
  const fleet = (postBuild: string, manifest: string, more: Files = {}): Files => ({
    'app/kustomization.yaml': 'resources: [d.yaml]\n',
    'app/d.yaml': manifest,
    'flux/source.yaml': gitRepository,
    'flux/web.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  interval: 1h
  prune: true
  path: ./app
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
${postBuild}`,
    ...more,
  })
  const inline = '    substitute:\n      name: Http_1\n      port: "80800"\n'
  const from = '    substituteFrom:\n      - kind: ConfigMap\n        name: vars\n'
  const vars = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: flux-system}\ndata:\n'
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: vars, namespace: flux-system}\nstringData:\n'
  const asWritten = workload('${name}', '${port}')
  const two = '\n              - name: metrics\n                containerPort: 9'

  it.each([
    ['in the definition', fleet(inline, asWritten), `${port}.containerPort`, 'flux/web.yaml: port: "80800"'],
    ['a key of a list', fleet(inline, asWritten), `${port}.name`, 'flux/web.yaml: name: Http_1'],
    [
      'in a ConfigMap',
      fleet(from, asWritten, { 'flux/vars.yaml': `${vars}  port: "80800"\n  name: a\n` }),
      `${port}.containerPort`,
      'flux/vars.yaml: port: "80800"',
    ],
    [
      'in a Secret',
      fleet(from.replace('ConfigMap', 'Secret'), asWritten, {
        'flux/vars.yaml': `${secret}  port: "80800"\n  name: a\n`,
      }),
      `${port}.containerPort`,
      'flux/vars.yaml: port: "80800"',
    ],
    [
      'a default that nothing overrules',
      fleet(inline, workload('${name}', '${other:=80800}')),
      `${port}.containerPort`,
      'app/d.yaml: containerPort: ${other:=80800}',
    ],
    [
      'a text that is more than the variable',
      fleet(inline, workload('${name}_http', '80')),
      `${port}.name`,
      'app/d.yaml: - name: ${name}_http',
    ],
    [
      'beside an entry without a variable',
      fleet(inline, workload('${name}', '${port}', two)),
      `${port}.containerPort`,
      'flux/web.yaml: port: "80800"',
    ],
    [
      'and not what stands there itself',
      fleet(inline, workload('${name}', '${port}', two)),
      'spec.template.spec.containers[0].ports[1].containerPort',
      'app/d.yaml: containerPort: 9',
    ],
  ])('%s', async (_, files, path, at) => {
    expect(await editedAt(files, path)).toBe(at)
  })
})

const templates: Files = {
  'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
  'c/templates/_helpers.tpl': yaml`
    {{- define "c.labels" -}}
    app: web
    {{- range $key, $value := .Values.labels }}
    {{ $key }}: {{ $value | quote }}
    {{- end }}
    {{- end }}
    {{- define "c.ports" -}}
    {{- if .Values.port }}
    - name: http
      containerPort: {{ include "c.port" . }}
    {{- end }}
    {{- end }}
    {{- define "c.port" }}{{ .Values.port }}{{ end }}
    {{- define "c.other" }}
    containerPort: {{ .Values.otherPort }}
    {{ end }}
  `,
  'c/templates/d.yaml': yaml`
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      labels:
        {{- include "c.labels" . | nindent 4 }}
    spec:
      replicas: {{ .Values.replicas }}
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
            - name: web
              image: nginx:1
              ports:
                {{- include "c.ports" . | nindent 12 }}
  `,
  'c/values.yaml': 'replicas: 1\nport: 80800\notherPort: 80800\nlabels:\n  fine: a\n  team: "shop floor"\n',
}
const release = (rest: string): Files => ({
  'flux/source.yaml': gitRepository,
  'flux/web.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  interval: 5m
  chart:
    spec:
      chart: ./c
      sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}
${rest}`,
})

describe('values of a chart', () => {
  const own = { ...templates, ...release('') }
  const from = (rest = ''): string => `  valuesFrom:\n    - kind: ConfigMap\n      name: web-values\n${rest}`
  const values = (data: string): Files => ({
    'flux/values.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-values, namespace: shop}\ndata:\n${data}`,
  })
  const generated = (source: string, rest = ''): Files => ({
    ...templates,
    ...release(from(rest)),
    'flux/kustomization.yaml': `namespace: shop
resources: [source.yaml, web.yaml]
generatorOptions: {disableNameSuffixHash: true}
configMapGenerator:
  - name: web-values
    ${source}
`,
    'clusters/all.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: all, namespace: flux-system}
spec:
  interval: 1h
  prune: true
  path: ./flux
  sourceRef: {kind: GitRepository, name: flux-system, namespace: shop}
`,
  })
  const document = '  values.yaml: |\n    replicas: 7\n    port: 80801\n'

  it.each([
    ['behind an include', own, `${port}.containerPort`, 'c/values.yaml: port: 80800'],
    ['of a range behind an include', own, 'metadata.labels', 'c/values.yaml: team: "shop floor"'],
    [
      'behind an include, given by the release',
      { ...templates, ...release('  values:\n    port: 80801\n') },
      `${port}.containerPort`,
      'flux/web.yaml: port: 80801',
    ],
    [
      'in a ConfigMap',
      { ...templates, ...release(from()), ...values(document) },
      'spec.replicas',
      'flux/values.yaml: replicas: 7',
    ],
    [
      'in a ConfigMap, behind an include',
      { ...templates, ...release(from()), ...values(document) },
      `${port}.containerPort`,
      'flux/values.yaml: port: 80801',
    ],
    [
      'of a range, in a ConfigMap',
      {
        ...templates,
        ...release(from()),
        ...values('  values.yaml: |\n    port: 8081\n    labels:\n      fine: b\n      team: "a floor"\n'),
      },
      'metadata.labels',
      'flux/values.yaml: team: "a floor"',
    ],
    [
      'in the file of a generated ConfigMap',
      { ...generated("files: ['values.yaml=own/web.yaml']"), 'flux/own/web.yaml': 'port: 1\nreplicas: 7\n' },
      'spec.replicas',
      'flux/own/web.yaml: replicas: 7',
    ],
    [
      'in a literal of a generated ConfigMap',
      generated('literals: [other=7, replicas=7]', '      valuesKey: replicas\n      targetPath: replicas\n'),
      'spec.replicas',
      'flux/kustomization.yaml: literals: [other=7, replicas=7]',
    ],
    [
      'in a key of a ConfigMap that is one value',
      {
        ...templates,
        ...release(from('      valuesKey: count\n      targetPath: replicas\n')),
        ...values('  other: "7"\n  count: "7"\n'),
      },
      'spec.replicas',
      'flux/values.yaml: count: "7"',
    ],
    [
      'in a ConfigMap that the release overrules',
      { ...templates, ...release(`${from()}  values:\n    replicas: 7\n`), ...values(document) },
      'spec.replicas',
      'flux/web.yaml: replicas: 7',
    ],
  ])('%s', async (_, files, path, at) => {
    expect(await editedAt(files, path)).toBe(at)
  })
})
