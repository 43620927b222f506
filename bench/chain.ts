/**
 * `preadmit check`, cold, against what people chain today: a worktree of the base, `kustomize build` of both sides,
 * `diff`, `kubeconform`. The chain does less (no policies, no API server's rules, no report); it is the floor.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')
const runs = 5

interface Sample {
  wall: number
  cpu: number
}

export async function chain(): Promise<void> {
  for (const overlays of [1, 50]) {
    const repository = await makeRepository(overlays)
    try {
      const shell = chainScript(overlays)
      // A chain that fails at once would be the fastest of all.
      execFileSync('bash', ['-c', shell], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] })
      const samples: Record<string, Sample[]> = { chain: [], preadmit: [] }
      // Alternating, so that a noisy minute hits both.
      for (let run = 0; run < runs; run++) {
        samples['chain']?.push(await time('bash', ['-c', shell], repository))
        samples['preadmit']?.push(
          await time(
            process.execPath,
            [cli, 'check', '--base', 'HEAD~1', '--head', 'HEAD', '--format', 'json'],
            repository,
          ),
        )
      }
      const [a, b] = [median(samples['chain'] ?? []), median(samples['preadmit'] ?? [])]
      console.log(`${overlays} changed overlay${overlays > 1 ? 's' : ''}, base and head`)
      console.log(`  chain     ${a.wall.toFixed(2)} s wall  ${a.cpu.toFixed(2)} s CPU`)
      console.log(
        `  preadmit  ${b.wall.toFixed(2)} s wall  ${b.cpu.toFixed(2)} s CPU  (wall ×${(b.wall / a.wall).toFixed(2)})`,
      )
    } finally {
      await rm(repository, { recursive: true })
    }
  }
}

function chainScript(overlays: number): string {
  const names = Array.from({ length: overlays }, (_, i) => `o${i}`).join(' ')
  return `set -e
base=$(mktemp -d); git worktree add -q --detach "$base/w" HEAD~1
out=$(mktemp -d)
one() { set -e; kustomize build "$base/w/overlays/$1" > "$out/$1.old"; kustomize build "overlays/$1" > "$out/$1.new"; ! diff -u "$out/$1.old" "$out/$1.new" > "$out/$1.diff"; }
export -f one; export base out
printf '%s\\n' ${names} | xargs -P 2 -I{} bash -c 'one {}'
kubeconform -strict -schema-location "$PWD/schemas/{{.ResourceKind}}.json" "$out"/*.new
git worktree remove --force "$base/w"; rm -rf "$base" "$out"`
}

/** Real schemas lie behind a network; this one costs kubeconform less than any of them. */
const schema = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata'],
  properties: { metadata: { type: 'object', required: ['name'] } },
}

/** A base of a Deployment, a Service and a ConfigMap, and overlays that all change between two commits. */
async function makeRepository(overlays: number): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'preadmit-bench-'))
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], {
      cwd: root,
      stdio: 'ignore',
    })
  }
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }
  git('init', '-q', '-b', 'main')
  for (const kind of ['deployment', 'service', 'configmap'])
    await write(`schemas/${kind}.json`, JSON.stringify(schema))
  await write('base/kustomization.yaml', 'resources: [app.yaml]\n')
  await write(
    'base/app.yaml',
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
        - name: app
          image: registry.example/app:1.0.0
          ports: [{containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: app}
spec:
  selector: {app: app}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data: {LEVEL: info}
`,
  )
  for (const tag of ['1.0.0', '1.1.0']) {
    for (let i = 0; i < overlays; i++) {
      await write(
        `overlays/o${i}/kustomization.yaml`,
        `resources: [../../base]
namespace: n${i}
namePrefix: o${i}-
labels: [{pairs: {overlay: o${i}}, includeSelectors: true}]
images: [{name: registry.example/app, newTag: ${tag}}]
`,
      )
    }
    git('add', '-A')
    git('commit', '-q', '-m', tag)
  }
  return root
}

function time(command: string, args: string[], cwd: string): Promise<Sample> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    // `time -p` of bash gives the CPU of the whole process tree.
    const child = spawn(
      'bash',
      ['-c', 'TIMEFORMAT="%U %S"; time "$@" > /dev/null 2>&1', 'time', command, ...args],
      {
        cwd,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    let text = ''
    child.stderr.on('data', (data: Buffer) => (text += data.toString()))
    child.on('error', reject)
    child.on('close', () => {
      const wall = (performance.now() - start) / 1000
      const cpu = text.trim().split(/\s+/).map(Number)
      resolve({ wall, cpu: (cpu[0] ?? 0) + (cpu[1] ?? 0) })
    })
  })
}

function median(samples: readonly Sample[]): Sample {
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN
  return { wall: middle(samples.map((s) => s.wall)), cpu: middle(samples.map((s) => s.cpu)) }
}
