/** Hooks: what their tool creates anew is no update to the API server. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const url = 'https://git.example/acme/fleet'
const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec: {project: default, source: {repoURL: "${url}", path: shop}, destination: {server: "https://kubernetes.default.svc", namespace: shop}}
`
const release = (spec: string): string => `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: shop}
spec: {interval: 5m, chart: {spec: {chart: ./shop, sourceRef: {kind: GitRepository, name: fleet}}}, ${spec}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: fleet, namespace: shop}
spec: {interval: 5m, url: "${url}", ref: {branch: main}}
`
/** A Job whose template cannot be changed. */
const job = (image: string, annotations: string): string => `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations: {${annotations}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "${image}"}]}}}
`
const chart: Files = { 'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' }
const configuration: Files = { '.preadmit.yaml': `repositories: ["${url}"]\n` }

type Tool = 'argocd' | 'flux' | 'flux with tests' | 'flux without hooks' | 'a kustomization of Flux' | 'helm'
const tools: Readonly<Record<Tool, Files>> = {
  argocd: { 'app.yaml': application },
  flux: { 'release.yaml': release(''), ...chart },
  'flux with tests': { 'release.yaml': release('test: {enable: true}'), ...chart },
  'flux without hooks': { 'release.yaml': release('upgrade: {disableHooks: true}'), ...chart },
  'a kustomization of Flux': {
    'flux.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: shop}
spec: {interval: 5m, prune: true, path: ./shop, sourceRef: {kind: GitRepository, name: fleet}}
`,
  },
  helm: chart,
}

function edit(tool: Tool, before: string, after: string | undefined): Promise<Report> {
  const path = 'Chart.yaml' in tools[tool] || 'shop/Chart.yaml' in tools[tool] ? 'shop/templates' : 'shop'
  const files = (text: string | undefined): Files => ({
    ...configuration,
    ...tools[tool],
    'shop/values.yaml': '{}\n',
    ...(text === undefined ? {} : { [`${path}/job.yaml`]: text }),
    [`${path}/other.yaml`]: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n',
  })
  return checkFiles(files(before), files(after), engines)
}

const refused = (report: Report): readonly string[] =>
  report.findings.filter(({ status }) => status === 'new').map(({ rule }) => rule)

const cases: readonly [tool: Tool, annotations: string, immutable: boolean, fate: string | null][] = [
  ['argocd', '', true, null],
  ['argocd', 'argocd.argoproj.io/hook: PreSync', false, 'recreated'],
  ['argocd', 'argocd.argoproj.io/hook: "PreSync,Skip"', false, 'recreated'],
  [
    'argocd',
    'argocd.argoproj.io/hook: Sync, argocd.argoproj.io/hook-delete-policy: HookSucceeded',
    false,
    'recreated',
  ],
  [
    'argocd',
    'argocd.argoproj.io/hook: Sync, argocd.argoproj.io/hook-delete-policy: HookFailed',
    true,
    'applied',
  ],
  [
    'argocd',
    'argocd.argoproj.io/hook: Sync, argocd.argoproj.io/hook-delete-policy: nonsense',
    false,
    'recreated',
  ],
  ['argocd', 'argocd.argoproj.io/hook: Skip', false, 'left-out'],
  ['argocd', 'helm.sh/hook: "post-install,post-upgrade"', false, 'recreated'],
  ['argocd', 'helm.sh/hook: test', false, 'left-out'],
  ['argocd', 'helm.sh/hook: crd-install', true, null],
  ['flux', 'argocd.argoproj.io/hook: PreSync', true, null],
  ['flux', 'helm.sh/hook: pre-upgrade', false, 'recreated'],
  ['flux', 'helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: hook-failed', false, 'recreated'],
  ['flux', 'helm.sh/hook: test', false, 'left-out'],
  ['flux with tests', 'helm.sh/hook: test', false, 'recreated'],
  ['flux without hooks', 'helm.sh/hook: "pre-upgrade,post-upgrade"', false, 'left-out'],
  ['flux without hooks', 'helm.sh/hook: "pre-install,pre-upgrade"', false, 'recreated'],
  ['a kustomization of Flux', 'argocd.argoproj.io/hook: PreSync', true, null],
  ['a kustomization of Flux', 'helm.sh/hook: pre-upgrade', true, null],
  ['helm', 'helm.sh/hook: pre-upgrade', false, 'recreated'],
  ['helm', 'helm.sh/hook: test', false, 'left-out'],
]

describe('a changed Job', () => {
  it.each(cases)('of %s with {%s}: refused %s, %s', async (tool, annotations, immutable, fate) => {
    const report = await edit(tool, job('web:1', annotations), job('web:2', annotations))
    expect(report.notChecked).toEqual([])
    expect(refused(report)).toEqual(immutable ? ['safety/immutable-field'] : [])
    const change = report.changes.find(({ object }) => object.kind === 'Job')
    expect(change?.hook?.fate ?? null).toBe(fate)
  })
})

it('says that it is a hook, and that no sync deletes one', async () => {
  const hook = 'argocd.argoproj.io/hook: PreSync'
  const changed = await edit('argocd', job('web:1', hook), job('web:2', hook))
  expect(renderMarkdown(changed)).toContain('`Job shop/migrate` (PreSync hook) — shop')
  const removed = await edit('argocd', job('web:1', hook), undefined)
  expect(removed.changes.map(({ operation }) => operation)).toEqual(['DELETE'])
  expect(renderMarkdown(removed)).toContain('(PreSync hook: no sync deletes it)')
})

it.each(['pre-upgrade', 'test'])('a %s hook is judged as what it is created as', async (event) => {
  const broken = job('web:1', `helm.sh/hook: ${event}`).replace(
    'restartPolicy: Never',
    'restartPolicy: Always',
  )
  expect(refused(await edit('helm', job('web:1', `helm.sh/hook: ${event}`), broken))).toHaveLength(1)
  expect(refused(await edit('helm', broken, broken.replace('web:1', 'web:2')))).toEqual([])
})
