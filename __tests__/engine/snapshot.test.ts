import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { restoreMemory, snapshotOfMemory, type Snapshot } from '../../src/engine/snapshot.ts'
import { initialClock } from '../../src/engine/wasi.ts'

const pages = 6
const unit = 4096

/** Memory that is mostly zero, with some bytes at some places. */
const memories = fc
  .array(fc.record({ at: fc.nat(pages * unit - 1), value: fc.nat(255) }), { maxLength: 12 })
  .map((writes) => {
    const memory = new Uint8Array(pages * unit)
    for (const { at, value } of writes) memory[at] = value
    return memory
  })

/** As a baked module's: the stretches that are not zero, some of which pages end in. */
function baked(memory: Uint8Array): Snapshot {
  const stretches: number[] = []
  const bytes: number[] = []
  for (let at = 0; at < memory.length; at += 8) {
    const word = memory.subarray(at, at + 8)
    if (word.every((byte) => byte === 0)) continue
    stretches.push(at, bytes.length, 8)
    bytes.push(...word)
  }
  const shared = new SharedArrayBuffer(bytes.length)
  new Uint8Array(shared).set(bytes)
  return { bytes: shared, stretches: Uint32Array.from(stretches), size: memory.length, clock: initialClock }
}

function restored(snapshot: Snapshot, dirty: Uint8Array): Uint8Array {
  const memory = new Uint8Array(Math.max(snapshot.size, dirty.length)).fill(7)
  memory.set(dirty)
  restoreMemory(memory, snapshot)
  return memory
}

describe('the state of a session', () => {
  it('comes back from what it changed, over whatever is there', () => {
    fc.assert(
      fc.property(memories, memories, memories, fc.nat(2), (before, changes, dirty, grown) => {
        const memory = new Uint8Array(before.length + grown * unit)
        memory.set(before)
        for (const [at, value] of changes.entries()) if (value !== 0) memory[at] = value
        for (const from of [undefined, baked(before), snapshotOfMemory(before, [], initialClock)]) {
          const snapshot = snapshotOfMemory(memory, [], initialClock, from)
          expect(Buffer.compare(restored(snapshot, dirty).subarray(0, memory.length), memory)).toBe(0)
        }
      }),
    )
  })

  it('keeps the pages that differ, and nothing of a session that it came of', () => {
    const before = new Uint8Array(pages * unit).fill(1, unit, 3 * unit)
    const memory = before.slice()
    memory[unit] = 2
    memory[5 * unit + 1] = 3
    const base = baked(before)
    const first = snapshotOfMemory(memory, [], initialClock, base)
    expect([...first.stretches]).toEqual([unit, 0, unit, 5 * unit, unit, unit])
    memory[unit] = 1
    const second = snapshotOfMemory(memory, [], initialClock, first)
    expect(second.base).toBe(base)
    expect([...second.stretches]).toEqual([5 * unit, 0, unit])
    expect(Buffer.compare(restored(second, new Uint8Array()), memory)).toBe(0)
  })

  it('is zero beyond it', () => {
    const snapshot = snapshotOfMemory(new Uint8Array(unit), [], initialClock, baked(new Uint8Array(unit)))
    expect(restored(snapshot, new Uint8Array(3 * unit).fill(9)).every((byte) => byte === 0)).toBe(true)
  })
})
