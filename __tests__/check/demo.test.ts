import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { directoryTree } from '../../src/source/directory-tree.ts'
import { checkTrees, shippedEngines } from './harness.ts'

const root = join(import.meta.dirname, '../..')
const engines = shippedEngines()
let report: Report

beforeAll(async () => {
  const side = (name: string) => directoryTree(new URL(`file://${root}/examples/fleet/${name}/`), name)
  report = await checkTrees(await side('base'), await side('head'), engines)
})
afterAll(() => engines.close())

const fails = (rule: string): string[] =>
  report.findings
    .filter((finding) => finding.rule === rule && finding.status === 'new')
    .map((finding) => `${finding.object?.kind} ${finding.object?.namespace}/${finding.object?.name}`)

describe('the sample pull request', () => {
  it('fails', () => {
    expect(report.verdict).toBe('fail')
  })
  it('breaks two policies', () => {
    expect(fails('acme/memory-limit')).toEqual(['Deployment payments/api'])
    expect(fails('acme/production-replicas')).toEqual(['Deployment notifier/notifier'])
  })
  it('fixes one', () => {
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        rule: 'acme/no-latest-tag',
        status: 'fixed',
        object: expect.objectContaining({ kind: 'CronJob', name: 'backup' }) as object,
      }),
    )
  })
  it('edits an immutable field in production only', () => {
    const immutable = report.findings.find(
      (finding) => finding.path === 'spec.selector' && finding.status === 'new',
    )
    expect(immutable?.message).toMatch(/immutable/)
    expect(immutable?.targets).toEqual(['argocd/argocd/payments-prod-eu', 'argocd/argocd/payments-prod-us'])
    expect(immutable?.location).toEqual({ file: 'apps/payments/components/prod/selector.yaml', line: 6 })
  })
  it('deletes a claim in both clusters of web', () => {
    expect(report.destructions).toContainEqual(
      expect.objectContaining({
        object: { group: '', kind: 'PersistentVolumeClaim', namespace: 'web', name: 'uploads' },
        targets: ['flux/prod-eu/flux-system/web', 'flux/staging/flux-system/web'],
      }),
    )
  })
  it('bumps an image in all four environments', () => {
    expect(report.images).toContainEqual(
      expect.objectContaining({
        image: 'ghcr.io/acme/api',
        from: '1.4.1',
        to: '1.5.0',
        targets: ['dev', 'prod-eu', 'prod-us', 'staging'].map(
          (cluster) => `argocd/argocd/payments-${cluster}`,
        ),
      }),
    )
  })
  it('leaves nothing unlooked at', () => {
    expect(report.notChecked).toEqual([])
  })
  it('gives the same bytes again', async () => {
    const side = (name: string) => directoryTree(new URL(`file://${root}/examples/fleet/${name}/`), name)
    const again = await checkTrees(await side('base'), await side('head'), engines)
    expect(renderMarkdown({ ...again, durations: {} })).toBe(renderMarkdown({ ...report, durations: {} }))
    expect({ ...again, durations: {} }).toEqual({ ...report, durations: {} })
  })
  it('validates against the published schema', async () => {
    const schema = JSON.parse(await readFile(join(root, 'docs/report.schema.json'), 'utf8')) as object
    const validate = new Ajv({ allErrors: true, strict: false, validateSchema: false }).compile(schema)
    validate(JSON.parse(JSON.stringify(report)))
    expect(validate.errors).toBeNull()
  })
})
