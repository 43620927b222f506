/**
 * After Go's linker: what a host needs to rewind an instance and to bound its memory, and nothing that names the
 * builder.
 */
import { globalNames } from '../../src/engine/snapshot.ts'
import {
  concatenate,
  createReader,
  readSections,
  sectionId,
  unsigned,
  writeSections,
} from '../../src/engine/wasm-binary.ts'

/** 1 GiB in WebAssembly pages: the memory limit of shared/threats.md. Go itself declares none. */
export const maximumPages = 16_384

const i32 = 0x7f
const i64 = 0x7e
const mutable = 1
const globalKind = 3

/** Go 1.26's globals: SP, CTXT, g, RET0 … RET3, PAUSE. Another layout means another runtime: look before rewinding. */
const globalTypes = [i32, i64, i64, i64, i64, i64, i64, i32]

/**
 * Drops custom sections, declares the memory's maximum and exports g0 … g7. Throws when the module's globals are not
 * laid out as Go 1.26 does.
 */
export function link(module: Uint8Array): Uint8Array {
  const sections = readSections(module).filter(({ id }) => id !== sectionId.custom)
  assertGlobals(bodyOf(sections, sectionId.global))
  return writeSections(
    sections.map(({ id, body }) => {
      if (id === sectionId.memory) return { id, body: memorySection(minimumOf(body)) }
      if (id === sectionId.export) return { id, body: withGlobals(body) }
      return { id, body }
    }),
  )
}

/** Body of a memory section with one memory of a declared maximum. */
export function memorySection(minimum: number): Uint8Array {
  const withMaximum = 1
  return concatenate([Uint8Array.of(1, withMaximum), unsigned(minimum), unsigned(maximumPages)])
}

function bodyOf(sections: readonly { id: number; body: Uint8Array }[], wanted: number): Uint8Array {
  const section = sections.find(({ id }) => id === wanted)
  if (section === undefined) throw new TypeError(`the engine has no section ${wanted}`)
  return section.body
}

function minimumOf(memory: Uint8Array): number {
  const reader = createReader(memory)
  if (reader.unsigned() !== 1) throw new TypeError('the engine must have exactly one memory')
  reader.byte()
  return reader.unsigned()
}

function assertGlobals(body: Uint8Array): void {
  const reader = createReader(body)
  const found = Array.from({ length: reader.unsigned() }, () => {
    const type = reader.byte()
    const isMutable = reader.byte() === mutable
    reader.byte()
    reader.signed()
    reader.byte()
    return isMutable ? type : -1
  })
  if (found.join() !== globalTypes.join()) {
    throw new TypeError(`Go's globals are laid out as ${found.join()}, expected ${globalTypes.join()}`)
  }
}

function withGlobals(body: Uint8Array): Uint8Array {
  const reader = createReader(body)
  const count = reader.unsigned()
  const names = globalNames.map((name, index) => {
    const bytes = new TextEncoder().encode(name)
    return concatenate([unsigned(bytes.length), bytes, Uint8Array.of(globalKind), unsigned(index)])
  })
  return concatenate([unsigned(count + names.length), body.subarray(reader.position), ...names])
}
