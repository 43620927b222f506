/** From a compressed file in dist/engines to a compiled module that workers share. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import { EngineFileError, type EngineEntry } from './manifest.ts'
import { snapshotOfModule, type Snapshot } from './snapshot.ts'

const decompress = promisify(brotliDecompress)

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
 * Reads, verifies, decompresses and compiles. Decompression runs in Node's thread pool and compilation in V8's, so
 * that the main thread lists trees meanwhile. Throws `EngineFileError` when the file is not the one that was built.
 */
export async function loadEngine(
  file: URL,
  entry: EngineEntry,
): Promise<{ engine: LoadedEngine; times: LoadTimes }> {
  const began = performance.now()
  const compressed = await readFile(file).catch((error: unknown) => {
    throw new EngineFileError(`cannot read the engine ${entry.file}`, { cause: error })
  })
  // The digest of the compressed bytes is enough: decompression is a function of them.
  const digest = createHash('sha256').update(compressed).digest('hex')
  if (digest !== entry.compressed.sha256) {
    throw new EngineFileError(
      `the engine ${entry.file} is not the one that was built: its SHA-256 is ${digest}, ` +
        `engines.json says ${entry.compressed.sha256}`,
    )
  }
  // In one chunk, with a byte to spare that tells the end: chunks of 16 KiB took 230 ms for 73 MB, of 1 MiB 175 ms, and
  // one takes 140 ms because nothing is copied together afterwards.
  const size = entry.raw.size
  const raw = await decompress(compressed, { maxOutputLength: size, chunkSize: size + 1 })
  const decompressed = performance.now()
  const compiling = WebAssembly.compile(raw)
  // While V8 compiles in its own threads.
  const clock = { monotonic: BigInt(entry.clock.monotonic), seed: entry.clock.seed }
  const start = snapshotOfModule(raw, clock)
  const module = await compiling
  return {
    engine: { module, start },
    times: { decompress: decompressed - began, compile: performance.now() - decompressed },
  }
}
