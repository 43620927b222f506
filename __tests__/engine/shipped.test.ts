/** The engines of dist/ behind the pool: what a hostile repository tries, and that the next job never notices. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HelmRequest, KustomizeRequest } from '../../src/engine/api.ts'
import type { EngineAnswer, Engines } from '../../src/engine/engines.ts'
import { createEngines } from '../../src/engine/pool.ts'
import { memoryTree, type MemoryEntry } from '../../src/source/memory-tree.ts'

type Files = Readonly<Record<string, MemoryEntry>>

const timeLimit = 4000
let engines: Engines
beforeAll(() => {
  const directory = new URL('../../dist/engines/', import.meta.url)
  engines = createEngines({ directory, cores: 2, timeLimits: { render: timeLimit } })
  engines.warm('render')
})
afterAll(() => engines.close())

const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n'

function kustomize(files: Files, declared = ['app']) {
  const request: KustomizeRequest = {
    op: 'kustomize',
    root: 'app',
    order: 'legacy',
    loadRestrictions: 'none',
    enableHelm: false,
  }
  const tree = memoryTree(files, { time: 1_800_000_000 })
  return engines.render.run(request, { tree, declared: { files: [], directories: declared }, label: 'app' })
}

/** A chart of one template. */
function chart(template: string, time = 1_800_000_000) {
  const request: HelmRequest = { op: 'helm', chart: 'c', release: 'r', namespace: 'n', includeCRDs: true }
  const tree = memoryTree(
    { 'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n', 'c/templates/a.yaml': template },
    { time },
  )
  return engines.render.run(request, { tree, declared: { files: [], directories: ['c'] }, label: 'c' })
}

function code(answer: EngineAnswer<unknown>): string {
  return answer.ok ? 'ok' : answer.error.code
}
const told = (answer: EngineAnswer<unknown>) =>
  answer.ok ? JSON.stringify(answer.result) : answer.error.message

describe('state', () => {
  // kustomize keeps openapi.path in a global; the engine resets it and the host rewinds: either alone must do.
  const custom = `apiVersion: example.test/v1\nkind: Thing\nmetadata: {name: t}\nspec: {items: [{id: a, v: 1}, {id: b, v: 2}]}\n`
  const patch = `apiVersion: example.test/v1\nkind: Thing\nmetadata: {name: t}\nspec: {items: [{id: b, v: 3}]}\n`
  const schema = JSON.stringify({
    definitions: {
      'test.example.v1.Thing': {
        properties: {
          spec: {
            properties: {
              items: {
                type: 'array',
                items: { type: 'object', properties: { id: { type: 'string' } } },
                'x-kubernetes-patch-merge-key': 'id',
                'x-kubernetes-patch-strategy': 'merge',
              },
            },
          },
        },
        'x-kubernetes-group-version-kind': [{ group: 'example.test', kind: 'Thing', version: 'v1' }],
      },
    },
  })
  const base = { 'app/t.yaml': custom, 'app/p.yaml': patch }
  const plain = (salt: string): Files => ({
    ...base,
    'app/kustomization.yaml': `resources: [t.yaml]\npatches: [{path: p.yaml}]\n# ${salt}\n`,
  })
  const withSchema = (salt: string): Files => ({
    ...base,
    'app/schema.json': schema,
    'app/kustomization.yaml': `resources: [t.yaml]\npatches: [{path: p.yaml}]\nopenapi: {path: schema.json}\n# ${salt}\n`,
  })

  test('of one kustomization is not in the next, in any order', async () => {
    const answers: string[] = []
    // One after the other, so that they share instances; comments make them different jobs.
    for (const files of [plain('1'), withSchema('2'), plain('3'), withSchema('4'), plain('5')]) {
      answers.push(told(await kustomize(files)))
    }
    const [a, b] = answers
    expect(a).toContain('"v":3')
    expect(b).toContain('"v":1')
    expect(a).not.toBe(b)
    expect(answers).toEqual([a, b, a, b, a])
  })
})

describe('hostile templates end, and the next job is answered', () => {
  test.each([
    ['an endless loop', '{{ range until 60000 }}{{ range until 60000 }}{{ end }}{{ end }}', /^timeout$/],
    [
      'a memory eater',
      'a: {{ $x := repeat 1000000 "xxxxxxxxxx" }}{{ range until 900 }}{{ $x = print $x $x }}{{ end }}',
      /^(memory|limit)$/,
    ],
    ['one string of 1.5 GB', 'a: {{ repeat 1500000000 "x" }}', /^(memory|limit)$/],
    [
      'a template that includes itself',
      '{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}',
      /^(invalid|limit)$/,
    ],
    ['the environment', '{{ env "HOME" }}', /^invalid$/],
  ])('%s', async (_name, template, expected) => {
    const [bad, good] = await Promise.all([
      chart(template),
      kustomize({
        'app/kustomization.yaml': `resources: [a.yaml]\n# ${template.length}\n`,
        'app/a.yaml': configMap,
      }),
    ])
    expect(code(bad)).toMatch(expected)
    expect(code(good)).toBe('ok')
    expect(code(await chart(`# after ${template.length}\n${configMap}`))).toBe('ok')
  })
})

describe('reads', () => {
  test('outside of what was declared are recorded', async () => {
    const answer = await kustomize({
      'app/kustomization.yaml': 'resources: [../shared]\n',
      'shared/kustomization.yaml': 'resources: [a.yaml]\n',
      'shared/a.yaml': configMap,
    })
    expect(code(answer)).toBe('ok')
    expect(answer.undeclared).toContain('shared/a.yaml')
    expect(answer.undeclared.every((path) => path.startsWith('shared'))).toBe(true)
  })

  test('declared ones are not', async () => {
    const files = {
      'app/kustomization.yaml': 'resources: [../shared]\n',
      'shared/kustomization.yaml': 'resources: [a.yaml]\n',
      'shared/a.yaml': configMap,
    }
    const answer = await kustomize(files, ['app', 'shared'])
    expect(code(answer)).toBe('ok')
    expect(answer.undeclared).toEqual([])
    expect(answer.read).toEqual(expect.arrayContaining(Object.keys(files)))
  })

  test.each([
    ['out of the repository', '../../etc/passwd', 'outside-repository'],
    ['in a circle', 'link.yaml', 'link-loop'],
  ])('through a link %s are refused', async (_name, symlink, reason) => {
    const answer = await kustomize({
      'app/kustomization.yaml': 'resources: [link.yaml]\n',
      'app/link.yaml': { symlink },
    })
    expect(code(answer)).toBe('refused')
    expect(answer.refused).toEqual({ 'app/link.yaml': reason })
  })
})

describe('what differs between two real runs', () => {
  const template =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {now: "{{ now | date "2006" }}", r: "{{ randAlphaNum 8 }}"}\n'

  test('repeats, is counted, and tells the tree’s time', async () => {
    const [first, second] = [await chart(template), await chart(`${template}# again\n`)]
    expect(told(first)).toContain('"now":"2027"')
    expect(told(second)).toBe(told(first))
    expect(first.impure).toMatchObject({ clock: 1, random: 1 })
    expect(told(await chart(template, 0))).toContain('"now":"1970"')
  })
})

test('every shipped engine says what it embeds', () => {
  const names = Object.keys(engines.versions).filter((name) => !name.includes('/'))
  expect(names).toEqual(expect.arrayContaining(['render', 'kubeconform']))
  expect(engines.versions['render/helm']).toMatch(/^v4\./)
})
