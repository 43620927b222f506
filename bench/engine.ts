/**
 * Speed of the engine `admission` alone: one Deployment written in every way, in WebAssembly (the committed engine, one
 * thread) and natively (`go test -bench`), as processor time for each write and as multiples of a create.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { engineDirectories, root } from '../engines/build/engine-directories.ts'
import { go, overlayFlags, prepare } from '../engines/build/go.ts'
import { committedManifest } from '../engines/build/manifest-file.ts'
import { encodeAdmissionRequest } from '../src/engine/admission-frame.ts'
import type { AdmissionWrite } from '../src/engine/api.ts'
import { createInstance } from '../src/engine/instance.ts'
import { snapshotOfModule } from '../src/engine/snapshot.ts'
import { createView, emptyShipment } from '../src/engine/view.ts'
import { buildTime } from '../src/engine/wasi.ts'

interface Deployment {
  spec: {
    replicas: number
    template: { spec: { containers: { image: string; env: { name: string; value?: string }[] }[] } }
  }
}

const batch = 200
const runs = 9
const outputLimit = 64 * 1024 * 1024

/** What pull requests do most; speed_test.go edits the same. */
const edits: Readonly<Record<string, (deployment: Deployment) => void>> = {
  replicas: ({ spec }) => (spec.replicas = 3),
  image: ({ spec }) => {
    for (const container of spec.template.spec.containers.slice(0, 1))
      container.image = 'registry.example/web:1.0.1'
  },
  variable: ({ spec }) => spec.template.spec.containers[0]?.env.push({ name: 'MODE', value: 'fast' }),
}

/** `npm run bench -- engine [--no-native]` */
export function engineSpeed(args: readonly string[]): Promise<void> {
  const native = args.includes('--no-native') ? new Map<string, number>() : nativeTimes()
  const wasm = webAssemblyTimes()
  console.log('write                 WebAssembly          native               WebAssembly / native')
  for (const [name, time] of wasm) {
    const own = native.get(name)
    const cells = [cell(time, wasm), own === undefined ? '' : cell(own, native)]
    console.log(
      `${name.padEnd(22)}${cells.map((text) => text.padEnd(21)).join('')}${own === undefined ? '' : (time / own).toFixed(1)}`,
    )
  }
  return Promise.resolve()
}

function cell(time: number, all: ReadonlyMap<string, number>): string {
  return `${time.toFixed(3)} ms, ×${(time / (all.get('create') ?? NaN)).toFixed(2)}`
}

/** Milliseconds of processor time for each write, medians. */
function webAssemblyTimes(): Map<string, number> {
  const entry = committedManifest().engines['admission']
  if (entry === undefined) throw new Error('dist/engines.json has no engine admission')
  const bytes = brotliDecompressSync(readFileSync(join(root, 'dist/engines', entry.file)))
  const clock = { monotonic: BigInt(entry.clock.monotonic), seed: entry.clock.seed }
  const began = performance.now()
  const module = new WebAssembly.Module(bytes)
  const compiled = performance.now()
  const instance = createInstance(module, { baked: true })
  const start = snapshotOfModule(bytes, clock)
  const ready = performance.now()
  const call = (writes: readonly object[]): void => {
    const view = createView(emptyShipment, (path) => ({ kind: 'missing', path }))
    const frame = encodeAdmissionRequest({ op: 'admit', writes: writes as AdmissionWrite[] })
    const answer = instance.call({ frame, time: buildTime, view, outputLimit, start })
    if (answer.kind === 'fault') throw new Error(answer.message)
  }
  const all = requests()
  call([...all.values()].slice(0, 1))
  console.log(
    `${(entry.compressed.size / 1e6).toFixed(2)} MB compressed, ${(entry.raw.size / 1e6).toFixed(1)} MB raw, ` +
      `memory ${(start.size / 1e6).toFixed(0)} MB; compile ${(compiled - began).toFixed(0)} ms, ` +
      `instantiate ${(ready - compiled).toFixed(0)} ms, first call ${(performance.now() - ready).toFixed(0)} ms`,
  )
  const times = new Map<string, number[]>()
  // The first rounds make V8 compile; alternating, so that a noisy minute hits all.
  for (let run = -3; run < runs; run++)
    for (const [name, request] of all) {
      const before = process.cpuUsage()
      call(Array.from({ length: batch }, () => request))
      const { user, system } = process.cpuUsage(before)
      if (run >= 0) times.set(name, [...(times.get(name) ?? []), (user + system) / 1000 / batch])
    }
  return new Map([...times].map(([name, samples]) => [name, samples.sort((a, b) => a - b)[runs >> 1] ?? NaN]))
}

function requests(): ReadonlyMap<string, object> {
  const text = readFileSync(join(root, 'engines/admission/testdata/speed/deployment.json'), 'utf8')
  const old = JSON.parse(text) as Deployment
  const all = new Map<string, object>([['create', { operation: 'CREATE', object: old, namespace: 'shop' }]])
  for (const [name, edit] of Object.entries(edits)) {
    const object = JSON.parse(text) as Deployment
    edit(object)
    for (const apply of ['', 'client', 'server'])
      all.set(`${name}/${apply}`, { operation: 'UPDATE', object, old, namespace: 'shop', apply })
  }
  return all
}

function nativeTimes(): Map<string, number> {
  const [engine] = engineDirectories(['admission'])
  if (engine === undefined) throw new Error('there is no engine admission')
  prepare(engine)
  const output = go(
    engine.path,
    ['test', ...overlayFlags(engine), '-run=^$', '-bench=BenchmarkDeployment', './internal/operations'],
    { environment: { GOMAXPROCS: '1' } },
  )
  const lines = output.matchAll(/^BenchmarkDeployment\/(\S+)\s.*?([\d.]+) cpu-ns\/op/gm)
  return new Map([...lines].map(([, name = '', time = '']) => [name, Number(time) / 1e6]))
}
