import { afterAll, describe, expect, test } from 'vitest'
import { discover } from '../../src/discover/discover.ts'
import { definitionKind } from '../../src/discover/found.ts'
import { repositoryOf } from '../../src/discover/repository.ts'
import { readPlainBuild } from '../../src/render/plain-build.ts'
import { lookInto, renderTarget } from '../../src/render/render-target.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { shippedEngines } from '../check/harness.ts'
import { configurationOf, gitRepository, type Files } from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const release = (spec: string, name = 'a', namespace = ''): string =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: ${name}${namespace}}\nspec: ${spec}\n`
const list = (...resources: string[]): string => `kind: Kustomization\nresources: [${resources.join(', ')}]\n`
const patch = (spec: string, target = '{group: helm.toolkit.fluxcd.io, kind: HelmRelease}'): string =>
  `{patch: "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: _}, spec: ${spec}}", target: ${target}}`
const spec =
  '{interval: 1h, chartRef: {kind: OCIRepository, name: a}, values: {list: [1, {b: 2}], k: 010, other: [1_000, 0x1F, 1e3, 1:30, ~x, 0o17, .5]}}'
const app: Files = { 'app/kustomization.yaml': list('a.yaml'), 'app/a.yaml': release(spec) }

interface Case {
  readonly name: string
  /** Of the Flux Kustomization. */
  readonly added: string
  readonly files?: Files
  readonly plain: boolean
}
const cases: readonly Case[] = [
  { name: 'a list', added: '', plain: true },
  {
    name: 'a key that YAML 1.1 takes for a truth value',
    added: '',
    files: { 'app/a.yaml': release('{interval: 1h, values: {grid: {x: 1, y: 2}}}') },
    plain: false,
  },
  ...['on', '[a, y]', '2001-01-01', '"a" # no', '!!str 1'].map((value) => ({
    name: `a value as YAML 1.1 reads it, ${value}`,
    added: '',
    files: { 'app/a.yaml': release(`\n  interval: 1h\n  values:\n    word: ${value}`) },
    plain: false,
  })),
  { name: 'a namespace', added: 'targetNamespace: there', plain: true },
  {
    name: 'a namespace over one that is written',
    added: 'targetNamespace: there',
    files: { 'app/a.yaml': release(spec, 'a', ', namespace: here') },
    plain: true,
  },
  {
    name: 'two objects that a namespace makes one',
    added: 'targetNamespace: there',
    files: {
      'app/a.yaml': `${release(spec, 'a', ', namespace: x')}---\n${release(spec, 'a', ', namespace: y')}`,
    },
    plain: false,
  },
  {
    name: 'a Namespace among them',
    added: 'targetNamespace: there',
    files: { 'app/a.yaml': `${release(spec)}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n` },
    plain: false,
  },
  {
    name: 'fields set',
    added: `patches: [${patch('{install: {crds: Skip}, interval: 2h, values: {k: 1}}')}]`,
    plain: true,
  },
  {
    name: 'two patches in their order',
    added: `patches: [${patch('{interval: 2h}')}, ${patch('{interval: 3h}', '{kind: HelmRelease, name: a}')}]`,
    plain: true,
  },
  {
    name: 'a patch of something else',
    added: `patches: [${patch('{interval: 2h}', '{kind: HelmRel.ase, name: b}')}]`,
    plain: true,
  },
  {
    name: 'a pattern',
    added: `patches: [${patch('{interval: 2h}', '{kind: HelmRelease, name: "a|b"}')}]`,
    plain: false,
  },
  {
    name: 'a label selector',
    added: `patches: [${patch('{interval: 2h}', '{kind: HelmRelease, labelSelector: x=y}')}]`,
    plain: false,
  },
  { name: 'a list in a patch', added: `patches: [${patch('{values: {list: [3]}}')}]`, plain: false },
  { name: 'a deletion', added: `patches: [${patch('{interval: null}')}]`, plain: false },
  {
    name: 'a directive',
    added: `patches: [${patch('{values: {$patch: replace, x: 1}}')}]`,
    plain: false,
  },
  {
    name: 'fields of another form',
    added: `patches: [${patch('{values: {list: {a: 1}}}')}]`,
    plain: false,
  },
  {
    name: 'a null that a merge takes away',
    added: `patches: [${patch('{interval: 2h}')}]`,
    files: { 'app/a.yaml': release('{interval: 1h, values: null}') },
    plain: false,
  },
  {
    name: 'another version',
    added: `patches: [${patch('{interval: 2h}')}]`,
    files: { 'app/a.yaml': release(spec).replace('/v2\n', '/v2beta2\n') },
    plain: false,
  },
  {
    name: 'a JSON patch',
    added: 'patches: [{patch: "[{op: remove, path: /spec/interval}]", target: {kind: HelmRelease}}]',
    plain: false,
  },
  {
    name: 'a component that lists files',
    added: 'components: [../more]',
    files: {
      'more/kustomization.yaml': list('b.yaml').replace('Kustomization', 'Component'),
      'more/b.yaml': release(spec, 'b'),
    },
    plain: true,
  },
  {
    name: 'a component that patches',
    added: 'components: [../more]',
    files: {
      'more/kustomization.yaml': `kind: Component\nresources: [b.yaml]\npatches: [${patch('{interval: 5h}')}]\n`,
      'more/b.yaml': release(spec, 'b'),
    },
    plain: false,
  },
  {
    name: 'variables',
    added: 'targetNamespace: there\n  postBuild: {substitute: {TIME: 7h}}',
    files: { 'app/a.yaml': release(spec.replace('1h', '"${TIME}"')) },
    plain: true,
  },
  {
    name: 'an empty kustomization below',
    added: 'targetNamespace: there',
    files: {
      'app/kustomization.yaml': list('a.yaml', 'none'),
      'app/none/kustomization.yaml': 'kind: Kustomization\n',
    },
    plain: false,
  },
]

describe('what an untouched Kustomization holds is what kustomize builds', () => {
  test.each(cases)('$name', async ({ added, files = {}, plain }) => {
    const definition = `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: app, namespace: flux-system}\nspec:\n  interval: 1h\n  prune: true\n  path: ./app\n  sourceRef: {kind: GitRepository, name: flux-system}\n  ${added}\n`
    const tree = memoryTree(
      { 'cluster/git.yaml': gitRepository, 'cluster/app.yaml': definition, ...app, ...files },
      { time: 0 },
    )
    const configuration = await configurationOf(tree)
    const { targets } = await discover(tree, configuration, engines, undefined)
    const repository = await repositoryOf(tree, configuration, engines, undefined)
    const target = targets.find(({ kind }) => kind === 'flux-kustomization')
    if (target?.plan.tool !== 'kustomize') throw new TypeError('no Kustomization')
    const context = { tree, engines, repository }

    expect((await readPlainBuild(target.plan, target, context)) !== undefined).toBe(plain)
    const definitions = (rendering: Awaited<ReturnType<typeof lookInto>>) =>
      rendering.state === 'rendered'
        ? rendering.objects
            .filter(({ object }) => definitionKind(object) !== undefined)
            .map(({ object, identity, origin: { file, document } }) => ({ object, identity, file, document }))
        : rendering.state
    const built = definitions(await renderTarget(target, context, true))
    expect(definitions(await lookInto(target, context, true))).toEqual(built)
    if (plain) expect(built.length).toBeGreaterThan(0)
  })
})
