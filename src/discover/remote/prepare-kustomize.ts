import type { JsonObject } from '../../model/json.ts'
import type { InputSet, KustomizePlan, RenderPlan } from '../../model/target.ts'
import type { Closure } from '../kustomizations.ts'
import { childOf } from '../paths.ts'
import { broken, cannot, joinInputs } from '../planned.ts'
import type { Repository } from '../repository.ts'
import { notHere } from './deferred.ts'
import { overlaidFile, questionOf, remoteBuild, withPaths } from './kustomize-references.ts'

/** Rounds of bases that name further bases. Ours: the deepest public one has three. */
const maxRounds = 10

export interface Prepared {
  readonly plan: RenderPlan
  readonly inputs: InputSet
}

/**
 * Fetches the remote bases, resources and charts that a kustomization names, and those of the bases in turn, and lets
 * the kustomizations name the paths at which they stand now. What may not be fetched leaves the target not rendered.
 */
export async function prepareKustomize(
  plan: KustomizePlan,
  inputs: InputSet,
  repository: Repository,
  what: string,
): Promise<Prepared> {
  const { kustomizations, sources } = repository
  const edited = overlaidFile(plan)
  const overlay = edited === undefined ? undefined : plan.overlay?.[edited]
  const rootValue = overlay === undefined ? undefined : (JSON.parse(overlay) as JsonObject)
  const close = (): Closure => kustomizations.closure(plan.root, rootValue)
  let closure = close()
  if (closure.remoteReferences.length === 0 && closure.bases.every((base) => !arrivedIn(base, repository)))
    return { plan, inputs }

  const files = new Map<string, { name: string; text: string }>()
  const folders = new Map<string, string>()
  const charts: string[] = []
  for (let round = 0; ; round++) {
    const open = closure.remoteReferences.filter(
      (entry) =>
        (entry.kind === 'build' ? !files.has(entry.reference) : plan.enableHelm) &&
        (entry.kind === 'build' || !charts.includes(entry.path)),
    )
    if (open.length === 0) break
    if (round >= maxRounds)
      return cannot('limit', what, `remote bases of ${what} nest deeper than ${maxRounds} levels`, inputs)
    for (const entry of open) {
      const build = entry.kind === 'build' ? remoteBuild(entry.reference) : undefined
      const question = questionOf(entry)
      const named = entry.kind === 'chart' ? `chart ${entry.name} of ${entry.repo}` : entry.reference
      const place = kustomizations.byDirectory.get(entry.directory)?.file ?? entry.directory
      if (question === undefined)
        return cannot(
          'remote-source',
          what,
          `${named}, which ${place} names, is no URL of a repository or file`,
          inputs,
        )
      const answer = await sources.ask(question, 'now')
      if (answer.state !== 'here') {
        const questions = open.flatMap((other) => questionOf(other) ?? [])
        const others = await Promise.all(questions.map((other) => sources.ask(other, 'later')))
        return notHere(answer, what, `${named}, which ${place} names, is not in this repository`, {
          inputs,
          others,
        })
      }
      if (entry.kind === 'chart') {
        sources.place(entry.path, answer.source)
        charts.push(entry.path)
      } else if (question.kind === 'file') {
        const content = (await repository.tree.read([answer.root])).get(answer.root)
        if (!(content instanceof Uint8Array))
          return cannot(
            'remote-source',
            what,
            `${named} cannot be read (${content?.refused ?? 'missing'})`,
            inputs,
          )
        files.set(entry.reference, {
          name: `.preadmit-${files.size}-${answer.root.slice(answer.root.lastIndexOf('/') + 1)}`,
          text: Buffer.from(content).toString('utf8'),
        })
      } else {
        const folder = build === undefined || build.path === '' ? answer.root : `${answer.root}/${build.path}`
        const end = repository.tree.resolve(folder)
        if (end.kind !== 'directory')
          return broken(
            what,
            `${named}, which ${place} names: there is no folder ${build?.path ?? ''} in it`,
            inputs,
          )
        kustomizations.arrive(entry.reference, end.path)
      }
    }
    closure = close()
  }
  const [escape] = closure.escapes
  if (escape !== undefined)
    return broken(
      what,
      `${escape.reference}, which ${repository.sources.nameOf(escape.directory) ?? escape.directory} names, leads out of its repository`,
      inputs,
    )

  const overlays: Record<string, string> = { ...plan.overlay }
  const laid: string[] = []
  for (const directory of [plan.root, ...closure.bases]) {
    const found = kustomizations.byDirectory.get(directory)
    const value = directory === plan.root && rootValue !== undefined ? rootValue : found?.value
    const file = directory === plan.root && edited !== undefined ? edited : found?.file
    if (value === undefined || file === undefined) continue
    const names = new Map<string, string>()
    for (const reference of kustomizations.buildsOf(value)) {
      const arrived = kustomizations.arrivedAt(reference)
      if (arrived !== undefined) folders.set(reference, arrived)
      const fetched = files.get(reference)
      if (fetched === undefined) continue
      names.set(reference, fetched.name)
      const path = childOf(directory, fetched.name)
      overlays[path] = fetched.text
      laid.push(path)
    }
    const changed = withPaths(value, directory, folders, names)
    if (JSON.stringify(changed) !== JSON.stringify(value))
      overlays[file] = `${JSON.stringify(changed, null, 2)}\n`
  }
  return {
    plan: { ...plan, ...(Object.keys(overlays).length === 0 ? {} : { overlay: overlays }) },
    inputs: joinInputs(inputs, {
      files: [...closure.files, ...laid],
      directories: [...closure.directories, ...charts],
    }),
  }
}

/** A base that came in for an earlier target of this run: its references need their paths here, too. */
function arrivedIn(directory: string, { sources }: Repository): boolean {
  return sources.nameOf(directory) !== undefined
}
