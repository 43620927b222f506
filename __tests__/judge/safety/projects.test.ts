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
