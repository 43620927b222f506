import { ConfigurationError } from '../config/errors.ts'
import { configurationPath, loadConfiguration } from '../config/load.ts'
import type { Engines } from '../engine/engines.ts'
import type { Configuration } from '../model/configuration.ts'
import type { ReportPreview } from '../model/report.ts'
import type { Tree } from '../model/tree.ts'
import { readExemptions } from './exemptions/read.ts'
import { loadPolicies } from './policy/source.ts'
import type { PolicySetInputs } from './policy/resolve.ts'
import type { PolicySetup, PreviewInput } from './preview.ts'

/**
 * What judges after the merge, read from the head. It is data of a stranger: nothing is fetched from a source that the
 * base does not name, and signatures are checked by the base's own list.
 */
export async function loadPreview(
  edits: ReportPreview['edits'],
  {
    base,
    head,
    configuration,
    keep = false,
    engines,
    inputs,
  }: {
    readonly base: Tree
    readonly head: Tree
    /** Of the base. */
    readonly configuration: Configuration
    /** The head's is not asked: what is previewed are other sets. */
    readonly keep?: boolean
    readonly engines: Engines
    readonly inputs: PolicySetInputs
  },
): Promise<Pick<PreviewInput, 'edits' | 'after' | 'notes'>> {
  const own = !keep && (configuration.file === null || configuration.file === configurationPath)
  let next = configuration
  if (own)
    try {
      const loaded = await loadConfiguration(head)
      next = { ...loaded, repositories: configuration.repositories }
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      const notes = error.problems.map(({ file, line, message, nearest }) => {
        const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
        return `the configuration cannot be used after the merge: ${file}:${line}: ${message}${hint}`
      })
      return { edits, after: undefined, notes }
    }
  const onlySources = new Set(configuration.policies.flatMap(({ source }) => source ?? []))
  const setup: PolicySetup = {
    configuration: next,
    policies: await loadPolicies(head, next, engines, {
      ...inputs,
      given: (inputs.given ?? []).map((set) => ('pin' in set || !set.local ? set : { ...set, tree: head })),
      onlySources,
      trust: { tree: base, configuration },
    }),
    exemptions: await readExemptions(head, next),
  }
  return { edits, after: setup, notes: looser(configuration, next) }
}

/** What an edit of the configuration loosens besides policies. */
function looser(before: Configuration, after: Configuration): readonly string[] {
  const gates = ['new', 'changed', 'all']
  const notes: string[] = []
  if (gates.indexOf(after.gate) < gates.indexOf(before.gate))
    notes.push(`the gate is loosened from ${before.gate} to ${after.gate}`)
  if (before.incomplete === 'fail' && after.incomplete === 'notice')
    notes.push('what cannot be checked does not fail any more')
  for (const { source } of before.trust)
    if (!after.trust.some((trust) => trust.source === source))
      notes.push(`${source} needs no signature any more`)
  const added = (name: string, old: readonly string[], next: readonly string[]): void => {
    const more = next.filter((one) => !old.includes(one))
    if (more.length > 0) notes.push(`${name} leaves more alone: ${more.join(', ')}`)
  }
  added('exclude', before.exclude, after.exclude)
  added('schemas.skip', before.schemas.skip, after.schemas.skip)
  const repaired = ({ webhooks }: Configuration): string[] =>
    webhooks.map(({ kind, path }) => `${path} of ${kind}`)
  added('webhooks', repaired(before), repaired(after))
  const standard = ({ podSecurity }: Configuration): number =>
    ['privileged', 'baseline', 'restricted'].indexOf(podSecurity?.enforce ?? 'privileged')
  if (standard(after) < standard(before)) notes.push('podSecurity enforces less than before')
  return notes
}
