import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, expect } from 'vitest'
import { runCommandLine } from '../../src/command/command-line.ts'
import type { Ports, TextSink } from '../../src/command/ports.ts'
import type { Engines } from '../../src/engine/engines.ts'
import { createEngines } from '../../src/engine/pool.ts'
import { loadSchemas } from '../../src/judge/schema/artefact.ts'
import type { ValidatedDocument, Validation } from '../../src/model/validation.ts'

export const root = join(import.meta.dirname, '../..')

const schema = JSON.parse(readFileSync(join(root, 'docs/validate.schema.json'), 'utf8')) as object
export const isValidation = new Ajv2020({
  allErrors: true,
  strict: true,
  strictRequired: false,
  strictTypes: false,
}).compile(schema)

export interface Ended {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** The engines that the project ships, opened once per test file; commands must not close them for the next. */
let shared: Engines | undefined
afterAll(async () => {
  await shared?.close()
})

function openEngines(): Engines {
  shared ??= createEngines({ directory: new URL(`file://${join(root, 'dist/engines')}/`) })
  return { ...shared, close: () => Promise.resolve() }
}

/** A folder of its own with these files. */
export function folder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'preadmit-validate-'))
  afterAll(() => {
    rmSync(directory, { recursive: true })
  })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), content)
  }
  return directory
}

interface Surroundings {
  readonly directory?: string
  /** Piped in; a keyboard when absent. */
  readonly input?: string
  readonly colors?: boolean
}

/** The command as the shell calls it, in this process. */
export async function preadmit(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  const texts = { out: '', err: '' }
  const sink = (name: 'out' | 'err'): TextSink => ({
    write: (text) => void (texts[name] += text),
    terminal: false,
    width: 100,
    colors: surroundings.colors ?? false,
  })
  const { input } = surroundings
  const ports: Ports = {
    directory: surroundings.directory ?? root,
    environment: {},
    input: { read: () => Promise.resolve(Buffer.from(input ?? '')), terminal: input === undefined },
    output: sink('out'),
    errors: sink('err'),
    clock: () => performance.now(),
    openEngines,
    loadSchemas: () => loadSchemas(new URL(`file://${join(root, 'dist')}/`)),
    sample: new URL(`file://${join(root, 'examples/fleet')}/`),
    readFile: (path) => Promise.resolve(readFileSync(path, 'utf8')),
    writeFile: () => Promise.reject(new Error('validate writes no files')),
  }
  const status = await runCommandLine(['node', 'preadmit', ...args], ports)
  return { status, ...texts }
}

export interface Validated extends Ended {
  readonly validation: Validation
  readonly documents: readonly ValidatedDocument[]
}

/** `preadmit validate … --format json`; every answer keeps the published contract. */
export async function validated(args: readonly string[], surroundings?: Surroundings): Promise<Validated> {
  const ended = await preadmit(['validate', ...args, '--format', 'json'], surroundings)
  if (ended.out === '') throw new Error(`no answer: ${ended.err}`)
  const validation = JSON.parse(ended.out) as Validation
  expect(isValidation(validation), JSON.stringify(isValidation.errors)).toBe(true)
  expect(ended.status).toBe({ pass: 0, fail: 1, incomplete: 2 }[validation.verdict])
  return { ...ended, validation, documents: validation.documents }
}

/** One text from standard input. */
export async function validatedText(input: string, ...args: string[]): Promise<Validated> {
  return await validated(['-', ...args], { input })
}
