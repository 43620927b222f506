import { closest } from 'fastest-levenshtein'
import type { Engines } from '../../engine/engines.ts'
import type { Configuration } from '../../model/configuration.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Location } from '../../model/location.ts'
import type { PolicyDocument } from '../../model/policy.ts'
import { bindParameters } from './bind-parameters.ts'
import { emptyCollection, policyError, setProblem, type Collection } from './collection.ts'
import { contentHash } from './content-hash.ts'
import type { SourceContext } from './describe.ts'
import { parseDocuments } from './documents.ts'
import { policyFiles } from './files.ts'
import { levelsOfBindings } from './levels.ts'
import type { OpenSource } from './open-source.ts'
import { readRego } from './rego-files.ts'
import { setFile, type PolicySet } from './set.ts'
import { settleEntries } from './settle-entries.ts'
import { sortDocument } from './sort.ts'
import { isSigned, readSets, tightenedBy } from './source-sets.ts'

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
