/** From a compressed file in dist/engines to a compiled module that workers share. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { brotliDecompressSync } from 'node:zlib'
import { EngineFileError, type EngineEntry } from './manifest.ts'
import { snapshotOfModule, type Snapshot } from './snapshot.ts'

export interface LoadedEngine {
  readonly module: WebAssembly.Module
  readonly start: Snapshot
}

/** Milliseconds of the steps of a cold start. */
export interface LoadTimes {
  readonly decompress: number
  readonly compile: number
}

/**
 * Reads, verifies, decompresses and compiles, all at once: this runs in a worker, beside whatever the main thread does.
 * Throws `EngineFileError` when the file is not the one that was built.
 */
export function loadEngine(file: URL, entry: EngineEntry): { engine: LoadedEngine; times: LoadTimes } {
  const began = performance.now()
  const compressed = read(file, entry)
  // The digest of the compressed bytes is enough: decompression is a function of them.
  const digest = createHash('sha256').update(compressed).digest('hex')
  if (digest !== entry.compressed.sha256) {
    throw new EngineFileError(
      `the engine ${entry.file} is not the one that was built: its SHA-256 is ${digest}, ` +
        `engines.json says ${entry.compressed.sha256}`,
    )
  }
  // In one chunk, with a byte to spare that tells the end: several, or one that is full, are copied together (144 ms).
  const raw = brotliDecompressSync(compressed, {
    maxOutputLength: entry.raw.size,
    chunkSize: entry.raw.size + 1,
  })
  const decompressed = performance.now()
  tuneV8()
  const module = new WebAssembly.Module(raw)
  const clock = { monotonic: BigInt(entry.clock.monotonic), seed: entry.clock.seed }
  const engine = { module, start: snapshotOfModule(raw, clock) }
  return {
    engine,
    times: { decompress: decompressed - began, compile: performance.now() - decompressed },
  }
}

/**
 * The digest vouches for the bytes, so each function is validated when it is first called: 85 ms less for two engines.
 * And V8's optimising compiler waits three hundred times longer than by itself: it took 0.45 s of CPU from a check of one
 * overlay and kept the process from ending. Seconds of CPU with a budget of 150, 600 and 2400 million: 11.0, 10.3 and 15.4
 * for 10,000 manifests; 4.0 and 3.5 for the demo; 6.4 and 6.2 for 400,000 evaluations of policies. The same for
 * JavaScript: of 2.8 s of CPU for one changed application in 1,000, 0.8 s went into optimising functions that were nearly
 * done. V8 13 (Node 24) counts calls instead, does not know the flag, and spends no more than 0.1 s.
 */
function tuneV8(): void {
  if (Number.parseInt(process.versions.v8, 10) < 13) setFlagsFromString('--interrupt-budget=1000000')
  setFlagsFromString('--wasm-lazy-validation')
  setFlagsFromString('--wasm-tiering-budget=600000000')
}

function read(file: URL, entry: EngineEntry): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new EngineFileError(`cannot read the engine ${entry.file}`, { cause: error })
  }
}
