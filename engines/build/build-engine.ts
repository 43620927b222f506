/** One engine from its sources to the file that is shipped and its entry of engines.json. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InfoResult } from '../../src/engine/api.ts'
import { createInstance } from '../../src/engine/instance.ts'
import type { EngineEntry } from '../../src/engine/manifest.ts'
import { snapshotOfModule } from '../../src/engine/snapshot.ts'
import type { ClockState } from '../../src/engine/wasi.ts'
import { bake } from './bake.ts'
import { compress } from './compress.ts'
import { root, type EngineDirectory } from './engine-directories.ts'
import { compile, prepare, toolchain } from './go.ts'
import { librariesOf } from './licences.ts'
import { link } from './link.ts'
import { digestSources } from './sources.ts'
import { answerOf, warmUp, type WarmUp } from './warm-up.ts'

export interface BuiltEngine {
  readonly entry: EngineEntry
  readonly file: Uint8Array
}

export interface BuildOptions {
  /** Fast compression, for development. */
  readonly draft: boolean
  readonly log: (line: string) => void
}

export interface BakedEngine {
  readonly module: Uint8Array
  readonly clock: ClockState
  readonly info: InfoResult
}

/** Runs Go, links, warms up and bakes. Throws when any step does not do what it must. */
export function bakeEngine(engine: EngineDirectory, log: (line: string) => void): BakedEngine {
  prepare(engine)
  const compiled = readFileSync(join(root, compile(engine)))
  log(`${engine.name}: Go made ${megabytes(compiled)}`)
  const linked = link(compiled)
  const requests = readWarmUp(engine)
  const state = warmUp(new WebAssembly.Module(linked), requests)
  const module = bake(linked, state)
  log(`${engine.name}: baked ${megabytes(module)}, memory ${megabytes(state.memory)}`)
  return { module, clock: state.clock, info: examine(module, state.clock, requests) }
}

/** The shipped file and its entry. */
export async function buildEngine(
  engine: EngineDirectory,
  { draft, log }: BuildOptions,
): Promise<BuiltEngine> {
  // Before the build: a file that is edited meanwhile must not pass for built.
  const sources = digestSources(engine)
  const { module, clock, info } = bakeEngine(engine, log)
  const file = await compress(module, draft)
  log(`${engine.name}: compressed ${megabytes(file)}`)
  const entry: EngineEntry = {
    file: `${engine.name}.wasm.br`,
    raw: describe(module),
    compressed: describe(file),
    sources,
    toolchain,
    clock: { monotonic: String(clock.monotonic), seed: clock.seed },
    versions: info.versions,
    libraries: librariesOf(engine),
  }
  return { entry, file }
}

/**
 * Lets the baked module answer the warm-up requests twice, rewound in between: a rewind that leaves anything behind
 * gives other bytes and fails the build.
 */
function examine(baked: Uint8Array, clock: ClockState, requests: readonly WarmUp[]): InfoResult {
  const start = snapshotOfModule(baked, clock)
  const instance = createInstance(new WebAssembly.Module(baked), { baked: true })
  const answers = requests.map((request) => answerOf(instance, request, start).bytes)
  requests.forEach((request, index) => {
    const again = answerOf(instance, request, start).bytes
    if (Buffer.compare(again, answers[index] ?? new Uint8Array()) !== 0) {
      throw new Error(`warm-up of ${request.request.op} gives other bytes after a rewind`)
    }
  })
  return answerOf(instance, { files: {}, request: { op: 'info' } }, start).header.result as InfoResult
}

function readWarmUp(engine: EngineDirectory): WarmUp[] {
  const file = join(root, engine.path, 'warmup.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as WarmUp[]) : []
}

function describe(bytes: Uint8Array): { size: number; sha256: string } {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

function megabytes(bytes: Uint8Array): string {
  return `${(bytes.length / 1e6).toFixed(2)} MB`
}
