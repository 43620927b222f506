import { describe, expect, test } from 'vitest'
import { createContentStore } from '../../src/engine/contents.ts'
import { digestListing, listDeclared } from '../../src/engine/listing.ts'
import { packShipment } from '../../src/engine/shipment.ts'
import { createView, type Look } from '../../src/engine/view.ts'
import type { Tree } from '../../src/model/tree.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'

const tree = memoryTree({
  'app/kustomization.yaml': 'k',
  'app/values/prod.yaml': 'p',
  'app/linked.yaml': { symlink: '../shared/common.yaml' },
  'app/folder': { symlink: '../shared/folder' },
  'app/out': { symlink: '../../etc/passwd' },
  'app/gone': { symlink: 'nowhere' },
  'app/up': { symlink: '..' },
  'app/loop': { symlink: 'loop' },
  'app/module': { submodule: '1'.repeat(40) },
  'shared/common.yaml': 'c',
  'shared/folder/deep/x.yaml': 'x',
  'via/inner': { symlink: '../shared' },
  'other/secret.yaml': 's',
})

/** A view of what is declared, with every question it asked. */
async function viewOf(declared: { files?: string[]; directories?: string[] }) {
  const listing = listDeclared(tree, { files: declared.files ?? [], directories: declared.directories ?? [] })
  const shipment = await packShipment(tree, listing, createContentStore())
  const questions: string[] = []
  const view = createView(shipment, (path) => {
    questions.push(path)
    const answer: Look = { kind: 'directory', path, names: ['asked'] }
    return answer
  })
  return { view, questions }
}

function said(look: Look): string {
  if (look.kind === 'file') {
    const { block, offset, length } = look.content
    return `${look.path}: ${Buffer.from(new Uint8Array(block, offset, length)).toString()}`
  }
  if (look.kind === 'refused') return `refused ${look.reason}`
  return look.kind === 'missing' ? 'missing' : `directory ${look.path}`
}

describe('a declared directory is answered without a question', () => {
  test.each([
    ['a file', 'app/kustomization.yaml', 'app/kustomization.yaml: k'],
    ['a file below', 'app/values/prod.yaml', 'app/values/prod.yaml: p'],
    ['a name that is not there', 'app/Kustomization', 'missing'],
    ['a folder that is not there', 'app/no/such.yaml', 'missing'],
    ['something below a file', 'app/kustomization.yaml/x', 'missing'],
    ['the folder itself', 'app', 'directory app'],
    ['the root above it', '', 'directory '],
    ['a link to a file outside of it', 'app/linked.yaml', 'shared/common.yaml: c'],
    ['a file through a link to a folder', 'app/folder/deep/x.yaml', 'shared/folder/deep/x.yaml: x'],
    ['nothing through a link to a folder', 'app/folder/none.yaml', 'missing'],
    ['a link that leaves the repository', 'app/out', 'refused outside-repository'],
    ['something below such a link', 'app/out/x', 'refused outside-repository'],
    ['a link to nothing', 'app/gone', 'refused dangling-link'],
    ['a link to itself', 'app/loop', 'refused link-loop'],
    ['a submodule', 'app/module', 'refused submodule'],
    ['something in a submodule', 'app/module/x.yaml', 'refused submodule'],
  ])('%s', async (_name, path, expected) => {
    const { view, questions } = await viewOf({ directories: ['./app/'] })
    expect(said(view.look(path))).toBe(expected)
    expect(questions).toEqual([])
    expect(view.record().undeclared).toEqual([])
  })

  test('its names', async () => {
    const { view } = await viewOf({ directories: ['app'] })
    expect(view.list('app/values')).toEqual(['prod.yaml'])
    expect(view.list('app/folder')).toEqual(['deep'])
    expect(view.list('app/kustomization.yaml')).toBeUndefined()
  })
})

describe('declared files', () => {
  test.each([
    ['through a link above', 'via/inner/common.yaml', 'shared/common.yaml: c'],
    ['that are not there', 'app/none.yaml', 'missing'],
    ['that leave the repository', 'app/out', 'refused outside-repository'],
  ])('%s', async (_name, path, expected) => {
    const { view, questions } = await viewOf({ files: [path] })
    expect(said(view.look(path))).toBe(expected)
    expect(questions).toEqual([])
  })
})

describe('what was not declared', () => {
  test('is asked once and recorded', async () => {
    const { view, questions } = await viewOf({ directories: ['app'] })
    expect(said(view.look('other/secret.yaml'))).toBe('directory other/secret.yaml')
    view.look('other/secret.yaml')
    expect(questions).toEqual(['other/secret.yaml'])
    expect(view.record().undeclared).toEqual(['other/secret.yaml'])
  })

  test('names of a folder of which only a file was declared', async () => {
    const { view, questions } = await viewOf({ files: ['app/values/prod.yaml'] })
    expect(said(view.look('app/values'))).toBe('directory app/values')
    expect(questions).toEqual([])
    expect(view.list('app/values')).toEqual(['asked'])
    expect(view.record().undeclared).toEqual(['app/values'])
  })

  test('a link to the root does not pull in everything', async () => {
    const { view, questions } = await viewOf({ directories: ['app'] })
    view.look('app/up/other/secret.yaml')
    expect(questions).toEqual(['other/secret.yaml'])
  })
})

test('the record holds real paths, links and what was missing', async () => {
  const { view } = await viewOf({ directories: ['app'] })
  for (const path of ['app/linked.yaml', 'app/none', 'app/out']) view.look(path)
  expect(view.record()).toEqual({
    read: ['app/linked.yaml', 'app/none', 'app/out', 'shared/common.yaml'],
    undeclared: [],
    refused: { 'app/out': 'outside-repository' },
  })
})

describe('the digest of what is declared', () => {
  const base = { 'a/x': '1', 'a/y': '2', 'b/z': '3' }
  const digest = (of: Tree) =>
    digestListing(listDeclared(of, { files: ['b/z', 'b/new'], directories: ['a'] }))
  test.each<[string, Parameters<typeof memoryTree>[0], boolean]>([
    ['equal content', { ...base }, true],
    ['another file elsewhere', { ...base, 'c/other': '4' }, true],
    ['another content', { ...base, 'a/x': '9' }, false],
    ['a new name', { ...base, 'a/w': '1' }, false],
    ['a file that was missing', { ...base, 'b/new': '' }, false],
    ['a link of the same content', { ...base, 'a/x': { symlink: 'y' } }, false],
  ])('%s', (_name, files, equal) => {
    expect(digest(memoryTree(files)) === digest(memoryTree(base))).toBe(equal)
  })
})
