import type { Target, TargetKind } from '../model/target.ts'
import type { Coverage } from './coverage.ts'
import { nameOfPath } from './application-name.ts'
import { placed, placementOf } from './environment.ts'
import { childOf, compareText, directoryOf, isWithin, nameOf, sourceRootOf } from './paths.ts'
import { isInChart, isSkipped, type Repository } from './repository.ts'
import { isManifestName } from './scan.ts'

/** What is known of how these targets are synced: nothing, because no definition says so. */
const unknownSync = { prune: 'unknown', serverSide: false, automatic: 'unknown' } as const

/**
 * Kustomization roots, charts and folders of manifests that no definition deploys: people apply them by hand, by a
 * script, or from another repository. `deployed` is what definitions render.
 */
export function standaloneTargets(repository: Repository, deployed: Coverage): readonly Target[] {
  return [
    ...kustomizeTargets(repository, deployed),
    ...helmTargets(repository, deployed),
    ...plainTargets(repository, deployed),
  ]
}

/** Roots that nothing references. Components never build alone, and a kustomization that is a base is its root's. */
function kustomizeTargets(repository: Repository, deployed: Coverage): Target[] {
  const { kustomizations, configuration, excluded } = repository
  const referenced = new Set<string>()
  for (const directory of kustomizations.byDirectory.keys())
    for (const base of kustomizations.closure(directory).bases) referenced.add(base)
  // In a cycle everything is referenced; the first of it stands for all, or nobody would say that it is broken.
  const roots = [...kustomizations.byDirectory.values()].filter(
    ({ directory }) =>
      sourceRootOf(directory) === undefined &&
      (!referenced.has(directory) || isCycleEntry(directory, repository)),
  )
  return roots
    .filter(
      ({ directory, file, references }) =>
        !references.component &&
        !deployed.kustomizations.has(directory) &&
        !excluded(file) &&
        !isSkipped(file) &&
        !isTemplate(file, repository),
    )
    .map(({ directory }) => {
      const { files, directories } = kustomizations.closure(directory)
      return standalone(repository, {
        id: `kustomize/${directory || '.'}`,
        kind: 'kustomize',
        path: directory,
        plan: {
          tool: 'kustomize',
          root: directory,
          order: 'legacy',
          loadRestrictions: configuration.kustomize.loadRestrictions,
          enableHelm: configuration.kustomize.enableHelm,
        },
        inputs: { files, directories },
      })
    })
}

/** True for the first directory of a cycle that nothing outside of it references. */
function isCycleEntry(directory: string, { kustomizations }: Repository): boolean {
  const { bases } = kustomizations.closure(directory)
  const cycle = bases.filter((base) => kustomizations.closure(base).bases.includes(directory))
  if (cycle.length === 0 || cycle.some((other) => other < directory)) return false
  const members = new Set([directory, ...cycle])
  for (const other of kustomizations.byDirectory.keys())
    if (!members.has(other) && kustomizations.closure(other).bases.includes(directory)) return false
  return true
}

/** A chart once with its own values, or once for every values file beside them. */
function helmTargets(repository: Repository, deployed: Coverage): Target[] {
  const { charts, excluded } = repository
  const targets: Target[] = []
  for (const { directory, library } of charts.byDirectory.values()) {
    const file = childOf(directory, 'Chart.yaml')
    if (sourceRootOf(directory) !== undefined) continue
    if (library || charts.parts.has(directory) || deployed.charts.has(directory)) continue
    if (excluded(file) || isSkipped(file) || isTemplate(file, repository)) continue
    const variants = valuesVariants(directory, repository)
    for (const values of variants.length === 0 ? [undefined] : variants) {
      const name = values === undefined ? 'default' : variantName(values)
      targets.push(
        standalone(repository, {
          id: `helm/${directory || '.'}/${name}`,
          kind: 'helm',
          path: directory,
          hint: values === undefined ? undefined : name,
          plan: {
            tool: 'helm',
            chart: directory,
            release: releaseNameFor(directory, charts.byDirectory.get(directory)?.name ?? 'release'),
            namespace: 'default',
            valuesFiles: values === undefined ? [] : [values],
            includeCRDs: true,
            skipTests: false,
            skipSchemaValidation: false,
            upgrade: false,
          },
          inputs: {
            files: values === undefined ? [] : [values],
            directories: charts.directoriesOf(directory),
          },
        }),
      )
    }
  }
  return targets
}

/** `values-*.yaml`, `values.*.yaml`, `*.values.yaml` and `values/*.yaml` beside the chart's own values.yaml. */
function valuesVariants(directory: string, { tree }: Repository): string[] {
  const beside = (tree.children(directory) ?? []).filter(
    (name) => /^values[-_.].+\.ya?ml$/.test(name) || /^.+[-_.]values\.ya?ml$/.test(name),
  )
  const below = (tree.children(childOf(directory, 'values')) ?? [])
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => `values/${name}`)
  return [...beside, ...below]
    .filter((name) => !/schema|example|ci-values/.test(name))
    .map((name) => childOf(directory, name))
    .sort(compareText)
}

function variantName(file: string): string {
  return nameOf(file)
    .replace(/\.ya?ml$/, '')
    .replace(/^values[-_.]|[-_.]values$/, '')
}

/** Helm refuses names that are no DNS labels; a folder's name mostly is one. */
function releaseNameFor(directory: string, chart: string): string {
  const name = (nameOf(directory) || chart).toLowerCase().replace(/[^a-z0-9-]+/g, '-')
  return name.replace(/^-+|-+$/g, '').slice(0, 53) || 'release'
}

/** Folders of manifests that nothing else reads; Applications among them, which somebody applies by hand, are objects too. */
function plainTargets(repository: Repository, deployed: Coverage): Target[] {
  const { facts, kustomizations, configuration, charts, excluded } = repository
  const read = new Set<string>(deployed.files)
  for (const directory of kustomizations.byDirectory.keys()) {
    for (const file of kustomizations.closure(directory).files) read.add(file)
  }
  const policies = [
    ...configuration.policies.flatMap(({ path, source, set }) =>
      source === undefined && set === undefined ? [path] : [],
    ),
    ...configuration.exemptions.files,
  ]
  const folders = new Map<string, string[]>()
  for (const [path, fact] of facts) {
    if (!fact.object || !isManifestName(path) || read.has(path)) continue
    if (excluded(path) || isSkipped(path) || isInChart(path, charts)) continue
    // Policies and exemptions judge what deploys; the configuration says that these are ours.
    if (policies.some((policy) => isWithin(policy, path))) continue
    const directory = directoryOf(path)
    const files = folders.get(directory)
    if (files === undefined) folders.set(directory, [path])
    else files.push(path)
  }
  return [...folders].map(([directory, files]) =>
    standalone(repository, {
      id: `plain/${directory || '.'}`,
      kind: 'plain',
      path: directory,
      plan: { tool: 'manifests', files: files.sort(compareText), rules: 'plain' },
      inputs: { files, directories: [] },
    }),
  )
}

/** Files below `templates/` of a chart are text for Helm, whatever their name says. */
function isTemplate(file: string, { charts }: Repository): boolean {
  return isInChart(file, charts) && !charts.byDirectory.has(directoryOf(file))
}

function standalone(
  repository: Repository,
  parts: Pick<Target, 'id' | 'path' | 'plan' | 'inputs'> & {
    readonly kind: TargetKind
    readonly hint?: string | undefined
  },
): Target {
  const { id, kind, path, plan, inputs } = parts
  const name = nameOf(path) || '.'
  const placement = placementOf(
    { name, paths: [...(parts.hint === undefined ? [] : [parts.hint]), path] },
    repository.configuration,
  )
  return {
    id,
    kind,
    name: nameOfPath(path, placement),
    path,
    ...placed(placement),
    sync: unknownSync,
    plan:
      plan.tool === 'helm'
        ? { ...plan, kubeVersion: repository.kubeVersion(placement), apiVersions: placement.apiVersions }
        : plan,
    inputs,
  }
}
