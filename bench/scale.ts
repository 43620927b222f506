/**
 * One changed application of many: what `preadmit check`, cold, costs in a repository of 1,000 against one of 10. The
 * change is the same one image tag; everything else is only there to be looked through.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')

/** Path → text of the files of application `i`, before or after the change of its image. */
type Layout = (i: number, tag: string) => Readonly<Record<string, string>>

interface Kind {
  readonly name: string
  readonly application: Layout
  /** Files that are there once, for `count` applications. */
  readonly shared: (count: number) => Readonly<Record<string, string>>
}

const url = 'https://example.com/fleet.git'

const manifests = (i: number, tag: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: app-${i}}
spec:
  selector: {matchLabels: {app: app-${i}}}
  template:
    metadata: {labels: {app: app-${i}}}
    spec:
      containers:
        - name: app
          image: registry.example/app-${i}:${tag}
          ports: [{containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: app-${i}}
spec: {selector: {app: app-${i}}, ports: [{port: 80, targetPort: 8080}]}
`

const overlay: Layout = (i, tag) => ({
  [`apps/app-${i}/kustomization.yaml`]: `resources: [app.yaml]\nnamespace: ns-${i}\n`,
  [`apps/app-${i}/app.yaml`]: manifests(i, tag),
})

const application = (i: number): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app-${i}, namespace: argocd}
spec:
  project: default
  source: {repoURL: ${url}, path: apps/app-${i}, targetRevision: main}
  destination: {server: https://kubernetes.default.svc, namespace: ns-${i}}
  syncPolicy: {automated: {prune: true}}
`

const kustomization = (i: number): string => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app-${i}, namespace: flux-system}
spec:
  interval: 1h
  prune: true
  path: ./apps/app-${i}
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substituteFrom: [{kind: ConfigMap, name: cluster-vars, optional: true}]}
`

const fluxRoot = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: ${url}, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1h, prune: true, path: ./clusters/prod, sourceRef: {kind: GitRepository, name: flux-system}}
`

const kinds: readonly Kind[] = [
  { name: 'kustomize overlays', application: overlay, shared: () => ({}) },
  {
    name: 'Argo CD Applications, files',
    application: (i, tag) => ({ ...overlay(i, tag), [`argocd/app-${i}.yaml`]: application(i) }),
    shared: () => ({}),
  },
  {
    name: 'Argo CD app of apps',
    application: (i, tag) => ({ ...overlay(i, tag), [`argocd/app-${i}.yaml`]: application(i) }),
    shared: () => ({
      'root.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: root, namespace: argocd}
spec:
  project: default
  source: {repoURL: ${url}, path: argocd, targetRevision: main}
  destination: {server: https://kubernetes.default.svc, namespace: argocd}
`,
    }),
  },
  {
    name: 'Argo CD ApplicationSet, git directories',
    application: overlay,
    shared: () => ({
      'set.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: apps, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - git: {repoURL: ${url}, revision: main, directories: [{path: apps/*}]}
  template:
    metadata: {name: '{{ .path.basename }}'}
    spec:
      project: default
      source: {repoURL: ${url}, path: '{{ .path.path }}', targetRevision: main}
      destination: {server: https://kubernetes.default.svc, namespace: '{{ .path.basename }}'}
`,
    }),
  },
  {
    name: 'Flux Kustomizations',
    application: (i, tag) => ({ ...overlay(i, tag), [`clusters/prod/app-${i}.yaml`]: kustomization(i) }),
    shared: () => ({
      'clusters/prod/flux-system.yaml': fluxRoot,
      'clusters/prod/vars.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cluster-vars, namespace: flux-system}\ndata: {ENV: prod}\n',
    }),
  },
]

interface Sample {
  readonly wall: number
  readonly cpu: number
  readonly durations: Readonly<Record<string, number>>
}

export async function scale(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      small: { type: 'string', default: '10' },
      large: { type: 'string', default: '1000' },
      runs: { type: 'string', default: '5' },
      only: { type: 'string' },
    },
  })
  const sizes = [Number(values.small), Number(values.large)]
  console.log(
    `| one changed application | of ${sizes.join(' | of ')} | ratio, CPU | ratio, wall | phases of the larger one, ms |`,
  )
  console.log('|:--|--:|--:|--:|--:|:--|')
  for (const kind of kinds) {
    if (values.only !== undefined && !kind.name.includes(values.only)) continue
    const repositories = await Promise.all(sizes.map((count) => makeRepository(kind, count)))
    try {
      const samples: Sample[][] = sizes.map(() => [])
      // Alternating, so that a noisy minute hits both.
      for (let run = 0; run < Number(values.runs); run++)
        for (const [i, repository] of repositories.entries()) samples[i]?.push(await time(repository))
      const [small, large] = samples.map(median)
      if (small === undefined || large === undefined) continue
      const cells = [small, large].map(({ wall, cpu }) => `${wall.toFixed(2)} s, ${cpu.toFixed(2)} s CPU`)
      const phases = Object.entries(large.durations).map(([phase, ms]) => `${phase} ${ms}`)
      console.log(
        `| ${kind.name} | ${cells.join(' | ')} | ×${(large.cpu / small.cpu).toFixed(2)} | ×${(large.wall / small.wall).toFixed(2)} | ${phases.join(', ')} |`,
      )
    } finally {
      for (const repository of repositories) await rm(repository, { recursive: true })
    }
  }
}

async function makeRepository(kind: Kind, count: number): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'preadmit-scale-'))
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], {
      cwd: root,
      stdio: 'ignore',
    })
  }
  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(root, dirname(path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
  }
  git('init', '-q', '-b', 'main')
  await write({ '.preadmit.yaml': `repositories: [${url}]\n`, ...kind.shared(count) })
  for (let i = 0; i < count; i++) await write(kind.application(i, '1.0.0'))
  git('add', '-A')
  git('commit', '-q', '-m', 'before')
  await write(kind.application(count >> 1, '1.1.0'))
  git('commit', '-q', '-a', '-m', 'after')
  git('gc', '-q')
  return root
}

/** One run in a process of its own; it fails when the run does not see exactly the one change. */
function time(repository: string): Promise<Sample> {
  const command = [process.execPath, cli, 'check', '--base', 'HEAD~1', '--head', 'HEAD', '--format', 'json']
  return new Promise((resolve, reject) => {
    const start = performance.now()
    // `time` of bash gives the CPU of the whole process tree.
    const child = spawn('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" 2> /dev/null', 'time', ...command], {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const text = { out: '', error: '' }
    child.stdout.on('data', (data: Buffer) => (text.out += data.toString()))
    child.stderr.on('data', (data: Buffer) => (text.error += data.toString()))
    child.on('error', reject)
    child.on('close', () => {
      const wall = (performance.now() - start) / 1000
      const [user = 0, system = 0] = text.error.trim().split(/\s+/).map(Number)
      try {
        const report = JSON.parse(text.out) as {
          readonly changes: readonly unknown[]
          readonly durations: Record<string, number>
        }
        if (report.changes.length !== 1)
          throw new Error(`${report.changes.length} changes in ${repository}, wanted one`)
        resolve({ wall, cpu: user + system, durations: report.durations })
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
  })
}

function median(samples: readonly Sample[]): Sample | undefined {
  return [...samples].sort((a, b) => a.cpu - b.cpu)[samples.length >> 1]
}
