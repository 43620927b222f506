import { afterAll, describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { schemas } from '../judge/schema/support.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const application = (spec: string, targetRevision = 'targetRevision'): Files => ({
  'apps/shop.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: default
  source: {repoURL: https://example.com/shop.git, path: shop, ${targetRevision}: main}
  destination: {server: https://kubernetes.default.svc, namespace: shop}
  ${spec}
`,
})

const root: Files = {
  'cluster/kustomization.yaml': 'resources: [object.yaml]\n',
}

describe('the definitions of Argo CD and Flux that come with preadmit', () => {
  it('are those of every kind that people write, and the API server takes each', async () => {
    const definitions = schemas.shipped.map(({ definition }) => definition())
    const session = await engines.admission.open({
      kubernetes: '1.37',
      customResourceDefinitions: definitions,
    })
    if ('error' in session) throw new Error(session.error.message)
    expect(session.loaded.problems).toEqual([])
    expect(schemas.shipped.map(({ tool, kind }) => `${tool.replace(/ [\d.]+$/, '')}: ${kind}`)).toEqual([
      'Argo CD: argoproj.io/Application',
      'Argo CD: argoproj.io/ApplicationSet',
      'Argo CD: argoproj.io/AppProject',
      'Flux: helm.toolkit.fluxcd.io/HelmRelease',
      'Flux: image.toolkit.fluxcd.io/ImagePolicy',
      'Flux: image.toolkit.fluxcd.io/ImageRepository',
      'Flux: image.toolkit.fluxcd.io/ImageUpdateAutomation',
      'Flux: kustomize.toolkit.fluxcd.io/Kustomization',
      'Flux: notification.toolkit.fluxcd.io/Alert',
      'Flux: notification.toolkit.fluxcd.io/Provider',
      'Flux: notification.toolkit.fluxcd.io/Receiver',
      'Flux: source.extensions.fluxcd.io/ArtifactGenerator',
      'Flux: source.toolkit.fluxcd.io/Bucket',
      'Flux: source.toolkit.fluxcd.io/ExternalArtifact',
      'Flux: source.toolkit.fluxcd.io/GitRepository',
      'Flux: source.toolkit.fluxcd.io/HelmChart',
      'Flux: source.toolkit.fluxcd.io/HelmRepository',
      'Flux: source.toolkit.fluxcd.io/OCIRepository',
    ])
  })

  it('judge where the repository has none, and the report says whose they are', async () => {
    const base = { ...root, 'cluster/object.yaml': '' }
    const head = {
      ...root,
      'cluster/object.yaml': `apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: podinfo, namespace: apps}
spec: {interval: 5 minutes, url: oci://ghcr.io/example/podinfo, provder: generic}
`,
    }
    const report = await checkFiles(base, head, engines)
    const tool = schemas.shipped.find(({ kind }) => kind.endsWith('/OCIRepository'))?.tool ?? ''
    const note = `by the definition of ${tool}; schemas.crds can name that of the cluster`
    expect(report.findings.map(({ path, remedy }) => [path, remedy])).toEqual([
      ['spec.interval', note],
      ['spec.provder', `write provider (${note})`],
    ])
    expect(report.notChecked).toEqual([])
    expect(report.definitions).toEqual([{ tool, kinds: ['source.toolkit.fluxcd.io/OCIRepository'] }])
    expect(renderMarkdown(report)).toContain(`definitions of ${tool}`)
    expect(renderTerminal(report, { colors: false, width: 400 })).toContain(`definitions of ${tool}`)
  })

  it('judge an Application that people apply by hand, and not the name of its finalizer', async () => {
    const finalizer = ', finalizers: [resources-finalizer.argocd.argoproj.io]}'
    const with_ = (files: Files): Files =>
      Object.fromEntries(
        Object.entries(files).map(([path, text]) => [
          path,
          String(text).replace('argocd}', `argocd${finalizer}`),
        ]),
      )
    const report = await checkFiles({}, with_(application('', 'targetRevison')), engines)
    expect(
      report.findings.map(({ path, remedy, location }) => [path, location?.file, remedy?.slice(0, 20)]),
    ).toEqual([['spec.source.targetRevison', 'apps/shop.yaml', 'write targetRevision']])
  })

  it('say nothing of a version that the tool does not serve: the cluster may run an older one', async () => {
    const object = `apiVersion: image.toolkit.fluxcd.io/v1beta1
kind: ImagePolicy
metadata: {name: podinfo, namespace: apps}
spec: {}
`
    const report = await checkFiles(
      { ...root, 'cluster/object.yaml': '' },
      { ...root, 'cluster/object.yaml': object },
      engines,
    )
    expect(report.findings).toEqual([])
    expect(report.verdict).toBe('incomplete')
    expect(report.notChecked.map(({ what, code, reason }) => `${what} ${code}: ${reason}`)).toEqual([
      expect.stringMatching(
        /^image\.toolkit\.fluxcd\.io\/ImagePolicy unknown-kind: Flux [\d.]+ does not serve image\.toolkit\.fluxcd\.io\/v1beta1/,
      ),
    ])
  })

  it('give way to a definition of the repository, and to a schema location', async () => {
    const lax = JSON.stringify({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'applications.argoproj.io' },
      spec: {
        group: 'argoproj.io',
        scope: 'Namespaced',
        names: { kind: 'Application', plural: 'applications' },
        versions: [
          {
            name: 'v1alpha1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        ],
      },
    })
    const old = application('syncPolicy: {}')
    const wrong = application('syncPolicy: {automated: yes please}')
    const crd = { 'crds/application.yaml': lax }
    const location = {
      '.preadmit.yaml': "schemas: {locations: ['schemas/{{.ResourceKind}}.json']}\n",
      'schemas/application.json': '{}',
    }
    const paths = async (more: Files) => {
      const { findings, definitions } = await checkFiles({ ...more, ...old }, { ...more, ...wrong }, engines)
      return [findings.map(({ path }) => path), definitions.length]
    }
    expect(await paths({})).toEqual([['spec.syncPolicy.automated'], 1])
    // What a laxer definition lets through, Argo CD itself cannot read: the target does not render.
    expect(await paths(crd)).toEqual([[''], 0])
    expect(await paths(location)).toEqual([[''], 0])
  })
})
