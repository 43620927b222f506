/**
 * kubectl-validate's own test cases: manifests that say in a comment what it expects. Shows where `preadmit validate`
 * says otherwise; with a server, what that says of the same objects.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { JsonObject } from '../src/model/json.ts'
import type { Validation } from '../src/model/validation.ts'
import { Server, withoutConversion } from './admission/server.ts'

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')

interface Expected {
  readonly file: string
  readonly index: number
  readonly verdict: 'accepted' | 'rejected'
  readonly says: string
  readonly object: JsonObject | undefined
}

/** `npm run bench -- kubectl-validate TESTCASES [--server URL] [--token TOKEN]` */
export async function kubectlValidate(parameters: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...parameters],
    allowPositionals: true,
    options: { server: { type: 'string' }, token: { type: 'string', default: 'oracle' } },
  })
  const [folder] = positionals
  if (folder === undefined)
    throw new Error('usage: npm run bench -- kubectl-validate TESTCASES [--server URL]')
  const crds = join(folder, 'crds')
  const expected = readdirSync(join(folder, 'manifests'))
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => expectations(join(folder, 'manifests', name)))
  const answers = preadmit([...new Set(expected.map(({ file }) => file))], crds)
  const server = values.server === undefined ? undefined : new Server(values.server, values.token)
  await server?.define(definitionsIn(crds))
  let same = 0
  for (const one of expected) {
    const document = answers.documents.find(({ file, index }) => file === one.file && index === one.index)
    const ours = document?.verdict ?? 'no answer'
    if (ours === one.verdict) {
      same += 1
      continue
    }
    const said =
      document?.reason?.message ?? document?.findings.map(({ message }) => message).join(' | ') ?? ''
    console.log(`${one.file.slice(folder.length + 1)} #${one.index}`)
    console.log(`  kubectl-validate ${one.verdict}: ${one.says.slice(0, 160)}`)
    console.log(`  preadmit         ${ours}: ${said.slice(0, 160)}`)
    if (server === undefined || one.object === undefined) continue
    const { verdict, says } = await server.judge({ id: one.file, set: '', object: one.object, by: 'create' })
    console.log(`  API server       ${verdict}: ${says.join(' | ').slice(0, 160)}`)
  }
  console.log(`${same} of ${expected.length} documents: the same verdict`)
  server?.close()
}

/** One entry for every document that holds something, numbered as `preadmit validate` numbers them. */
function expectations(file: string): Expected[] {
  const parts = readFileSync(file, 'utf8').split(/^---[^\n]*\n?/m)
  return parts
    .filter((part) => part.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#')))
    .map((part, index) => {
      const { status, message = '' } = leadingComment(part)
      const object = parseAllDocuments(part, { logLevel: 'silent' })[0]?.toJS() as JsonObject | undefined
      const verdict = status === 'Success' ? 'accepted' : 'rejected'
      return { file, index, verdict, says: message, object }
    })
}

/** The expected metav1.Status, which stands as JSON in the first comment of a document. */
function leadingComment(text: string): { status?: string; message?: string } {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.trim() !== '')
  const comment: string[] = []
  for (const line of lines.slice(first)) {
    if (!line.startsWith('#')) break
    comment.push(line.slice(1))
  }
  return JSON.parse(comment.join('\n')) as { status?: string; message?: string }
}

function preadmit(files: readonly string[], crds: string): Validation {
  const parameters = [cli, 'validate', ...files, '--crds', crds, '--format', 'json']
  const { stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: 'utf8', maxBuffer: 1 << 30 })
  if (stdout === '') throw new Error(`preadmit printed nothing: ${stderr}`)
  return JSON.parse(stdout) as Validation
}

function definitionsIn(folder: string): JsonObject[] {
  return readdirSync(folder)
    .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8'), { logLevel: 'silent' }))
    .map((document) => document.toJS() as JsonObject | null)
    .flatMap((object) => (object?.['kind'] === 'CustomResourceDefinition' ? [withoutConversion(object)] : []))
}
