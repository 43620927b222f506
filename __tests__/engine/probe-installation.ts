/** A dist/ folder whose engines are the probe, as the build would have written it. */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { bake } from '../../engines/build/bake.ts'
import { link } from '../../engines/build/link.ts'
import { createInstance } from '../../src/engine/instance.ts'
import type { EngineEntry } from '../../src/engine/manifest.ts'
import { initialClock } from '../../src/engine/wasi.ts'
import { probeModule } from './probe-engine.ts'

export interface Installation {
  /** `dist/engines/`. */
  readonly directory: URL
  readonly remove: () => Promise<void>
}

/** The probe after link and bake, from the state of a fresh instance. */
export function bakedProbe(module = probeModule()): Uint8Array {
  const linked = link(module)
  const instance = createInstance(new WebAssembly.Module(linked), { baked: false })
  const { bytes, globals = [] } = instance.snapshot()
  return bake(linked, { memory: new Uint8Array(bytes), globals })
}

export async function installProbe(module = bakedProbe()): Promise<Installation> {
  const root = await mkdtemp(join(tmpdir(), 'preadmit-probe-'))
  const file = brotliCompressSync(module, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
  await mkdir(join(root, 'engines'))
  await writeFile(join(root, 'engines/probe.wasm.br'), file)
  const entry: EngineEntry = {
    file: 'probe.wasm.br',
    raw: describe(module),
    compressed: describe(file),
    sources: '',
    toolchain: 'none',
    clock: { monotonic: String(initialClock.monotonic), seed: initialClock.seed },
    versions: { probe: 'v1' },
    libraries: [],
  }
  const engines = { render: entry, admission: entry, kubeconform: entry }
  await writeFile(join(root, 'engines.json'), JSON.stringify({ abi: 1, engines }))
  return {
    directory: pathToFileURL(`${join(root, 'engines')}/`),
    remove: () => rm(root, { recursive: true }),
  }
}

function describe(bytes: Uint8Array): { size: number; sha256: string } {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}
