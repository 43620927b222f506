import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import type { MemoryEntry } from '../../src/source/memory-tree.ts'
import type { Answer, ClusterFacts, DataObjects, FidelityCase } from './case.ts'

interface Expected {
  readonly input: string
  readonly error: string | null
  readonly objects?: readonly JsonObject[] | null
  readonly hooks?: readonly JsonObject[] | null
  readonly crds?: readonly JsonObject[] | null
  readonly applications?: readonly JsonObject[]
}

/** The commit that the recorded answers of `argocd/repo` show. */
const recordedCommit = '9669a5d'.padEnd(40, '0')

/**
 * A folder of cases with the judges' recorded answers in its expected.json. A folder of the same form without that file
 * is one whose cases the judges are asked about.
 */
export function recordedCases(folder: string): { subject: FidelityCase; recorded?: Answer }[] {
  const answers = join(folder, 'expected.json')
  if (!existsSync(answers)) return unansweredCases(folder)
  const all = JSON.parse(readFileSync(answers, 'utf8')) as Record<string, Expected>
  return Object.entries(all).map(([id, expected]) => ({
    subject: caseOf(folder, id, expected.input),
    recorded: {
      error: expected.error,
      objects: [
        ...(expected.crds ?? []),
        ...(expected.objects ?? []),
        ...(expected.hooks ?? []),
        ...(expected.applications ?? []),
      ],
      revision: recordedCommit,
    },
  }))
}

function unansweredCases(folder: string): { subject: FidelityCase }[] {
  return ['argocd/apps', 'argocd/sets', 'flux/ks', 'flux/hr'].flatMap((kind) => {
    const directory = join(folder, kind)
    if (!existsSync(directory)) return []
    return readdirSync(directory).map((file) => ({
      subject: caseOf(folder, `${kind}/${file}`, `${kind}/${file}`),
    }))
  })
}

function caseOf(folder: string, id: string, input: string): FidelityCase {
  const definition = readFileSync(join(folder, input), 'utf8')
  const [engine = '', kind = ''] = input.split('/')
  const group = `recorded ${engine} ${kind}`
  const files = (name: string): Record<string, MemoryEntry> => readFiles(join(folder, name))
  const data = (name: string): DataObjects =>
    JSON.parse(readFileSync(join(folder, name), 'utf8')) as DataObjects
  const clusters = join(folder, 'argocd/clusters.json')
  switch (`${engine}/${kind}`) {
    case 'argocd/apps':
      return {
        id,
        group,
        tool: 'application',
        definition,
        files: files('argocd/repo'),
        others: { 'https://example.com/vals.git': files('argocd/vals') },
        ...(existsSync(join(folder, 'argocd/enable-helm')) ? { enableHelm: true as const } : {}),
        ...(existsSync(join(folder, 'argocd/charts'))
          ? {
              charts: Object.fromEntries(
                readdirSync(join(folder, 'argocd/charts')).map((name) => [
                  name,
                  files(`argocd/charts/${name}`),
                ]),
              ),
            }
          : {}),
      }
    case 'argocd/sets':
      return {
        id,
        group,
        tool: 'application-set',
        definition,
        files: files('argocd/grepo'),
        ...(existsSync(clusters)
          ? { clusters: JSON.parse(readFileSync(clusters, 'utf8')) as readonly ClusterFacts[] }
          : {}),
      }
    case 'flux/ks':
      return {
        id,
        group,
        tool: 'kustomization',
        definition,
        files: files('flux/repo'),
        data: data('flux/vars.json'),
      }
    default: {
      const chart = readFiles(join(folder, 'flux/chart'))
      return {
        id,
        group,
        tool: 'helm-release',
        definition,
        // The releases name a HelmRepository: it serves the chart that the judge is given as a folder.
        charts: { c: chart },
        files: Object.fromEntries(Object.entries(chart).map(([path, entry]) => [`c/${path}`, entry])),
        data: data('flux/vf.json'),
        chart: 'c',
      }
    }
  }
}

/** Every file and link of a folder, by path. */
export function readFiles(directory: string, prefix = ''): Record<string, MemoryEntry> {
  const files: Record<string, MemoryEntry> = {}
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    const name = `${prefix}${entry.name}`
    if (entry.isDirectory()) Object.assign(files, readFiles(path, `${name}/`))
    else if (entry.isSymbolicLink()) files[name] = { symlink: readlinkSync(path) }
    else files[name] = readFileSync(path)
  }
  return files
}
