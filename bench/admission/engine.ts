/**
 * The engine's own answers: the native program of engines/admission, built once, asked in one run of its cases; and,
 * when asked for, the WebAssembly module, which has to give the same bytes.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerCases } from '../../engines/build/cases.ts'
import { engineDirectories, root, type EngineDirectory } from '../../engines/build/engine-directories.ts'
import { overlayFlags, prepare } from '../../engines/build/go.ts'
import { shippedOrNew, type BuiltModule } from '../../engines/build/shipped.ts'
import type { AdmissionWrite, AdmitFinding, AdmitResult } from '../../src/engine/api.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Answer, Case } from './case.ts'

/** Writes of one request. */
const batch = 100

export interface Engine {
  /** The native program. */
  readonly program: string
  /** The minor that it answers for. */
  readonly kubernetes: string
  /** The module that is asked the same. */
  readonly module?: BuiltModule
}

/** Builds the native program and answers its path. */
export function buildNative(): string {
  const engine = admissionDirectory()
  prepare(engine)
  const program = join(root, engine.path, 'out', 'native')
  execFileSync('go', ['build', ...overlayFlags(engine), '-o', program, './cmd/admission'], {
    cwd: join(root, engine.path),
    stdio: 'inherit',
  })
  return program
}

/** The committed module, or a new one of changed sources. */
export function webAssembly(): BuiltModule {
  return shippedOrNew(admissionDirectory(), console.error)
}

function admissionDirectory(): EngineDirectory {
  const [engine] = engineDirectories(['admission'])
  if (engine === undefined) throw new Error('there is no admission engine')
  return engine
}

/** What the engine says of every case, in their order. Throws where WebAssembly answers with other bytes. */
export async function askEngine(
  engine: Engine,
  definitions: readonly JsonObject[],
  cases: readonly Case[],
): Promise<Answer[]> {
  const { kubernetes } = engine
  const requests: object[] = [{ op: 'load', kubernetes, customResourceDefinitions: definitions }]
  for (let at = 0; at < cases.length; at += batch)
    requests.push({ op: 'admit', writes: cases.slice(at, at + batch).map(writeOf) })
  return (await run(engine, requests)).slice(1).flatMap((line) => {
    const { result, error } = JSON.parse(line) as { result?: AdmitResult; error?: { message: string } }
    if (result === undefined) throw new Error(`the engine failed: ${error?.message ?? line}`)
    return result.writes.map(({ verdict, findings }) => ({ verdict, says: findings.flatMap(sentences) }))
  })
}

const applies = { create: undefined, 'server-side apply': 'server', 'client-side apply': 'client' } as const

function writeOf({ object, old, by }: Case): AdmissionWrite {
  const way = applies[by]
  const apply = way === undefined ? {} : { apply: way }
  return old === undefined
    ? { operation: 'CREATE', object, namespace: 'default', ...apply }
    : { operation: 'UPDATE', object, old, namespace: 'default', ...apply }
}

function sentences({ stage, field, message }: AdmitFinding): string[] {
  if (stage === 'warning') return []
  return [field === undefined ? message : `${field}: ${message}`]
}

/** One header of a response a request. */
async function run({ program, module }: Engine, requests: readonly object[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'preadmit-admission-'))
  try {
    mkdirSync(join(folder, 'case'))
    writeFileSync(join(folder, 'case', 'request.json'), JSON.stringify(requests))
    const output = join(folder, 'output')
    const { status } = spawnSync(program, [folder], { stdio: ['ignore', openSync(output, 'w'), 'inherit'] })
    if (status !== 0) throw new Error(`the engine ended with ${status ?? 'a signal'}`)
    const lines = readFileSync(output, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    if (module !== undefined) await compare(module, folder, lines)
    return lines.map((line) => line.replace(/^\S+ \d+ /, ''))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function compare(
  { module, clock }: BuiltModule,
  folder: string,
  native: readonly string[],
): Promise<void> {
  const answers = await answerCases(module, clock, folder)
  const at = native.findIndex((line, index) => line !== answers[index])
  if (at >= 0 || answers.length !== native.length)
    throw new Error(
      `request ${at} has two answers\n  native ${firstDifference(native[at] ?? '', answers[at] ?? '')}`,
    )
  console.error(`native = WebAssembly: ${native.length} answers, the same bytes`)
}

function firstDifference(native: string, other: string): string {
  let at = 0
  while (at < native.length && native[at] === other[at]) at++
  const from = Math.max(0, at - 80)
  return `…${native.slice(from, at + 160)}\n  wasm   …${other.slice(from, at + 160)}`
}
