import { RemoteError } from '../../src/source/remote/errors.ts'
import type { FetchedFiles, Remote } from '../../src/source/remote/remote.ts'
import type { Files } from './case.ts'

/** Charts as if they had been fetched, by name; every other source is refused. */
export function servingCharts(chartNamed: (name: string) => Files | undefined): Remote {
  const elsewhere = (url: string): Promise<never> =>
    Promise.reject(new RemoteError('refused', url, `${url} is no chart of this case`))
  const serve = (url: string, name: string, wanted: string): Promise<FetchedFiles> => {
    const files = chartNamed(name)
    if (files === undefined) return elsewhere(url)
    return Promise.resolve({
      files: new Map(
        Object.entries(files).map(([path, entry]) => [path, Buffer.from(entry as Uint8Array | string)]),
      ),
      entry: { kind: 'chart', url, name, wanted, resolved: wanted, digest: 'sha256:0' },
    } as unknown as FetchedFiles)
  }
  return {
    configured: true,
    refusal: () => undefined,
    fetchChart: ({ repository, name, version }) => serve(repository, name, version),
    fetchOci: ({ url, reference, chart }) =>
      chart === true ? serve(url, url.slice(url.lastIndexOf('/') + 1), reference) : elsewhere(url),
    fetchGit: ({ url }) => elsewhere(url),
    fetchFile: ({ url }) => elsewhere(url),
    notes: () => [],
    secrets: () => [],
    close: () => undefined,
  }
}

/**
 * Stands for every chart that is not in a repository, on both sides: what it renders shows the values, the release and
 * what post-renderers make of it.
 */
export const standIn: Files = {
  'Chart.yaml': 'apiVersion: v2\nname: stand-in\nversion: 1.2.3\nappVersion: "4.5"\n',
  'values.yaml': 'image: {repository: nginx, tag: "1.25"}\nreplicaCount: 1\nown: {a: 1, b: {c: x}}\n',
  'crds/things.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec: {group: example.com, scope: Cluster, names: {kind: Thing, plural: things}, versions: []}\n',
  'templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-facts", namespace: {{ .Release.Namespace }}}
data:
  values: {{ .Values | toJson | quote }}
  release: "{{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.Service }}"
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name | quote }}}
spec:
  replicas: {{ .Values.replicaCount | default 1 }}
  selector: {matchLabels: {app: {{ .Release.Name | quote }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name | quote }}}}
    spec: {containers: [{name: main, image: "nginx:1.25"}]}
`,
}
