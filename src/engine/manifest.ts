/** `dist/engines.json`: what the build wrote about each engine. Read without starting one. */
import { readFileSync } from 'node:fs'

export type EngineName = 'render' | 'admission' | 'kubeconform' | 'kyverno' | 'rego'

export interface EngineLibrary {
  /** Module path, such as `helm.sh/helm/v4`. */
  readonly module: string
  readonly version: string
  /** SPDX identifiers found in the module's licence files; empty when none was recognised. */
  readonly licences: readonly string[]
  /** Licence and notice files of the module, as names in its root. */
  readonly licenceFiles: readonly string[]
}

export interface EngineEntry {
  /** File name in dist/engines. */
  readonly file: string
  /** Bytes and SHA-256 (hex) of the WebAssembly module, and of the file (brotli). */
  readonly raw: { readonly size: number; readonly sha256: string }
  readonly compressed: { readonly size: number; readonly sha256: string }
  /** SHA-256 over everything that the module is made of: Go sources, overlay rules, go.sum, warm-up, post-link. */
  readonly sources: string
  /** `go1.26.8`. */
  readonly toolchain: string
  /** State of the system in the snapshot; the clock as a decimal because it passes JSON's integers. */
  readonly clock: { readonly monotonic: string; readonly seed: number }
  /** Answer of the engine's `info`: library → version. */
  readonly versions: Readonly<Record<string, string>>
  readonly libraries: readonly EngineLibrary[]
}

export interface EngineManifest {
  readonly abi: number
  readonly engines: Readonly<Record<string, EngineEntry>>
}

/** Our own file is missing or was altered: a fault of the installation, never of the input. */
export class EngineFileError extends Error {
  override readonly name = 'EngineFileError'
}

/** Throws `EngineFileError` when the file is not there or is no manifest. */
export function readManifest(file: URL): EngineManifest {
  let manifest: unknown
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new EngineFileError(`cannot read the list of engines, ${file.pathname}`, { cause: error })
  }
  if (!isManifest(manifest)) throw new EngineFileError(`${file.pathname} is no list of engines`)
  return manifest
}

function isManifest(value: unknown): value is EngineManifest {
  // The file comes with the program and each engine is verified against it: its shape alone tells it apart.
  return (
    typeof value === 'object' && value !== null && 'engines' in value && typeof value.engines === 'object'
  )
}

/** `engine` → the first twelve digits of its digest, `engine/library` → version; for reports. */
export function engineVersions(manifest: EngineManifest): Record<string, string> {
  const versions: Record<string, string> = {}
  for (const [name, entry] of Object.entries(manifest.engines)) {
    versions[name] = entry.raw.sha256.slice(0, 12)
    for (const [library, version] of Object.entries(entry.versions)) versions[`${name}/${library}`] = version
  }
  return versions
}
