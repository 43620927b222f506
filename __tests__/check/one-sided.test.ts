/**
 * A render that only one side finishes in time: what was wrong before is not new because nobody saw it before, and what
 * nobody sees now is not mended.
 */
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createEngines } from '../../src/engine/pool.ts'
import type { Report } from '../../src/model/report.ts'
import { checkFiles, type Files } from './harness.ts'

const engines = createEngines({
  directory: new URL(`file://${join(import.meta.dirname, '../../dist/engines')}/`),
  timeLimits: { render: 3000 },
})
afterAll(() => engines.close())

const url = 'https://git.example/acme/fleet'
const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec: {project: default, source: {repoURL: "${url}", path: shop}, destination: {server: "https://kubernetes.default.svc", namespace: shop}}
`
/** The API server refuses the second object, before and after. */
const broken = `apiVersion: v1
kind: ConfigMap
metadata: {name: good}
data: {v: "1"}
---
apiVersion: v1
kind: Service
metadata: {name: bad}
spec: {ports: [{port: 99999}]}
`
const endless = '{{ range until 60000 }}{{ range until 60000 }}{{ end }}{{ end }}'
const files = (text: string, more = ''): Files => ({
  '.preadmit.yaml': `repositories: ["${url}"]\n`,
  'app.yaml': application,
  'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'shop/templates/a.yaml': `${text}${more}`,
})
const told = ({ findings }: Report): readonly string[] =>
  findings.map(({ rule, status }) => `${status} ${rule}`)
const unchecked = ({ notChecked }: Report): readonly string[] =>
  notChecked.map(({ code, reason }) => `${code}: ${reason}`)

describe('a chart that takes forever on one side', () => {
  it('before: what is wrong with it is told, and as old; the check is incomplete', async () => {
    const report = await checkFiles(files(broken, endless), files(broken), engines)
    expect(new Set(told(report))).toEqual(new Set(['existing admission/FieldValueInvalid']))
    expect(report.verdict).toBe('incomplete')
    expect(unchecked(report)).toEqual([
      'timeout: what of it is new is not known: before the change it took longer than it may: no answer within 3 s (limits.renderSeconds)',
    ])
  })
  it('after: nothing is fixed and nothing is deleted; the check is incomplete', async () => {
    const report = await checkFiles(files(broken), files(broken, endless), engines)
    expect(told(report)).toEqual([])
    expect(report.changes).toEqual([])
    expect(report.verdict).toBe('incomplete')
    expect(unchecked(report)).toEqual([
      'timeout: it took longer than it may: no answer within 3 s (limits.renderSeconds)',
    ])
  })
  it('neither: the same faults are existing', async () => {
    const report = await checkFiles(files(broken), files(broken.replace('"1"', '"2"')), engines)
    expect(told(report).filter((line) => line.startsWith('new'))).toEqual([])
    expect(report.verdict).toBe('pass')
  })
})
