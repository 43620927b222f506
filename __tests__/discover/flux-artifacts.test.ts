/** Artifacts that an ArtifactGenerator makes: copies as `cp -r` makes them (fluxcd/source-watcher's builder). */
import { afterAll, describe, expect, it } from 'vitest'
import { matchPathPattern } from '../../src/discover/flux/path-pattern.ts'
import { shippedEngines } from '../check/harness.ts'
import {
  configMap,
  fluxKustomization,
  gitRepository,
  objectsOf,
  renderAll,
  renderFiles,
  type Files,
} from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const generator = (spec: string): string => `apiVersion: source.extensions.fluxcd.io/v1beta1
kind: ArtifactGenerator
metadata: {name: gen, namespace: flux-system}
spec: {sources: [{alias: repo, kind: GitRepository, name: flux-system}], ${spec}}
`
const build = (path: string, name = 'made'): string =>
  fluxKustomization('apps', path).replace(
    'kind: GitRepository, name: flux-system',
    `kind: ExternalArtifact, name: ${name}`,
  )

const ground: Files = {
  'apps/web/kustomization.yaml': 'resources: [c.yaml, ../shared]\n',
  'apps/web/c.yaml': configMap('web'),
  'apps/web/notes.md': 'notes',
  'apps/api/kustomization.yaml': 'resources: [c.yaml]\n',
  'apps/api/c.yaml': configMap('api'),
  'infra/shared/kustomization.yaml': 'resources: [s.yaml]\n',
  'infra/shared/s.yaml': configMap('shared'),
  'envs/prod/patch.yaml': configMap('patched'),
}

async function rendered(copies: string, path: string, more: Files = {}): Promise<unknown> {
  const files = {
    ...ground,
    ...more,
    'clusters/a/sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/a')}---\n${build(path)}---\n${generator(`artifacts: [{name: made, copy: [${copies}]}]`)}`,
  }
  const { pairs } = await renderAll(files, engines)
  const side = pairs.find(({ id }) => id === 'flux/a/flux-system/apps')?.head
  if (side?.state !== 'rendered') return side?.state === 'failed' ? side.failure.message : side?.reason.reason
  return side.objects.map(({ identity, origin }) => `${identity.name} ${origin.file ?? ''}`)
}

describe('several roots', () => {
  it.each<[string, string, string, unknown]>([
    [
      'contents of one folder beside another folder',
      '{from: "@repo/apps/web/**", to: "@artifact/web/"}, {from: "@repo/infra/shared", to: "@artifact/"}',
      './web',
      ['web apps/web/c.yaml', 'shared infra/shared/s.yaml'],
    ],
    [
      'a folder keeps its name',
      '{from: "@repo/apps/api", to: "@artifact/deep/"}',
      './deep/api',
      ['api apps/api/c.yaml'],
    ],
    [
      'a pattern keeps the path',
      '{from: "@repo/apps/a*", to: "@artifact/x"}',
      './x/apps/api',
      ['api apps/api/c.yaml'],
    ],
    [
      'a later copy replaces a file',
      '{from: "@repo/apps/api/**", to: "@artifact/"}, {from: "@repo/envs/prod/patch.yaml", to: "@artifact/c.yaml"}',
      './',
      ['patched envs/prod/patch.yaml'],
    ],
    [
      'a folder without a kustomization gets one, over what was copied',
      '{from: "@repo/apps/api/c.yaml", to: "@artifact/all/"}, {from: "@repo/envs/prod/*", to: "@artifact/all"}',
      './all',
      ['api apps/api/c.yaml', 'patched envs/prod/patch.yaml'],
    ],
    [
      'what is excluded is not there',
      '{from: "@repo/apps/web/**", to: "@artifact/web/"}, {from: "@repo/infra/**", to: "@artifact/", exclude: ["s.yaml"]}',
      './web',
      expect.stringContaining('s.yaml'),
    ],
    [
      'a pattern without matches',
      '{from: "@repo/nothing/*", to: "@artifact/"}',
      './',
      expect.stringContaining("no files match '@repo/nothing/*'"),
    ],
    [
      'a path that is not there',
      '{from: "@repo/apps/none", to: "@artifact/"}',
      './',
      expect.stringContaining("source '@repo/apps/none' does not exist"),
    ],
    [
      'everything that matches is excluded',
      '{from: "@repo/apps/api/*", to: "@artifact/", exclude: ["*.yaml"]}',
      './',
      expect.stringContaining("all files that match '@repo/apps/api/*' are excluded"),
    ],
    [
      'one file that is excluded is no error',
      '{from: "@repo/apps/api/**", to: "@artifact/"}, {from: "@repo/envs/prod/patch.yaml", to: "@artifact/", exclude: ["patch.yaml"]}',
      './',
      ['api apps/api/c.yaml'],
    ],
    [
      'merging where nothing is there yet is copying',
      '{from: "@repo/apps/api/**", to: "@artifact/", strategy: Merge}',
      './',
      ['api apps/api/c.yaml'],
    ],
    [
      'merging into a file that is there',
      '{from: "@repo/apps/api/**", to: "@artifact/"}, {from: "@repo/envs/prod/patch.yaml", to: "@artifact/c.yaml", strategy: Merge}',
      './',
      ['patched envs/prod/patch.yaml'],
    ],
    [
      'a folder that is merged replaces what is there',
      '{from: "@repo/apps/api/c.yaml", to: "@artifact/prod/patch.yaml"}, {from: "@repo/envs/prod", to: "@artifact/", strategy: Merge}',
      './prod',
      ['patched envs/prod/patch.yaml'],
    ],
    [
      'extracting is told',
      '{from: "@repo/apps/api/*.tgz", to: "@artifact/", strategy: Extract}',
      './',
      expect.stringContaining('with the strategy Extract'),
    ],
  ])('%s', async (_, copies, path, wanted) => {
    expect(await rendered(copies, path)).toEqual(wanted)
  })

  it('a change of a copied file touches the target, others do not', async () => {
    const copies =
      '{from: "@repo/apps/web/**", to: "@artifact/web/"}, {from: "@repo/infra/shared", to: "@artifact/"}'
    const definitions = `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/a')}---\n${build('./web')}---\n${generator(`artifacts: [{name: made, copy: [${copies}]}]`)}`
    const files = { ...ground, 'clusters/a/sync.yaml': definitions }
    const touched = async (head: Files): Promise<boolean> => {
      const { pairs } = await renderFiles(files, { ...files, ...head }, engines)
      return pairs.some(({ id }) => id === 'flux/a/flux-system/apps')
    }
    expect(await touched({ 'infra/shared/s.yaml': configMap('shared', 'a: "2"') })).toBe(true)
    expect(await touched({ 'infra/shared/new.yaml': configMap('new') })).toBe(true)
    expect(await touched({ 'infra/other.yaml': configMap('other') })).toBe(false)
  })
})

describe('pathPattern', () => {
  it.each<[string, string, Record<string, string> | undefined]>([
    ['apps/{app}', 'apps/web', { app: 'web' }],
    ['apps/{app}', 'apps/web/x', undefined],
    ['apps/{app}', 'apps', undefined],
    ['apps/{app}/envs/{env}', 'apps/a.b/envs/prod', { app: 'a.b', env: 'prod' }],
    ['{a}-{b}', 'x-y-z', { a: 'x-y', b: 'z' }],
    ['apps/v{n}', 'apps/w1', undefined],
  ])('%s and %s', (pattern, directory, wanted) => {
    expect(matchPathPattern(pattern, directory)).toEqual(wanted)
  })

  it('names artifacts by folders', async () => {
    const files = {
      ...ground,
      'clusters/a/sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/a')}---\n${build('./', 'app-api')}---\n${generator('pathPattern: "@repo/apps/{app}", artifacts: [{name: "app-{app}", copy: [{from: "@repo/apps/{app}/**", to: "@artifact/"}]}]')}`,
    }
    const rendered = await renderAll(files, engines)
    expect(objectsOf(rendered, 'flux/a/flux-system/apps')).toEqual(['ConfigMap /api'])
  })
})
