import { afterAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/model/json.ts'
import { checkFiles } from '../../check/harness.ts'
import { deployment } from '../../compare/objects.ts'
import { shippedEngines } from '../engines.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const app = (container: JsonObject, more: JsonObject = {}): JsonObject =>
  deployment('api', { containers: [{ name: 'api', image: 'x:1', ...container }] }, more)
const argo = (options: readonly string[]): JsonObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'app', namespace: 'argocd' },
  spec: {
    project: 'default',
    destination: { namespace: 'shop', server: 'https://kubernetes.default.svc' },
    source: { repoURL: 'https://git.example.com/acme/fleet', path: 'app' },
    syncPolicy: { syncOptions: options },
  },
})
const flux: JsonObject = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'app', namespace: 'flux-system' },
  spec: {
    interval: '1m',
    prune: true,
    path: './app',
    sourceRef: { kind: 'GitRepository', name: 'flux-system' },
  },
}
const settings = 'repositories: [https://git.example.com/acme/fleet]\n'

/** Findings on the Deployment when the definition deploys it. */
async function told(definition: JsonObject | undefined, object: JsonObject): Promise<string[]> {
  const base = {
    '.preadmit.yaml': settings,
    ...(definition && { 'clusters/app.yaml': JSON.stringify(definition) }),
  }
  const report = await checkFiles(base, { ...base, 'app/d.yaml': JSON.stringify(object) }, engines)
  return report.findings
    .filter(({ object: about }) => about?.kind === 'Deployment')
    .map(({ level, rule, path, message }) => `${level} ${rule} ${path}: ${message}`)
}

const env = app({
  env: [
    { name: 'A', value: '1' },
    { name: 'A', value: '2' },
  ],
})
const refused =
  'required admission/DuplicateEntries spec.template.spec.containers[0].env[1]: duplicate entries for key [name="A"]: server-side apply refuses the object'
const warned = /^advisory admission\/warning spec\.template\.spec\.containers\[0\]\.env\[1\]: hides previous/
const annotated = (option: string): JsonObject => ({
  ...env,
  metadata: {
    name: 'api',
    namespace: 'shop',
    annotations: { 'argocd.argoproj.io/sync-options': option },
  },
})

describe('duplicate keys', () => {
  it.each([
    { name: 'Flux applies server-side', definition: flux, object: env },
    { name: 'Argo CD with the option', definition: argo(['ServerSideApply=true']), object: env },
    { name: 'the option on the object', definition: argo([]), object: annotated('ServerSideApply=true') },
  ])('are refused: $name', async ({ definition, object }) => {
    expect(await told(definition, object)).toEqual([refused])
  })
  it.each([
    { name: 'Argo CD', definition: argo([]), object: env },
    { name: 'nobody knows who applies', definition: undefined, object: env },
    {
      name: 'the object switches it off',
      definition: argo(['ServerSideApply=true']),
      object: annotated('ServerSideApply=false'),
    },
  ])('are a warning: $name', async ({ definition, object }) => {
    expect(await told(definition, object)).toEqual([expect.stringMatching(warned)])
  })
  it('take the default of a key into account', async () => {
    const ports = app({ ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] })
    expect(await told(flux, ports)).toEqual([
      expect.stringMatching(
        /DuplicateEntries .*ports\[1\]: duplicate entries for key \[containerPort=80,protocol="TCP"\]/,
      ),
    ])
  })
  it('of containers stay what the API server says of them', async () => {
    const twice = deployment('api', {
      containers: [
        { name: 'api', image: 'x:1' },
        { name: 'api', image: 'y:1' },
      ],
    })
    expect(await told(flux, twice)).toEqual([
      expect.stringMatching(
        /^required admission\/FieldValueDuplicate spec\.template\.spec\.containers\[1\]\.name/,
      ),
    ])
  })
  it('of one name and two protocols are fine', async () => {
    const ports = app({ ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }] })
    expect(await told(flux, ports)).toEqual([])
  })
})
