/** Digest of everything that an engine's bytes are made of, so that only changed engines are built again. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, type EngineDirectory } from './engine-directories.ts'
import { toolchain } from './go.ts'

/** The build itself: what edits upstream sources, links, warms up and bakes. */
const builders = [
  'engines/build/overlay',
  'engines/build/bake.ts',
  'engines/build/build-engine.ts',
  'engines/build/compress.ts',
  'engines/build/go.ts',
  'engines/build/link.ts',
  'engines/build/warm-up.ts',
  'src/engine/wasi.ts',
]

/** Tests, their data and documentation do not reach the bytes. */
const irrelevant = /(_test\.go|\.md|\/package\.json)$|\/(testdata|__tests__)\//

/**
 * SHA-256 (hex) over the sorted list of git's files and their contents as they stand, and the toolchain's name. What
 * git does not know yet is left out, so that notes and drafts beside an engine do not make it look changed.
 */
export function digestSources(engine: EngineDirectory): string {
  const listed = execFileSync('git', ['ls-files', '-z', '--', engine.path, 'engines/abi', ...builders], {
    cwd: root,
    encoding: 'utf8',
  })
  const files = listed.split('\0').filter((file) => file !== '' && !irrelevant.test(file))
  const hash = createHash('sha256').update(`${toolchain}\n`)
  for (const file of files.sort()) {
    // Deleted and not committed yet.
    if (!existsSync(join(root, file))) continue
    const content = createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex')
    hash.update(`${content}  ${file}\n`)
  }
  return hash.digest('hex')
}
