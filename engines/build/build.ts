/**
 * `npm run build:engines [-- --draft] [name…]`: builds engines whose sources changed since dist/engines.json, or the
 * named ones in any case.
 */
import { buildEngine } from './build-engine.ts'
import { engineDirectories } from './engine-directories.ts'
import { committedManifest, writeEngine } from './manifest-file.ts'
import { digestSources } from './sources.ts'

const draft = process.argv.includes('--draft')
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const { engines } = committedManifest()

for (const engine of engineDirectories(names)) {
  if (names.length === 0 && engines[engine.name]?.sources === digestSources(engine)) {
    console.log(`${engine.name}: unchanged`)
    continue
  }
  const began = performance.now()
  writeEngine(engine.name, await buildEngine(engine, { draft, log: console.log }))
  console.log(`${engine.name}: built in ${((performance.now() - began) / 1000).toFixed(0)} s`)
}
