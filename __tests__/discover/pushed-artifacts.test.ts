/** Flux without git: clusters that read a folder of the repository as an artifact, which a workflow pushes. */
import { afterAll, describe, expect, it } from 'vitest'
import { pushesIn } from '../../src/discover/flux/pushed-artifacts.ts'
import { shippedEngines } from '../check/harness.ts'
import { configMap, objectsOf, renderAll, renderFiles, yaml, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

describe('commands of a workflow', () => {
  it.each<[string, string, readonly { url: string; path: string }[]]>([
    [
      'over several lines, with a variable of the file and a tag that is made as it runs',
      'env:\n  OCI: "oci://ghcr.io/acme/fleet"\nrun: |\n  flux push artifact "$OCI:$(git rev-parse --short HEAD)" \\\n    --path="./kubernetes" \\\n    --source="x"\n',
      [{ url: 'oci://ghcr.io/acme/fleet:$(git rev-parse --short HEAD)', path: './kubernetes' }],
    ],
    [
      'an option in two words, and its short name',
      'flux push artifact oci://h/a:v1 --source x --path deploy\nflux push artifact oci://h/b:v1 -f ./other\n',
      [
        { url: 'oci://h/a:v1', path: 'deploy' },
        { url: 'oci://h/b:v1', path: './other' },
      ],
    ],
    ['without a path', 'flux push artifact oci://h/a:v1 --source x\n', []],
    ['a path that is made as it runs', 'flux push artifact oci://h/a:v1 --path=$DIR\n', []],
    ['in another directory', 'cd deploy && flux push artifact oci://h/a:v1 --path=.\n', []],
    [
      'in another directory of the step',
      'working-directory: x\nrun: flux push artifact oci://h/a:v1 --path=.\n',
      [],
    ],
    [
      'a variable with two values',
      'env: {}\n  OCI: oci://h/a\n  OCI: oci://h/b\nflux push artifact $OCI --path=x\n',
      [{ url: '$OCI', path: 'x' }],
    ],
    ['another command', 'flux pull artifact oci://h/a:v1 --output x\n', []],
  ])('%s', (_, text, wanted) => {
    expect(pushesIn(text)).toEqual(wanted)
  })
})

const source = (url: string, name = 'fleet'): string => yaml`
  apiVersion: source.toolkit.fluxcd.io/v1
  kind: OCIRepository
  metadata: {name: ${name}, namespace: flux-system}
  spec: {interval: 5m, url: "${url}", ref: {tag: main}}
`
const kustomization = (path: string, name = 'fleet'): string => yaml`
  apiVersion: kustomize.toolkit.fluxcd.io/v1
  kind: Kustomization
  metadata: {name: web, namespace: flux-system}
  spec: {interval: 1h, prune: true, path: "${path}", sourceRef: {kind: OCIRepository, name: ${name}}}
`
const workflow = (url: string, path = './kubernetes'): Files => ({
  '.github/workflows/push.yaml': `jobs:\n  push:\n    steps:\n      - run: flux push artifact ${url} --path=${path}\n`,
})
const repository = (definition: string, more: Files): Files => ({
  'kubernetes/clusters/prod/flux.yaml': definition,
  'kubernetes/apps/web/c.yaml': configMap('c'),
  ...more,
})

describe('a folder that is an artifact', () => {
  const rendered = async (
    files: Files,
  ): Promise<{ objects: readonly string[]; notices: readonly string[] }> => {
    const all = await renderAll(files, engines)
    return { objects: objectsOf(all, 'flux/prod/flux-system/web'), notices: all.notices }
  }
  const whole = `${source('oci://ghcr.io/acme/fleet')}---\n${kustomization('./apps/web')}`

  it('by the URL that the workflow pushes', async () => {
    const answer = await rendered(repository(whole, workflow('oci://ghcr.io/acme/fleet:main')))
    expect(answer).toEqual({ objects: ['ConfigMap /c'], notices: [] })
  })
  it('by the URL that the configuration declares', async () => {
    const declared = { '.preadmit.yaml': 'artifacts: [{url: oci://ghcr.io/acme/fleet, path: kubernetes}]\n' }
    const all = await renderFiles(declared, repository(whole, declared), engines)
    expect(objectsOf(all, 'flux/prod/flux-system/web')).toEqual(['ConfigMap /c'])
    expect(all.notices).toEqual([])
  })
  it('not where two workflows push the URL from two folders, unless the configuration says which', async () => {
    const url = 'oci://ghcr.io/acme/fleet'
    const decoy = {
      '.github/workflows/a.yaml': `jobs:\n  push:\n    steps:\n      - run: flux push artifact ${url}:main --path=./decoy\n`,
      'decoy/apps/web/c.yaml': configMap('harmless'),
    }
    const files = repository(whole, { ...workflow(`${url}:main`), ...decoy })
    expect((await rendered(files)).objects).toEqual([expect.stringMatching(/^remote-source: /)])
    const declared = { '.preadmit.yaml': `artifacts: [{url: "${url}", path: kubernetes}]\n` }
    const all = await renderFiles(declared, { ...files, ...declared }, engines)
    expect(objectsOf(all, 'flux/prod/flux-system/web')).toEqual(['ConfigMap /c'])
  })
  it('by the part of the URL that is known, with a notice', async () => {
    const answer = await rendered(repository(whole, workflow('oci://ghcr.io/acme/${{ matrix.name }}:main')))
    expect(answer.objects).toEqual(['ConfigMap /c'])
    expect(answer.notices).toEqual([
      'oci://ghcr.io/acme/fleet is taken for the folder kubernetes of this repository, which .github/workflows/push.yaml pushes: list it under artifacts to make that certain',
    ])
  })
  it('of a source that stands in no file, with a notice', async () => {
    const answer = await rendered(repository(kustomization('./apps/web', 'flux-system'), workflow('$URL')))
    expect(answer.objects).toEqual(['ConfigMap /c'])
    expect(answer.notices).toEqual([
      expect.stringContaining('OCIRepository flux-system/flux-system is taken'),
    ])
  })
  it('not by another URL: the line of configuration is named', async () => {
    const { objects, notices } = await rendered(repository(whole, workflow('oci://ghcr.io/acme/other:main')))
    expect(notices).toEqual([])
    expect(objects).toEqual([
      expect.stringContaining(
        'its path is in kubernetes here: if the artifact is made of that folder, say so with artifacts: [{url: "oci://ghcr.io/acme/fleet", path: "kubernetes"}] in the configuration',
      ),
    ])
  })
  it('the source of a FluxInstance, and nothing outside of the folder is ignored by files above it', async () => {
    const instance = yaml`
      apiVersion: fluxcd.controlplane.io/v1
      kind: FluxInstance
      metadata: {name: flux, namespace: flux-system}
      spec: {sync: {kind: OCIRepository, url: "oci://ghcr.io/acme/fleet", ref: main, path: clusters/prod}}
    `
    const files = {
      'kubernetes/clusters/prod/flux-system/instance.yaml': instance,
      'kubernetes/clusters/prod/kustomization.yaml': 'resources: [web.yaml]\n',
      'kubernetes/clusters/prod/web.yaml': kustomization('./apps/web', 'flux-system'),
      'kubernetes/apps/web/c.yaml': configMap('c'),
      '.sourceignore': '*.yaml\n',
      ...workflow('oci://ghcr.io/acme/fleet:main'),
    }
    expect(await rendered(files)).toEqual({ objects: ['ConfigMap /c'], notices: [] })
  })
  it('a generator copies from the folder', async () => {
    const generator = yaml`
      apiVersion: source.extensions.fluxcd.io/v1beta1
      kind: ArtifactGenerator
      metadata: {name: apps, namespace: flux-system}
      spec:
        sources: [{alias: repo, kind: OCIRepository, name: flux-system}]
        artifacts: [{name: web, copy: [{from: "@repo/apps/web/", to: "@artifact/apps/web/"}]}]
    `
    const build = kustomization('./apps/web').replace(
      'kind: OCIRepository, name: fleet',
      'kind: ExternalArtifact, name: web',
    )
    const { objects } = await rendered(repository(`${generator}---\n${build}`, workflow('$URL')))
    expect(objects).toEqual(['ConfigMap /c'])
  })
})
