import { afterAll, expect, it } from 'vitest'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { joinNames } from '../../src/report/places.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const application = (source: string, field = 'source'): Files => ({
  'app.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  ${field}: ${field === 'sources' ? `[${source}]` : source}
  destination: {server: https://kubernetes.default.svc, namespace: web}
`,
})
const flux = (source: string, release: string): Files => ({
  'release.yaml': `apiVersion: source.toolkit.fluxcd.io/v1
${source}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec: {interval: 1h, ${release}}
`,
})

it.each<{ name: string; head: Files; allow: readonly string[] }>([
  {
    name: 'a chart repository: its host',
    head: application('{repoURL: https://charts.example.com/stable, chart: web, targetRevision: 1.0.0}'),
    allow: ['charts.example.com'],
  },
  {
    name: 'a registry: the owner too, since everybody may publish there',
    head: flux(
      'kind: OCIRepository\nmetadata: {name: web, namespace: web}\nspec: {interval: 1h, url: oci://ghcr.io/acme/charts/web, ref: {tag: 1.0.0}}',
      'chartRef: {kind: OCIRepository, name: web}',
    ),
    allow: ['ghcr.io/acme'],
  },
  {
    name: 'a git repository over ssh: as it is fetched',
    head: application('{repoURL: "git@github.com:acme/web.git", path: deploy, targetRevision: v1}'),
    allow: ['github.com/acme'],
  },
  {
    name: 'a base of a kustomization',
    head: { 'web/kustomization.yaml': 'resources: ["https://github.com/acme/bases//web?ref=v1"]\n' },
    allow: ['github.com/acme'],
  },
  {
    name: 'a dependency of a chart, plain HTTP spelled out',
    head: {
      'web/Chart.yaml':
        'apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: db, version: 1.0.0, repository: "http://charts.internal:8080/x"}]\n',
    },
    allow: ['http://charts.internal:8080'],
  },
  {
    name: 'all bases of a kustomization at once',
    head: {
      'web/kustomization.yaml':
        'resources: ["https://github.com/acme/bases//web?ref=v1", "https://github.com/other/bases//db?ref=v2", "https://github.com/acme/more?ref=v1"]\n',
    },
    allow: ['github.com/acme', 'github.com/other'],
  },
  {
    name: 'all dependencies of a chart',
    head: {
      'web/Chart.yaml':
        'apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: db, version: 1.0.0, repository: "https://one.example.com"}, {name: mq, version: 1.0.0, repository: "oci://ghcr.io/acme"}]\n',
    },
    allow: ['ghcr.io/acme', 'one.example.com'],
  },
  {
    name: 'a chart and the values that stand in another repository',
    head: application(
      '{repoURL: https://charts.example.com, chart: web, targetRevision: 1.0.0, helm: {valueFiles: [$values/web.yaml]}}, {repoURL: "https://github.com/acme/values", targetRevision: v1, ref: values}',
      'sources',
    ),
    allow: ['charts.example.com', 'github.com/acme'],
  },
  {
    name: 'a bucket is never fetched',
    head: flux(
      'kind: Bucket\nmetadata: {name: web, namespace: web}\nspec: {interval: 1h, bucketName: web, endpoint: s3.example.com}',
      'chart: {spec: {chart: ./web, sourceRef: {kind: Bucket, name: web}}}',
    ),
    allow: [],
  },
])('what the configuration would have to allow: $name', async ({ head, allow }) => {
  const report = await checkFiles({}, head, engines)
  const remote = report.notChecked.filter(({ code }) => code === 'remote-source')
  expect(remote.map((entry) => entry.allow ?? [])).toEqual([allow])
  const named = (show: (host: string) => string): string => joinNames(allow, show)
  const hint = /add to `?remote\.allow/
  if (allow.length === 0) expect(renderMarkdown(report)).not.toMatch(hint)
  else {
    expect(renderMarkdown(report)).toMatch(hint)
    expect(renderMarkdown(report)).toContain(`base branch: ${named((host) => `\`${host}\``)}`)
    expect(renderTerminal(report, { colors: false, width: 400 })).toContain(
      `base branch: ${named((host) => host)}`,
    )
  }
})
