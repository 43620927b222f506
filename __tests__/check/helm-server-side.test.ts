/** helm-controller installs by server-side apply and upgrades as the release was installed: what that refuses, and when. */
import { afterAll, expect, it } from 'vitest'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const url = 'https://git.example/acme/fleet'
const release = (spec: string): Files => ({
  'release.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec: {interval: 5m, chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: fleet}}}${spec}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: fleet, namespace: web}
spec: {interval: 5m, url: "${url}", ref: {branch: main}}
`,
})
/** A variable twice: a warning to a create, an error to a server-side apply. */
const chart = (variables: string): Files => ({
  '.preadmit.yaml': `repositories: ["${url}"]\n`,
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'chart/templates/pod.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: "web:1", env: [${variables}]}]}
`,
})
const once = chart('{name: A, value: "1"}')
const twice = chart('{name: A, value: "1"}, {name: A, value: "2"}')

it.each([
  ['installed', {}, '', true],
  ['installed without', {}, ', install: {serverSideApply: false}', false],
  ['upgraded', release(''), '', false],
  [
    'upgraded by it',
    release(', upgrade: {serverSideApply: enabled}'),
    ', upgrade: {serverSideApply: enabled}',
    true,
  ],
  ['upgraded without', release(''), ', upgrade: {serverSideApply: disabled}', false],
])('a release that is %s', async (_, before, spec, refused) => {
  const report = await checkFiles({ ...once, ...before }, { ...twice, ...release(spec) }, engines)
  const own = report.findings.filter(
    ({ status, targets }) => status === 'new' && targets.some((id) => id.startsWith('flux/')),
  )
  expect(own.some(({ level }) => level === 'required')).toBe(refused)
})
