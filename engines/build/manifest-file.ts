/** Writes dist/engines and dist/engines.json. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { abiVersion } from '../../src/engine/instance.ts'
import type { EngineManifest } from '../../src/engine/manifest.ts'
import type { BuiltEngine } from './build-engine.ts'
import { root } from './engine-directories.ts'

export const manifestPath = 'dist/engines.json'

/** The committed manifest; an empty one before the first build. */
export function committedManifest(): EngineManifest {
  try {
    return JSON.parse(readFileSync(join(root, manifestPath), 'utf8')) as EngineManifest
  } catch {
    return { abi: abiVersion, engines: {} }
  }
}

/** Replaces the entry and the file of one engine; engines are sorted by name. */
export function writeEngine(name: string, { entry, file }: BuiltEngine): void {
  mkdirSync(join(root, 'dist/engines'), { recursive: true })
  writeFileSync(join(root, 'dist/engines', entry.file), file)
  const engines = Object.entries({ ...committedManifest().engines, [name]: entry })
  engines.sort(([left], [right]) => (left < right ? -1 : 1))
  const manifest: EngineManifest = { abi: abiVersion, engines: Object.fromEntries(engines) }
  writeFileSync(join(root, manifestPath), `${JSON.stringify(manifest, null, 2)}\n`)
}
