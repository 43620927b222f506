/**
 * `tsx engines/build/check.ts [--since <revision> | --all]`: that dist/engines is what the sources make. Fails when an
 * engine's sources are not those of its entry, when a file is not the one of its entry, or when a rebuild gives other
 * bytes. Without flags nothing is rebuilt; `--since` rebuilds engines whose entry differs from the one at a revision.
 */
import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineEntry, EngineManifest } from '../../src/engine/manifest.ts'
import { buildEngine } from './build-engine.ts'
import { engineDirectories, root, type EngineDirectory } from './engine-directories.ts'
import { committedManifest, manifestPath } from './manifest-file.ts'
import { digestSources } from './sources.ts'

const since = process.argv.indexOf('--since')
const earlier = since === -1 ? undefined : manifestAt(process.argv[since + 1])
const all = process.argv.includes('--all')
const { engines } = committedManifest()
let failed = 0

for (const engine of engineDirectories()) {
  const problem = await examine(engine, engines[engine.name])
  console.log(`${engine.name}: ${problem ?? 'ok'}`)
  if (problem !== undefined) failed += 1
}
process.exitCode = failed === 0 ? 0 : 1

async function examine(engine: EngineDirectory, entry: EngineEntry | undefined): Promise<string | undefined> {
  if (entry === undefined) return `not in ${manifestPath}: run npm run build:engines ${engine.name}`
  if (entry.sources !== digestSources(engine)) {
    return `its sources changed since it was built: run npm run build:engines ${engine.name}`
  }
  const committed = readFileSync(join(root, 'dist/engines', entry.file))
  const digest = createHash('sha256').update(committed).digest('hex')
  if (digest !== entry.compressed.sha256) return `dist/engines/${entry.file} is not the file of its entry`
  const known = earlier?.engines[engine.name]?.compressed.sha256 === entry.compressed.sha256
  if (!all && (earlier === undefined || known)) return undefined
  const built = await buildEngine(engine, { draft: false, log: console.log })
  if (JSON.stringify(built.entry) === JSON.stringify(entry)) return undefined
  return `a rebuild gives ${built.entry.compressed.sha256}, committed is ${digest}`
}

function manifestAt(revision: string | undefined): EngineManifest | undefined {
  if (revision === undefined || revision.startsWith('-')) throw new Error('--since needs a revision')
  try {
    const options: ExecFileSyncOptionsWithStringEncoding = {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
    }
    return JSON.parse(execFileSync('git', ['show', `${revision}:${manifestPath}`], options)) as EngineManifest
  } catch {
    // No manifest there yet: every engine is new.
    return { abi: 0, engines: {} }
  }
}
