/** 200 rules of Rego on 2,000 objects: preadmit's engine, cold and with its own start, against `conftest test`. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngines } from '../../src/engine/pool.ts'
import type { JsonObject } from '../../src/model/json.ts'

const rules = 200
const objects = 2000
const rounds = 3

/** @param conftest program */
export async function speed(conftest: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'rego-speed-'))
  try {
    const policies = Array.from({ length: rules }, (_, index) => rule(index))
    const inputs = Array.from({ length: objects }, (_, index) => object(index))
    mkdirSync(join(directory, 'policy'))
    for (const [index, text] of policies.entries())
      writeFileSync(join(directory, 'policy', `r${index}.rego`), text)
    writeFileSync(join(directory, 'all.yaml'), inputs.map((one) => JSON.stringify(one)).join('\n---\n'))
    const ours: { wall: number; cpu: number; found: number }[] = []
    const theirs: { wall: number; cpu: number; found: number }[] = []
    for (let round = 0; round < rounds; round++) {
      theirs.push(runConftest(conftest, directory))
      ours.push(await runOurs(policies, inputs))
    }
    const median = (list: readonly number[]): number =>
      [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
    const row = (name: string, list: typeof ours): void => {
      const wall = median(list.map((one) => one.wall))
      const cpu = median(list.map((one) => one.cpu))
      console.log(
        `${name.padEnd(10)} wall ${wall.toFixed(2)} s, CPU ${cpu.toFixed(2)} s, ${list[0]?.found} messages`,
      )
    }
    console.log(`${rules} rules × ${objects} objects, medians of ${rounds}; each run starts cold`)
    row('preadmit', ours)
    row('conftest', theirs)
    const ratio = (pick: (one: (typeof ours)[number]) => number): string =>
      (median(ours.map(pick)) / median(theirs.map(pick))).toFixed(2)
    console.log(`ratio      wall ${ratio((one) => one.wall)}, CPU ${ratio((one) => one.cpu)}`)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function rule(index: number): string {
  const kind = ['Deployment', 'Service', 'ConfigMap'][index % 3] ?? ''
  const checks: Readonly<Record<string, string>> = {
    Deployment: `  some container in input.spec.template.spec.containers\n  not container.resources.limits[${JSON.stringify(`r${index}`)}]\n  endswith(container.image, ":${index}")\n  msg := sprintf("%s %s has no limit ${index}", [input.metadata.name, container.name])\n`,
    Service: `  some port in input.spec.ports\n  port.port == ${8000 + index}\n  msg := sprintf("%s serves ${8000 + index}", [input.metadata.name])\n`,
    ConfigMap: `  some key, value in input.data\n  contains(value, "secret-${index}-")\n  msg := sprintf("%s holds a secret in %s", [input.metadata.name, key])\n`,
  }
  return `package main\n\ndeny contains msg if {\n  input.kind == ${JSON.stringify(kind)}\n${checks[kind] ?? ''}}\n`
}

function object(index: number): JsonObject {
  const metadata = {
    name: `o${index}`,
    namespace: `n${index % 20}`,
    labels: { app: `o${index}`, team: `t${index % 7}` },
  }
  const kind = ['Deployment', 'Service', 'ConfigMap'][index % 3]
  if (kind === 'Deployment') {
    const containers = ['app', 'log'].map((name, at) => ({
      name,
      image: `acme/${name}:${(index + at) % 400}`,
      env: [{ name: 'A', value: 'b' }],
      ports: [{ containerPort: 8080 }],
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    }))
    const labels = { app: metadata.name }
    const template = { metadata: { labels }, spec: { containers } }
    return {
      apiVersion: 'apps/v1',
      kind,
      metadata,
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    }
  }
  if (kind === 'Service')
    return {
      apiVersion: 'v1',
      kind,
      metadata,
      spec: {
        selector: { app: metadata.name },
        ports: [{ name: 'http', port: 8000 + (index % 400), targetPort: 8080 }],
      },
    }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { 'a.properties': `key=value-${index}`, b: 'text'.repeat(20) },
  }
}

async function runOurs(
  policies: readonly string[],
  inputs: readonly JsonObject[],
): Promise<{ wall: number; cpu: number; found: number }> {
  const began = performance.now()
  const cpu = process.cpuUsage()
  const engines = createEngines({ directory: new URL('../../dist/engines/', import.meta.url) })
  const session = await engines.rego.open({
    bundles: [{ modules: policies.map((text, index) => ({ file: `r${index}.rego`, text })), data: [] }],
    gatekeeper: { templates: [], constraints: [], inventory: {} },
  })
  if ('error' in session) throw new Error(session.error.message)
  const answer = await session.evaluate(
    0,
    inputs.map((input) => ({ input, file: 'all.yaml' })),
  )
  await engines.close()
  const used = process.cpuUsage(cpu)
  return {
    wall: (performance.now() - began) / 1000,
    cpu: (used.user + used.system) / 1e6,
    found: answer.results.length,
  }
}

/** CPU of the child by the shell's own `times`, which counts what it waited for. */
function runConftest(conftest: string, directory: string): { wall: number; cpu: number; found: number } {
  const began = performance.now()
  const script = '"$0" test -o json -p policy all.yaml >out.json 2>err.txt; times'
  const { stdout } = spawnSync('bash', ['-c', script, conftest], { cwd: directory, encoding: 'utf8' })
  const wall = (performance.now() - began) / 1000
  const children = stdout.trim().split('\n')[1] ?? ''
  const cpu = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  )
  const text = spawnSync('grep', ['-c', '"msg"', 'out.json'], { cwd: directory, encoding: 'utf8' }).stdout
  return { wall, cpu, found: Number(text) }
}
