import type { PolicyConfiguration } from '../../model/configuration.ts'
import type { Severity } from '../../model/finding.ts'
import type { Location } from '../../model/location.ts'
import type { Policy, PolicyLanguage } from '../../model/policy.ts'
import { policyError, type Collection } from './collection.ts'
import type { SetEntry } from './set.ts'

/** The source that is being read, and what its set says. */
export interface SourceContext {
  readonly source: PolicyConfiguration
  readonly entries: readonly SetEntry[]
}

/** What a native file says of a policy by itself. */
export interface NativePolicy {
  readonly language: PolicyLanguage
  readonly name: string
  /** Id where no set gives one. */
  readonly id: string
  readonly location: Location
  readonly annotations: (key: string) => string | undefined
}

/** The policy as it is reported: the configuration wins over the set, the set over annotations of the file. */
export function describePolicy(
  { language, name, id, location, annotations }: NativePolicy,
  { source, entries }: SourceContext,
  collected: Collection,
): Policy {
  const entry = entries.find(({ path }) => location.file === path || location.file.startsWith(`${path}/`))
  const level = source.level ?? entry?.level
  const remedy = entry?.remedy ?? annotations('remediation')
  const docs = httpsOnly(entry?.docs ?? annotations('docs'))
  const owner = source.owner ?? entry?.owner ?? annotations('owner')
  return {
    id: uniqueId(entry?.id ?? id, { language, name, location }, collected),
    language,
    name,
    severity: entry?.severity ?? severityOf(annotations('severity')) ?? 'medium',
    exemptable: true,
    appliesTo: [],
    central: false,
    source: source.path,
    location,
    ...(level === undefined ? {} : { level }),
    ...(entry?.title === undefined ? {} : { title: entry.title }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(docs === undefined ? {} : { docs }),
    ...(owner === undefined ? {} : { owner }),
  }
}

/**
 * Ids are rule ids of findings and keys of exemptions, so no two policies share one. Several policies of one entry go
 * by their own names below it; anything else that repeats is said.
 */
function uniqueId(
  id: string,
  { language, name, location }: Pick<NativePolicy, 'language' | 'name' | 'location'>,
  collected: Collection,
): string {
  const taken = new Set([...collected.policies.values()].map((policy) => policy.id))
  if (!taken.has(id)) return id
  const longer = `${id}/${name}`
  collected.notChecked.push(
    policyError(
      longer,
      `another policy has the id ${id} already: this one is reported as ${longer}`,
      location,
    ),
  )
  return taken.has(longer) ? `${longer} (${language})` : longer
}

export function severityOf(text: string | undefined): Severity | undefined {
  const severities: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']
  return severities.find((severity) => severity === text)
}

/** A page is linked from a comment: nothing but https gets there. */
function httpsOnly(url: string | undefined): string | undefined {
  return url?.startsWith('https://') === true ? url : undefined
}
