/** The package as somebody installs it: packed by npm, unpacked elsewhere, called from there. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packKubeconform } from '../../../scripts/pack-kubeconform.ts'

const work = mkdtempSync(join(tmpdir(), 'kubeconform-package-'))
const project = join(work, 'project')
afterAll(() => {
  rmSync(work, { recursive: true })
})

beforeAll(async () => {
  await packKubeconform(join(work, 'package'))
  const installed = join(project, 'node_modules/@preadmit/kubeconform-wasm')
  mkdirSync(installed, { recursive: true })
  execFileSync('npm', ['pack', '--silent', '--pack-destination', work], { cwd: join(work, 'package') })
  const [tarball = ''] = execFileSync('ls', [work], { encoding: 'utf8' }).match(/\S+\.tgz/) ?? []
  execFileSync('tar', ['-xzf', join(work, tarball), '-C', installed, '--strip-components=1'])
})

const program = `import { validate, type ValidateResult } from '@preadmit/kubeconform-wasm'
const schemas = { 'widget_v1.json': '{"type":"object","required":["spec"]}' }
const given = ['apiVersion: example.com/v1\\nkind: Widget\\nmetadata: {name: a}\\n']
const options = { schemas, schemaLocations: ['{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'] }
const result: ValidateResult = await validate(given, options)
console.log(result.documents[0]?.resources[0]?.status)
`

it('validates', () => {
  const script = program.replace(', type ValidateResult', '').replace(': ValidateResult', '')
  writeFileSync(join(project, 'program.mjs'), script)
  const out = execFileSync(process.execPath, [join(project, 'program.mjs')], { encoding: 'utf8' })
  expect(out.trim()).toBe('invalid')
})

it('has types', () => {
  writeFileSync(join(project, 'program.mts'), program.replace('status', 'states'))
  const compiler = join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc')
  const options = ['--noEmit', '--strict', '--target', 'ES2022', '--module', 'NodeNext', '--skipLibCheck']
  const compile = (): string => {
    try {
      return execFileSync(process.execPath, [compiler, ...options, 'program.mts'], {
        cwd: project,
        encoding: 'utf8',
      })
    } catch (error) {
      return (error as { stdout: string }).stdout
    }
  }
  expect(compile()).toMatch(
    /Property 'states' does not exist on type 'KubeconformResource'|'states' does not exist/,
  )
  writeFileSync(join(project, 'program.mts'), program)
  expect(compile()).not.toMatch(/kubeconform-wasm|states/)
})
