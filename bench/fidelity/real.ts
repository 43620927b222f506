import { execFileSync } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { loadConfiguration } from '../../src/config/load.ts'
import { objectAt, objectsAt, textAt } from '../../src/discover/fields.ts'
import { definitionKind, type FoundObject } from '../../src/discover/found.ts'
import { dataOf } from '../../src/discover/flux/variables.ts'
import { joinInsideRoot } from '../../src/discover/paths.ts'
import { remoteFolder } from '../../src/discover/remote/mounted-tree.ts'
import { repositoryOf, type Repository } from '../../src/discover/repository.ts'
import type { Engines } from '../../src/engine/engines.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Target } from '../../src/model/target.ts'
import { renderChange } from '../../src/render/render-change.ts'
import { compareTrees } from '../../src/source/changed-paths.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import type { Answer, FidelityCase, Files } from './case.ts'
import { servingCharts, standIn } from './charts.ts'
import { answerOf } from './ours.ts'
import { readFiles } from './recorded.ts'

interface RealCase {
  readonly subject: FidelityCase
  readonly ours: Answer
}

/**
 * Everything that a repository's newest commit deploys through Argo CD or Flux, rendered by a whole check of ours
 * (definitions inside of definitions included); the judge gets each definition as we found it. With `pairs`, what each of
 * so many newest commits touches.
 */
export async function repositoryCases(
  directory: string,
  engines: Engines,
  pairs: number,
): Promise<RealCase[]> {
  if (pairs === 0) return await casesOf(directory, 'HEAD', undefined, engines)
  const list = execFileSync('git', [
    '-C',
    directory,
    'rev-list',
    '--first-parent',
    '--min-parents=1',
    `-n${pairs}`,
    'HEAD',
  ])
  const cases: RealCase[] = []
  for (const commit of list.toString().trim().split('\n'))
    cases.push(...(await casesOf(directory, commit, `${commit}^`, engines)))
  return cases
}

async function casesOf(
  directory: string,
  revision: string,
  before: string | undefined,
  engines: Engines,
): Promise<RealCase[]> {
  const files = filesAt(directory, revision)
  const commit = execFileSync('git', ['-C', directory, 'rev-parse', revision]).toString().trim()
  const head = memoryTree(files, { commit })
  const base = memoryTree(before === undefined ? {} : filesAt(directory, before))
  const configuration = await loadConfiguration(
    memoryTree({ '.preadmit.yaml': JSON.stringify({ kubernetes: '1.33' }) }),
  )
  const remote = servingCharts(() => standIn)
  const { pairs, affected } = await renderChange({
    base,
    head,
    changed: compareTrees(base, head),
    // Parents that the change does not touch patch and substitute what it does.
    everything: true,
    configuration,
    engines,
    remote,
    onProgress: () => undefined,
  })
  const touched = new Set(
    affected.filter(({ because }) => because.some((reason) => reason !== 'asked')).map(({ id }) => id),
  )

  const repository = await repositoryOf(head, configuration, engines, remote)
  const renderedBy = new Map(
    pairs.map(({ id, head: side }): [string, FoundObject[]] => [
      id,
      side?.state === 'rendered'
        ? side.objects.map(({ object, identity }) => ({ object: placed(object, identity.namespace) }))
        : [],
    ]),
  )

  const cases: RealCase[] = []
  for (const { head: side } of pairs) {
    if (side === undefined || side.target.owner === undefined || !touched.has(side.target.id)) continue
    // What the parent renders is what the cluster holds; the same name often stands in several clusters' folders.
    const { parent, definition: place } = side.target
    const near = repository.written.filter(({ location }) => location?.file === place?.file)
    const rendered = renderedBy.get(parent ?? '') ?? []
    const cluster = side.target.id.split('/').slice(0, 2).join('/')
    const inCluster = [...renderedBy].filter(([id]) => id.startsWith(`${cluster}/`))
    const own = [...rendered, ...near, ...inCluster.flatMap(([, objects]) => objects)]
    const known = [...own, ...[...renderedBy.values()].flat(), ...repository.written]
    const definition = definitionOf(side.target, known)
    if (definition === undefined) continue
    const tool = toolOf(side.target)
    const { plan } = side.target
    const fromElsewhere = plan.tool === 'helm' && plan.chart.startsWith(`${remoteFolder}/`)
    const chart = plan.tool === 'helm' ? (fromElsewhere ? '.stand-in' : plan.chart) : undefined
    const charts = chartNames(definition)
    cases.push({
      subject: {
        id: `${basename(dirname(directory))} ${before === undefined ? '' : `${commit.slice(0, 8)} `}${side.target.id}`,
        group: basename(dirname(directory)),
        tool,
        definition: JSON.stringify(definition, null, 1),
        files:
          tool === 'kustomization'
            ? artifactOf(files, side.target, definition)
            : tool === 'helm-release' && fromElsewhere
              ? below('.stand-in', standIn)
              : files,
        ...(tool === 'application' && charts.length > 0
          ? { charts: Object.fromEntries(charts.map((name) => [name, standIn])) }
          : {}),
        ...(tool === 'application'
          ? {}
          : { data: await dataFor(definition, own, repository, place?.file ?? '') }),
        ...(tool === 'helm-release' && chart !== undefined ? { chart } : {}),
      },
      ours: answerOf(side),
    })
  }
  return cases
}

function below(directory: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, entry]) => [`${directory}/${path}`, entry]))
}

/** Charts of repositories that an Application names. */
function chartNames(definition: JsonObject): readonly string[] {
  return [objectAt(definition, 'spec', 'source'), ...objectsAt(definition, 'spec', 'sources')].flatMap(
    (source) => textAt(source, 'chart') ?? [],
  )
}

/** The part of the repository that the source of a Kustomization holds: an artifact can be one of its folders. */
function artifactOf(files: Files, target: Target, definition: JsonObject): Files {
  const { plan } = target
  const artifact = 'artifact' in plan ? plan.artifact : undefined
  if (artifact !== undefined)
    return Object.fromEntries(
      Object.entries(artifact.files).flatMap(([path, file]) => {
        const entry = typeof file === 'string' ? files[file] : file.text
        return entry === undefined ? [] : [[path, entry]]
      }),
    )
  const path = joinInsideRoot(textAt(definition, 'spec', 'path') ?? '')
  const root = target.path.endsWith(path) ? target.path.slice(0, target.path.length - path.length) : ''
  if (textAt(definition, 'spec', 'sourceRef', 'kind') !== 'ExternalArtifact' || root === '') return files
  const directory = `${root.replace(/\/$/, '')}/`
  return Object.fromEntries(
    Object.entries(files)
      .filter(([file]) => file.startsWith(directory))
      .map(([file, entry]) => [file.slice(directory.length), entry]),
  )
}

function toolOf(target: Target): FidelityCase['tool'] {
  switch (target.kind) {
    case 'flux-kustomization':
      return 'kustomization'
    case 'flux-helmrelease':
      return 'helm-release'
    default:
      return 'application'
  }
}

/** Rendered definitions come first: parents patch and substitute them. */
function definitionOf(target: Target, known: readonly FoundObject[]): JsonObject | undefined {
  const wanted = toolOf(target)
  const { owner } = target
  if (owner === undefined) return undefined
  const found = known.find(
    ({ object }) =>
      definitionKind(object) === wanted &&
      textAt(object, 'metadata', 'name') === owner.name &&
      [undefined, owner.namespace].includes(textAt(object, 'metadata', 'namespace')),
  )?.object
  return found === undefined ? undefined : placed(found, owner.namespace)
}

function placed(object: JsonObject, namespace: string): JsonObject {
  return namespace === '' ? object : { ...object, metadata: { ...objectAt(object, 'metadata'), namespace } }
}

/** ConfigMaps and Secrets that the definition names, as far as the repository has them. */
async function dataFor(
  definition: JsonObject,
  known: readonly FoundObject[],
  repository: Repository,
  file: string,
): Promise<Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, string>> = {}
  for (const reference of [
    ...objectsAt(definition, 'spec', 'postBuild', 'substituteFrom'),
    ...objectsAt(definition, 'spec', 'valuesFrom'),
  ]) {
    const [kind, name] = [textAt(reference, 'kind') ?? '', textAt(reference, 'name') ?? '']
    // Of files that no definition deploys (bootstrapped by hand), those nearest to the definition are its cluster's.
    const written = [...(await repository.named(kind, name))].sort(
      (a, b) => shared(b.location?.file ?? '', file) - shared(a.location?.file ?? '', file),
    )
    const object = [...known, ...written].find(
      (entry) =>
        textAt(entry.object, 'kind') === kind &&
        textAt(entry.object, 'metadata', 'name') === name &&
        [undefined, textAt(definition, 'metadata', 'namespace')].includes(
          textAt(entry.object, 'metadata', 'namespace'),
        ),
    )?.object
    const values = object === undefined ? 'encrypted' : dataOf(object)
    if (values !== 'encrypted') found[`${kind}/${name}`] = values
  }
  return found
}

/** Leading folders that two paths share. */
function shared(a: string, b: string): number {
  const [x, y] = [a.split('/'), b.split('/')]
  const end = x.findIndex((segment, i) => segment !== y[i])
  return end < 0 ? x.length : end
}

function filesAt(directory: string, revision: string): Files {
  const checkout = mkdtempSync(`${tmpdir()}/preadmit-real-`)
  try {
    execFileSync('bash', [
      '-c',
      'git -C "$1" archive "$3" | tar -x -C "$2"',
      'archive',
      directory,
      checkout,
      revision,
    ])
    return readFiles(checkout)
  } finally {
    rmSync(checkout, { recursive: true })
  }
}
