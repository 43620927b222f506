/**
 * Speed: `preadmit validate` against `kubeconform -strict` and kubectl-validate over 10,000 mixed documents made of the
 * manifests in some folders. Both peers see shapes only; preadmit runs the API server's code besides.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { writeKubeconformSchemas } from './kubeconform-schemas.ts'
import { findPeer } from './peers.ts'

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')
const total = 10_000
const runs = 5

interface Manifest {
  kind: string
  apiVersion: string
  metadata: { name?: string }
}
interface Sample {
  readonly wall: number
  readonly cpu: number
  /** Peak of resident memory, in MB. */
  readonly memory: number
}

/** `npm run bench -- validate DIR… [--install]` */
export async function validateSpeed(args: readonly string[]): Promise<void> {
  const folders = args.filter((argument) => !argument.startsWith('-'))
  if (folders.length === 0) throw new Error('usage: npm run bench -- validate DIR… [--install]')
  const install = args.includes('--install')
  const work = await mkdtemp(join(tmpdir(), 'preadmit-validate-'))
  try {
    const { documents, kinds } = await writeDocuments(folders, join(work, 'documents'))
    const location = await writeKubeconformSchemas(join(work, 'schemas'))
    const one = join(documents, 'f00000.yaml')
    const kubeconform = findPeer('kubeconform', install)
    const kubectlValidate = findPeer('kubectl-validate', install)
    const programs: Record<string, readonly string[] | undefined> = {
      'preadmit, one file': [process.execPath, cli, 'validate', one],
      preadmit: [process.execPath, cli, 'validate', documents, '--format', 'json'],
      kubeconform:
        kubeconform === undefined
          ? undefined
          : [kubeconform, '-strict', '-schema-location', location, documents],
      'kubectl-validate':
        kubectlValidate === undefined ? undefined : [kubectlValidate, '--version', '1.35', documents],
    }
    console.log(`${total} documents: ${kinds}`)
    const samples = new Map<string, Sample[]>()
    // Alternating, so that a noisy minute hits all.
    for (let run = 0; run < runs; run++) {
      for (const [name, command] of Object.entries(programs))
        if (command !== undefined) samples.set(name, [...(samples.get(name) ?? []), await measure(command)])
    }
    for (const name of Object.keys(programs)) print(name, samples.get(name))
  } finally {
    await rm(work, { recursive: true })
  }
}

/** One to five documents in a file; names are numbered, so that no two objects are the same. */
async function writeDocuments(
  folders: readonly string[],
  directory: string,
): Promise<{ documents: string; kinds: string }> {
  const manifests = (await Promise.all(folders.map(readManifests))).flat()
  if (manifests.length === 0) throw new Error('no manifest with apiVersion, kind and name in the folders')
  await mkdir(directory, { recursive: true })
  const counts = new Map<string, number>()
  for (let made = 0, file = 0; made < total; file++) {
    const texts: string[] = []
    for (let i = 0; i <= file % 5 && made < total; i++, made++) {
      const manifest = manifests[made % manifests.length]
      if (manifest === undefined) continue
      counts.set(manifest.kind, (counts.get(manifest.kind) ?? 0) + 1)
      // A definition's name follows from its content.
      const own = manifest.kind === 'CustomResourceDefinition'
      const name = `${manifest.metadata.name ?? 'generated'}${own ? '' : `-${made}`}`
      texts.push(stringify({ ...manifest, metadata: { ...manifest.metadata, name } }))
    }
    await writeFile(join(directory, `f${String(file).padStart(5, '0')}.yaml`), texts.join('---\n'))
  }
  const kinds = [...counts].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${kind} ${count}`)
  return { documents: directory, kinds: kinds.join(', ') }
}

async function readManifests(folder: string): Promise<Manifest[]> {
  const names = (await readdir(folder, { recursive: true })).sort()
  const found: Manifest[] = []
  for (const name of names.filter((one) => ['.yaml', '.yml', '.json'].includes(extname(one)))) {
    const text = await readFile(join(folder, name), 'utf8')
    if (text.includes('{{')) continue
    for (const document of parseAllDocuments(text)) {
      const value = document.toJS() as Partial<Manifest> | null
      const { apiVersion, kind, metadata } = value ?? {}
      if (apiVersion === undefined || kind === undefined || metadata?.name === undefined) continue
      // Only kinds of Kubernetes' own groups: the peers have no other schemas here.
      const group = apiVersion.includes('/') ? (apiVersion.split('/', 1)[0] ?? '') : ''
      if (!group.includes('.') || group.endsWith('.k8s.io'))
        found.push({ ...value, apiVersion, kind, metadata })
    }
  }
  return found.filter(({ apiVersion }) => !apiVersion.startsWith('kustomize.'))
}

function measure([program = '', ...args]: readonly string[]): Promise<Sample> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(
      'bash',
      ['-c', 'TIMEFORMAT="%U %S"; time "$@" > /dev/null 2>/dev/null', 'time', program, ...args],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    let memory = 0
    const poll = setInterval(() => (memory = Math.max(memory, residentOf(child.pid ?? 0))), 20)
    let text = ''
    child.stderr.on('data', (data: Buffer) => (text += data.toString()))
    child.on('error', reject)
    child.on('close', () => {
      clearInterval(poll)
      const [user = 0, system = 0] = text.trim().split(/\s+/).map(Number)
      resolve({ wall: (performance.now() - start) / 1000, cpu: user + system, memory })
    })
  })
}

/** Peak resident memory of the shell's child, in MB; 0 where there is no /proc. */
function residentOf(shell: number): number {
  try {
    const child = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0] ?? ''
    const status = readFileSync(`/proc/${child}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

function print(name: string, samples: readonly Sample[] | undefined): void {
  if (samples === undefined) {
    console.log(`${name.padEnd(20)} not installed`)
    return
  }
  const median = (of: (sample: Sample) => number): number =>
    samples.map(of).sort((a, b) => a - b)[samples.length >> 1] ?? NaN
  console.log(
    `${name.padEnd(20)} ${median(({ wall }) => wall).toFixed(2)} s wall  ${median(({ cpu }) => cpu).toFixed(2)} s CPU  ${median(({ memory }) => memory).toFixed(0)} MB`,
  )
}
