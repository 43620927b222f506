import satisfies from 'semver/functions/satisfies.js'
import {
  isSameSource,
  parsePolicyLock,
  policyLockPath,
  versionOfTag,
  type LockedSet,
} from '../../config/policy-lock.ts'
import type { Configuration, PolicyConfiguration } from '../../model/configuration.ts'
import type { RawFinding } from '../../model/finding.ts'
import type { Location } from '../../model/location.ts'
import type { NotChecked } from '../../model/outcome.ts'
import type { Tree } from '../../model/tree.ts'
import { policyError, setProblem } from './collection.ts'
import type { OpenSource } from './open-source.ts'
import type { Trust } from './signature.ts'

/** Fetches policy sets. The implementation asks allowed hosts only, and answers exactly what the pin names. */
export interface PolicySetFetcher {
  open(pin: LockedSet): Promise<FetchedSet>
}

export type FetchedSet =
  | { readonly kind: 'files'; readonly tree: Tree }
  /** It could not be had. */
  | { readonly kind: 'failed'; readonly code: NotChecked['code']; readonly reason: string }
  /** It is there, and must not be used: other bytes than pinned. */
  | { readonly kind: 'refused'; readonly reason: string }

/** A set that whoever runs the check gives: in a directory that was opened already, or pinned. */
export type GivenSet =
  | { readonly label: string; readonly tree: Tree; readonly path: string; readonly local: boolean }
  | { readonly pin: LockedSet }

export interface PolicySetInputs {
  /** Seconds since the epoch that dates are compared with; the tree's own time when absent. */
  readonly now?: number
  readonly given?: readonly GivenSet[]
  readonly fetcher?: PolicySetFetcher
  /** Sources of the base configuration; nothing else is fetched for a preview (threats.md, I3). */
  readonly onlySources?: ReadonlySet<string>
  /** Of the base, where the configuration is another one's. */
  readonly trust?: { readonly tree: Tree; readonly configuration: Pick<Configuration, 'trust'> }
}

export interface Resolved {
  readonly sources: readonly OpenSource[]
  readonly failed: readonly NotChecked[]
  readonly notChecked: readonly NotChecked[]
  readonly problems: readonly RawFinding[]
  readonly refused: readonly RawFinding[]
}

/** Opens every source of the configuration: directories of the tree, sets by the lock of the tree, sets that are given. */
export async function resolveSources(
  tree: Tree,
  configuration: Configuration,
  inputs: PolicySetInputs,
): Promise<Resolved> {
  const found = { sources: [], failed: [], notChecked: [], problems: [], refused: [] } as {
    -readonly [Key in keyof Resolved]: Resolved[Key][number][]
  }
  const lock = await readLock(tree)
  for (const { line, message } of lock.problems)
    found.problems.push(
      setProblem(`${policyLockPath} ${line}`, `this line ${message}`, { file: policyLockPath, line }),
    )
  const fetch = async (pin: LockedSet, label: string, location?: Location): Promise<Tree | undefined> => {
    const answer = await open(pin, inputs)
    if (answer.kind === 'files') return answer.tree
    if (answer.kind === 'refused')
      found.refused.push(
        setProblem(`${label} refused`, `${label}: ${answer.reason}`, location, 'config/policy-signature'),
      )
    else found.failed.push({ ...policyError(label, answer.reason, location), code: answer.code })
    return undefined
  }

  for (const given of inputs.given ?? []) {
    const label = 'pin' in given ? `${given.pin.source}:${given.pin.tag}` : given.label
    const opened = 'pin' in given ? await fetch(given.pin, label) : given.tree
    if (opened === undefined) continue
    found.sources.push({
      label,
      tree: opened,
      path: 'pin' in given ? '' : given.path,
      local: !('pin' in given) && given.local,
      central: true,
      levels: {},
      parameters: {},
      configurationFile: configuration.file,
      ...('pin' in given
        ? {
            ...pinOf(given.pin),
            ...signedBy(await trustOf(given.pin.source, tree, configuration, inputs)),
          }
        : {}),
    })
  }
  for (const entry of configuration.policies) {
    if (entry.set !== undefined) continue
    if (entry.source === undefined) {
      found.sources.push(openSource(entry, entry.path, tree, configuration, { local: true }))
      continue
    }
    const label = entry.path === '' ? entry.source : `${entry.source}//${entry.path}`
    const pin = lock.sets.find(({ source }) => source === entry.source)
    const problem = pinProblem(entry, pin)
    if (pin === undefined || problem !== undefined) {
      found.failed.push(policyError(label, problem ?? 'is not locked', { file: policyLockPath }))
      continue
    }
    const opened = await fetch(pin, label, { file: policyLockPath, line: pin.line })
    if (opened !== undefined)
      found.sources.push(
        openSource(entry, label, opened, configuration, {
          local: false,
          ...pinOf(pin),
          ...signedBy(await trustOf(pin.source, tree, configuration, inputs)),
        }),
      )
  }
  return { ...found, sources: tightened(found.sources, configuration, found) }
}

function openSource(
  { path, level, levels, reason, owner, parameters, appliesTo }: PolicyConfiguration,
  label: string,
  tree: Tree,
  configuration: Configuration,
  more: Pick<OpenSource, 'local' | 'tag' | 'digest' | 'trust'>,
): OpenSource {
  return {
    label,
    tree,
    path,
    central: false,
    levels: levels ?? {},
    parameters: parameters ?? {},
    configurationFile: configuration.file,
    ...more,
    ...(level === undefined ? {} : { level }),
    ...(reason === undefined ? {} : { reason }),
    ...(owner === undefined ? {} : { owner }),
    ...(appliesTo === undefined ? {} : { appliesTo }),
  }
}

/**
 * What the configuration says about given sets. It only tightens: no reason lowers a level, and where they apply is not
 * the repository's to say.
 */
function tightened(
  sources: readonly OpenSource[],
  configuration: Configuration,
  found: { readonly problems: RawFinding[]; readonly notChecked: NotChecked[] },
): readonly OpenSource[] {
  const location = { file: configuration.file ?? '.preadmit.yaml' }
  const given = sources.filter(({ central }) => central)
  for (const { set, appliesTo } of configuration.policies) {
    if (set === undefined) continue
    if (appliesTo !== undefined)
      found.problems.push(
        setProblem(
          `${set} appliesTo`,
          `the workflow gives ${set}: where it applies is not chosen here`,
          location,
        ),
      )
    if (given.length === 0)
      found.notChecked.push(
        policyError(set, 'is tightened by the configuration, and no workflow gives it', location),
      )
  }
  return sources.map((source) => {
    if (!source.central) return source
    const entries = configuration.policies.filter(({ set }) => set !== undefined)
    // Which set a source holds is known once it is read; read-source.ts asks by name.
    return { ...source, bySet: Object.fromEntries(entries.map((entry) => [entry.set ?? '', entry])) }
  })
}

function pinProblem({ version }: PolicyConfiguration, pin: LockedSet | undefined): string | undefined {
  if (pin === undefined)
    return `has no line in ${policyLockPath} of the base commit: run \`preadmit policy lock\` and commit it; nothing of it is evaluated`
  if (version === undefined) return undefined
  const locked = versionOfTag(pin.tag)
  if (locked !== undefined && satisfies(locked, version, { includePrerelease: true })) return undefined
  return `is locked as ${pin.tag}, and the configuration asks for ${version}: run \`preadmit policy lock\`; nothing of it is evaluated`
}

async function open(pin: LockedSet, { fetcher, onlySources }: PolicySetInputs): Promise<FetchedSet> {
  if (fetcher === undefined)
    return {
      kind: 'failed',
      code: 'remote-source',
      reason: 'nothing is fetched here; nothing of it is evaluated',
    }
  if (onlySources !== undefined && !onlySources.has(pin.source))
    return {
      kind: 'failed',
      code: 'remote-source',
      reason: 'is not named by the base configuration: it is not fetched before the merge',
    }
  return await fetcher.open(pin)
}

/** Who may sign a source; undefined when the base asks for no signature. */
async function trustOf(
  source: string,
  tree: Tree,
  configuration: Configuration,
  { trust: other }: PolicySetInputs,
): Promise<Trust | undefined> {
  const root = other ?? { tree, configuration }
  const trusted = root.configuration.trust.find((trust) => isSameSource(trust.source, source))
  if (trusted === undefined) return undefined
  const file = root.tree.resolve(trusted.allowedSigners)
  const content = file.kind === 'file' ? (await root.tree.read([file.path])).get(file.path) : undefined
  // Without the list nobody may sign, so nothing is signed by who may.
  const allowedSigners = content instanceof Uint8Array ? new TextDecoder().decode(content) : ''
  return { allowedSigners, principals: trusted.principals }
}

function signedBy(trust: Trust | undefined): { trust?: Trust } {
  return trust === undefined ? {} : { trust }
}

function pinOf({ tag, digest }: LockedSet): { tag?: string; digest: string } {
  const version = versionOfTag(tag)
  return { digest, ...(version === undefined ? {} : { tag: version }) }
}

/** The lock of a tree. A tree without one locks nothing. */
export async function readLock(tree: Tree): Promise<ReturnType<typeof parsePolicyLock>> {
  const found = tree.resolve(policyLockPath)
  if (found.kind !== 'file') return { sets: [], problems: [] }
  const content = (await tree.read([found.path])).get(found.path)
  return content instanceof Uint8Array
    ? parsePolicyLock(new TextDecoder().decode(content))
    : { sets: [], problems: [{ line: 1, message: 'cannot be read' }] }
}
