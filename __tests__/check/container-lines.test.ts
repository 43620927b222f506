/** A policy says in a sentence which container is wrong; whoever mends it wants the container's line. */
import { afterAll, expect, it } from 'vitest'
import { annotationsOf } from '../../src/report/annotations.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'
import { binding, policy } from './policy-files.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const expression =
  "object.spec.template.spec.containers.all(c, !has(c.securityContext)) || object.spec.template.metadata.name == 'x'"
const manifest = (security: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {name: web, labels: {app: web}}
    spec:
      containers:
        - name: proxy
          image: proxy:1
        - name: web
          image: web:1
${security}`

const fleet = (security: string): Files => ({
  '.preadmit.yaml': 'policies: [{path: policies}]\n',
  'policies/one.yaml': `${policy('one', expression, 'the container web is not allowed to')}${binding('one')}`,
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': manifest(security),
  ...Object.fromEntries(
    ['eu', 'us', 'ap', 'sa'].flatMap((region) => [
      [
        `${region}/kustomization.yaml`,
        `namespace: ${region}\nresources: [../base]\npatches: [{path: env.yaml}]\n`,
      ],
      [
        `${region}/env.yaml`,
        `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web, env: [{name: REGION, value: ${region}}]}]}}}\n`,
      ],
    ]),
  ),
})

it('is the line of the container, in the file that brings it in, once for all that build on it', async () => {
  const head = fleet('          securityContext: {privileged: true}\n')
  const report = await checkFiles(fleet(''), head, engines)
  expect(report.counts.newViolations).toBe(4)
  expect(new Set(report.findings.map(({ location }) => JSON.stringify(location)))).toEqual(
    new Set([JSON.stringify({ file: 'base/web.yaml', line: 12 })]),
  )
  const comment = renderMarkdown(report)
  expect(comment).toContain(
    '**1. `one` is broken by `Deployment ap/web`, `Deployment eu/web`, `Deployment sa/web` and 1 more** — ap, eu, sa, us',
  )
  expect(comment).not.toContain('**2. ')
  expect(renderTerminal(report, { colors: false, width: 400 })).toContain(
    '1. one is broken by Deployment ap/web, Deployment eu/web, Deployment sa/web and 1 more — ap, eu, sa, us',
  )
  const [annotation, ...others] = annotationsOf(report, () => true)
  expect(others).toEqual([])
  expect(annotation).toMatchObject({ file: 'base/web.yaml', startLine: 12 })
  expect(annotation?.message).toContain(
    'Deployment ap/web, Deployment eu/web, Deployment sa/web, Deployment us/web',
  )
})

it('is the patch that adds the container', async () => {
  const base = fleet('')
  const sidecar = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          env: []
        - name: agent
          image: agent:1
          securityContext: {privileged: true}
`
  const named = base['policies/one.yaml'] as string
  const files = { ...base, 'policies/one.yaml': named.replace('container web', 'container agent') }
  const report = await checkFiles(files, { ...files, 'eu/env.yaml': sidecar }, engines)
  expect(report.findings.map(({ location }) => location)).toEqual([{ file: 'eu/env.yaml', line: 10 }])
})
