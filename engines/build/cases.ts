/**
 * The engines' cases (testdata/cases) in WebAssembly: a folder with request.json (one request header, or a list that
 * one instance answers in order), tree/ that they may read, and blobs/<request>-<n>; engines/abi/cases.go is the same
 * for the native program.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContentStore } from '../../src/engine/contents.ts'
import { encodeFrame } from '../../src/engine/frame.ts'
import { createInstance, type CallResult } from '../../src/engine/instance.ts'
import { listDeclared } from '../../src/engine/listing.ts'
import { packShipment } from '../../src/engine/shipment.ts'
import { snapshotOfModule } from '../../src/engine/snapshot.ts'
import { createView, emptyShipment, type View } from '../../src/engine/view.ts'
import { buildTime, type ClockState } from '../../src/engine/wasi.ts'
import { directoryTree } from '../../src/source/directory-tree.ts'

/** Bytes of a response of a case. */
const outputLimit = 64 * 1024 * 1024

/** One line for every request of every case, as the native program prints them: `<case> <request> <header>`. */
export async function answerCases(module: Uint8Array, clock: ClockState, folder: string): Promise<string[]> {
  const start = snapshotOfModule(module, clock)
  const compiled = new WebAssembly.Module(module)
  let instance = createInstance(compiled, { baked: true })
  const lines: string[] = []
  for (const name of caseNames(folder)) {
    if (!instance.usable()) instance = createInstance(compiled, { baked: true })
    const view = await viewOfTree(join(folder, name, 'tree'))
    readRequests(join(folder, name)).forEach((frame, index) => {
      const state = index === 0 ? { start } : {}
      const answer = instance.usable()
        ? instance.call({ frame, time: buildTime, view: view(), outputLimit, ...state })
        : broken
      lines.push(`${name} ${index} ${headerText(answer)}`)
    })
  }
  return lines
}

/** A request after one that broke the instance. */
const broken = { kind: 'fault', code: 'trap', message: 'the instance is broken', denied: {} } as const

function caseNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'request.json')))
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
}

function readRequests(folder: string): Uint8Array[] {
  const value = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8')) as object | object[]
  const requests = Array.isArray(value) ? (value as object[]) : [value]
  return requests.map((request, index) => encodeFrame(request, readBlobs(folder, index)))
}

function readBlobs(folder: string, request: number): Uint8Array[] {
  const blobs: Uint8Array[] = []
  for (;;) {
    const file = join(folder, 'blobs', `${request}-${blobs.length}`)
    if (!existsSync(file)) return blobs
    blobs.push(readFileSync(file))
  }
}

async function viewOfTree(directory: string): Promise<() => View> {
  if (!existsSync(directory)) return () => createView(emptyShipment, (path) => ({ kind: 'missing', path }))
  const tree = await directoryTree(directory, 'case')
  const listing = listDeclared(tree, { files: [], directories: [''] })
  const shipment = await packShipment(tree, listing, createContentStore())
  return () => createView(shipment, (path) => ({ kind: 'missing', path }))
}

/** The header as the engine wrote it, byte for byte. */
function headerText(answer: CallResult): string {
  if (answer.kind === 'fault') return `${answer.code}: ${answer.message}`
  const { buffer, byteOffset } = answer.bytes
  const length = new DataView(buffer, byteOffset).getUint32(0, true)
  return Buffer.from(buffer, byteOffset + 4, length).toString('utf8')
}
