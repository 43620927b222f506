import { closest } from 'fastest-levenshtein'
import satisfies from 'semver/functions/satisfies.js'
import { createHash } from 'node:crypto'
import type { Engines } from '../../engine/engines.ts'
import type { Configuration } from '../../model/configuration.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Location } from '../../model/location.ts'
import { policyKey, type Policy, type PolicyDocument } from '../../model/policy.ts'
import type { Tree } from '../../model/tree.ts'
import { version as preadmitVersion } from '../../report/version.ts'
import { emptyCollection, policyError, setProblem, type Collection } from './collection.ts'
import { describeEntry, type SourceContext } from './describe.ts'
import { parseDocuments } from './documents.ts'
import { bindParameters } from './bind-parameters.ts'
import { isHidden, policyFiles, type PolicyFiles } from './files.ts'
import { levelsOfBindings } from './levels.ts'
import { whyNone } from './nearest-file.ts'
import type { OpenSource } from './open-source.ts'
import { readRego } from './rego-files.ts'
import { inSet, readPolicySet, setFile, type PolicySet, type SetEntry } from './set.ts'
import { signatureFile, signedStatement, verifySignature } from './signature.ts'
import { sortDocument } from './sort.ts'

interface ReadContext {
  readonly configuration: Configuration
  readonly engines: Engines
  readonly now: number
}

/** Said of a source without any policy. */
export const holdsNone = 'holds no policy: nothing of it is evaluated'

/** Reads one source: its set if it has one, its documents with the parameters put in, and its Rego. */
export async function readSource(
  opened: OpenSource,
  { configuration, engines, now }: ReadContext,
  into: Collection,
): Promise<void> {
  let source = opened
  const files = policyFiles(source.tree, source.path)
  if (files === undefined) {
    const reason = `is not in ${source.local ? 'the base commit' : 'the fetched set'}; nothing of it is evaluated`
    into.failed.push(policyError(source.label, reason, source.local ? { file: source.path } : undefined))
    return
  }
  // Places of a fetched set lie in no tree that a reader can open.
  const collected: Collection = source.local ? into : { ...emptyCollection(), ...shared(into) }
  for (const { path, kind } of files.unfollowed)
    collected.failed.push(
      policyError(
        path,
        kind === 'symlink'
          ? 'is a symbolic link, and links inside a directory of policies are not followed: put the file itself there, or name what the link leads to under policies'
          : 'is a submodule, which is not read: publish it as a policy set of its own, or commit its files',
        { file: path },
      ),
    )
  const content = await contentHash(source.tree, files.root)
  const read = await readSets(source, files, { configuration, now }, collected)
  const sets = (await isSigned(source, files, read, content, into)) ? read : 'refused'
  into.sources.push(loadedSource(source, content, sets))
  if (sets !== 'refused') {
    const held = sizeOf(collected)
    source = tightenedBy(source, sets)
    const isSet = (file: string): boolean => file === setFile || file.endsWith(`/${setFile}`)
    const manifests = files.manifests.filter((file) => !isSet(file))
    const [native, data] = await Promise.all([
      parseDocuments(source.tree, manifests, engines),
      parseDocuments(source.tree, files.rego.length === 0 ? [] : files.data, engines),
    ])
    collected.failed.push(...native.failed, ...data.failed)
    const documents = { native: [...native.documents], data: [...data.documents] }
    for (const set of sets) bindParameters(set, source, documents, collected)

    const context: SourceContext = { source, sets, now }
    const objects = withoutCopies(
      documents.native.flatMap(({ value, location }) =>
        unfolded(value).map((object) => ({ object, location, source: source.label })),
      ),
    )
    const bindings = levelsOfBindings(objects.map(({ object }) => object))
    for (const document of objects) sortDocument(document, context, bindings, collected)
    await readRego(source.tree, files, documents.data, context, collected)
    for (const set of sets) settleEntries(set, context, collected)
    // A directory that was emptied, or misspelt, would judge nothing, and nobody would hear of it.
    if (sizeOf(collected) === held) collected.failed.push(policyError(source.label, holdsNone))
    sayUnknownIds(source, collected)
  }
  if (collected !== into) takeOver(collected, into, source.configurationFile)
}

/** False, and refused, when somebody has to sign and no valid signature of theirs is there (threats.md, T78, T79). */
async function isSigned(
  { label, tree, trust }: OpenSource,
  { root }: PolicyFiles,
  sets: readonly PolicySet[] | 'refused',
  content: string,
  into: Collection,
): Promise<boolean> {
  if (trust === undefined || sets === 'refused') return true
  try {
    const set = sets.find((one) => one.root === root)
    if (set === undefined) throw new Error(`it has no ${setFile} that can be used, which a signature is for`)
    const file = inSet(set, signatureFile)
    const bytes = (await tree.read([file])).get(file)
    const armored = bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : undefined
    verifySignature(signedStatement({ name: set.name, version: set.version, content }), armored, trust)
    return true
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    const message = `${label} must be signed and is not used: ${cause}`
    into.refused.push(setProblem(`${label} signature`, message, undefined, 'config/policy-signature'))
    return false
  }
}

/** A given set with what the configuration says about a set of its name. */
function tightenedBy(source: OpenSource, sets: readonly PolicySet[]): OpenSource {
  const names = sets.map(({ name }) => name)
  const entry = Object.entries(source.bySet ?? {}).find(([name]) => names.includes(name))?.[1]
  if (entry === undefined) return source
  const { level, levels, parameters } = entry
  return {
    ...source,
    levels: levels ?? {},
    parameters: parameters ?? {},
    ...(level === undefined ? {} : { level }),
  }
}

/** The sets of the source; `refused` when one of them must not be used at all. */
async function readSets(
  source: OpenSource,
  { manifests }: PolicyFiles,
  { configuration, now }: Omit<ReadContext, 'engines'>,
  collected: Collection,
): Promise<readonly PolicySet[] | 'refused'> {
  const sets: PolicySet[] = []
  for (const file of manifests.filter((path) => path === setFile || path.endsWith(`/${setFile}`))) {
    const set = await readPolicySet(source.tree, file)
    if ('problems' in set) {
      for (const { line, message, nearest } of set.problems)
        collected.problems.push(
          setProblem(
            `${file} ${message}`,
            `${message}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
            { file, line },
          ),
        )
      collected.unreadableSets.push(file)
      collected.failed.push(
        policyError(source.label, `${file} cannot be used: its policies count as their own files say`, {
          file,
        }),
      )
      continue
    }
    if (!supports(set, configuration, collected)) return 'refused'
    if (source.tag !== undefined && set.root === policyRoot(source) && source.tag !== set.version) {
      collected.refused.push(
        setProblem(
          `${source.label} version`,
          `${source.label} is locked as ${source.tag}, and its ${setFile} says ${set.version}: these are not the bytes of that version`,
          { file },
          'config/policy-rollback',
        ),
      )
      return 'refused'
    }
    if (set.notAfter !== undefined && Date.parse(set.notAfter) / 1000 <= now) {
      collected.refused.push(
        setProblem(
          `${source.label} notAfter`,
          `version ${set.version} of ${set.name} is refused from ${set.notAfter} on: lock a newer one`,
          { file },
          'config/policy-rollback',
        ),
      )
      return 'refused'
    }
    sets.push(set)
  }
  return sets
}

/** How much of anything that judges was collected, what could not be read included. */
function sizeOf({ policies, bindings, parameters, kyverno, gatekeeper, rego, ...rest }: Collection): number {
  const modules = rego.flatMap((bundle) => bundle.modules)
  return [
    bindings,
    parameters,
    kyverno,
    gatekeeper,
    modules,
    rest.failed,
    rest.notChecked,
    rest.problems,
  ].reduce((sum, { length }) => sum + length, policies.size)
}

function policyRoot({ path }: OpenSource): string {
  return path
}

/** False when the set says that this preadmit cannot evaluate it. Another Kubernetes is only told. */
function supports(set: PolicySet, configuration: Configuration, collected: Collection): boolean {
  const { preadmit, kubernetes } = set.compat ?? {}
  const location = { file: set.file }
  if (preadmit !== undefined && !satisfies(preadmitVersion, preadmit, { includePrerelease: true })) {
    const reason = `needs preadmit ${preadmit}, this is ${preadmitVersion}: nothing of it is evaluated`
    collected.failed.push(policyError(set.name, reason, location))
    return false
  }
  if (kubernetes !== undefined) {
    const minors = [
      configuration.kubernetes,
      ...configuration.clusters.flatMap((one) => one.kubernetes ?? []),
    ]
    const outside = [...new Set(minors)].filter((minor) => !satisfies(`${minor}.0`, kubernetes))
    if (outside.length > 0) {
      const reason = `was tested with Kubernetes ${kubernetes}, not with ${outside.sort().join(', ')}: it is evaluated all the same`
      collected.notChecked.push({ ...policyError(set.name, reason, location), code: 'unknown-version' })
    }
  }
  return true
}

/** The object, or those of a list, as `kubectl get -o yaml` prints several and `kubectl apply` takes them. */
function unfolded(value: Json): readonly JsonObject[] {
  if (!isJsonObject(value)) return []
  const { kind, items } = value
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)
    ? (items as readonly Json[]).flatMap(unfolded)
    : [value]
}

/** Directories that hold a template beside each of its constraints hold it several times: a cluster has it once. */
function withoutCopies(documents: readonly PolicyDocument[]): readonly PolicyDocument[] {
  const seen = new Set<string>()
  return documents.filter(({ object }) => {
    const text = JSON.stringify(object)
    return !seen.has(text) && seen.add(text)
  })
}

/** A level for a policy that is not there tightens nothing, and whoever wrote it thinks that it does. */
function sayUnknownIds(source: OpenSource, collected: Collection): void {
  const ids = [...collected.policies.values()].flatMap((policy) =>
    policy.source === source.label ? [policy.id] : [],
  )
  for (const id of Object.keys(source.levels)) {
    if (ids.includes(id)) continue
    const hint = ids.length === 0 ? 'it has no policies' : `did you mean ${closest(id, ids)}?`
    const location = source.configurationFile === null ? undefined : { file: source.configurationFile }
    collected.problems.push(
      setProblem(
        `${source.label} levels ${id}`,
        `levels names ${id}, which ${source.label} does not have; ${hint}`,
        location,
      ),
    )
  }
}

/** Pod Security entries become policies; entries whose file holds none are said. */
function settleEntries(set: PolicySet, context: SourceContext, collected: Collection): void {
  for (const entry of set.policies) {
    const location = { file: set.file, line: entry.lines.entry }
    if (entry.podSecurity !== undefined) {
      const { level: standard, version } = entry.podSecurity
      // Another entry may ask for the same standard elsewhere, or at another level.
      const same = collected.podSecurity.filter((one) => one.standard === standard && one.version === version)
      const native = {
        language: 'pod-security',
        name: `${standard}:${version}${same.length === 0 ? '' : ` #${same.length + 1}`}`,
        id: entry.id,
        location,
        level: undefined,
        annotations: () => undefined,
      } as const
      // Not stated is required: a standard that a set asks for is enforced.
      const policy = describeEntry({ ...native, native }, context.source, { set, entry }, context, collected)
      const key = policyKey(policy)
      collected.policies.set(key, { ...policy, level: policy.level ?? 'required' })
      collected.podSecurity.push({ key, standard, version })
      continue
    }
    const path = inSet(set, entry.path ?? '')
    const policies = [...collected.policies.values()].filter(
      ({ location: { file }, id }) =>
        (file === path || file.startsWith(`${path}/`)) && (id === entry.id || id.startsWith(`${entry.id}/`)),
    )
    if (policies.length === 0)
      collected.failed.push(policyError(entry.id, whyNone(path, context.source.tree), location))
    if (entry.combine === true) settleCombined(set, entry, policies, collected)
  }
}

/** Only Rego can take all objects as one input: what else the entry names would be judged in another way than it says. */
function settleCombined(
  set: PolicySet,
  entry: SetEntry,
  policies: readonly Policy[],
  collected: Collection,
): void {
  const others = policies.filter(({ language }) => language !== 'rego')
  if (others.length === 0) return
  const files = [...new Set(others.map(({ location }) => location.file))].sort().join(', ')
  const message = `combine is for Rego, and ${entry.id} names ${files} too`
  const location = { file: set.file, line: entry.lines.combine }
  collected.problems.push(setProblem(`${set.name} ${entry.id} combine`, message, location))
  collected.failed.push(policyError(entry.id, message, location))
}

function loadedSource(
  { label, central, digest }: OpenSource,
  content: string,
  sets: readonly PolicySet[] | 'refused',
): Collection['sources'][number] {
  const [set] = sets === 'refused' ? [] : sets
  return {
    label,
    central,
    content,
    ...(digest === undefined ? {} : { digest }),
    ...(set === undefined ? {} : { set: set.name, version: set.version }),
  }
}

/** `sha256:…` over the sorted paths and contents of a directory, hidden files left out: equal wherever it is kept. */
export async function contentHash(tree: Tree, root: string): Promise<string> {
  const prefix = root === '' ? '' : `${root}/`
  const paths = tree
    .entries()
    .filter(({ kind, path }) => kind === 'file' && path.startsWith(prefix))
    .map(({ path }) => path)
    .filter((path) => !isHidden(path.slice(prefix.length)))
  const contents = await tree.read(paths)
  const hash = createHash('sha256')
  for (const path of paths.sort()) {
    const content = contents.get(path)
    if (content instanceof Uint8Array)
      hash.update(`${path.slice(prefix.length)}\n${createHash('sha256').update(content).digest('hex')}\n`)
  }
  return `sha256:${hash.digest('hex')}`
}

/** Maps and lists that must be seen while a fetched set is read: names that are taken. */
function shared({
  policies,
  podSecurity,
  sources,
  policyObjects,
  bindings,
  parameters,
  kyverno,
  gatekeeper,
  rego,
}: Collection) {
  return { policies, podSecurity, sources, policyObjects, bindings, parameters, kyverno, gatekeeper, rego }
}

/** What was said of a fetched set, without places: its files are in no tree that a reader can open. */
function takeOver(from: Collection, into: Collection, configurationFile: string | null): void {
  const placeless = <T extends { readonly location?: Location }>(entry: T): T | Omit<T, 'location'> =>
    entry.location?.file === configurationFile
      ? entry
      : (Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'location')) as Omit<
          T,
          'location'
        >)
  into.failed.push(...from.failed.map(placeless))
  into.notChecked.push(...from.notChecked.map(placeless))
  into.problems.push(...from.problems.map(placeless))
  into.refused.push(...from.refused.map(placeless))
  into.unreadableSets.push(...from.unreadableSets)
}
