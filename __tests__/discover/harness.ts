import { loadConfiguration } from '../../src/config/load.ts'
import { discover } from '../../src/discover/discover.ts'
import type { Engines } from '../../src/engine/engines.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import type { Configuration } from '../../src/model/configuration.ts'
import type { Tree } from '../../src/model/tree.ts'
import { field } from '../../src/discover/fields.ts'
import { renderChange } from '../../src/render/render-change.ts'
import type { RenderedPairs } from '../../src/render/render-pairs.ts'
import { compareTrees } from '../../src/source/changed-paths.ts'
import { memoryTree, type MemoryEntry } from '../../src/source/memory-tree.ts'

export type Files = Readonly<Record<string, MemoryEntry>>

/** URL under which the fixtures name themselves. */
export const self = 'https://git.example/acme/fleet'

/** Joins the lines of a template, so that fixtures stay indented with the code. */
export function yaml(strings: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  const text = strings.reduce((all, part, i) => `${all}${part}${values[i] ?? ''}`, '')
  const lines = text.replace(/^\n/, '').replace(/\s*$/, '\n').split('\n')
  const indent = Math.min(
    ...lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0),
  )
  return lines.map((line) => line.slice(indent)).join('\n')
}

export const configMap = (name: string, data = 'a: "1"'): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${data}}\n`

export const deployment = (name: string, image = 'nginx:1'): string => yaml`
  apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: ${name}
  spec:
    replicas: 1
    selector: {matchLabels: {app: ${name}}}
    template:
      metadata: {labels: {app: ${name}}}
      spec:
        containers:
          - name: main
            image: ${image}
          - name: sidecar
            image: proxy:1
`

export const chart = (
  path: string,
  templates: Readonly<Record<string, string>>,
  values = 'a: 1\n',
): Files => ({
  [`${path}/Chart.yaml`]: `apiVersion: v2\nname: ${path.slice(path.lastIndexOf('/') + 1)}\nversion: 1.0.0\n`,
  [`${path}/values.yaml`]: values,
  ...Object.fromEntries(Object.entries(templates).map(([name, text]) => [`${path}/templates/${name}`, text])),
})

/** An Application of this repository; `extra` stands below `spec.source`. */
export const application = (name: string, path: string, extra = ''): string => yaml`
  apiVersion: argoproj.io/v1alpha1
  kind: Application
  metadata: {name: ${name}, namespace: argocd}
  spec:
    project: default
    source: {repoURL: ${self}.git, path: ${path}${extra === '' ? '' : `, ${extra}`}}
    destination: {server: "https://kubernetes.default.svc", namespace: ${name}}
`

/** A Flux Kustomization of the bootstrap's source; `extra` stands below `spec`. */
export const fluxKustomization = (name: string, path: string, extra = ''): string => yaml`
  apiVersion: kustomize.toolkit.fluxcd.io/v1
  kind: Kustomization
  metadata: {name: ${name}, namespace: flux-system}
  spec: {interval: 1h, prune: true, path: ${path}, sourceRef: {kind: GitRepository, name: flux-system}${extra === '' ? '' : `, ${extra}`}}
`

export const gitRepository = yaml`
  apiVersion: source.toolkit.fluxcd.io/v1
  kind: GitRepository
  metadata: {name: flux-system, namespace: flux-system}
  spec: {interval: 1m, url: "ssh://git@git.example/acme/fleet.git", ref: {branch: main}}
`

export async function configurationOf(tree: Tree): Promise<Configuration> {
  const configuration = await loadConfiguration(tree)
  return { ...configuration, repositories: [...configuration.repositories, self] }
}

/** Ids that discovery finds in files alone. */
export async function discoverFiles(files: Files, engines: Engines): Promise<readonly string[]> {
  const tree = memoryTree(files)
  const { targets } = await discover(tree, await configurationOf(tree), engines)
  return targets.map(({ id }) => id)
}

/** Both sides through discovery and rendering. */
export async function renderFiles(base: Files, head: Files, engines: Engines): Promise<RenderedPairs> {
  return await renderTrees(memoryTree(base, { label: 'base' }), memoryTree(head, { label: 'head' }), engines)
}

export async function renderTrees(base: Tree, head: Tree, engines: Engines): Promise<RenderedPairs> {
  return await renderChange({
    base,
    head,
    changed: compareTrees(base, head),
    configuration: await configurationOf(base),
    engines,
    onProgress: () => undefined,
  })
}

/** Everything of one tree, as if it were new. */
export async function renderAll(files: Files, engines: Engines): Promise<RenderedPairs> {
  return await renderFiles({}, files, engines)
}

/** The first head object of a kind that a target renders; a text in its place says what came instead. */
export function objectIn(rendered: RenderedPairs, id: string, kind: string): JsonObject | string {
  const head = rendered.pairs.find((pair) => pair.id === id)?.head
  if (head?.state === 'failed') return head.failure.message
  if (head?.state !== 'rendered') return 'not rendered'
  return head.objects.find(({ identity }) => identity.kind === kind)?.object ?? 'no such object'
}

/** A value inside such an object, or the text. */
export function valueIn(object: JsonObject | string, ...path: readonly string[]): Json | undefined {
  return typeof object === 'string' ? object : field(object, ...path)
}

/** The objects of a target's head side, as people name them; a failure or reason instead when there are none. */
export function objectsOf(rendered: RenderedPairs, id: string): readonly string[] {
  const head = rendered.pairs.find((pair) => pair.id === id)?.head
  switch (head?.state) {
    case undefined:
      return ['not there']
    case 'rendered':
      return head.objects.map(({ identity }) => `${identity.kind} ${identity.namespace}/${identity.name}`)
    case 'failed':
      return [`failed: ${head.failure.message}`]
    case 'not-rendered':
      return [`${head.reason.code}: ${head.reason.reason}`]
  }
}
