import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import colors from 'picocolors'
import { createEngines } from '../engine/pool.ts'
import type { Engines } from '../engine/engines.ts'
import { loadSchemas } from '../judge/schema/artefact.ts'
import type { Schemas } from '../judge/schema/catalogue.ts'

/** Everything of the outside world that a command touches. Tests give their own streams. */
export interface Ports {
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly input: ByteSource
  readonly output: TextSink
  readonly errors: TextSink
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  /**
   * Starts no worker before an engine is asked for something.
   * @param workers threads at most; the machine's cores by default, and never more
   */
  readonly openEngines: (workers?: number) => Engines
  readonly loadSchemas: () => Promise<Schemas>
  /** Folder that holds the demo's sample, `examples/fleet`. */
  readonly sample: URL
  /** Reads and writes files that the caller named on the command line; paths are relative to `directory`. */
  readonly readFile: (path: string) => Promise<string>
  readonly writeFile: (path: string, content: string | Uint8Array) => Promise<void>
}

export interface ByteSource {
  /** Everything up to its end. */
  read(): Promise<Uint8Array>
  /** A person would have to type it. */
  readonly terminal: boolean
}

export interface TextSink {
  write(text: string): void
  /** Colours and a progress line that rewrites itself make sense. */
  readonly terminal: boolean
  /** Characters in a line; 80 where nobody knows. */
  readonly width: number
  /** NO_COLOR and FORCE_COLOR are honoured. */
  readonly colors: boolean
}

/** The real outside world of a command-line process. */
export function realPorts(process: NodeJS.Process): Ports {
  return {
    directory: process.cwd(),
    environment: process.env,
    input: { read: () => buffer(process.stdin), terminal: process.stdin.isTTY },
    output: sink(process.stdout),
    errors: sink(process.stderr),
    clock: () => performance.now(),
    openEngines: (workers) =>
      createEngines({
        directory: new URL('./engines/', import.meta.url),
        cores: Math.min(workers ?? Infinity, availableParallelism()),
      }),
    loadSchemas: () => loadSchemas(new URL('./', import.meta.url)),
    sample: new URL('../examples/fleet/', import.meta.url),
    readFile: (path) => readFile(resolve(process.cwd(), path), 'utf8'),
    writeFile: (path, content) => writeFile(resolve(process.cwd(), path), content),
  }
}

function sink(stream: NodeJS.WriteStream): TextSink {
  return {
    write: (text) => void stream.write(text),
    terminal: stream.isTTY,
    width: stream.columns || 80,
    colors: colors.isColorSupported && (stream.isTTY || process.env['FORCE_COLOR'] !== undefined),
  }
}
