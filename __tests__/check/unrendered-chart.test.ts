/** A chart of the repository whose dependency is elsewhere: nothing is rendered, and a reviewer still sees what changes. */
import { afterAll, expect, it } from 'vitest'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const chart = (version: string, tag: string, more: Files = {}): Files => ({
  'web/Chart.yaml': `apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n  - {name: common, version: ${version}, repository: "https://charts.example/stable"}\n`,
  'web/values.yaml': `common:\n  replicas: 1\n  image: {repository: registry.example/web, tag: "${tag}"}\n`,
  ...more,
})
const application = (values: string): Files => ({
  'app.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec: {project: default, source: {repoURL: "https://git.example/acme/fleet", path: web, helm: {valueFiles: [prod.yaml], valuesObject: {common: {extra: 1}}}}, destination: {server: "https://kubernetes.default.svc", namespace: web}}
`,
  'web/prod.yaml': `common: {replicas: ${values}}\n`,
})

it('shows Chart.yaml and the values', async () => {
  const report = await checkFiles(chart('1.2.3', '1.0'), chart('1.3.0', '1.1'), engines)
  expect(report.verdict).toBe('incomplete')
  const comment = renderMarkdown(report)
  expect(comment).toMatch(/`Chart web`.*\n\n```diff\n(?:.*\n)*-.*version: 1\.2\.3\n\+.*version: 1\.3\.0\n/)
  expect(comment).toMatch(/`Values web`.*\n\n```diff\n(?:.*\n)*-.*tag: "1\.0"\n\+.*tag: "1\.1"\n/)
  expect(comment).toContain('allow the host under remote.allow')
})

it('merges the values of an Application in Helm’s order', async () => {
  const report = await checkFiles(
    chart('1.2.3', '1.0', application('2')),
    chart('1.2.3', '1.0', application('5')),
    engines,
  )
  const [values] = report.changes.filter(({ object }) => object.kind === 'Values')
  expect(values).toBeDefined()
  const comment = renderMarkdown(report)
  expect(comment).toContain('-  replicas: 2\n+  replicas: 5')
  expect(comment).not.toContain('`Chart web`')
})

it('says nothing of values where only one side could be rendered', async () => {
  const vendored = { 'web/charts/common/Chart.yaml': 'apiVersion: v2\nname: common\nversion: 1.2.3\n' }
  const report = await checkFiles(chart('1.2.3', '1.0'), chart('1.2.3', '1.0', vendored), engines)
  expect(report.changes.filter(({ object }) => object.kind === 'Values')).toEqual([])
})

it('tells a definition that nothing deploys once, in the folder of its file, whatever namespace is written', async () => {
  const set = (timeout: string, namespace: string): Files => ({
    'sets/web.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web${namespace}}
spec:
  generators: [{clusters: {selector: {matchLabels: {tier: edge}}}}]
  template:
    metadata: {name: "web-{{name}}"}
    spec: {project: default, source: {repoURL: "https://git.example/acme/fleet", path: web, helm: {releaseName: ${timeout}}}, destination: {name: "{{name}}", namespace: web}}
`,
    'sets/notes.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\n',
  })
  for (const namespace of ['', ', namespace: argocd']) {
    const report = await checkFiles(set('one', namespace), set('two', namespace), engines)
    expect(report.changes.map(({ target, object }) => `${target} ${object.kind}`)).toEqual([
      'plain/sets ApplicationSet',
    ])
  }
})
