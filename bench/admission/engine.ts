/**
 * The engine's own answers: the native program of engines/admission, built once, asked in one run of its cases; and,
 * when asked for, the WebAssembly module, which has to give the same bytes.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { engineDirectories, root, type EngineDirectory } from '../../engines/build/engine-directories.ts'
import { overlayFlags, prepare } from '../../engines/build/go.ts'
import { shippedOrNew, type BuiltModule } from '../../engines/build/shipped.ts'
import type { AdmissionWrite, AdmitFinding, AdmitResult } from '../../src/engine/api.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { grouped, text, type Answer, type Case } from './case.ts'
import { askModule } from './web-assembly.ts'

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

/**
 * What the engine says of every case, in their order. Each instance loads the definitions that its cases need, a few at a
 * time as in a run of preadmit: hundreds of them do not fit into the memory of a module.
 */
export function askEngine(
  engine: Engine,
  definitions: readonly JsonObject[],
  cases: readonly Case[],
): Answer[] {
  const { kubernetes } = engine
  const positions = new Map(definitions.map((definition, index) => [definedKind(definition), index]))
  const numbered = cases.map((one, index) => ({ one, index }))
  const groups = [
    ...grouped(numbered, ({ one: { object } }) =>
      String(Math.floor((positions.get(groupKind(object)) ?? -1) / definitionsAtOnce)),
    ),
  ]
  const questions = groups.map(([group, members]) => {
    const from = Number(group) * definitionsAtOnce
    const customResourceDefinitions = definitions.slice(
      Math.max(0, from),
      Math.max(0, from + definitionsAtOnce),
    )
    const requests: object[] = [{ op: 'load', kubernetes, customResourceDefinitions }]
    for (let at = 0; at < members.length; at += batch)
      requests.push({ op: 'admit', writes: members.slice(at, at + batch).map(({ one }) => writeOf(one)) })
    return requests
  })
  const lines = run(engine, questions)
  const answers: Answer[] = []
  let at = 0
  for (const [index, [, members]] of groups.entries()) {
    const own = lines.slice(at, (at += questions[index]?.length ?? 0))
    own
      .slice(1)
      .flatMap(answersOf)
      .forEach((answer, position) => {
        const member = members[position]
        if (member !== undefined) answers[member.index] = answer
      })
  }
  return answers
}

/** Definitions of one instance. */
const definitionsAtOnce = 15

function answersOf(line: string): Answer[] {
  const { result, error } = JSON.parse(line) as { result?: AdmitResult; error?: { message: string } }
  if (result === undefined) throw new Error(`the engine failed: ${error?.message ?? line}`)
  return result.writes.map(({ verdict, findings }) => ({ verdict, says: findings.flatMap(sentences) }))
}

function definedKind(definition: JsonObject): string {
  const spec = definition['spec'] as JsonObject | undefined
  return `${text(spec?.['group'])}/${text((spec?.['names'] as JsonObject | undefined)?.['kind'])}`
}

function groupKind(object: JsonObject): string {
  const [group = '', version] = text(object['apiVersion']).split('/')
  return `${version === undefined ? '' : group}/${text(object['kind'])}`
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

/** One header of a response a request; every question is a list of requests to an instance of its own. */
function run({ program, module }: Engine, questions: readonly (readonly object[])[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'preadmit-admission-'))
  try {
    questions.forEach((requests, index) => {
      const name = String(index).padStart(4, '0')
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'request.json'), JSON.stringify(requests))
    })
    const output = join(tmpdir(), `${basename(folder)}.txt`)
    const { status } = spawnSync(program, [folder], { stdio: ['ignore', openSync(output, 'w'), 'inherit'] })
    if (status !== 0) throw new Error(`the engine ended with ${status ?? 'a signal'}`)
    const lines = readFileSync(output, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    rmSync(output)
    const answers = lines.map((line) => line.replace(/^\S+ \d+ /, ''))
    if (module !== undefined) compare(askModule(module, questions), answers)
    return answers
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Says whether the module gives the same bytes, and where it does not. */
function compare(module: readonly string[], native: readonly string[]): void {
  const different = native.flatMap((answer, index) => (answer === module[index] ? [] : [index]))
  console.log(`native = WebAssembly in ${native.length - different.length} of ${native.length} answers`)
  if (different.length > 0) process.exitCode = 1
  for (const index of different.slice(0, 5)) showDifference(native[index] ?? '', module[index] ?? '')
}

function showDifference(native: string, module: string): void {
  let at = 0
  while (at < native.length && native[at] === module[at]) at++
  const around = (text: string): string => text.slice(Math.max(0, at - 80), at + 160)
  console.log(`  native …${around(native)}\n  wasm   …${around(module)}`)
}
