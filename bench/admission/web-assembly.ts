/** The engine's module, asked as preadmit asks it: a session is loaded once, and every batch starts from its snapshot. */
import { encodeFrame } from '../../src/engine/frame.ts'
import { createInstance, type CallResult } from '../../src/engine/instance.ts'
import { snapshotOfModule, type Snapshot } from '../../src/engine/snapshot.ts'
import { createView, emptyShipment } from '../../src/engine/view.ts'
import { buildTime } from '../../src/engine/wasi.ts'
import type { BuiltModule } from '../../engines/build/shipped.ts'

/** Bytes of a response. */
const outputLimit = 64 * 1024 * 1024

/** The header of every response to every question; a question is a load and what is asked of it. */
export function askModule(
  { module, clock }: BuiltModule,
  questions: readonly (readonly object[])[],
): readonly string[] {
  const fresh = snapshotOfModule(module, clock)
  const compiled = new WebAssembly.Module(module)
  let instance = createInstance(compiled, { baked: true })
  const ask = (request: object, start: Snapshot): string => {
    if (!instance.usable()) instance = createInstance(compiled, { baked: true })
    const view = createView(emptyShipment, (path) => ({ kind: 'missing', path }))
    const frame = encodeFrame(request, [])
    return headerText(instance.call({ frame, time: buildTime, view, outputLimit, start }))
  }
  return questions.flatMap(([load = {}, ...rest]) => {
    const loaded = ask(load, fresh)
    const session = instance.snapshot()
    return [loaded, ...rest.map((request) => ask(request, session))]
  })
}

/** The header as the engine wrote it, byte for byte. */
function headerText(answer: CallResult): string {
  if (answer.kind === 'fault') return `${answer.code}: ${answer.message}`
  const { buffer, byteOffset } = answer.bytes
  const length = new DataView(buffer, byteOffset).getUint32(0, true)
  return Buffer.from(buffer, byteOffset + 4, length).toString('utf8')
}
