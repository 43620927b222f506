import type { HelmPlan, InputSet } from '../../model/target.ts'
import { readChartLock } from '../chart-lock.ts'
import { textAt } from '../fields.ts'
import type { ChartDependency } from '../charts.ts'
import { childOf } from '../paths.ts'
import { cannot, joinInputs } from '../planned.ts'
import type { Repository } from '../repository.ts'
import { notHere } from './deferred.ts'
import type { Prepared } from './prepare-kustomize.ts'
import { ociChart, type Question } from './sources.ts'

/**
 * What `helm dependency build` does before Argo CD and Flux render a chart of a repository: dependencies that are not in
 * `charts/` are fetched at the versions of Chart.lock, else at the exact versions of Chart.yaml, and stand in `charts/`.
 */
export async function prepareHelm(
  plan: HelmPlan,
  inputs: InputSet,
  repository: Repository,
  what: string,
): Promise<Prepared> {
  const { charts, sources, tree } = repository
  const missing = (charts.byDirectory.get(plan.chart)?.dependencies ?? []).filter(
    // One without a repository is a folder of charts/, and nowhere else to be had.
    ({ vendored, local, repository: from }) => !vendored && local === undefined && from !== '',
  )
  if (missing.length === 0) return { plan, inputs }
  const locked = await lockedVersions(plan.chart, repository)
  const places: string[] = []
  for (const dependency of missing) {
    const question = questionOf(dependency, locked)
    const named = `${dependency.name} ${dependency.version} of ${dependency.repository || 'no repository'}`
    const reason = `${plan.chart || '.'}/Chart.yaml depends on ${named}, which is not in charts/`
    if (question === undefined)
      return cannot(
        'remote-source',
        what,
        `${reason}: its repository is a name that only somebody's own Helm knows`,
        inputs,
      )
    const answer = await sources.ask(question, 'now')
    if (answer.state !== 'here') {
      const questions = missing.flatMap((other) => questionOf(other, locked) ?? [])
      const others = await Promise.all(questions.map((other) => sources.ask(other, 'later')))
      return notHere(answer, what, reason, { inputs, others })
    }
    // Names of folders mean nothing to Helm; two versions of one chart stand side by side under aliases.
    const place = childOf(
      plan.chart,
      `charts/${dependency.name}-${answer.revision.replace(/[^A-Za-z0-9.-]/g, '_')}`,
    )
    if (tree.resolve(place).kind === 'missing') sources.place(place, answer.source)
    places.push(place)
  }
  return {
    plan,
    inputs: joinInputs(inputs, { files: [childOf(plan.chart, 'Chart.lock')], directories: places }),
  }
}

function questionOf(dependency: ChartDependency, locked: ReadonlyMap<string, string>): Question | undefined {
  const { name, repository } = dependency
  const version = locked.get(`${name}\n${repository}`) ?? dependency.version
  if (/^oci:\/\//i.test(repository)) return ociChart(`${repository.replace(/\/+$/, '')}/${name}`, version)
  return /^https?:\/\//i.test(repository) ? { kind: 'chart', repository, name, version } : undefined
}

/** Exact versions of the lock, by name and repository; of dependencies that stand twice none is taken. */
async function lockedVersions(chart: string, repository: Repository): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>()
  const seen = new Set<string>()
  for (const entry of (await readChartLock(chart, repository))?.dependencies ?? []) {
    const key = `${textAt(entry, 'name') ?? ''}\n${textAt(entry, 'repository') ?? ''}`
    if (seen.has(key)) versions.delete(key)
    else versions.set(key, textAt(entry, 'version') ?? '')
    seen.add(key)
  }
  return versions
}
