import { describe, expect, it } from 'vitest'
import { buildEnvironment, expandEnvironment } from '../../src/discover/argocd/build-environment.ts'
import {
  overrideParameters,
  ParameterTypeError,
  textMap,
  flattenParameters,
  normalizeName,
  override,
  pathParameters,
} from '../../src/discover/argocd/parameters.ts'
import { matchesSelector } from '../../src/discover/argocd/selector.ts'
import { mergePatch } from '../../src/discover/argocd/source-overrides.ts'
import { fastTemplate } from '../../src/discover/argocd/templates.ts'
import { placementOf } from '../../src/discover/environment.ts'
import { releaseName } from '../../src/discover/flux/release-name.ts'
import { setValue } from '../../src/discover/flux/set-value.ts'
import { compileSourceIgnore } from '../../src/discover/flux/source-ignore.ts'
import { repositoryKey } from '../../src/discover/git-url.ts'
import { editImages, parseImage } from '../../src/discover/kustomization-edits.ts'
import { isRemoteReference, pluginFiles, referencesOf } from '../../src/discover/kustomization-references.ts'
import { isWithin, joinInsideRoot, joinPath } from '../../src/discover/paths.ts'
import { compileWildcard, doublestar, gitPathspec, gobwas, goPathMatch } from '../../src/discover/wildcard.ts'
import { parseConfiguration } from './configuration.ts'

describe('one repository under many URLs', () => {
  const same = [
    'https://github.com/acme/fleet',
    'https://github.com/acme/fleet.git',
    'https://github.com/Acme/Fleet/',
    'git@github.com:acme/fleet.git',
    'git@github.com:/acme/fleet',
    'ssh://git@github.com/acme/fleet.git',
    'ssh://git@ssh.github.com:443/acme/fleet.git',
    'https://token@github.com:443/acme/fleet',
  ]
  it.each(same)('%s', (url) => {
    expect(repositoryKey(url)).toBe('github.com/acme/fleet')
  })
  it.each([
    'https://github.com/acme/fleet2',
    'https://gitlab.com/acme/fleet',
    'https://github.com/other/fleet',
  ])('but not %s', (url) => {
    expect(repositoryKey(url)).not.toBe('github.com/acme/fleet')
  })
})

describe('paths stay in the tree', () => {
  it.each([
    ['a/b', '../c', 'a/c'],
    ['a', './x//y/', 'a/x/y'],
    ['', '.', ''],
    ['a', '..', ''],
    ['a', '../..', undefined],
    ['a', '/etc/passwd', undefined],
    ['', '../x', undefined],
  ])('%s + %s', (directory, relative, wanted) => {
    expect(joinPath(directory, relative)).toBe(wanted)
  })
  it('a chroot keeps what climbs', () => {
    expect(joinInsideRoot('../up')).toBe('up')
    expect(joinInsideRoot('./a/../../b')).toBe('b')
  })
  it('a prefix is no parent', () => {
    expect(isWithin('apps/foo', 'apps/foo-bar/x')).toBe(false)
    expect(isWithin('apps/foo', 'apps/foo/x')).toBe(true)
  })
})

describe('wildcards of the tools', () => {
  it.each([
    ['gobwas: a star crosses folders', gobwas, '*.yaml', 'sub/a.yaml', true],
    ['gobwas: alternatives', gobwas, '{a.yml,sub/*}', 'sub/deep/c.yaml', true],
    ['gobwas: nested alternatives', gobwas, '{a,{b,c}}.yaml', 'c.yaml', true],
    ['gobwas: unbalanced matches nothing', gobwas, '{a', '{a', false],
    ['path.Match: a star stops at a slash', goPathMatch, 'apps/*', 'apps/a/b', false],
    ['path.Match: two stars are one', goPathMatch, '**', 'apps', true],
    ['path.Match: a class', goPathMatch, 'env-[a-c]', 'env-b', true],
    ['path.Match: a negated class', goPathMatch, 'env-[^a-c]', 'env-b', false],
    ['path.Match: braces are plain', goPathMatch, '{a,b}', 'a', false],
    ['pathspec: a star crosses folders', gitPathspec, 'cfg/*.yaml', 'cfg/prod/config.yaml', true],
    ['doublestar: no folder', doublestar, 'a/**/x.yaml', 'a/x.yaml', true],
    ['doublestar: two folders', doublestar, 'a/**/x.yaml', 'a/b/c/x.yaml', true],
    ['doublestar: a star stays', doublestar, 'a/*/x.yaml', 'a/b/c/x.yaml', false],
    ['doublestar: everything below', doublestar, 'a/**', 'a/b/c', true],
    ['an escaped star', doublestar, 'a\\*', 'a*', true],
    ['an open class matches nothing', gobwas, 'a[', 'a[', false],
  ])('%s', (_, rules, pattern, text, wanted) => {
    expect(compileWildcard(pattern, rules)(text)).toBe(wanted)
  })
  it('forty stars take no time (T40)', () => {
    const started = performance.now()
    expect(compileWildcard(`${'*a'.repeat(40)}b`, gobwas)('a'.repeat(2000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe("Argo CD's build environment", () => {
  const environment = buildEnvironment({
    name: 'web',
    namespace: 'prod',
    project: 'default',
    revision: '0123456789abcdef',
    repoUrl: 'https://git.example/a',
    path: 'apps/web',
    targetRevision: 'main',
  })
  it.each([
    ['$ARGOCD_APP_NAME-x', 'web-x'],
    ['${ARGOCD_APP_SOURCE_PATH}', 'apps/web'],
    ['$ARGOCD_APP_REVISION_SHORT/${ARGOCD_APP_REVISION_SHORT_8}', '0123456/01234567'],
    ['[$UNKNOWN]', '[]'],
    ['$$', '$'],
    ['a$$b', 'a$b'],
    ['a$ b', 'a$ b'],
    ['100$', '100$'],
    ['${}', ''],
    ['${open', 'open'],
  ])('%s', (text, wanted) => {
    expect(expandEnvironment(text, environment)).toBe(wanted)
  })
})

describe('parameters of ApplicationSets', () => {
  it('flatten', () => {
    expect(flattenParameters({ a: { b: 1, c: [true, null] }, 'd.e': 'x' })).toEqual({
      'a.b': '1',
      'a.c.0': 'true',
      'a.c.1': '<nil>',
      'd.e': 'x',
    })
  })
  it.each([
    ['My App_1', 'my-app-1'],
    ['-x-', 'x'],
    ['a'.repeat(300), 'a'.repeat(253)],
  ])('normalize %s', (name, wanted) => {
    expect(normalizeName(name)).toBe(wanted)
  })
  it('a path for Go templates, with a prefix', () => {
    expect(pathParameters({ directory: 'cfg/Prod', file: 'c.yaml' }, true, 'my')).toEqual({
      my: {
        path: {
          path: 'cfg/Prod',
          basename: 'Prod',
          basenameNormalized: 'prod',
          filename: 'c.yaml',
          filenameNormalized: 'c.yaml',
          segments: ['cfg', 'Prod'],
        },
      },
    })
  })
  it('a path without them', () => {
    expect(pathParameters({ directory: 'a/b' }, false, '')).toEqual({
      path: 'a/b',
      'path.basename': 'b',
      'path.basenameNormalized': 'b',
      'path[0]': 'a',
      'path[1]': 'b',
    })
  })
  it('a later set of parameters wins, empty values included; a template only where it says something', () => {
    expect(overrideParameters({ a: '1', m: { x: '1' }, e: '2' }, { a: '2', m: { y: '2' }, e: '' })).toEqual({
      a: '2',
      m: { x: '1', y: '2' },
      e: '',
    })
    expect(override({ a: '1', b: '1' }, { a: '2', b: '' })).toEqual({ a: '2', b: '1' })
  })
  it('a map of texts takes no map of anything, as the controller panics over it', () => {
    expect(overrideParameters({ values: textMap({ a: '1' }) }, { values: textMap({ b: '2' }) })).toEqual({
      values: { a: '1', b: '2' },
    })
    expect(() => overrideParameters({ values: textMap({ a: '1' }) }, { values: { b: '2' } })).toThrow(
      ParameterTypeError,
    )
    expect(overrideParameters({ values: { b: '2' } }, { values: textMap({ a: '1' }) })).toEqual({
      values: { a: '1', b: '2' },
    })
  })
  it('fasttemplate leaves unknown keys as they are', async () => {
    const value = { 'k-{{ a }}': '{{a}}-{{ b.c }}-{{nope}}-{{open' }
    expect(await fastTemplate.render(value, { a: '1', 'b.c': '2' })).toEqual({
      value: { 'k-1': '1-2-{{nope}}-{{open' },
    })
  })
  it.each([
    [{ matchLabels: { env: 'prod' } }, true],
    [{ matchLabels: { env: 'dev' } }, false],
    [{ matchExpressions: [{ key: 'env', operator: 'In', values: ['prod', 'x'] }] }, true],
    [{ matchExpressions: [{ key: 'no', operator: 'NotIn', values: ['prod'] }] }, true],
    [{ matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] }, false],
    [{ matchExpressions: [{ key: 'env', operator: 'Bogus' }] }, false],
  ])('selector %j', (selector, wanted) => {
    expect(matchesSelector(selector, { env: 'prod' })).toBe(wanted)
  })
  it('JSON merge patch', () => {
    expect(mergePatch({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: null }, d: [2] })).toEqual({
      a: { c: 2 },
      d: [2],
    })
  })
})

describe('kustomizations', () => {
  it('every kind of reference', () => {
    expect(
      referencesOf({
        resources: ['a.yaml', '../base'],
        components: ['../comp'],
        patches: [{ path: 'p.yaml' }, { patch: '- op: x' }],
        patchesStrategicMerge: ['s.yaml', 'apiVersion: v1\nkind: X'],
        patchesJson6902: [{ path: 'j.json' }],
        configMapGenerator: [{ name: 'c', files: ['k=f.txt', 'g.ini'], envs: ['e.env'], env: 'old.env' }],
        secretGenerator: [{ name: 's', files: ['pass'] }],
        replacements: [{ path: 'r.yaml' }],
        generators: ['gen.yaml'],
        crds: ['crd.json'],
        configurations: ['conf.yaml'],
        openapi: { path: 'schema.json' },
        helmCharts: [{ name: 'c', version: '1', repo: 'https://charts.example', valuesFile: 'v.yaml' }],
      }),
    ).toEqual({
      component: false,
      builds: ['a.yaml', '../base', '../comp', 'gen.yaml'],
      plugins: ['gen.yaml'],
      files: [
        's.yaml',
        'p.yaml',
        'j.json',
        'r.yaml',
        'f.txt',
        'g.ini',
        'e.env',
        'old.env',
        'pass',
        'crd.json',
        'conf.yaml',
        'schema.json',
        'v.yaml',
      ],
      charts: ['charts/c', 'charts/c-1'],
      remoteCharts: [{ name: 'c', repo: 'https://charts.example', version: '1', path: 'charts/c-1/c' }],
    })
  })
  it('files of plugin configurations', () => {
    expect(pluginFiles({ kind: 'PatchTransformer', path: 'p.yaml', x: [{ files: ['a=b.txt'] }] })).toEqual([
      'p.yaml',
      'b.txt',
    ])
  })
  it.each([
    ['https://github.com/a/b//c?ref=v1', true],
    ['github.com/a/b', true],
    ['git@github.com:a/b.git', true],
    ['../base', false],
    ['base?ref=v1', true],
  ])('remote: %s', (reference, wanted) => {
    expect(isRemoteReference(reference)).toBe(wanted)
  })
  it.each([
    ['nginx=reg:5000/nginx:1.2', { name: 'nginx', newName: 'reg:5000/nginx', newTag: '1.2' }],
    ['nginx:1.2', { name: 'nginx', newTag: '1.2' }],
    ['nginx@sha256:ab', { name: 'nginx', digest: 'sha256:ab' }],
    ['reg:5000/nginx=', { name: 'reg:5000/nginx' }],
    // kustomize edit refuses a bare name.
    ['reg:5000/nginx', undefined],
  ])('image %s', (text, wanted) => {
    expect(parseImage(text)).toEqual(wanted)
  })
  it('an image edit replaces the entry of its name as a whole', () => {
    expect(editImages([{ name: 'a', newName: 'b', newTag: '1' }], [{ name: 'a', newTag: '2' }])).toEqual([
      { name: 'a', newTag: '2' },
    ])
  })
})

describe('Flux', () => {
  it.each([
    [{ releaseName: '', targetNamespace: '', name: 'web' }, 'web'],
    [{ releaseName: '', targetNamespace: 'prod', name: 'web' }, 'prod-web'],
    [{ releaseName: 'given', targetNamespace: 'prod', name: 'web' }, 'given'],
    [
      {
        releaseName: '',
        targetNamespace: 'production',
        name: 'a-very-long-helm-release-name-that-goes-over-the-limit',
      },
      'production-a-very-long-helm-release-name-fc629057cf01',
    ],
  ])('release name %j', (parts, wanted) => {
    expect(releaseName(parts)).toBe(wanted)
  })
  it.each([
    ['a.b', '12', { a: { b: 12 } }],
    ['a', '"12"', { a: '12' }],
    ['list[1].name', 'x', { list: [null, { name: 'x' }] }],
    ['a\\.b', 'true', { 'a.b': true }],
    ['v', '007', { v: '007' }],
  ])('targetPath %s = %s', (path, text, wanted) => {
    expect(setValue({}, path, text, false)).toEqual({ values: wanted })
  })
  it('an index that only burns memory is refused (T43)', () => {
    expect(setValue({}, 'a[999999999]', 'x', false)).toEqual({
      error: expect.stringContaining('999999999') as string,
    })
  })
  it.each([
    ['apps/logo.png', '', true],
    ['.github/workflows/a.yaml', '', true],
    ['apps/a.yaml', '', false],
    ['cloudbuild.yaml', '', true],
    ['deep/.sops.yaml', '', true],
    ['docs/a.yaml', '/*\n!/apps/\n', true],
    ['apps/x/a.yaml', '/*\n!/apps/\n', false],
    ['a/vendor/x.yaml', 'vendor/\n', true],
    ['a/b.yaml', '# a comment\n\nb.yaml\n', true],
  ])('ignored %s with %j', (path, text, wanted) => {
    expect(compileSourceIgnore([{ base: '', text }])(path)).toBe(wanted)
  })
})

describe('clusters and environments', () => {
  const configuration = parseConfiguration({
    clusters: [
      {
        name: 'eu-1',
        environment: 'prod',
        kubernetes: '1.35',
        paths: ['clusters/eu-1'],
        destinations: ['https://eu.example'],
      },
    ],
  })
  it.each([
    ['by destination', { name: 'x', destinations: ['https://eu.example'], paths: [] }, 'eu-1', 'prod'],
    ['by path', { name: 'x', paths: ['clusters/eu-1/apps.yaml'] }, 'eu-1', 'prod'],
    ['by the parent', { name: 'x', paths: ['infra'], inherited: 'eu-1' }, 'eu-1', 'prod'],
    ['by the folder convention', { name: 'x', paths: ['clusters/staging-2/a.yaml'] }, 'staging-2', 'staging'],
    ['environment of the innermost folder', { name: 'x', paths: ['prod/apps/dev'] }, undefined, 'dev'],
    ['environment of a name with a region', { name: 'x', paths: ['overlays/prod-eu'] }, undefined, 'prod'],
    ['environment of the name', { name: 'web-qa', paths: ['apps/web'] }, undefined, 'qa'],
    ['nothing known', { name: 'web', paths: ['apps/web', 'products'] }, undefined, undefined],
  ])('%s', (_, hints, cluster, environment) => {
    const placement = placementOf(hints, configuration)
    expect([placement.cluster, placement.environment]).toEqual([cluster, environment])
  })
})
