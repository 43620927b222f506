import type { Level, Severity } from '../../model/finding.ts'
import type { Location } from '../../model/location.ts'
import type { AppliesTo, Policy, PolicyLanguage } from '../../model/policy.ts'
import { policyError, setProblem, type Collection } from './collection.ts'
import { isLower } from './levels.ts'
import { inSet, type PolicySet, type SetEntry } from './set.ts'
import type { OpenSource } from './open-source.ts'

/** The source that is being read, and the sets in it. */
export interface SourceContext {
  readonly source: OpenSource
  readonly sets: readonly PolicySet[]
  /** Seconds since the epoch: `effectiveFrom` is compared with it. */
  readonly now: number
}

/** What a native file says of a policy by itself. */
export interface NativePolicy {
  readonly language: PolicyLanguage
  readonly name: string
  /** Id where no set gives one. */
  readonly id: string
  /** `metadata.name`, for entries that name one of several policies of a file. */
  readonly metadataName?: string
  readonly location: Location
  /** What the file asks for by itself; undefined where it does not say. */
  readonly level: Level | undefined
  readonly annotations: (key: string) => string | undefined
}

/** The policy as it is reported: the configuration wins over the set, the set over annotations of the file. */
export function describePolicy(native: NativePolicy, context: SourceContext, collected: Collection): Policy {
  const { language, name, location, annotations } = native
  const { source } = context
  const found = entryOf(native, context)
  return describeEntry({ language, name, location, annotations, native }, source, found, context, collected)
}

/** The same for a policy whose entry is known: Pod Security has no file. */
export function describeEntry(
  {
    language,
    name,
    location,
    annotations,
    native,
  }: Pick<NativePolicy, 'language' | 'name' | 'location' | 'annotations'> & { readonly native: NativePolicy },
  source: OpenSource,
  found: { readonly set: PolicySet; readonly entry?: SetEntry } | undefined,
  context: SourceContext,
  collected: Collection,
): Policy {
  const set = found?.set
  const entry = found?.entry
  const id = uniqueId(entry?.id ?? native.id, { language, name, location }, collected)
  const level = levelOf(id, native, found, context, collected)
  const remedy = entry?.remediation ?? annotations('remediation')
  const docs = httpsOnly(entry?.docs ?? annotations('docs') ?? set?.docs)
  const owner = source.owner ?? entry?.owner ?? annotations('owner') ?? set?.owners[0]
  const title = entry?.title ?? annotations('title')
  const appliesTo = [set?.appliesTo, entry?.appliesTo, source.appliesTo].flatMap((to) =>
    to === undefined ? [] : [restriction(to)],
  )
  return {
    id,
    language,
    name,
    severity: entry?.severity ?? severityOf(annotations('severity')) ?? 'medium',
    exemptable: entry?.exemptable ?? true,
    appliesTo,
    central: source.central,
    source: source.label,
    location,
    ...(level === undefined ? {} : { level }),
    ...(title === undefined ? {} : { title }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(docs === undefined ? {} : { docs }),
    ...(owner === undefined ? {} : { owner }),
    ...(set === undefined ? {} : { set: set.name }),
    ...(entry?.maxExemptionDays === undefined ? {} : { maxExemptionDays: entry.maxExemptionDays }),
    ...(entry?.deprecatedBy === undefined ? {} : { deprecatedBy: entry.deprecatedBy }),
  }
}

/** The entry of the innermost set that names the policy's file, or a directory above it, and its name if it says one. */
export function entryOf(
  { location, metadataName }: Pick<NativePolicy, 'location' | 'metadataName'>,
  { sets }: SourceContext,
): { readonly set: PolicySet; readonly entry?: SetEntry } | undefined {
  const below = (directory: string): boolean =>
    directory === '' || location.file === directory || location.file.startsWith(`${directory}/`)
  const [set] = sets.filter(({ root }) => below(root)).sort((a, b) => b.root.length - a.root.length)
  if (set === undefined) return undefined
  const candidates = set.policies.filter(
    ({ path, name }) =>
      path !== undefined && below(inSet(set, path)) && (name === undefined || name === metadataName),
  )
  // The most specific one: a name before none, a file before a directory.
  const [entry] = candidates.sort(
    (a, b) =>
      Number(b.name !== undefined) - Number(a.name !== undefined) ||
      (b.path ?? '').length - (a.path ?? '').length,
  )
  return { set, ...(entry === undefined ? {} : { entry }) }
}

/**
 * Native file, then set, then configuration. A set lowers with a reason only. A repository raises freely; what a set
 * says it cannot lower, what its own native files say with a reason only. What is refused is said and not done.
 */
function levelOf(
  id: string,
  { level: native, language, location }: NativePolicy,
  found: { readonly set: PolicySet; readonly entry?: SetEntry } | undefined,
  { source, now }: SourceContext,
  collected: Collection,
): Level | undefined {
  const entry = found?.entry
  // Where the file does not say, only a reason tells that lowering is meant.
  const floor: Level = native ?? (language === 'admission' ? 'advisory' : 'required')
  let level = entry?.level
  if (level !== undefined && isLower(level, floor) && entry?.reason === undefined) {
    collected.problems.push(
      setProblem(
        `${id} level`,
        `the level ${level} of ${id} is lower than ${floor}, which the policy itself asks for: a set gives a reason for that; it stays ${floor}`,
        found === undefined || entry === undefined
          ? { file: location.file }
          : { file: found.set.file, line: entry.lines.entry },
      ),
    )
    level = undefined
  }
  if (entry?.effectiveFrom !== undefined && Date.parse(entry.effectiveFrom) / 1000 > now) level = 'advisory'
  const asked = source.levels[id] ?? source.level
  if (asked === undefined || asked === level) return level
  const current = level ?? native ?? floor
  if (!isLower(asked, current)) return asked
  if (found === undefined && source.reason !== undefined) return asked
  const why =
    found === undefined
      ? 'that needs a reason in the configuration'
      : `it comes with the set ${found.set.name}, which a repository cannot lower`
  collected.problems.push(
    setProblem(
      `${id} configured level`,
      `the configuration lowers ${id} from ${current} to ${asked}: ${why}; it stays ${current}`,
      source.configurationFile === null ? location : { file: source.configurationFile },
    ),
  )
  return level
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

function restriction(to: Partial<AppliesTo>): AppliesTo {
  return { clusters: [], environments: [], applications: [], paths: [], kinds: [], namespaces: [], ...to }
}

export function severityOf(text: string | undefined): Severity | undefined {
  const severities: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical']
  return severities.find((severity) => severity === text)
}

/** A page is linked from a comment: nothing but https gets there. */
function httpsOnly(url: string | undefined): string | undefined {
  return url?.startsWith('https://') === true ? url : undefined
}
