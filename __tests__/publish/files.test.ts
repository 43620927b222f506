import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeReportFile } from '../../src/publish/files.ts'

let root: string
let workspace: string
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'preadmit-files-')))
  workspace = join(root, 'workspace')
  await mkdir(workspace)
  await writeFile(join(root, 'canary'), 'untouched')
})
afterEach(async () => {
  await rm(root, { recursive: true })
})

describe('writeReportFile', () => {
  test.each([
    ['a file', 'report.json'],
    ['in a directory that is not there yet', 'out/a/report.json'],
  ])('writes %s', async (_, path) => {
    expect(await writeReportFile(workspace, path, 'text')).toBe(join(workspace, path))
    expect(await readFile(join(workspace, path), 'utf8')).toBe('text')
  })
  test('replaces what was there, whole', async () => {
    await writeReportFile(workspace, 'report.json', 'a long first text')
    await writeReportFile(workspace, 'report.json', 'short')
    expect(await readFile(join(workspace, 'report.json'), 'utf8')).toBe('short')
  })
  test('writes outside the workspace where the workflow names an absolute path', async () => {
    await writeReportFile(workspace, join(root, 'temp/report.json'), 'text')
    expect(await readFile(join(root, 'temp/report.json'), 'utf8')).toBe('text')
  })
  test('never through a link that stands at the path', async () => {
    await symlink(join(root, 'canary'), join(workspace, 'report.json'))
    await expect(writeReportFile(workspace, 'report.json', 'text')).rejects.toMatchObject({
      code: 'not-writable',
    })
    expect(await readFile(join(root, 'canary'), 'utf8')).toBe('untouched')
  })
  test.each([['out/report.json'], ['out/deeper/report.json']])(
    'never through a linked directory: %s',
    async (path) => {
      await symlink(root, join(workspace, 'out'))
      await expect(writeReportFile(workspace, path, 'text')).rejects.toMatchObject({
        code: 'leaves-workspace',
      })
      await expect(stat(join(root, 'deeper'))).rejects.toThrow()
      await expect(stat(join(root, 'report.json'))).rejects.toThrow()
    },
  )
  test('says which path cannot be written', async () => {
    await expect(writeReportFile(workspace, 'x'.repeat(300), 'text')).rejects.toThrow(
      /cannot be written to x+/,
    )
  })
})
