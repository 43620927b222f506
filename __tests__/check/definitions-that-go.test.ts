import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import {
  application,
  chart,
  configMap,
  fluxKustomization,
  gitRepository,
  yaml,
  type Files as MemoryFiles,
} from '../discover/harness.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const claim = yaml`
  apiVersion: v1
  kind: PersistentVolumeClaim
  metadata: {name: data, namespace: web}
  spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`
const configuration = `repositories: [https://git.example/acme/fleet]\n`

function without(files: MemoryFiles, ...paths: readonly string[]): Files {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path))) as Files
}

/** Rows of the report: what each target does, and what is destroyed. */
function told(report: Report): { targets: Record<string, string>; destroyed: readonly string[] } {
  const changed = report.targets.filter(({ status }) => status !== 'unchanged')
  return {
    targets: Object.fromEntries(changed.map(({ id, status }) => [id, status])),
    destroyed: report.destructions.map(({ object, sentence }) => `${object.kind} ${sentence}`),
  }
}

const argo: MemoryFiles = {
  '.preadmit.yaml': configuration,
  'apps/web.yaml': application('web', 'web', 'syncPolicy: {automated: {prune: true}}').replace(
    'name: web',
    'name: web, finalizers: [resources-finalizer.argocd.argoproj.io]',
  ),
  'apps/other.yaml': application('other', 'other'),
  'other/a.yaml': configMap('a'),
  'web/kustomization.yaml': 'resources: [claim.yaml]\n',
  'web/claim.yaml': claim,
}

const lostWithApplication =
  'PersistentVolumeClaim is deleted with the Application web, which has the finalizer that cascades: its data (1Gi) is lost unless the storage class retains volumes'

describe('a definition that goes takes what it deployed with it, though its folder stays', () => {
  it('an Application', async () => {
    const report = await checkFiles(argo as Files, without(argo, 'apps/web.yaml'), engines)
    expect(told(report)).toEqual({
      targets: { 'argocd/argocd/web': 'deleted', 'plain/apps': 'changed' },
      destroyed: [lostWithApplication],
    })
  })

  it('an Application whose folder moves to where nobody deploys it', async () => {
    const head = {
      ...without(argo, 'apps/web.yaml', 'web/claim.yaml', 'web/kustomization.yaml'),
      'attic/kustomization.yaml': 'resources: [claim.yaml]\n',
      'attic/claim.yaml': claim,
    }
    const report = await checkFiles(argo as Files, head, engines)
    expect(told(report).destroyed).toEqual([
      `${lostWithApplication} (kustomize/attic holds it, and no definition here deploys that)`,
    ])
  })

  it('a Kustomization with a release of a chart that is here', async () => {
    const flux: MemoryFiles = {
      '.preadmit.yaml': configuration,
      'clusters/prod/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/prod')}`,
      'clusters/prod/keep.yaml': fluxKustomization('keep', './keep'),
      'clusters/prod/web.yaml': fluxKustomization('web', './web'),
      'keep/a.yaml': configMap('a'),
      'web/release.yaml': yaml`
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: db, namespace: web}
        spec:
          interval: 1h
          chart: {spec: {chart: ./charts/db, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
      `,
      'web/namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n',
      ...chart('charts/db', { 'templates/claim.yaml': claim }),
    }
    const report = await checkFiles(flux as Files, without(flux, 'clusters/prod/web.yaml'), engines)
    expect(told(report)).toEqual({
      targets: {
        'flux/prod/flux-system/flux-system': 'changed',
        'flux/prod/flux-system/web': 'deleted',
        'flux/prod/web/db': 'deleted',
      },
      destroyed: [
        'Namespace is deleted with the Kustomization web: everything in it is deleted with it, claims and their data included',
        'PersistentVolumeClaim is deleted with the HelmRelease db: its data (1Gi) is lost unless the storage class retains volumes',
      ],
    })
  })

  describe('an app of apps, whose children stay as files', () => {
    const root = application('root', 'apps')
    const cascading = root.replace(
      'name: root',
      'name: root, finalizers: [resources-finalizer.argocd.argoproj.io]',
    )
    it('with the finalizer that cascades they go', async () => {
      const fleet = { ...argo, 'root.yaml': cascading } as Files
      const report = await checkFiles(fleet, without(fleet, 'root.yaml'), engines)
      expect(told(report)).toEqual({
        targets: {
          'argocd/argocd/other': 'deleted',
          'argocd/argocd/root': 'deleted',
          'argocd/argocd/web': 'deleted',
          'plain/.': 'deleted',
        },
        destroyed: [lostWithApplication],
      })
    })
    it('without it they go on to deploy', async () => {
      const fleet = { ...argo, 'root.yaml': root } as Files
      const report = await checkFiles(fleet, without(fleet, 'root.yaml'), engines)
      expect(told(report)).toEqual({
        targets: { 'argocd/argocd/root': 'deleted', 'plain/.': 'deleted' },
        destroyed: [],
      })
    })
  })

  it('what changes in the folder is still seen', async () => {
    const head = { ...without(argo, 'apps/web.yaml'), 'web/claim.yaml': claim.replace('1Gi', '-1Gi') }
    const report = await checkFiles(argo as Files, head, engines)
    expect(told(report).targets).toMatchObject({ 'kustomize/web': 'changed' })
    expect(report.verdict).toBe('fail')
  })
})

describe('a definition that comes', () => {
  it('is new, and the folder that stood by itself did not go', async () => {
    const report = await checkFiles(without(argo, 'apps/web.yaml'), argo as Files, engines)
    expect(told(report)).toEqual({
      targets: { 'argocd/argocd/web': 'created', 'plain/apps': 'changed' },
      destroyed: [],
    })
  })
})

describe('what a definition deploys and cannot render is broken once, not also as a folder by itself', () => {
  const rejected = (report: Report): unknown =>
    report.findings.map(({ rule, status, targets }) => `${status} ${rule} ${targets.join(', ')}`)

  it.each<{
    name: string
    base: MemoryFiles
    broken: MemoryFiles
    target: string
    folder: string
  }>([
    {
      name: 'a kustomization of a Flux Kustomization that edits it',
      base: {
        '.preadmit.yaml': configuration,
        'clusters/prod/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/prod')}`,
        'clusters/prod/web.yaml': fluxKustomization('web', './web', 'targetNamespace: web'),
        'web/kustomization.yaml': 'resources: [a.yaml]\n',
        'web/a.yaml': configMap('a'),
      },
      broken: { 'web/kustomization.yaml': 'resources: {a.yaml: 1}\n' },
      target: 'flux/prod/flux-system/web',
      folder: 'kustomize/web',
    },
    {
      name: 'the same by way of an artifact',
      base: {
        '.preadmit.yaml': configuration,
        'clusters/prod/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/prod')}`,
        'clusters/prod/web.yaml': yaml`
          apiVersion: source.extensions.fluxcd.io/v1beta1
          kind: ArtifactGenerator
          metadata: {name: web, namespace: flux-system}
          spec:
            sources: [{alias: repo, kind: GitRepository, name: flux-system}]
            artifacts: [{name: web, copy: [{from: "@repo/web/**", to: "@artifact/"}]}]
          ---
          apiVersion: kustomize.toolkit.fluxcd.io/v1
          kind: Kustomization
          metadata: {name: web, namespace: flux-system}
          spec: {interval: 1h, prune: true, path: ./, targetNamespace: web, sourceRef: {kind: ExternalArtifact, name: web}}
        `,
        'web/kustomization.yaml': 'resources: [a.yaml]\n',
        'web/a.yaml': configMap('a'),
      },
      broken: { 'web/kustomization.yaml': 'resources: {a.yaml: 1}\n' },
      target: 'flux/prod/flux-system/web',
      folder: 'kustomize/web',
    },
    {
      name: 'a kustomization of an Application with options for it',
      base: {
        '.preadmit.yaml': configuration,
        'apps/web.yaml': application('web', 'web', 'kustomize: {namePrefix: web-}'),
        'web/kustomization.yaml': 'resources: [a.yaml]\n',
        'web/a.yaml': configMap('a'),
      },
      broken: { 'web/kustomization.yaml': 'resources: {a.yaml: 1}\n' },
      target: 'argocd/argocd/web',
      folder: 'kustomize/web',
    },
    {
      name: 'a chart of an Application whose own values are no YAML',
      base: {
        '.preadmit.yaml': configuration,
        'apps/web.yaml': application('web', 'web', 'helm: {values: "a: 2"}'),
        ...chart('web', { 'a.yaml': configMap('a') }),
      },
      broken: { 'apps/web.yaml': application('web', 'web', 'helm: {values: "a: ["}') },
      target: 'argocd/argocd/web',
      folder: 'helm/web/default',
    },
  ])('$name', async ({ base, broken, target, folder }) => {
    const head = { ...base, ...broken } as Files
    const report = await checkFiles(base as Files, head, engines)
    expect(report.targets.map(({ id }) => id)).toContain(target)
    expect(report.targets.map(({ id }) => id)).not.toContain(folder)
    expect(rejected(report)).toEqual([expect.stringMatching(new RegExp(`^new render/\\S+ ${target}$`))])
    const back = await checkFiles(head, base as Files, engines)
    expect(rejected(back)).toEqual([expect.stringMatching(new RegExp(`^fixed render/\\S+ ${target}$`))])
  })
})
