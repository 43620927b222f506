/** The module to test: the committed one while it is that of the sources, else a new one. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import type { ClockState } from '../../src/engine/wasi.ts'
import { bakeEngine } from './build-engine.ts'
import { root, type EngineDirectory } from './engine-directories.ts'
import { committedManifest } from './manifest-file.ts'
import { digestSources } from './sources.ts'

/** A module as it is shipped, and the state of its clock. */
export interface BuiltModule {
  readonly module: Uint8Array
  readonly clock: ClockState
}

/** Needs Go for a new one, which is thrown away. Throws when the committed file is not that of its entry. */
export function shippedOrNew(engine: EngineDirectory, log: (line: string) => void): BuiltModule {
  const entry = committedManifest().engines[engine.name]
  if (entry === undefined || entry.sources !== digestSources(engine)) return bakeEngine(engine, log)
  const module = brotliDecompressSync(readFileSync(join(root, 'dist/engines', entry.file)))
  const digest = createHash('sha256').update(module).digest('hex')
  if (digest !== entry.raw.sha256) throw new Error(`dist/engines/${entry.file} is not the file of its entry`)
  log(`     ${engine.name}: the committed engine is tested`)
  return { module, clock: { monotonic: BigInt(entry.clock.monotonic), seed: entry.clock.seed } }
}
