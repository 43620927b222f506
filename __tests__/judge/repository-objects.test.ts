import { afterAll, describe, expect, it } from 'vitest'
import { readRepositoryObjects } from '../../src/judge/repository-objects.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { shippedEngines } from './engines.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`
const names = (objects: readonly { readonly [key: string]: unknown }[]): unknown[] =>
  objects.map(({ metadata }) => (metadata as { name: string }).name)

describe('namespaces and definitions in files', () => {
  it('of both trees, among other documents', async () => {
    const shared = {
      'a.yaml': `${namespace('one')}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n`,
    }
    const found = await readRepositoryObjects(
      {
        base: memoryTree({ ...shared, 'gone.yml': namespace('gone') }),
        head: memoryTree({
          ...shared,
          'new.json': '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"new"}}',
          'crd.yaml':
            'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: crd}\n',
          'note.txt': namespace('text'),
          'templates/t.yaml': 'kind: Namespace\nmetadata: {name: {{ .Values.x }}}\n',
        }),
      },
      engines,
    )
    expect(names(found.base)).toEqual(['one', 'gone'])
    expect(names(found.head)).toEqual(['one', 'crd', 'new'])
    expect(found.notChecked).toEqual([])
  })

  it('a file that breaks the parser does not hide the others', async () => {
    const deep = `${namespace('deep')}x: ${'['.repeat(200_000)}\n`
    const found = await readRepositoryObjects(
      {
        base: memoryTree({}),
        head: memoryTree({ 'a.yaml': namespace('a'), 'b.yaml': deep, 'c.yaml': namespace('c') }),
      },
      engines,
    )
    expect(names(found.head)).toEqual(expect.arrayContaining(['a', 'c']))
  })

  it('definitions of the groups that are asked for, and of configured paths', async () => {
    const definition = (group: string, kind: string): string =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ${kind}}\nspec: {group: ${group}}\n`
    const head = memoryTree({
      'a.yaml': definition('shop.example.com', 'wanted'),
      'b.yaml': definition('other.example.com', 'other'),
      'crds/c.yaml': definition('third.example.com', 'configured'),
      'ns.yaml': namespace('one'),
    })
    const groups = new Set(['shop.example.com'])
    const found = await readRepositoryObjects({ base: head, head }, engines, { groups, crds: ['crds'] })
    expect(names(found.head)).toEqual(['wanted', 'configured', 'one'])
    const none = await readRepositoryObjects({ base: head, head }, engines, { groups: new Set() })
    expect(names(none.head)).toEqual(['one'])
    const all = await readRepositoryObjects({ base: head, head }, engines)
    expect(names(all.head)).toEqual(['wanted', 'other', 'configured', 'one'])
  })
})
