/** What a pull request does to applications themselves, through the whole pipeline into the comment. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const self = 'https://git.example/acme/fleet'
const configuration = { '.preadmit.yaml': `repositories: ["${self}"]\n` }
const application = (name: string, metadata = '', spec = ''): string =>
  `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}, namespace: argocd, ${metadata}}
spec: {project: default, source: {repoURL: "${self}", path: ${name}}, destination: {server: "https://kubernetes.default.svc", namespace: ${name}}, ${spec}}
`
const chart = (template: string): Files => ({
  'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'web/templates/c.yaml': template,
})
const good = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n'
const bad = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ required "name it" .Values.name }}}\n'

const check = (base: Files, head: Files): Promise<Report> =>
  checkFiles({ ...configuration, ...base }, { ...configuration, ...head }, engines)
const files = (template: string, more: Files = {}): Files => ({
  'web.yaml': application('web'),
  ...chart(template),
  ...more,
})

describe('broken before and after', () => {
  it.each([
    ['newly broken', good, bad, 'new', { brokenBefore: false, brokenAfter: true }, 'fail'],
    ['still broken', bad, `${bad}# touched\n`, 'existing', { brokenBefore: true, brokenAfter: true }, 'pass'],
    ['newly fixed', bad, good, 'fixed', { brokenBefore: true, brokenAfter: false }, 'pass'],
  ] as const)('%s', async (_, before, after, status, target, verdict) => {
    const report = await check(files(before), files(after))
    expect(report.targets.find(({ id }) => id === 'argocd/argocd/web')).toMatchObject(target)
    const found = report.findings.filter(({ source }) => source === 'render')
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ status, location: { file: 'web/templates/c.yaml' } })
    expect(found[0]?.message).toMatch(/name it/)
    expect(report.verdict).toBe(verdict)
    expect(report.changes.filter(({ operation }) => operation === 'DELETE')).toEqual([])
    expect(report.applications).toEqual([])
  })
})

describe('applications in the comment', () => {
  it('says what becomes of the objects of a deleted one', async () => {
    const cascade = 'finalizers: [resources-finalizer.argocd.argoproj.io]'
    const report = await check(
      {
        'web.yaml': application('web', cascade),
        'api.yaml': application('api'),
        'web/c.yaml': good,
        'api/c.yaml': good,
      },
      { 'keep.txt': '' },
    )
    expect(report.applications.map(({ target, change }) => `${change} ${target}`)).toEqual([
      'deleted argocd/argocd/api',
      'deleted argocd/argocd/web',
    ])
    const comment = renderMarkdown(report)
    expect(comment).toContain('**Applications**')
    expect(comment).toContain('is deleted together with the 1 object that it deployed')
    expect(comment).toContain('it has no finalizer that cascades')
    expect(renderTerminal(report, { colors: false, width: 200 })).toContain(
      'argocd/argocd/web is deleted together with the 1 object that it deployed',
    )
    expect(report.routine).toBe(false)
  })

  it('tells a volume that stays from one that goes with its application', async () => {
    const claim =
      'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {resources: {requests: {storage: 1Gi}}}\n'
    const sentence = async (metadata: string): Promise<string | undefined> => {
      const base = { 'web.yaml': application('web', metadata), 'web/c.yaml': claim }
      return (await check(base, { 'keep.txt': '' })).destructions[0]?.sentence
    }
    expect(await sentence('finalizers: [resources-finalizer.argocd.argoproj.io]')).toMatch(
      /^is deleted with the Application web, which has the finalizer that cascades: its data \(1Gi\) is lost/,
    )
    expect(await sentence('')).toMatch(/^stays in the cluster: .*no finalizer that cascades$/)
  })

  it('fails for what the project does not permit', async () => {
    const project =
      'apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: default, namespace: argocd}\nspec: {sourceRepos: ["*"], destinations: [{server: "*", namespace: "team-*"}]}\n'
    const report = await check(
      { 'project.yaml': project },
      { 'project.yaml': project, 'web.yaml': application('web'), 'web/c.yaml': good },
    )
    expect(report.verdict).toBe('fail')
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        rule: 'argocd/project-destination',
        status: 'new',
        location: { file: 'web.yaml', line: 1 },
      }),
    )
    expect(renderMarkdown(report)).toContain('destinations of the AppProject default')
  })
})
