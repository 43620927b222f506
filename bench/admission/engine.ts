/** The engine's own answers, native: the program of engines/admission, built once, asked in one run of its cases. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { engineDirectories, root } from '../../engines/build/engine-directories.ts'
import { overlayFlags, prepare } from '../../engines/build/go.ts'
import type { AdmissionWrite, AdmitFinding, AdmitResult } from '../../src/engine/api.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Answer, Case } from './case.ts'

/** Writes of one request. */
const batch = 100

/** Builds the native program and answers its path. */
export function buildNative(): string {
  const [engine] = engineDirectories(['admission'])
  if (engine === undefined) throw new Error('there is no admission engine')
  prepare(engine)
  const program = join(root, engine.path, 'out', 'native')
  execFileSync('go', ['build', ...overlayFlags(engine), '-o', program, './cmd/admission'], {
    cwd: join(root, engine.path),
    stdio: 'inherit',
  })
  return program
}

/** What the engine says of every case, in their order. */
export function askEngine(
  program: string,
  kubernetes: string,
  definitions: readonly JsonObject[],
  cases: readonly Case[],
): Answer[] {
  const requests: object[] = [{ op: 'load', kubernetes, customResourceDefinitions: definitions }]
  for (let at = 0; at < cases.length; at += batch)
    requests.push({ op: 'admit', writes: cases.slice(at, at + batch).map(writeOf) })
  return run(program, requests)
    .slice(1)
    .flatMap((line) => {
      const { result, error } = JSON.parse(line) as { result?: AdmitResult; error?: { message: string } }
      if (result === undefined) throw new Error(`the engine failed: ${error?.message ?? line}`)
      return result.writes.map(({ verdict, findings }) => ({ verdict, says: findings.flatMap(sentences) }))
    })
}

function writeOf(one: Case): AdmissionWrite {
  const { object, old, by } = one
  const apply = by === 'create' ? {} : { apply: 'server' as const }
  return old === undefined
    ? { operation: 'CREATE', object, namespace: 'default', ...apply }
    : { operation: 'UPDATE', object, old, namespace: 'default', ...apply }
}

function sentences({ stage, field, message }: AdmitFinding): string[] {
  if (stage === 'warning') return []
  return [field === undefined ? message : `${field}: ${message}`]
}

/** One header of a response a request. */
function run(program: string, requests: readonly object[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'preadmit-admission-'))
  try {
    mkdirSync(join(folder, 'case'))
    writeFileSync(join(folder, 'case', 'request.json'), JSON.stringify(requests))
    const output = join(folder, 'output')
    const { status } = spawnSync(program, [folder], { stdio: ['ignore', openSync(output, 'w'), 'inherit'] })
    if (status !== 0) throw new Error(`the engine ended with ${status ?? 'a signal'}`)
    const lines = readFileSync(output, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => line.replace(/^\S+ \d+ /, ''))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
