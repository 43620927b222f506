import { describe, expect, it } from 'vitest'
import { projectFindings } from '../../../src/judge/safety/projects.ts'
import type { RenderedObject } from '../../../src/model/object.ts'
import type { RenderedPair } from '../../../src/model/rendering.ts'
import type { KindPattern, ProjectRules } from '../../../src/model/target.ts'

/** Facts of Argo CD 3.5.7's own tests (v1alpha1 types_test.go), with hosts of our own. */

const anything: ProjectRules = {
  name: 'team',
  sourceRepositories: ['*'],
  destinations: [{ server: '*', name: '', namespace: '*' }],
  clusterKinds: { allow: [{ group: '*', kind: '*', name: '' }], deny: [] },
  namespacedKinds: { allow: null, deny: [] },
  sourceNamespaces: [],
  ownClustersOnly: false,
  application: {
    repositories: ['https://git.example/acme/fleet.git'],
    server: 'https://kubernetes.default.svc',
    name: '',
    namespace: 'web',
    home: '',
    clusterProject: null,
  },
}

/** Rules that the project breaks, in the order of the findings. */
function broken(project: ProjectRules, objects: readonly RenderedObject[] = []): readonly string[] {
  const pair: RenderedPair = {
    id: 'argocd/argocd/web',
    head: {
      state: 'rendered',
      target: {
        id: 'argocd/argocd/web',
        kind: 'argocd',
        name: 'web',
        path: 'web',
        sync: { prune: true, serverSide: false, automatic: true },
        plan: { tool: 'several', sources: [] },
        inputs: { files: [], directories: [] },
        project,
      },
      objects,
      notChecked: [],
      warnings: [],
      read: [],
    },
  }
  return projectFindings([pair], []).map(({ finding: { rule, level } }) => `${rule} ${level}`)
}

const source = 'argocd/project-source required'
const destination = 'argocd/project-destination required'
const cluster = 'argocd/project-cluster required'

describe('sources', () => {
  it.each<[readonly string[], string, boolean]>([
    [['*'], 'https://git.example/acme/test.git', true],
    [['https://git.example/acme/test.git'], 'https://git.example/acme/test.git', true],
    [['ssh://git@GIT.example:acme/test'], 'ssh://git@git.example:acme/test', true],
    [['https://git.example/acme/*'], 'https://git.example/acme/acme.git', true],
    [
      ['https://git.example/a/test.git', 'https://git.example/b/test.git'],
      'https://git.example/b/test.git',
      true,
    ],
    [['https://git.example/acme/test1.git'], 'https://git.example/acme/test2.git', false],
    [['https://git.example/acme/*.git'], 'https://git.example/acme1/test2.git', false],
    [['https://git.example/acme/foo'], 'https://git.example/acme/foo1', false],
    [['https://git.example/group/*'], 'https://git.example/group/repo/owner', false],
    [['https://git.example/group/*/*'], 'https://git.example/group/repo/owner', true],
    [['https://git.example/group/*/*/*'], 'https://git.example/group/sub/repo/owner', true],
    [['https://git.example/group/**'], 'https://git.example/group/sub/repo/owner', true],
    [['!https://git.example/acme/test.git'], 'https://git.example/acme/test.git', false],
    [['!ssh://git@GIT.example:acme/test'], 'ssh://git@git.example:acme/test', false],
    [['!https://git.example/acme/*'], 'https://git.example/acme/acme.git', false],
    [
      ['https://git.example/a/test.git', '!https://git.example/b/test.git'],
      'https://git.example/b/test.git',
      false,
    ],
    [['!https://git.example/acme/foo*'], 'https://git.example/acme/foo1', false],
    [['!https://git.example/group/*/*'], 'https://git.example/group/repo/owner', false],
    [['!https://git.example/group/**'], 'https://git.example/group/sub/repo/owner', false],
    [['https://git.example/acme/test1.git', '*'], 'https://git.example/acme/test2.git', true],
    [['!https://git.example/acme/*.git', '*'], 'https://git.example/acme1/test2.git', true],
  ])('%j and %s: %s', (sourceRepositories, url, permitted) => {
    const project = { ...anything, sourceRepositories }
    const asked = { ...project, application: { ...anything.application, repositories: [url] } }
    expect(broken(asked)).toEqual(permitted ? [] : [source])
  })
})

const here = 'https://kubernetes.default.svc'
type Place = readonly [server: string, name: string, namespace: string]

describe('destinations', () => {
  it.each<[readonly Place[], Place, boolean]>([
    [[[here, '', 'default']], [here, '', 'default'], true],
    [[[here, '', 'default']], [here, '', 'kube-system'], false],
    [[['https://my-cluster', '', 'default']], [here, '', 'default'], false],
    [[[here, '', '*']], [here, '', 'kube-system'], true],
    [[['https://*.default.svc', '', 'default']], [here, '', 'default'], true],
    [[['https://team1-*', '', 'default']], ['https://test2-dev-cluster', '', 'default'], false],
    [[[here, '', 'test-*']], [here, '', 'test-foo'], true],
    [[[here, '', 'test-*']], [here, '', 'test'], false],
    [[['', 'test', '*']], ['', 'test', 'test'], true],
    [[['', 'test2', '*']], ['', 'test', 'test'], false],
    [
      [
        [here, 'host', '!{kube-system,argocd}'],
        ['https://eks.example', 'one', '*'],
      ],
      ['https://eks.example', 'other', 'kube-system'],
      true,
    ],
    [[[`!${here}`, '', 'default']], [here, '', 'default'], false],
    [[[here, '', '!default']], [here, '', 'kube-system'], true],
    [[['!https://my-cluster', '', 'default']], [here, '', 'default'], true],
    [[[`!${here}`, '', '*']], [here, '', 'kube-system'], false],
    [[['!https://*.default.svc', '', 'default']], [here, '', 'default'], false],
    [[['!https://team1-*', '', 'default']], ['https://test2-dev-cluster', '', 'default'], true],
    [[[here, '', '!test-*']], [here, '', 'test-foo'], false],
    [[[here, '', '!test-*']], [here, '', 'test'], true],
    [[['', '!test', '*']], ['', 'test', 'test'], false],
    [[['', '!test2', '*']], ['', 'test', 'test'], true],
    [
      [
        ['*', '', 'kube-system'],
        ['*', '', '!kube-system'],
      ],
      [here, '', 'kube-system'],
      false,
    ],
    [
      [
        ['*', '', '*'],
        ['*', '', '!kube-system'],
      ],
      [here, '', 'kube-system'],
      false,
    ],
    [
      [
        [here, '', '*'],
        [`!${here}`, '', '*'],
      ],
      [here, '', 'kube-system'],
      false,
    ],
    [
      [
        ['*', '', '*'],
        [`!${here}`, '', 'kube-system'],
      ],
      [here, '', 'kube-system'],
      false,
    ],
  ])('%j and %j: %s', (patterns, [server, name, namespace], permitted) => {
    const destinations = patterns.map(([at, called, within]) => ({
      server: at,
      name: called,
      namespace: within,
    }))
    const application = { ...anything.application, server, name, namespace }
    expect(broken({ ...anything, destinations, application })).toEqual(permitted ? [] : [destination])
  })

  it.each<[string | null, readonly string[]]>([
    ['team', []],
    ['other', [cluster]],
    ['', [cluster]],
    [null, ['argocd/project-cluster advisory']],
  ])('only clusters of its own: one of the project %j', (clusterProject, wanted) => {
    const application = { ...anything.application, clusterProject }
    expect(broken({ ...anything, ownClustersOnly: true, application })).toEqual(wanted)
    expect(broken({ ...anything, application })).toEqual([])
  })
})

describe('service accounts of destinations', () => {
  const here = 'https://cluster-api.example.com'
  it.each<[string, readonly (readonly [string, string, string])[], string, boolean]>([
    ['server and namespace', [[here, 'dest-ns', 'test-sa']], 'dest-ns', true],
    ['patterns', [['*', '*', 'test-sa']], 'any-ns', true],
    ['an account of another namespace', [[here, 'dest-ns', 'other-ns:deploy-sa']], 'dest-ns', true],
    ['no namespace', [['*', '', 'test-sa']], '', true],
    ['nothing that fits', [['https://other-server.com', 'other-ns', 'test-sa']], 'dest-ns', false],
    ['no accounts at all', [], 'dest-ns', true],
    ['signs that no account has', [['*', '*', 'bad*sa']], 'dest-ns', false],
    ['a blank', [['*', '*', '  ']], 'dest-ns', false],
    ['no pattern of a server', [['[', 'dest-ns', 'test-sa']], 'dest-ns', false],
    ['no pattern of a namespace', [['*', '[', 'test-sa']], 'dest-ns', false],
    [
      'the first that fits counts',
      [
        ['*', 'dest-ns', 'first-sa'],
        ['*', '*', 'bad/sa'],
      ],
      'dest-ns',
      true,
    ],
    [
      'the first that fits is wrong',
      [
        ['*', 'dest-ns', 'bad/sa'],
        ['*', '*', 'second-sa'],
      ],
      'dest-ns',
      false,
    ],
  ])('%s', (_, entries, namespace, fine) => {
    const serviceAccounts = entries.map(([server, within, account]) => ({
      server,
      namespace: within,
      account,
    }))
    const application = { ...anything.application, server: here, namespace }
    expect(broken({ ...anything, serviceAccounts, application })).toEqual(
      fine ? [] : ['argocd/project-service-account advisory'],
    )
  })
  it('a cluster of which only the name is known gets the benefit of the doubt', () => {
    const serviceAccounts = [{ server: 'https://other', namespace: '*', account: 'sa' }]
    const application = { ...anything.application, server: '', name: 'prod' }
    expect(broken({ ...anything, serviceAccounts, application })).toEqual([])
  })
})

const kinds = (...list: readonly string[]): readonly KindPattern[] =>
  list.map((text) => {
    const [group = '', kind = '', name = ''] = text.split('/')
    return { group, kind, name }
  })

describe('kinds', () => {
  const object = (group: string, kind: string, namespace: string, name = 'x'): RenderedObject => ({
    identity: { group, kind, namespace, name },
    apiVersion: group === '' ? 'v1' : `${group}/v1`,
    object: {},
    origin: {},
  })
  it.each<[Partial<ProjectRules>, RenderedObject, boolean]>([
    [
      { namespacedKinds: { allow: [], deny: kinds('apps/Deployment') } },
      object('apps', 'ReplicaSet', 'web'),
      false,
    ],
    [
      { namespacedKinds: { allow: [], deny: kinds('apps/Deployment') } },
      object('apps', 'Deployment', 'web'),
      false,
    ],
    [
      { namespacedKinds: { allow: kinds('apps/ReplicaSet'), deny: kinds('apps/Deployment') } },
      object('apps', 'ReplicaSet', 'web'),
      true,
    ],
    [
      { namespacedKinds: { allow: kinds('apps/ReplicaSet'), deny: kinds('apps/Deployment') } },
      object('apps', 'Action', 'web'),
      false,
    ],
    [{ clusterKinds: { allow: null, deny: kinds('/Namespace') } }, object('', 'Namespace', ''), false],
    [{ clusterKinds: { allow: kinds('*/*'), deny: kinds('*/*') } }, object('', 'Namespace', ''), false],
    [{ clusterKinds: { allow: kinds('*/*'), deny: kinds('*/*') } }, object('apps', 'Action', 'web'), true],
    [{ clusterKinds: { allow: [], deny: [] } }, object('', 'Namespace', ''), false],
    [{ clusterKinds: { allow: null, deny: [] } }, object('', 'Namespace', ''), false],
    [{ clusterKinds: { allow: null, deny: [] } }, object('apps', 'Action', 'web'), true],
    [
      { clusterKinds: { allow: kinds('/Namespace/team1-*'), deny: [] } },
      object('', 'Namespace', '', 'other'),
      false,
    ],
    [
      { clusterKinds: { allow: kinds('/Namespace/team1-*'), deny: [] } },
      object('', 'Namespace', '', 'team1-a'),
      true,
    ],
  ])('%j of case %#', (rules, given, permitted) => {
    expect(broken({ ...anything, ...rules }, [given])).toEqual(
      permitted ? [] : ['argocd/project-kind required'],
    )
  })
})

describe('Applications in any namespace', () => {
  it.each<[string, readonly string[], boolean]>([
    ['', [], true],
    ['team-a', [], false],
    ['team-a', ['team-b'], false],
    ['team-a', ['team-*'], true],
    ['team-a', ['*'], true],
    ['team-a', ['/^nothing-else$/'], true],
  ])('%j among %j: %s', (home, sourceNamespaces, permitted) => {
    const application = { ...anything.application, home }
    expect(broken({ ...anything, sourceNamespaces, application })).toEqual(
      permitted ? [] : ['argocd/project-namespace required'],
    )
  })
})
