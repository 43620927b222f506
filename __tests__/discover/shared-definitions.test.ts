/**
 * Two sides of a change share the targets of their definitions where nothing can differ: the targets of head are the same
 * as if head had been looked at alone, whatever is edited.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { discover } from '../../src/discover/discover.ts'
import { repositoryOf } from '../../src/discover/repository.ts'
import { shareDefinitions } from '../../src/discover/shared-definitions.ts'
import type { Target } from '../../src/model/target.ts'
import type { Tree } from '../../src/model/tree.ts'
import { compareTrees } from '../../src/source/changed-paths.ts'
import { memoryTree, type MemoryEntry } from '../../src/source/memory-tree.ts'
import { shippedEngines } from '../check/harness.ts'
import { application, configurationOf, fluxKustomization, gitRepository, renderTrees } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

type Files = Readonly<Record<string, MemoryEntry>>

const configMap = (name: string, data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: flux-system}\ndata: {${data}}\n`
const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n'

const fleet: Files = {
  'argocd/web.yaml': application('web', 'apps/web'),
  'argocd/shop.yaml': application('shop', 'charts/shop', 'helm: {valueFiles: ["values-*.yaml"]}'),
  'argocd/stamped.yaml': application(
    'stamped',
    'apps/base',
    'kustomize: {commonAnnotations: {at: $ARGOCD_APP_REVISION}}',
  ),
  'argocd/linked.yaml': application('linked', 'apps/linked'),
  'apps/web/kustomization.yaml': 'resources: [../base]\nimages: [{name: web, newTag: "1"}]\n',
  'apps/base/kustomization.yaml': 'resources: [web.yaml]\n',
  'apps/base/web.yaml': deployment,
  'apps/linked/kustomization.yaml': { symlink: '../kustomization.txt.yaml' },
  'apps/kustomization.txt.yaml': 'resources: []\nnamePrefix: a-\n',
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/values-eu.yaml': 'region: eu\n',
  'charts/shop/templates/web.yaml': deployment,
  'clusters/prod/flux-system.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', 'clusters/prod')}`,
  'clusters/prod/tenant.yaml': fluxKustomization(
    'tenant',
    'tenants/blue',
    'postBuild: {substituteFrom: [{kind: ConfigMap, name: vars, optional: true}]}',
  ),
  'clusters/prod/vars.yaml': configMap('vars', 'COLOUR: blue'),
  'tenants/blue/web.yaml': deployment,
  'docs/notes.yaml': 'a: b\n',
}

async function targetsOf(base: Files, head: Files, share: boolean): Promise<readonly (readonly Target[])[]> {
  const sides = [
    memoryTree(base, { commit: 'a'.repeat(40) }),
    memoryTree(head, { commit: 'b'.repeat(40) }),
  ] as const
  const configuration = await configurationOf(sides[0])
  const [before, after] = await Promise.all([
    repositoryOf(sides[0], configuration, engines),
    repositoryOf(sides[1], configuration, engines),
  ])
  if (share) shareDefinitions(before, after, compareTrees(...sides))
  const found = await Promise.all(sides.map((tree) => discover(tree, configuration, engines)))
  return found.map(({ targets }) => targets)
}

const edits: Readonly<Record<string, Readonly<Record<string, MemoryEntry>>>> = {
  'a manifest': { 'apps/base/web.yaml': `${deployment}spec: {replicas: 2}\n` },
  'an image tag': {
    'apps/web/kustomization.yaml': 'resources: [../base]\nimages: [{name: web, newTag: "2"}]\n',
  },
  'a kustomization that builds something else': {
    'apps/web/kustomization.yaml': 'resources: [../../tenants/blue/web.yaml]\n',
  },
  'a file that a link leads to': { 'apps/kustomization.txt.yaml': 'resources: [../base]\n' },
  values: { 'charts/shop/values-eu.yaml': 'region: us\n' },
  'one more file of values': { 'charts/shop/values-us.yaml': 'region: us\n' },
  'a manifest that comes': { 'tenants/blue/more.yaml': configMap('more', 'a: b') },
  variables: { 'clusters/prod/vars.yaml': configMap('vars', 'COLOUR: green') },
  'variables that come': { 'docs/notes.yaml': configMap('other', 'a: b') },
  'a definition': { 'argocd/web.yaml': application('web', 'apps/base') },
  'the source of a definition': {
    'clusters/prod/flux-system.yaml': fluxKustomization('flux-system', 'clusters/prod'),
  },
  'a chart that becomes a library': {
    'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\ntype: library\n',
  },
  'an override of Argo CD': { 'apps/base/.argocd-source-stamped.yaml': 'kustomize: {namePrefix: x-}\n' },
  'what Flux ignores': { '.sourceignore': '/tenants\n' },
}

describe('the targets of head', () => {
  it.each(Object.keys(edits))('%s', async (name) => {
    const head = { ...fleet, ...edits[name] }
    const [, shared] = await targetsOf(fleet, head, true)
    const [, alone] = await targetsOf(fleet, head, false)
    expect(JSON.stringify(shared, null, 1)).toBe(JSON.stringify(alone, null, 1))
  })
})

it('one target for both sides where it reads nothing of the change', async () => {
  const sides = [fleet, { ...fleet, ...edits['a manifest'] }].map((files, i) =>
    memoryTree(files, { commit: 'ab'.charAt(i).repeat(40) }),
  )
  const { targets } = await renderTrees(...(sides as [Tree, Tree]), engines)
  const same = targets.head.filter((target) => targets.base.includes(target)).map(({ name }) => name)
  // web and stamped read the manifest; a build that gets the commit is another one each time.
  expect(same.sort()).toEqual(['flux-system', 'linked', 'shop', 'tenant'])
})
