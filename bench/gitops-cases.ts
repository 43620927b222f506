/**
 * Compares what this project renders with what Argo CD's and Flux's own code rendered: the cases of the folder that
 * is named, with their expected.json.
 *
 *   npx tsx bench/gitops-cases.ts FOLDER [case ...]
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { loadConfiguration } from '../src/config/load.ts'
import { discover } from '../src/discover/discover.ts'
import { generateApplications } from '../src/discover/argocd/application-set.ts'
import { repositoryOf } from '../src/discover/repository.ts'
import { createEngines } from '../src/engine/pool.ts'
import type { Json, JsonObject } from '../src/model/json.ts'
import { renderPairs } from '../src/render/render-pairs.ts'
import { memoryTree, type MemoryEntry } from '../src/source/memory-tree.ts'

interface Expected {
  readonly input: string
  readonly error: string | null
  readonly objects?: readonly JsonObject[] | null
  readonly hooks?: readonly JsonObject[] | null
  readonly crds?: readonly JsonObject[] | null
  readonly applications?: readonly JsonObject[]
}

const [folder = '', ...names] = process.argv.slice(2)
const cases = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, Expected>
const engines = createEngines({ directory: new URL('../dist/engines/', import.meta.url) })
/** The sources of the cases have these URLs. */
const configurationText = `kubernetes: "1.33"
repositories: ["https://example.com/repo.git", "https://example.com/g.git", "https://example.com/vals.git"]
`

function read(directory: string, prefix = ''): Record<string, MemoryEntry> {
  const files: Record<string, MemoryEntry> = {}
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    const name = `${prefix}${entry.name}`
    if (entry.isDirectory()) Object.assign(files, read(path, `${name}/`))
    else if (entry.isSymbolicLink()) files[name] = { symlink: readlinkSync(path) }
    else files[name] = readFileSync(path)
  }
  return files
}

/** One YAML per entry, as the ConfigMaps and Secrets that the oracle was given. */
function dataObjects(file: string, namespace: string): string {
  const objects = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>
  return Object.entries(objects)
    .map(([key, data]) => {
      const [kind, name] = key.split('/')
      const field = kind === 'Secret' ? 'stringData' : 'data'
      return `---\napiVersion: v1\nkind: ${kind ?? ''}\nmetadata: {name: ${name ?? ''}, namespace: ${namespace}}\n${field}: ${JSON.stringify(data)}\n`
    })
    .join('')
}

async function actual({ input }: Expected): Promise<{ error: string | null; objects: readonly Json[] }> {
  const definition = readFileSync(join(folder, input), 'utf8')
  const files: Record<string, MemoryEntry> = {
    '.preadmit.yaml': configurationText,
    // A git generator of directories would find a folder; an Application of the root a file.
    [input.startsWith('argocd/sets') ? 'definition.yaml' : 'outside/definition.yaml']: definition,
  }
  if (input.startsWith('argocd/apps')) {
    Object.assign(files, read(join(folder, 'argocd/repo')))
    for (const [path, entry] of Object.entries(read(join(folder, 'argocd/vals')))) files[path] ??= entry
  } else if (input.startsWith('argocd/sets')) Object.assign(files, read(join(folder, 'argocd/grepo')))
  else if (input.startsWith('flux/ks')) {
    Object.assign(files, read(join(folder, 'flux/repo')))
    files['outside/vars.yaml'] = dataObjects(join(folder, 'flux/vars.json'), 'flux-system')
  } else {
    Object.assign(files, read(join(folder, 'flux/chart'), 'c/'))
    files['outside/vars.yaml'] = dataObjects(join(folder, 'flux/vf.json'), 'apps')
    files['outside/definition.yaml'] = definition.replace('kind: HelmRepository', 'kind: GitRepository')
  }
  const tree = memoryTree(files, { commit: '9669a5d'.padEnd(40, '0') })
  const configuration = await loadConfiguration(tree)
  if (input.startsWith('argocd/sets')) {
    const repository = await repositoryOf(tree, configuration, engines)
    const [set] = repository.written
    if (set === undefined) return { error: 'no ApplicationSet', objects: [] }
    const { applications, error } = await generateApplications(set, repository)
    return { error: error ?? null, objects: applications.map(({ object }) => object) }
  }
  const after = await discover(tree, configuration, engines)
  const target = after.targets.find(({ owner }) => owner !== undefined)
  if (target === undefined) return { error: 'no target', objects: [] }
  const { pairs } = await renderPairs({
    touched: [{ id: target.id, because: ['definition'] }],
    before: after,
    after,
    base: tree,
    head: tree,
    changed: [],
    configuration,
    engines,
    onProgress: () => undefined,
  })
  const rendering = pairs[0]?.head
  switch (rendering?.state) {
    case 'rendered':
      return { error: null, objects: rendering.objects.map(({ object }) => object) }
    case 'failed':
      return { error: rendering.failure.message, objects: [] }
    default:
      return { error: `not rendered: ${rendering?.reason.reason ?? ''}`, objects: [] }
  }
}

function sortKey(object: Json): string {
  const value = object as JsonObject
  return JSON.stringify([value['kind'], (value['metadata'] as JsonObject)['name'] ?? '', value])
}

/** The oracle adds the finalizer and defaults that only the controller writes. */
function comparable(object: Json): Json {
  const copy = JSON.parse(JSON.stringify(object)) as Record<string, Record<string, Json>>
  if ((copy['kind'] as unknown as string) === 'Application' && copy['metadata'] !== undefined)
    delete copy['metadata']['finalizers']
  return copy
}

let good = 0
let bad = 0
for (const [name, expected] of Object.entries(cases)) {
  if (names.length > 0 && !names.includes(name)) continue
  const got = await actual(expected)
  const wanted = [
    ...(expected.crds ?? []),
    ...(expected.objects ?? []),
    ...(expected.hooks ?? []),
    ...(expected.applications ?? []),
  ]
  const left = wanted.map(comparable).sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
  const right = got.objects.map(comparable).sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
  const same = (expected.error === null) === (got.error === null) && isDeepStrictEqual(left, right)
  if (same) {
    good += 1
    if (names.length > 0 || expected.error !== null)
      console.log(
        `ok   ${name}${got.error === null ? '' : `\n       wanted ${expected.error?.slice(0, 160) ?? ''}\n       got    ${got.error.slice(0, 160)}`}`,
      )
    continue
  }
  bad += 1
  console.log(`DIFF ${name}\n  error wanted ${expected.error ?? '-'}\n  error got    ${got.error ?? '-'}`)
  const lacking = left.filter((object) => !right.some((other) => isDeepStrictEqual(object, other)))
  const extra = right.filter((object) => !left.some((other) => isDeepStrictEqual(object, other)))
  for (const object of lacking) console.log(`  - ${JSON.stringify(object)}`)
  for (const object of extra) console.log(`  + ${JSON.stringify(object)}`)
}
console.log(`${good} equal, ${bad} different`)
await engines.close()
