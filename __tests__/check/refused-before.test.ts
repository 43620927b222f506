/** What the API server refused is in no cluster: mending it is not merged with it. */
import { afterAll, expect, it } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const web = (mount: string, image = 'nginx:1'): Files => ({
  'web/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      volumes: [{name: data, emptyDir: {}}]
      containers:
        - name: web
          image: ${image}
          volumeMounts: [{name: data, ${mount}: /data}]
`,
})
const said = ({ findings }: Report): readonly string[] =>
  findings.map(({ status, path }) => `${status} ${path}`).sort()
const mount = 'spec.template.spec.containers[0].volumeMounts[0]'

it('a misspelt key by which a list is merged', async () => {
  const broken = await checkFiles(web('mountPath'), web('mountPaths'), engines)
  expect(said(broken)).toEqual([`new ${mount}.mountPath`, `new ${mount}.mountPaths`])
  const mended = await checkFiles(web('mountPaths'), web('mountPath'), engines)
  expect(said(mended)).toEqual([`fixed ${mount}.mountPath`, `fixed ${mount}.mountPaths`])
  expect(mended.verdict).toBe('pass')
})

it('what is wrong on both sides, and what is wrong now', async () => {
  const still = await checkFiles(web('mountPaths'), web('mountPaths', 'nginx:2'), engines)
  expect(said(still)).toEqual([`existing ${mount}.mountPath`, `existing ${mount}.mountPaths`])
  const other = await checkFiles(web('mountPaths'), web('mountPath', '""'), engines)
  expect(said(other)).toContain('new spec.template.spec.containers[0].image')
})
