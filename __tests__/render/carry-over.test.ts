import { afterAll, describe, expect, it } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { shippedEngines } from '../check/harness.ts'
import {
  chart,
  configMap,
  fluxKustomization,
  gitRepository,
  objectsOf,
  renderFiles,
  self,
  yaml,
  type Files,
} from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const set = (elements: string, name = '{{ .name }}'): string => yaml`
  apiVersion: argoproj.io/v1alpha1
  kind: ApplicationSet
  metadata: {name: apps, namespace: argocd}
  spec:
    goTemplate: true
    goTemplateOptions: [missingkey=error]
    generators: [{list: {elements: [${elements}]}}]
    template:
      metadata: {name: "${name}"}
      spec:
        project: default
        source: {repoURL: "${self}", path: "apps/{{ .name }}"}
        destination: {server: "https://kubernetes.default.svc", namespace: x}
`
const apps: Files = { 'apps/a/c.yaml': configMap('a'), 'apps/b/c.yaml': configMap('b') }
const good = { ...apps, 'set.yaml': set('{name: a}, {name: b}') }
const bad = { ...apps, 'set.yaml': set('{name: a}, {name: b}', '{{ .nam }}') }

/** What Applications deploy and changes; the file of the set itself is applied by hand. */
const changed = ({ pairs }: Awaited<ReturnType<typeof renderFiles>>) =>
  compare(pairs).filter(({ operation, target }) => operation !== 'NONE' && target !== 'plain/.')

describe('what makes applications is broken on one side', () => {
  it('a failing ApplicationSet deletes nothing, and a change below its Applications is still shown', async () => {
    const rendered = await renderFiles(good, { ...bad, 'apps/a/c.yaml': configMap('a', 'a: "2"') }, engines)
    expect(objectsOf(rendered, 'argocd/argocd/apps')[0]).toMatch(/failed: .*map has no entry for key "nam"/)
    const changes = changed(rendered)
    expect(changes.map(({ operation, target }) => `${operation} ${target}`)).toEqual([
      'UPDATE argocd/argocd/a',
    ])
    expect(rendered.targets.head.map(({ id }) => id)).toContain('argocd/argocd/b')
    expect(rendered.notices.join()).toMatch(/argocd\/argocd\/a, argocd\/argocd\/b stay in the cluster/)
  })

  it('a set that works again creates nothing that was there before it broke', async () => {
    const rendered = await renderFiles(bad, good, engines)
    expect(changed(rendered)).toEqual([])
    expect(rendered.pairs.find(({ id }) => id === 'argocd/argocd/apps')?.base?.state).toBe('failed')
  })

  it('a generator that nobody here can ask deletes nothing', async () => {
    const asking = good['set.yaml'].replace(/generators: .*/, 'generators: [{pullRequest: {github: {}}}]')
    const rendered = await renderFiles(good, { ...good, 'set.yaml': asking }, engines)
    expect(changed(rendered)).toEqual([])
    expect(rendered.notChecked.map(({ reason }) => reason).join()).toMatch(/pullRequest generator/)
  })

  it('an element beside such a generator goes all the same when the generator was there before', async () => {
    const both = (elements: string): string =>
      set(elements).replace('generators: [', 'generators: [{pullRequest: {github: {}}}, ')
    const rendered = await renderFiles(
      { ...apps, 'set.yaml': both('{name: a}, {name: b}') },
      { ...apps, 'set.yaml': both('{name: b}') },
      engines,
    )
    const deleted = compare(rendered.pairs).filter(({ operation }) => operation === 'DELETE')
    expect(deleted.map(({ target }) => target)).toEqual(['argocd/argocd/a'])
  })

  it('a source that goes elsewhere deletes nothing of which nobody knows', async () => {
    const app = (second: string): string => yaml`
      apiVersion: argoproj.io/v1alpha1
      kind: Application
      metadata: {name: two, namespace: argocd}
      spec:
        project: default
        sources: [{repoURL: "${self}", path: apps/a}, {repoURL: "${second}", path: apps/b}]
        destination: {server: "https://kubernetes.default.svc", namespace: x}
    `
    const rendered = await renderFiles(
      { ...apps, 'app.yaml': app(self) },
      { ...apps, 'app.yaml': app('https://elsewhere.example/x'), 'apps/a/c.yaml': configMap('a', 'a: "2"') },
      engines,
    )
    // The folder deploys by itself now: another target, which is none of this application's business.
    const changes = compare(rendered.pairs).filter(
      ({ operation, target }) => operation !== 'NONE' && target === 'argocd/argocd/two',
    )
    expect(changes.map(({ operation, identity }) => `${operation} ${identity.name}`)).toEqual(['UPDATE a'])
  })

  it('an element that goes is a deletion all the same', async () => {
    const rendered = await renderFiles(good, { ...good, 'set.yaml': set('{name: b}') }, engines)
    const deleted = compare(rendered.pairs).filter(({ operation }) => operation === 'DELETE')
    expect(deleted.map(({ target }) => target)).toEqual(['argocd/argocd/a'])
  })

  it('a parent chart that does not render keeps its children', async () => {
    const child = `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: "{{ .Values.name }}", namespace: argocd}\nspec: {project: default, source: {repoURL: "${self}", path: apps/a}, destination: {namespace: x, server: "https://kubernetes.default.svc"}}\n`
    const root = `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: root, namespace: argocd}\nspec: {project: default, source: {repoURL: "${self}", path: root}, destination: {namespace: argocd, server: "https://kubernetes.default.svc"}}\n`
    const before = { ...apps, 'root.yaml': root, ...chart('root', { 'app.yaml': child }, 'name: kid\n') }
    const after = { ...before, 'root/templates/app.yaml': `${child}{{ fail "no" }}\n` }
    const rendered = await renderFiles(before, after, engines)
    expect(rendered.pairs.find(({ id }) => id === 'argocd/argocd/root')?.head?.state).toBe('failed')
    expect(rendered.targets.head.map(({ id }) => id)).toContain('argocd/argocd/kid')
    expect(compare(rendered.pairs).filter(({ operation }) => operation !== 'NONE')).toEqual([])
  })

  it('children of a broken Flux parent stay as the parent made them, not as they are written', async () => {
    const kustomization = (patch: string): string =>
      `resources: [apps.yaml]\npatches:\n  - target: {kind: Kustomization, name: apps}\n    patch: |-\n      ${patch}\n`
    const files = (patch: string): Files => ({
      'clusters/a/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/a')}`,
      'clusters/a/kustomization.yaml': kustomization(patch).replace(
        '[apps.yaml]',
        '[apps.yaml, flux-system/gotk-sync.yaml]',
      ),
      'clusters/a/apps.yaml': fluxKustomization('apps', './apps/a'),
      ...apps,
    })
    const good = files('- {op: add, path: /spec/namePrefix, value: patched-}')
    const rendered = await renderFiles(good, files('- {op: remove, path: /spec/nothing}'), engines)
    expect(rendered.pairs.find(({ id }) => id === 'flux/a/flux-system/flux-system')?.head?.state).toBe(
      'failed',
    )
    const changes = compare(rendered.pairs).filter(({ operation }) => operation !== 'NONE')
    expect(changes.map(({ operation, identity }) => `${operation} ${identity.name}`)).toEqual([])
    expect(objectsOf(rendered, 'flux/a/flux-system/apps')).toEqual(['not there'])
    const child = rendered.targets.head.find(({ id }) => id === 'flux/a/flux-system/apps')
    expect(JSON.stringify(child?.manifest)).toContain('patched-')
  })

  it('applications that deploy each other in a circle end', async () => {
    const app = (name: string, path: string): string =>
      `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${name}, namespace: argocd}\nspec: {project: default, source: {repoURL: "${self}", path: ${path}}, destination: {namespace: argocd, server: "https://kubernetes.default.svc"}}\n`
    const files = { 'a/b.yaml': app('b', 'b'), 'b/a.yaml': app('a', 'a'), 'b/c.yaml': configMap('c') }
    const rendered = await renderFiles({}, files, engines)
    expect(rendered.targets.head.map(({ id }) => id)).toEqual(['argocd/argocd/a', 'argocd/argocd/b'])
  })
})
