import { afterAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/model/json.ts'
import type { Report } from '../../src/model/report.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { deployment } from '../compare/objects.ts'
import { widget, widgetDefinition } from '../judge/schema/support.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const told = ({ findings }: Report): string[] =>
  findings.map(({ rule, targets }) => `${rule} ${targets.join()}`)
const cron: JsonObject = {
  apiVersion: 'batch/v1beta1',
  kind: 'CronJob',
  metadata: { name: 'nightly', namespace: 'shop' },
  spec: {
    schedule: '0 3 * * *',
    jobTemplate: {
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'x', image: 'x:1' }] } } },
    },
  },
}

describe('clusters on different minors', () => {
  const settings = `clusters:
  - {name: old, kubernetes: "1.24", paths: [old]}
  - {name: new, kubernetes: "1.37", paths: [new]}
`
  const base = { '.preadmit.yaml': settings }
  const files = (...names: readonly string[]): Files => ({
    ...base,
    ...Object.fromEntries(names.map((name) => [`${name}/c.yaml`, JSON.stringify(cron)])),
  })

  it('are each judged by their own, and every rendering says by which', async () => {
    const report = await checkFiles(base, files('old', 'new'), engines)
    expect(told(report)).toEqual(['schema/deprecated-kind plain/old', 'schema/removed-kind plain/new'])
    expect(report.findings.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'advisory: CronJob of batch/v1beta1 is not served from Kubernetes 1.25 on; 1.24 serves batch/v1 already',
      'required: CronJob of batch/v1beta1 is not served since Kubernetes 1.25; use batch/v1',
    ])
    expect(report.kubernetes).toEqual([
      { version: '1.24', for: 'old', shapes: '1.24', rules: '1.34' },
      { version: '1.37', for: 'new', shapes: '1.37', rules: '1.37' },
    ])
    expect(renderTerminal(report, { colors: false, width: 400 })).toContain(
      'Kubernetes 1.24 (old; rules of 1.34)',
    )
    expect(renderMarkdown(report)).toContain('Kubernetes 1.24 (old; rules of 1.34), 1.37 (new)')
  })

  it('a kind that only the old one serves is checked for its fields, and that is said', async () => {
    const report = await checkFiles(base, files('old'), engines)
    expect(report.verdict).toBe('pass')
    expect(report.notChecked).toEqual([
      expect.objectContaining({ code: 'unknown-version', what: 'CronJob of batch/v1beta1', count: 1 }),
    ])
  })
})

describe('definitions that the configuration names', () => {
  const definition = (maximum: number): string =>
    JSON.stringify(widgetDefinition({ type: 'object', properties: { size: { type: 'integer', maximum } } }))
  const resource = JSON.stringify({ ...widget({ size: 80 }), metadata: { name: 'w', namespace: 'shop' } })
  const base = { 'vendor/crd.yaml': definition(50), 'zoo/crd.yaml': definition(100) }

  it('win over other files of the repository', async () => {
    const head = { ...base, 'app/w.yaml': resource }
    const without = await checkFiles(base, head, engines)
    expect(told(without)).toEqual([])
    const settings = { '.preadmit.yaml': 'schemas: {crds: [vendor], skip: []}\nexclude: [vendor, zoo]\n' }
    const report = await checkFiles({ ...base, ...settings }, { ...head, ...settings }, engines)
    expect(told(report)).toEqual(['admission/FieldValueInvalid plain/app'])
  })

  it('are those of base, and an edit is said', async () => {
    const settings = { '.preadmit.yaml': 'schemas: {crds: [vendor]}\nexclude: [vendor]\n' }
    const before = { ...settings, 'vendor/crd.yaml': definition(50) }
    const head = { ...settings, 'vendor/crd.yaml': definition(100), 'app/w.yaml': resource }
    const report = await checkFiles(before, head, engines)
    expect(told(report)).toEqual(['admission/FieldValueInvalid plain/app'])
    expect(report.notices.join()).toContain('definitions in `vendor`')
  })

  it('that are not there are said', async () => {
    const settings = { '.preadmit.yaml': 'schemas: {crds: [nowhere]}\n' }
    const report = await checkFiles(settings, { ...settings, 'app/w.yaml': resource }, engines)
    expect(report.notChecked.map(({ what }) => what)).toContain('nowhere')
  })
})

describe('what a mutating webhook repairs', () => {
  const broken = deployment('api', {
    containers: [{ name: 'api', image: 'x:1', volumeMounts: [{ name: 'vault', mountPath: '/v' }] }],
  })
  const misspelt = deployment('api', {
    containers: [{ name: 'api', image: 'x:1', imagePullPolcy: 'Always' }],
  })
  const settings = (path: string, kind = 'apps/Deployment'): Files => ({
    '.preadmit.yaml': `webhooks: [{kind: ${kind}, path: "${path}", reason: the vault agent adds the volume}]\n`,
  })
  const run = (object: JsonObject, configuration: Files): Promise<Report> =>
    checkFiles(configuration, { ...configuration, 'app/d.yaml': JSON.stringify(object) }, engines)

  it.each([
    ['spec.template.spec.containers[*].volumeMounts', 'apps/Deployment'],
    ['spec.template.spec.containers.volumeMounts[].name', 'apps/*'],
    ['spec.*.spec.containers', 'apps/Deployment'],
  ])('is left out and counted: %s of %s', async (path, kind) => {
    const report = await run(broken, settings(path, kind))
    expect(told(report)).toEqual([])
    expect(report.webhooks).toEqual([{ kind, path, reason: 'the vault agent adds the volume', used: 1 }])
    expect(report.notices.join()).toContain('the vault agent adds the volume')
    expect(renderTerminal(report, { colors: false, width: 400 })).toContain('1 of 1 webhook exception used')
    expect(renderMarkdown(report)).toContain('1 of 1 webhook exception used')
  })
  it.each([
    { name: 'another field', object: broken, settings: settings('spec.template.spec.volumes') },
    { name: 'another kind', object: broken, settings: settings('spec', 'apps/StatefulSet') },
    { name: 'what the decoder refuses', object: misspelt, settings: settings('spec') },
  ])('is not: $name', async ({ object, settings: configuration }) => {
    const report = await run(object, configuration)
    expect(report.verdict).toBe('fail')
    expect(report.webhooks).toMatchObject([{ used: 0 }])
    expect(report.notices).toEqual([])
  })
})
