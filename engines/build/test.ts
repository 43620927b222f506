/**
 * `npm run test:engines [name…]`: Go's own checks of the engines and of what they share, then every case native and in
 * WebAssembly, byte for byte. Needs Go. The committed engine is tested when its sources are unchanged, otherwise a new
 * one is built for the test and thrown away.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { answerCases } from './cases.ts'
import { engineDirectories, root, type EngineDirectory } from './engine-directories.ts'
import { go, overlayFlags, prepare } from './go.ts'
import { shippedOrNew } from './shipped.ts'

let passed = 0
let failed = 0
const names = process.argv.slice(2)

if (names.length === 0) {
  for (const path of ['engines/abi', 'engines/build/overlay']) testGo(path, [])
}
for (const engine of engineDirectories(names)) {
  step(`${engine.name}: vendor and overlay`, () => {
    prepare(engine)
  })
  testGo(engine.path, overlayFlags(engine))
  const size = join(root, engine.path, 'check-size.sh')
  if (existsSync(size)) step(`${engine.name}: size`, () => execFileSync('sh', [size], { stdio: 'inherit' }))
  await stepLater(`${engine.name}: cases`, () => compareCases(engine))
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function testGo(path: string, flags: readonly string[]): void {
  step(`${path}: gofmt`, () => {
    const files = execFileSync('git', ['ls-files', '-z', '--', '*.go'], {
      cwd: join(root, path),
      encoding: 'utf8',
    })
    const list = files.split('\0').filter((file) => file !== '')
    const unformatted = execFileSync('gofmt', ['-l', ...list], { cwd: join(root, path), encoding: 'utf8' })
    if (unformatted !== '') throw new Error(`not formatted:\n${unformatted}`)
  })
  step(`${path}: go vet`, () => go(path, ['vet', ...flags, './...']))
  step(`${path}: go test`, () => go(path, ['test', ...flags, './...'], { show: true }))
}

function step(name: string, run: () => unknown): void {
  try {
    run()
    pass(name)
  } catch (error) {
    fail(name, error)
  }
}

async function stepLater(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run()
    pass(name)
  } catch (error) {
    fail(name, error)
  }
}

function pass(name: string): void {
  passed += 1
  console.log(`ok   ${name}`)
}

function fail(name: string, error: unknown): void {
  failed += 1
  console.log(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}`)
}

async function compareCases(engine: EngineDirectory): Promise<void> {
  const folder = join(root, engine.path, 'testdata/cases')
  if (!existsSync(folder)) throw new Error(`there are none in ${engine.path}/testdata/cases`)
  const output = go(engine.path, ['run', ...overlayFlags(engine), `./cmd/${engine.name}`, folder])
  const native = output.split('\n').filter((line) => line !== '')
  const { module, clock } = shippedOrNew(engine, console.log)
  const wasm = await answerCases(module, clock, folder)
  for (let index = 0; index < Math.max(native.length, wasm.length); index++) {
    const [expected = '(nothing)', found = '(nothing)'] = [native[index], wasm[index]]
    const name = `${engine.name} case ${expected.split(' ', 2).join(' ')}`
    if (expected === found) passed += 1
    else fail(name, `two answers\n  native ${expected}\n  wasm   ${found}`)
  }
  console.log(`     ${engine.name}: ${native.length} answers of cases compared`)
}
