/**
 * A tiny engine, assembled by hand, that misbehaves on demand: what no shipped engine may do must still be survived.
 * It has the exports and the eight globals of a Go engine, so that link, bake, rewind and the pool take it for one.
 *
 * Operations (the first letter of `op` decides, and every answer is one digit, `{"result":<digit>}`):
 * `count` adds one to a number in memory · `stat` the tree's answer for `path` plus 3 · `now` the wall clock's last
 * digit, counted as impure · `forever` never ends · `trap` · `descend` recurses without end · `eat` takes memory until
 * refused, then gives up as Go's runtime does · `grow` takes 128 MiB and answers as `count` · `huge` announces 200 MB ·
 * `junk` answers a broken frame · `open` asks for a file outside of any directory and answers the errno's last digit.
 */
import { concatenate, signed, unsigned, writeSections, type Section } from '../../src/engine/wasm-binary.ts'

const i32 = 0x7f
const i64 = 0x7e

// Addresses in the probe's memory.
const counter = 1024
const reply = 2048
const impureReply = 2304
const scratch = 4096
const words = 5120
const request = 65_536

const encoder = new TextEncoder()
const lastWords = 'fatal error: out of memory\n'

function cannedFrame(json: string): Uint8Array {
  const header = encoder.encode(json)
  const frame = new Uint8Array(header.length + 8)
  new DataView(frame.buffer).setUint32(0, header.length, true)
  frame.set(header, 4)
  return frame
}
const plain = cannedFrame('{"result":0}')
const impure = cannedFrame('{"result":0,"impure":{"clock":1}}')
/** Position of the digit in both. */
const digit = 4 + '{"result":'.length

// ---- instructions, by their names in the WebAssembly specification

const op = {
  unreachable: [0x00],
  return: [0x0f],
  drop: [0x1a],
  add: [0x6a],
  sub: [0x6b],
  eq: [0x46],
  remainder: [0x70],
  wrap: [0xa7],
  endlessLoop: [0x03, 0x40, 0x0c, 0, 0x0b],
  growByPages: [0x40, 0],
  end: [0x0b],
} as const
const number = (value: number) => [0x41, ...signed(BigInt(value))]
const long = (value: bigint) => [0x42, ...signed(value)]
const local = (index: number) => [0x20, index]
const setLocal = (index: number) => [0x21, index]
const call = (index: number) => [0x10, index]
const load8 = (offset: number) => [0x2d, 0, ...unsigned(offset)]
const load32 = (offset: number) => [0x28, 2, ...unsigned(offset)]
const load64 = (offset: number) => [0x29, 3, ...unsigned(offset)]
const store8 = (offset: number) => [0x3a, 0, ...unsigned(offset)]
const store32 = (offset: number) => [0x36, 2, ...unsigned(offset)]
const when = (condition: readonly number[], then: readonly number[]) => [
  ...condition,
  0x04,
  0x40,
  ...then,
  0x0b,
]

// ---- functions: imports first, then our own

const imported = { stat: 0, clock: 1, exit: 2, write: 3, open: 4 } as const
// Parameters and the one local of `call`; 0 is the operation of the ABI.
const pointer = 1
const length = 2
const value = 3

/** `call`'s answer: a canned frame, its digit set to local `value` (0 to 9). */
function answer(address: number, frame: Uint8Array): number[] {
  return [
    ...number(address + digit),
    ...local(value),
    ...number(0x30),
    ...op.add,
    ...store8(0),
    ...long((BigInt(address) << 32n) | BigInt(frame.length)),
    ...op.return,
  ]
}

const increment = [
  ...number(counter),
  ...number(counter),
  ...load32(0),
  ...number(1),
  ...op.add,
  ...store32(0),
  ...number(counter),
  ...load32(0),
  ...number(10),
  ...op.remainder,
  ...setLocal(value),
  ...answer(reply, plain),
]

/** Where `path` starts in `{"op":"stat","path":"…"}`, and what stands around it. */
const pathStart = 4 + '{"op":"stat","path":"'.length
const pathMargin = 4 + '{"op":"stat","path":"'.length + '"}'.length + 4

const operations: Readonly<Record<string, readonly number[]>> = {
  c: increment,
  s: [
    ...local(pointer),
    ...number(pathStart),
    ...op.add,
    ...local(length),
    ...number(pathMargin),
    ...op.sub,
    ...call(imported.stat),
    ...op.wrap,
    ...number(3),
    ...op.add,
    ...setLocal(value),
    ...answer(reply, plain),
  ],
  n: [
    ...number(0),
    ...long(0n),
    ...number(scratch),
    ...call(imported.clock),
    ...op.drop,
    ...number(scratch),
    ...load64(0),
    // Nanoseconds to seconds: i64.div_u, then the last digit.
    ...long(1_000_000_000n),
    0x80,
    ...long(10n),
    0x82,
    ...op.wrap,
    ...setLocal(value),
    ...answer(impureReply, impure),
  ],
  f: op.endlessLoop,
  t: op.unreachable,
  e: [
    // loop: if memory.grow(256) is -1 say the last words and exit; again.
    0x03,
    0x40,
    ...number(256),
    ...op.growByPages,
    ...number(-1),
    ...op.eq,
    0x04,
    0x40,
    ...number(2),
    ...number(scratch),
    ...number(1),
    ...number(scratch + 64),
    ...call(imported.write),
    ...op.drop,
    ...number(2),
    ...call(imported.exit),
    0x0b,
    0x0c,
    0,
    0x0b,
  ],
  g: [...number(2048), ...op.growByPages, ...op.drop, ...increment],
  h: [...long(200_000_000n), ...op.return],
  j: [...long((BigInt(words) << 32n) | 8n), ...op.return],
  o: [
    ...Array.from({ length: 5 }, () => number(0)).flat(),
    ...long(0n),
    ...long(0n),
    ...number(0),
    ...number(scratch),
    ...call(imported.open),
    ...number(10),
    ...op.remainder,
    ...setLocal(value),
    ...answer(reply, plain),
  ],
}

/** `self` is the index of `call`, for the operation that calls itself. */
function callBody(self: number): number[] {
  const letter = [...local(pointer), ...load8(4 + '{"op":"'.length)]
  const descend = [...number(0), ...local(pointer), ...local(length), ...call(self), ...op.drop]
  const cases = Object.entries({ ...operations, d: descend }).flatMap(([name, body]) =>
    when([...letter, ...number(name.charCodeAt(0)), ...op.eq], body),
  )
  // Operations of the ABI besides requests (collect, scrub) and unknown letters answer 0.
  return [...when([0x20, 0], [...long(0n), ...op.return]), ...cases, ...long(0n)]
}

const types = [
  [[i32, i32], [i64]],
  [[i32, i64, i32], [i32]],
  [[i32], []],
  [[i32, i32, i32, i32], [i32]],
  [[i32, i32, i32, i32, i32, i64, i64, i32, i32], [i32]],
  [[], [i32]],
  [[i32], [i32]],
  [[i32, i32, i32], [i64]],
  [[], []],
] as const

/** `extra`: one more import, for an engine that wants what no host gives. */
export function probeModule(
  options: {
    readonly extra?: readonly [string, string]
    readonly abi?: number
    readonly pages?: number
  } = {},
): Uint8Array {
  const wasi = 'wasi_snapshot_preview1'
  const imports: [string, string, number][] = [
    ['tree', 'stat', 0],
    [wasi, 'clock_time_get', 1],
    [wasi, 'proc_exit', 2],
    [wasi, 'fd_write', 3],
    [wasi, 'path_open', 4],
  ]
  // Last, so that it moves none of the indices that the operations call.
  if (options.extra !== undefined) imports.push([...options.extra, 2])
  const functions = [
    { name: 'abi', type: 5, body: number(options.abi ?? 1) },
    { name: 'alloc', type: 6, body: number(request) },
    { name: 'release', type: 2, body: [] },
    { name: 'call', type: 7, body: callBody(imports.length + 3) },
    { name: '_initialize', type: 8, body: [] },
  ]
  return writeSections([
    section(
      1,
      types.map(([parameters, results]) => bytes([0x60, ...list(parameters), ...list(results)])),
    ),
    section(
      2,
      imports.map(([module, name, type]) => importOf(module, name, [0x00, type])),
    ),
    section(
      3,
      functions.map(({ type }) => bytes([type])),
    ),
    section(5, [bytes([0x00, ...unsigned(options.pages ?? 4)])]),
    section(6, globals()),
    section(7, [
      exportOf('memory', 2, 0),
      ...functions.map(({ name }, index) => exportOf(name, 0, imports.length + index)),
    ]),
    section(
      10,
      functions.map(({ body }) => sized(bytes([1, 1, i32, ...body, ...op.end]))),
    ),
    section(11, data()),
  ])
}

function globals(): Uint8Array[] {
  const types = [i32, i64, i64, i64, i64, i64, i64, i32]
  return types.map((type) => bytes([type, 1, ...(type === i32 ? number(7) : long(-7n)), ...op.end]))
}

function data(): Uint8Array[] {
  const vector = new Uint8Array(8)
  new DataView(vector.buffer).setUint32(0, words + 16, true)
  new DataView(vector.buffer).setUint32(4, lastWords.length, true)
  const segments: [number, Uint8Array][] = [
    [reply, plain],
    [impureReply, impure],
    [scratch, vector],
    [words, Uint8Array.of(255, 0, 0, 0)],
    [words + 16, encoder.encode(lastWords)],
  ]
  return segments.map(([address, content]) =>
    concatenate([bytes([0, ...number(address), ...op.end]), unsigned(content.length), content]),
  )
}

function bytes(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}
function list(values: readonly number[]): number[] {
  return [...unsigned(values.length), ...values]
}
function sized(body: Uint8Array): Uint8Array {
  return concatenate([unsigned(body.length), body])
}
function text(value: string): Uint8Array {
  return sized(encoder.encode(value))
}
function section(id: number, items: readonly Uint8Array[]): Section {
  return { id, body: concatenate([unsigned(items.length), ...items]) }
}
function importOf(module: string, name: string, what: readonly number[]): Uint8Array {
  return concatenate([text(module), text(name), bytes(what)])
}
function exportOf(name: string, kind: number, index: number): Uint8Array {
  return concatenate([text(name), bytes([kind]), unsigned(index)])
}
