/** Runs the pinned Go toolchain with nothing of the builder's own settings. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, type EngineDirectory } from './engine-directories.ts'

/** The toolchain whose bytes are committed. Another one would give other bytes: raise it on purpose only. */
export const toolchain = 'go1.26.8'

const pinned = {
  GOTOOLCHAIN: toolchain,
  // The caller's flags (-tags, -mod, -ldflags) must not reach the committed bytes.
  GOFLAGS: '-buildvcs=false',
  GOENV: 'off',
  GOWORK: 'off',
  GOEXPERIMENT: '',
  CGO_ENABLED: '0',
}

export const wasm = { GOOS: 'wasip1', GOARCH: 'wasm', GOWASM: '' }

export interface GoOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Print what Go prints; its standard output is answered otherwise. */
  readonly show?: boolean
}

/** Standard output of `go <parameters>` in a directory. Throws when Go fails; its errors are on standard error. */
export function go(directory: string, parameters: readonly string[], options: GoOptions = {}): string {
  const environment = { ...process.env, ...pinned, ...options.environment }
  // GOENV=off ignores `go env -w`; the proxy is the builder's business and cannot change bytes that go.sum names.
  return execFileSync('go', parameters, {
    cwd: join(root, directory),
    env: environment,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', options.show === true ? 'inherit' : 'pipe', 'inherit'],
  })
}

/** Vendors the engine's modules and applies its overlay rules; both results are git-ignored. */
export function prepare(engine: EngineDirectory): void {
  go(engine.path, ['mod', 'vendor'])
  if (!hasOverlay(engine)) return
  go('engines/build/overlay', ['run', '.', join(root, engine.path)], { show: true })
}

function hasOverlay(engine: EngineDirectory): boolean {
  return existsSync(join(root, engine.path, 'overlay-rules.json'))
}

/** Flags that every build, vet, test and list of an engine needs after {@link prepare}. */
export function overlayFlags(engine: EngineDirectory): string[] {
  return ['-mod=vendor', ...(hasOverlay(engine) ? ['-overlay', 'overlay/overlay.json'] : [])]
}

/**
 * What GODEBUG says when nobody sets it. Go's concurrent collector limits itself by the clock, which stands almost still
 * here: allocation outran it until the memory was full (kserve's definitions: 220 MB natively, over 1 GiB). One that
 * stops the world ends what it starts, and a single thread gains nothing from the other.
 */
const godebug = 'gcstoptheworld=1'

/** Compiles to WebAssembly; the file is `<engine>/out/<name>.wasm`, and its path below the root is answered. */
export function compile(engine: EngineDirectory): string {
  const output = `out/${engine.name}.wasm`
  const flags = ['-trimpath', `-ldflags=-s -w -X=runtime.godebugDefault=${godebug}`, '-buildmode=c-shared']
  go(engine.path, ['build', ...overlayFlags(engine), ...flags, '-o', output, `./cmd/${engine.name}`], {
    environment: wasm,
    show: true,
  })
  return `${engine.path}/${output}`
}
