/**
 * The system that a Go engine believes it runs on (`wasi_snapshot_preview1`), closed by default: one dummy argument,
 * no environment, no preopened directory, no sockets. Clock and randomness are functions of the job, so that a call
 * repeats byte for byte. Node's own `node:wasi` is never used: its documentation says that it is no sandbox.
 */

/** What of the system is part of an engine's state and rewinds with its memory. */
export interface ClockState {
  /** Nanoseconds of the virtual monotonic clock. */
  readonly monotonic: bigint
  /** State of the random generator, a non-zero 32-bit number. */
  readonly seed: number
}

/** The state in which every engine starts its life, at build. The seed is the golden ratio's 32 bits. */
export const initialClock: ClockState = { monotonic: 1_000_000n, seed: 0x9e3779b9 }

/** Wall clock at build, 2026-01-01T00:00:00Z in seconds; a job brings its own. */
export const buildTime = 1_767_225_600

/** Standard output and error that are kept; more is dropped. Enough for a Go fatal error with some frames. */
const outputLimit = 64 * 1024

/** errno values of WASI preview 1. */
const errno = { success: 0, badf: 8, inval: 28, noent: 44, nosys: 52 } as const

/** The engine called `proc_exit`: Go's runtime gave up (fatal error, out of memory). */
export class EngineExit extends Error {
  override readonly name = 'EngineExit'
  readonly code: number
  constructor(code: number) {
    super(`the engine exited with status ${code}`)
    this.code = code
  }
}

/** An engine asks for an import that this host does not know: refused before it starts. */
export class UnknownImport extends Error {
  override readonly name = 'UnknownImport'
  constructor(module: string, name: string) {
    super(`the engine imports ${module}.${name}, which this host does not know`)
  }
}

/**
 * Calls that exist so that Go links, and their answer. Whatever is not here and not implemented below is an unknown
 * import: a Go release that wants more must be looked at, not waved through.
 */
const refused: Readonly<Record<string, number>> = {
  fd_advise: errno.badf,
  fd_allocate: errno.badf,
  fd_close: errno.badf,
  fd_datasync: errno.badf,
  fd_fdstat_set_rights: errno.badf,
  fd_filestat_get: errno.badf,
  fd_filestat_set_size: errno.badf,
  fd_filestat_set_times: errno.badf,
  fd_pread: errno.badf,
  fd_prestat_dir_name: errno.badf,
  fd_pwrite: errno.badf,
  fd_read: errno.badf,
  fd_readdir: errno.badf,
  fd_renumber: errno.badf,
  fd_seek: errno.badf,
  fd_sync: errno.badf,
  fd_tell: errno.badf,
  path_create_directory: errno.noent,
  path_filestat_get: errno.noent,
  path_filestat_set_times: errno.noent,
  path_link: errno.noent,
  path_open: errno.noent,
  path_readlink: errno.noent,
  path_remove_directory: errno.noent,
  path_rename: errno.noent,
  path_symlink: errno.noent,
  path_unlink_file: errno.noent,
  proc_raise: errno.nosys,
  sock_accept: errno.nosys,
  sock_recv: errno.nosys,
  sock_send: errno.nosys,
  sock_shutdown: errno.nosys,
}

export interface Wasi {
  /** Functions for the import module `wasi_snapshot_preview1`, by name. */
  readonly functions: Readonly<Record<string, (...parameters: never[]) => number>>
  /** Starts a job: its wall clock in seconds since the epoch, the other clocks, empty output and counters. */
  reset(time: number, clock: ClockState): void
  clock(): ClockState
  /** What was written to standard output and error, at most 64 KiB. */
  output(): string
  /** Refused calls of this job: name → count. */
  denied(): Readonly<Record<string, number>>
}

/** `memory` is asked at every call: growing detaches the buffer. */
export function createWasi(memory: () => ArrayBuffer): Wasi {
  let wall = BigInt(buildTime) * 1_000_000_000n
  let { monotonic, seed } = initialClock
  let output = ''
  let denied: Record<string, number> = {}
  let decoder = new TextDecoder()

  const view = () => new DataView(memory())
  const bytes = () => new Uint8Array(memory())

  const implemented = {
    args_sizes_get(count: number, size: number) {
      view().setUint32(count >>> 0, 1, true)
      view().setUint32(size >>> 0, 'engine\0'.length, true)
      return errno.success
    },
    args_get(pointers: number, buffer: number) {
      view().setUint32(pointers >>> 0, buffer >>> 0, true)
      bytes().set(new TextEncoder().encode('engine\0'), buffer >>> 0)
      return errno.success
    },
    environ_sizes_get(count: number, size: number) {
      view().setUint32(count >>> 0, 0, true)
      view().setUint32(size >>> 0, 0, true)
      return errno.success
    },
    environ_get: () => errno.success,
    clock_time_get(id: number, _precision: bigint, result: number) {
      // Every look at the monotonic clock moves it, or Go's spinning waits would never end.
      if (id !== 0) monotonic += 1000n
      view().setBigUint64(result >>> 0, id === 0 ? wall : monotonic, true)
      return errno.success
    },
    random_get(pointer: number, length: number) {
      // xorshift32 (Marsaglia 2003): it only has to repeat, nothing here keeps a secret.
      const target = bytes().subarray(pointer >>> 0, (pointer >>> 0) + (length >>> 0))
      for (let index = 0; index < target.length; index++) {
        seed ^= seed << 13
        seed ^= seed >>> 17
        seed ^= seed << 5
        target[index] = seed & 255
      }
      seed >>>= 0
      return errno.success
    },
    poll_oneoff(subscriptions: number, events: number, count: number, result: number) {
      // Every subscription fires at once, and a sleep moves the virtual clock by its length. Layouts: subscription
      // 48 bytes (user data, tag at 8, timeout at 24), event 32 bytes (user data, errno at 8, type at 10).
      const memoryView = view()
      for (let index = 0; index < count; index++) {
        const subscription = (subscriptions >>> 0) + index * 48
        const event = (events >>> 0) + index * 32
        const tag = memoryView.getUint8(subscription + 8)
        bytes().fill(0, event, event + 32)
        memoryView.setBigUint64(event, memoryView.getBigUint64(subscription, true), true)
        memoryView.setUint8(event + 10, tag)
        if (tag === 0) monotonic += memoryView.getBigUint64(subscription + 24, true)
      }
      memoryView.setUint32(result >>> 0, count, true)
      return errno.success
    },
    sched_yield: () => errno.success,
    proc_exit(code: number): number {
      throw new EngineExit(code)
    },
    fd_write(file: number, vectors: number, count: number, result: number) {
      if (file !== 1 && file !== 2) return deny('fd_write', errno.badf)
      const memoryView = view()
      let written = 0
      for (let index = 0; index < count; index++) {
        const start = memoryView.getUint32((vectors >>> 0) + index * 8, true)
        const length = memoryView.getUint32((vectors >>> 0) + index * 8 + 4, true)
        const kept = Math.min(length, Math.max(0, outputLimit - output.length))
        output += decoder.decode(bytes().subarray(start, start + kept), { stream: true })
        written += length
      }
      memoryView.setUint32(result >>> 0, written, true)
      return errno.success
    },
    fd_fdstat_get(file: number, result: number) {
      if (file > 2) return errno.badf
      // A character device without rights; 24 bytes.
      bytes().fill(0, result >>> 0, (result >>> 0) + 24)
      view().setUint8(result >>> 0, 2)
      return errno.success
    },
    fd_fdstat_set_flags: (file: number) => (file > 2 ? errno.badf : errno.success),
    // No preopened directory: Go asks from file 3 on until it is refused.
    fd_prestat_get: () => errno.badf,
    clock_res_get: () => errno.inval,
  }

  function deny(name: string, code: number): number {
    denied[name] = (denied[name] ?? 0) + 1
    return code
  }
  const refusing = Object.entries(refused).map(([name, code]) => [name, () => deny(name, code)] as const)

  return {
    functions: { ...Object.fromEntries(refusing), ...implemented },
    reset(time, clock) {
      wall = BigInt(Math.trunc(time)) * 1_000_000_000n
      monotonic = clock.monotonic
      seed = clock.seed
      output = ''
      denied = {}
      decoder = new TextDecoder()
    },
    clock: () => ({ monotonic, seed }),
    output: () => output,
    denied: () => denied,
  }
}
