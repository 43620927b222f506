/**
 * One running engine: WebAssembly instance, its closed system and the tree of the current job. Every call starts from
 * a snapshot, because state of one render was measured to leak into the next; an instance that broke is never used
 * again.
 */
import { globalNames, pageSize, restoreMemory, snapshotOfMemory, type Snapshot } from './snapshot.ts'
import { createTreeImports } from './tree-imports.ts'
import type { View } from './view.ts'
import { createWasi, EngineExit, UnknownImport } from './wasi.ts'

/** Version of docs/engine-abi.md that this host speaks. */
export const abiVersion = 1

/** Operations of the export `call`. */
export const callOperation = { request: 0, collect: 1, setGcPercent: 2, scrub: 3 } as const

/**
 * Go's heap end rewinds with the snapshot, WebAssembly's memory never shrinks: an instance that grew further than
 * this is replaced instead of being zeroed over and over (shared/engines.md measured 64 MiB).
 */
const growthLimit = 64 * 1024 * 1024

/** One call as it runs inside a worker. */
export interface Call {
  readonly frame: Uint8Array
  /** Seconds since the epoch that the engine takes for "now". */
  readonly time: number
  readonly view: View
  /** State to start from; without one the call goes on where the last one ended, as only the build's warm-up does. */
  readonly start?: Snapshot
  /** Bytes of a response; more is `output-limit`. */
  readonly outputLimit: number
}

/** Why an instance could not answer; each is a code of EngineError. */
export type FaultCode = 'memory' | 'trap' | 'output-limit'

export type CallResult = ({ readonly kind: 'response'; readonly bytes: Uint8Array<ArrayBuffer> } | Fault) & {
  /** System calls that the sandbox refused: name → count. */
  readonly denied: Readonly<Record<string, number>>
}
export interface Fault {
  readonly kind: 'fault'
  readonly code: FaultCode
  readonly message: string
}

export interface Instance {
  call(call: Call): CallResult
  /** False after a fault or when memory has grown too far: make a new instance for the next call. */
  usable(): boolean
  /** The state after the last call, for a session; smaller with the state from which that call started. */
  snapshot(from?: Snapshot): Snapshot
  /** Parts that only the build uses: a fresh module's start and the garbage collector. */
  readonly exports: EngineExports
}

export interface EngineExports {
  readonly memory: WebAssembly.Memory
  readonly _initialize: () => void
  readonly abi: () => number
  readonly alloc: (length: number) => number
  readonly release: (pointer: number) => void
  readonly call: (operation: number, pointer: number, length: number) => bigint
  readonly globals: readonly WebAssembly.Global[]
}

/**
 * Instantiates a module. Throws `UnknownImport` for imports outside the contract and `TypeError` for exports that
 * are missing or an ABI of another version. A module that was not baked must be initialised by the caller.
 */
export function createInstance(module: WebAssembly.Module, options: { readonly baked: boolean }): Instance {
  let view: View | undefined
  let broken = false
  let fresh = true
  const wasi = createWasi(buffer)
  const functions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    wasi_snapshot_preview1: wasi.functions,
    tree: createTreeImports(buffer, currentView),
  }
  const instance = new WebAssembly.Instance(module, importsOf(module, functions))
  const exports = exportsOf(instance)
  let startSize = buffer().byteLength
  if (options.baked) checkAbi(exports)
  const initialGlobals = exports.globals.map(globalValue)

  return { call, usable, snapshot, exports }

  function buffer(): ArrayBuffer {
    return exports.memory.buffer
  }

  function currentView(): View {
    if (view === undefined) throw new TypeError('the engine reads its tree outside of a job')
    return view
  }

  function usable(): boolean {
    return !broken && buffer().byteLength <= startSize + growthLimit
  }

  function rewind(start: Snapshot): void {
    const wanted = start.size - buffer().byteLength
    if (wanted > 0) exports.memory.grow(wanted / pageSize)
    // A fresh instance of a baked module is in its snapshot's state already.
    if (!fresh || start.globals !== undefined) restoreMemory(new Uint8Array(buffer()), start)
    const values = start.globals ?? initialGlobals
    exports.globals.forEach((global, index) => (global.value = values[index]))
    startSize = start.size
    fresh = false
  }

  function call(job: Call): CallResult {
    if (broken) throw new TypeError('a broken instance cannot be called again')
    if (job.start !== undefined) rewind(job.start)
    wasi.reset(job.time, job.start?.clock ?? wasi.clock())
    view = job.view
    try {
      return { ...answer(job), denied: wasi.denied() }
    } catch (error) {
      broken = true
      return { ...faultOf(error, wasi.output()), denied: wasi.denied() }
    } finally {
      view = undefined
    }
  }

  function answer(job: Call): { kind: 'response'; bytes: Uint8Array<ArrayBuffer> } | Fault {
    const request = exports.alloc(job.frame.length) >>> 0
    new Uint8Array(buffer()).set(job.frame, request)
    const packed = BigInt.asUintN(64, exports.call(callOperation.request, request, job.frame.length))
    const pointer = Number(packed >> 32n)
    const length = Number(packed & 0xffff_ffffn)
    if (length > job.outputLimit) {
      const megabytes = Math.round(length / 1e6)
      return { kind: 'fault', code: 'output-limit', message: `the engine answered ${megabytes} MB` }
    }
    const bytes = new Uint8Array(buffer()).slice(pointer, pointer + length)
    // The next call rewinds, but a session's snapshot must not keep these blocks.
    exports.release(request)
    exports.release(pointer)
    return { kind: 'response', bytes }
  }

  function snapshot(from?: Snapshot): Snapshot {
    return snapshotOfMemory(new Uint8Array(buffer()), exports.globals.map(globalValue), wasi.clock(), from)
  }
}

function globalValue(global: WebAssembly.Global): number | bigint {
  return global.value as number | bigint
}

function importsOf(
  module: WebAssembly.Module,
  functions: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {}
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const known = functions[from]
    if (kind !== 'function' || known === undefined || !Object.hasOwn(known, name))
      throw new UnknownImport(from, name)
    ;(imports[from] ??= {})[name] = known[name] as WebAssembly.ImportValue
  }
  return imports
}

function exportsOf(instance: WebAssembly.Instance): EngineExports {
  const exports = instance.exports
  for (const name of ['memory', 'abi', 'alloc', 'release', 'call', ...globalNames]) {
    if (exports[name] === undefined) throw new TypeError(`the engine does not export ${name}`)
  }
  const globals = globalNames.map((name) => exports[name] as WebAssembly.Global)
  return { ...(exports as unknown as Omit<EngineExports, 'globals'>), globals }
}

/** Throws when the engine speaks another version of the ABI. */
export function checkAbi(exports: EngineExports): void {
  const version = exports.abi()
  if (version !== abiVersion) throw new TypeError(`the engine speaks ABI ${version}, this host ${abiVersion}`)
}

/** Go's words when `memory.grow` is refused; the runtime then exits. */
const outOfMemory = /out of memory|cannot allocate memory/
const stackOverflow = /stack overflow|exceeds \d+-byte limit/

function faultOf(error: unknown, output: string): Fault {
  if (outOfMemory.test(output)) {
    return { kind: 'fault', code: 'memory', message: 'the engine ran out of memory (1 GiB)' }
  }
  if (stackOverflow.test(output) || error instanceof RangeError) {
    return { kind: 'fault', code: 'trap', message: 'the engine ran out of stack: the input nests too deeply' }
  }
  // Go's runtime says why before it traps or exits.
  const said = /^(?:panic|fatal error|runtime error): .*/m.exec(output)?.[0].slice(0, 300)
  if (said !== undefined) return { kind: 'fault', code: 'trap', message: `the engine gave up: ${said}` }
  if (error instanceof EngineExit) return { kind: 'fault', code: 'trap', message: error.message }
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'fault', code: 'trap', message: `the engine broke: ${message}` }
}
