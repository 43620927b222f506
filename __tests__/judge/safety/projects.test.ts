import { afterAll, describe, expect, it } from 'vitest'
import { compare } from '../../../src/compare/compare.ts'
import { projectFindings } from '../../../src/judge/safety/projects.ts'
import { shippedEngines } from '../../check/harness.ts'
import { configMap, renderFiles, self, yaml, type Files } from '../../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const application = (spec: string): string => yaml`
  apiVersion: argoproj.io/v1alpha1
  kind: Application
  metadata: {name: web, namespace: argocd}
  spec: {source: {repoURL: "${self}.git", path: web}, ${spec}}
`
const project = (spec: string): string => yaml`
  apiVersion: argoproj.io/v1alpha1
  kind: AppProject
  metadata: {name: team, namespace: argocd}
  spec: {${spec}}
`
const here = 'project: team, destination: {server: "https://kubernetes.default.svc", namespace: web}'
const open = 'sourceRepos: ["*"], destinations: [{server: "*", namespace: "*"}]'
const all = 'clusterResourceWhitelist: [{group: "*", kind: "*"}]'
const files = (of: string, by: string, more: Files = {}): Files => ({
  'app.yaml': application(of),
  'project.yaml': project(by),
  'web/c.yaml': configMap('c'),
  ...more,
})

async function told(base: Files, head: Files): Promise<readonly string[]> {
  const { pairs } = await renderFiles(base, head, engines)
  const changes = compare(pairs).filter(({ operation }) => operation !== 'NONE')
  return projectFindings(pairs, changes).map(
    ({ finding, status }) => `${status} ${finding.rule}: ${finding.message}`,
  )
}
const newly = (of: string, by: string, more?: Files): Promise<readonly string[]> =>
  told({}, files(of, by, more))

/** Wanted: what v1alpha1's IsSourcePermitted, isDestinationMatched and IsGroupKindNamePermitted answer. */
describe('AppProject', () => {
  it.each([
    ['everything', open, []],
    [
      'this very repository over ssh, which is another one to Argo CD',
      `sourceRepos: ["git@git.example:acme/fleet"], destinations: [{server: "*", namespace: "*"}]`,
      ['project-source'],
    ],
    [
      'one star stays in a segment',
      `sourceRepos: ["https://git.example/*"], destinations: [{server: "*", namespace: "*"}]`,
      ['project-source'],
    ],
    [
      'two stars cross segments',
      `sourceRepos: ["https://git.example/**"], destinations: [{server: "*", namespace: "*"}]`,
      [],
    ],
    [
      'a denied source',
      `sourceRepos: ["*", "!${self}"], destinations: [{server: "*", namespace: "*"}]`,
      ['project-source'],
    ],
    ['no source at all', 'destinations: [{server: "*", namespace: "*"}]', ['project-source']],
    [
      'another namespace',
      'sourceRepos: ["*"], destinations: [{server: "*", namespace: "api-*"}]',
      ['project-destination', 'project-destination'],
    ],
    ['the cluster by its name', 'sourceRepos: ["*"], destinations: [{name: in-cluster, namespace: web}]', []],
    [
      'a denied namespace',
      'sourceRepos: ["*"], destinations: [{server: "*", namespace: "*"}, {server: "*", namespace: "!web"}]',
      ['project-destination'],
    ],
    ['a denied kind', `${open}, namespaceResourceBlacklist: [{group: "", kind: Config*}]`, ['project-kind']],
    [
      'kinds that are not listed',
      `${open}, namespaceResourceWhitelist: [{group: apps, kind: "*"}]`,
      ['project-kind'],
    ],
  ])('%s', async (_, rules, wanted) => {
    const found = await newly(here, rules)
    expect([...new Set(found.map((line) => /argocd\/([a-z-]+)/.exec(line)?.[1]))]).toEqual([
      ...new Set(wanted),
    ])
  })

  it('permits no cluster-scoped kind unless it is listed', async () => {
    const role = {
      'web/r.yaml': 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n',
    }
    expect(await newly(here, open, role)).toEqual([
      'new argocd/project-kind: the project team does not permit the cluster-scoped kind rbac.authorization.k8s.io/ClusterRole',
    ])
    expect(await newly(here, `${open}, ${all}`, role)).toEqual([])
  })

  it('looks at the namespaces of objects, too', async () => {
    const other = {
      'web/o.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: kube-system}\n',
    }
    expect(
      await newly(here, 'sourceRepos: ["*"], destinations: [{server: "*", namespace: web}]', other),
    ).toEqual([
      'new argocd/project-destination: the project team does not permit the namespace kube-system of Secret kube-system/s',
    ])
  })

  it('tells new, existing and fixed apart, also when only the project changes', async () => {
    const strict = 'sourceRepos: [], destinations: [{server: "*", namespace: "*"}]'
    expect((await told(files(here, open), files(here, strict))).map((line) => line.split(':')[0])).toEqual([
      'new argocd/project-source',
    ])
    expect((await told(files(here, strict), files(here, open))).map((line) => line.split(':')[0])).toEqual([
      'fixed argocd/project-source',
    ])
    const changed = files(here, strict, { 'web/c.yaml': configMap('c', 'a: "2"') })
    expect((await told(files(here, strict), changed)).map((line) => line.split(':')[0])).toEqual([
      'existing argocd/project-source',
    ])
  })

  it('says nothing of a project that the repository does not hold', async () => {
    expect(await newly(here.replace('team', 'elsewhere'), 'sourceRepos: []')).toEqual([])
  })
})

/** GetGlobalProjects and mergeVirtualProject of util/argo. */
describe('global projects', () => {
  const settings = (entries: string): string => yaml`
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: argocd-cm, namespace: argocd}
    data: {globalProjects: ${JSON.stringify(entries)}}
  `
  const globalProject = (spec: string): string => project(spec).replace('name: team', 'name: global')
  const labelled = (spec: string): string =>
    project(spec).replace('name: team,', 'name: team, labels: {team: a},')
  const any = '- {labelSelector: {matchLabels: {team: a}}, projectName: global}\n'
  const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n'
  const more = (entries: string, spec: string, by: string): Files => ({
    'argo/cm.yaml': settings(entries),
    'argo/global.yaml': globalProject(spec),
    'project.yaml': labelled(by),
    'web/r.yaml': role,
  })
  const rules = async (entries: string, spec: string, by = ''): Promise<readonly string[]> =>
    (await newly(here, '', more(entries, spec, by))).map((line) =>
      line.replace(/^new argocd\/(.*?):.*$/, '$1'),
    )
  const nothing = ['project-source', 'project-destination', 'project-kind']

  it.each([
    ['grant what the project does not', any, `${open}, ${all}`, '', []],
    [
      'written as one line',
      '[{labelSelector: {matchLabels: {team: a}}, projectName: global}]',
      `${open}, ${all}`,
      '',
      [],
    ],
    ['of another label', any.replace('team: a', 'team: b'), `${open}, ${all}`, '', nothing],
    ['for every label', '- {labelSelector: {}, projectName: global}', `${open}, ${all}`, '', []],
    [
      'by an expression',
      '- labelSelector:\n    matchExpressions:\n    - {key: team, operator: In, values: [a, b]}\n  projectName: global\n',
      `${open}, ${all}`,
      '',
      [],
    ],
    ['that nobody can read', '{', `${open}, ${all}`, '', nothing],
    [
      'after one that nobody can read',
      `- {labelSelector: {matchLabels: {"/": a}}, projectName: global}\n${any}`,
      `${open}, ${all}`,
      '',
      nothing,
    ],
    [
      'forbid what the project grants',
      any,
      `sourceRepos: ["!${self}*"]`,
      `${open}, ${all}`,
      ['project-source'],
    ],
    [
      'forbid a kind',
      any,
      'clusterResourceBlacklist: [{group: "*", kind: ClusterRole}]',
      `${open}, ${all}`,
      ['project-kind'],
    ],
    [
      'leave only the kinds that they list',
      any,
      'namespaceResourceWhitelist: [{group: apps, kind: Deployment}]',
      `${open}, ${all}`,
      ['project-kind'],
    ],
    ['that list nothing', any, 'namespaceResourceWhitelist: []', `${open}, ${all}`, []],
    ['that are the project itself', any.replace('global', 'team'), `${open}, ${all}`, '', nothing],
    // What one grants that is not here is not known.
    ['that are not in the repository', any.replace('global', 'elsewhere'), `${open}, ${all}`, '', []],
  ])('%s', async (_, entries, spec, by, wanted) => {
    expect(await rules(entries, spec, by)).toEqual(wanted)
  })

  it('that the change takes away', async () => {
    const before = files(here, '', more(any, `${open}, ${all}`, ''))
    const after = files(here, '', more('', `${open}, ${all}`, ''))
    expect((await told(before, after)).map((line) => line.replace(/:.*$/, ''))).toEqual(
      nothing.map((rule) => `new argocd/${rule}`),
    )
  })
})
