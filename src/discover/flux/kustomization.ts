import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { WrittenField } from '../../model/object.ts'
import type { KustomizePlan, SyncBehaviour, Target } from '../../model/target.ts'
import type { Tree } from '../../model/tree.ts'
import { parseFiles } from '../documents.ts'
import { placed, placementOf } from '../environment.ts'
import { field, flagAt, listAt, objectAt, objectsAt, textAt, textMapAt, textsAt } from '../fields.ts'
import { placeOf, type FoundObject } from '../found.ts'
import { kustomizationNames } from '../kustomization-references.ts'
import { childOf, isWithin, joinInsideRoot, joinPath } from '../paths.ts'
import { broken, cannot, inSubmodule, joinInputs, type Planned } from '../planned.ts'
import { deferrable, notHere } from '../remote/deferred.ts'
import type { When } from '../remote/sources.ts'
import type { Repository } from '../repository.ts'
import type { Ignored } from './source-ignore.ts'
import type { Surroundings } from '../surroundings.ts'
import { readTyped } from '../typed.ts'
import { planOverArtifact } from './artifact-plan.ts'
import { kustomizationFacts } from './facts.ts'
import { ignoredOf } from './ignored-files.ts'
import { generateKustomization } from './generate.ts'
import { resolveSource, sourceReference, type SourceHere } from './source.ts'
import { kustomizationSpec } from './definition-types.ts'
import { kustomizationShape } from './kustomization-types.ts'
import { resolveVariables } from './variables.ts'

/** Cluster's part of an id when neither configuration nor folders name one. */
export const unnamedCluster = 'default'

/** The target of a Flux Kustomization. */
export async function kustomizationTarget(
  found: FoundObject,
  repository: Repository,
  surroundings: Surroundings,
  parent: Target | undefined,
): Promise<Target> {
  const { object, location } = found
  const name = textAt(object, 'metadata', 'name') ?? ''
  const namespace = textAt(object, 'metadata', 'namespace') || parent?.namespace || 'flux-system'
  const written = objectAt(object, 'spec') ?? {}
  const typed = readTyped(written, kustomizationSpec, 'yaml')
  const spec = 'error' in typed ? written : typed.value
  const path = textAt(spec, 'path') ?? ''
  const placement = placementOf(
    {
      name,
      paths: [...(location === undefined ? [] : [location.file]), joinInsideRoot(path)],
      ...(parent?.cluster === undefined ? {} : { inherited: parent.cluster }),
    },
    repository.configuration,
  )
  const what = `Kustomization ${namespace}/${name}${location === undefined ? '' : ` (${placeOf(location)})`}`
  const planned = await deferrable(
    async (when) =>
      'error' in typed
        ? { path, ...broken(what, `${what} is no Kustomization: ${typed.error}`) }
        : await planKustomization({
            spec,
            path,
            namespace,
            what,
            repository,
            surroundings,
            when,
            ...(location === undefined ? {} : { definition: { file: location.file, name } }),
          }),
    [spec, namespace, placement.kubernetes ?? ''],
    true,
  )
  const targetNamespace = textAt(spec, 'targetNamespace') ?? ''

  return {
    id: `flux/${placement.cluster ?? unnamedCluster}/${namespace}/${name}`,
    kind: 'flux-kustomization',
    name,
    path: planned.path,
    ...placed(placement),
    ...(targetNamespace === '' ? {} : { namespace: targetNamespace }),
    ...(location === undefined ? {} : { definition: location }),
    sync: syncOf(spec),
    plan: planned.plan,
    inputs: planned.inputs,
    owner: { namespace, name },
    facts: kustomizationFacts(object, namespace),
    manifest: object,
    ...(parent === undefined ? {} : { parent: parent.id }),
  }
}

interface Parts {
  readonly spec: JsonObject
  readonly path: string
  readonly namespace: string
  readonly what: string
  readonly repository: Repository
  readonly surroundings: Surroundings
  readonly when: When
  /** The Kustomization, where a file holds it. */
  readonly definition?: Pick<WrittenField, 'file' | 'name'>
}

async function planKustomization(parts: Parts): Promise<Planned & { readonly path: string }> {
  const { spec, path, namespace, what, repository, surroundings } = parts
  const reference = sourceReference(objectAt(spec, 'sourceRef'), namespace)
  const source = await resolveSource(reference, path, surroundings, repository, parts.when)
  if (source.kind === 'remote')
    return {
      path,
      ...notHere(
        source.answer,
        what,
        `${what} builds ${path || '.'} of ${source.description}, which is not this repository: list its URL under repositories if it is`,
      ),
    }

  if (source.kind === 'broken')
    return { path, ...broken(what, `the artifact that ${what} builds cannot be made: ${source.reason}`) }
  if (source.kind === 'artifact')
    return await planOverArtifact(source.files, repository, (artifact) =>
      planBuild({ ...parts, repository: artifact }, { root: '' }),
    )
  return await planBuild(parts, source)
}

/** The build of `spec.path` in a source that starts at a directory of the tree. */
async function planBuild(
  { spec, path, namespace, what, repository, surroundings, definition }: Parts,
  source: SourceHere,
): Promise<Planned & { readonly path: string }> {
  const { tree, kustomizations } = repository
  const { root: sourceRoot, withoutSubmodules } = source
  const root = joinInsideRoot(childOf(sourceRoot, joinInsideRoot(path)))
  const end = tree.resolve(root)
  const watched = { files: [root], directories: [root] }
  // The artifact holds no links: what only a link leads to is not there for Flux.
  if (end.kind === 'missing' || tree.stat(root)?.kind === 'symlink')
    return {
      path: root,
      ...broken(what, `kustomization path not found: stat /${root}: no such file or directory`, watched),
    }
  if (end.kind === 'file')
    return { path: root, ...broken(what, `kustomization path is not a directory: /${root}`, watched) }
  if (end.kind === 'refused' && end.reason === 'submodule' && withoutSubmodules !== undefined)
    return {
      path: root,
      ...broken(
        what,
        `kustomization path not found: stat /${root}: no such file or directory (${end.path} is a submodule, and ${withoutSubmodules} does not set recurseSubmodules)`,
        watched,
      ),
    }
  if (end.kind === 'refused' && end.reason === 'submodule')
    return { path: root, ...cannot('submodule', what, inSubmodule(what, root, end.path), watched) }
  if (end.kind === 'refused')
    return {
      path: root,
      ...cannot('refused', what, `/${root} of ${what} cannot be read: ${end.reason}`, watched),
    }

  const components = textsAt(spec, 'components')
  const foreign = components.find((component) => component.startsWith('/') || /^[a-z]+:\/\//.test(component))
  if (foreign !== undefined)
    return { path: root, ...broken(what, `component path '${foreign}' must be local and relative`, watched) }

  const ignored = await ignoredOf(source, repository)
  const own = kustomizationNames
    .map((name) => childOf(root, name))
    .find((file) => tree.resolve(file).kind === 'file')
  const generated = own === undefined
  const made = generated ? generateKustomization(root, tree, ignored) : undefined
  const submodules = withoutSubmodules === undefined ? (made?.submodules ?? []) : []
  const base = made ? made.value : asWritten(kustomizations.byDirectory.get(root)?.value ?? {})
  if (typeof base === 'string') return { path: root, ...broken(what, base, watched) }
  const unread =
    own === undefined || kustomizations.byDirectory.get(root)?.value !== undefined
      ? undefined
      : await unreadable(own, repository)
  const left = submodules.length === 0 ? {} : { submodules }
  const value = edit(base, spec, (component) => {
    const directory = joinPath(root, component)
    return directory !== undefined && tree.resolve(directory).kind === 'directory'
  })
  // Edits over nothing would hide that the file itself cannot be read; without any kustomize says so.
  if (unread !== undefined && value !== base)
    return { path: root, ...broken(what, `${own ?? root}: ${unread}`, watched) }
  const variables = await resolveVariables(objectAt(spec, 'postBuild'), namespace, surroundings, definition)

  const closure =
    generated || value !== base ? kustomizations.closure(root, value) : kustomizations.closure(root)
  const inputs = joinInputs(
    { files: closure.files, directories: closure.directories },
    // A file that comes into a directory without a kustomization becomes part of the one that is generated, and that
    // stands in the plan.
    { files: [root, '.sourceignore', ...submodules, ...(variables?.files ?? [])], directories: [] },
  )
  const absent = absentFile(closure.files, tree, ignored)
  if (absent !== undefined) return { path: root, ...broken(what, absent, inputs) }
  if (generated && isEmpty(value)) {
    // An archive holds no folder of which it holds no file.
    const held = tree
      .entries()
      .some(({ kind, path: file }) => kind === 'file' && isWithin(root, file) && !ignored(file))
    if (!held && submodules.length === 0)
      return {
        path: root,
        ...broken(what, `kustomization path not found: stat /${root}: no such file or directory`, inputs),
      }
    return { path: root, plan: { tool: 'manifests', files: [], rules: 'flux', ...left }, inputs }
  }

  const labels = textMapAt(spec, 'commonMetadata', 'labels')
  const annotations = textMapAt(spec, 'commonMetadata', 'annotations')
  const common = Object.keys(labels).length + Object.keys(annotations).length > 0
  const written = generated ? undefined : kustomizations.byDirectory.get(root)?.value
  const edited =
    unread === undefined && value !== written && JSON.stringify(value) !== JSON.stringify(written)
  const plan: KustomizePlan = {
    tool: 'kustomize',
    root,
    ...left,
    ...(edited
      ? { overlay: { [own ?? childOf(root, 'kustomization.yaml')]: `${JSON.stringify(value, null, 2)}\n` } }
      : {}),
    order: 'none',
    // Restrictions are off in kustomize-controller; the root of the source is its wall, and the tree is ours.
    loadRestrictions: 'none',
    enableHelm: false,
    ...(variables === undefined ? {} : { substitute: variables.plan }),
    ...(common ? { commonMetadata: { labels, annotations } } : {}),
  }
  return { path: root, plan, inputs }
}

/**
 * kustomize-controller reads the file into kustomize's type and writes it back (fluxcd/pkg/kustomize): what the type does
 * not know is gone, where kustomize itself would refuse it, and a number that stands where a text belongs is one. Without
 * resources it asks for origin annotations, because a kustomization must not be empty. The value itself when nothing
 * comes of that.
 */
function asWritten(value: JsonObject): JsonObject | string {
  const typed = readTyped(value, kustomizationShape, 'yaml')
  if ('error' in typed) return typed.error
  const read =
    listAt(typed.value, 'resources').length === 0
      ? { ...typed.value, buildMetadata: ['originAnnotations'] }
      : typed.value
  return JSON.stringify(read) === JSON.stringify(value) ? value : read
}

/** Why a kustomization has no value here; undefined for one that has, and for an empty file. */
async function unreadable(file: string, { tree, engines }: Repository): Promise<string | undefined> {
  const content = (await parseFiles(tree, engines, [file])).get(file)
  const document = content?.documents[0]
  const error = content?.error ?? document?.error
  if (error !== undefined) return error.message
  return document === undefined || document.value === null || isJsonObject(document.value)
    ? undefined
    : 'the document is no map of keys and values'
}

/**
 * The fields of `spec` that kustomize-controller writes into the kustomization (fluxcd/pkg/kustomize); `base` itself
 * when there are none.
 */
function edit(base: JsonObject, spec: JsonObject, exists: (component: string) => boolean): JsonObject {
  const value: Record<string, Json> = {}
  for (const [key, field] of [
    ['namespace', 'targetNamespace'],
    ['namePrefix', 'namePrefix'],
    ['nameSuffix', 'nameSuffix'],
  ] as const) {
    const text = textAt(spec, field) ?? ''
    if (text !== '') value[key] = text
  }
  const patches = listAt(spec, 'patches')
  if (patches.length > 0) value['patches'] = [...listAt(base, 'patches'), ...patches]
  const wanted = textsAt(spec, 'components').filter(
    (component) => flagAt(spec, 'ignoreMissingComponents') !== true || exists(component),
  )
  if (wanted.length > 0) value['components'] = [...listAt(base, 'components'), ...wanted]
  const buildMetadata = textsAt(spec, 'buildMetadata')
  if (buildMetadata.length > 0) value['buildMetadata'] = buildMetadata
  const images = objectsAt(spec, 'images')
  if (images.length > 0) value['images'] = mergeImages(objectsAt(base, 'images'), images)
  return Object.keys(value).length === 0 ? base : { ...base, ...value }
}

/** Entries of the same name merge: a new name on its own keeps the tag, tag and digest move as a pair. */
function mergeImages(existing: readonly JsonObject[], wanted: readonly JsonObject[]): JsonObject[] {
  const merged = [...existing]
  for (const image of wanted) {
    const at = merged.findIndex((entry) => textAt(entry, 'name') === textAt(image, 'name'))
    const old = merged[at]
    if (old === undefined) {
      merged.push(image)
      continue
    }
    const versioned = field(image, 'newTag') !== undefined || field(image, 'digest') !== undefined
    const { newTag, digest, ...rest } = old
    merged[at] = versioned
      ? { ...rest, ...image }
      : {
          ...rest,
          ...(newTag === undefined ? {} : { newTag }),
          ...(digest === undefined ? {} : { digest }),
          ...image,
        }
  }
  return merged
}

/**
 * A file that the build names and the artifact does not hold: source-controller leaves out what its patterns ignore,
 * and everything that is no ordinary file.
 */
function absentFile(files: readonly string[], tree: Tree, ignored: Ignored): string | undefined {
  for (const file of files) {
    const kind = tree.stat(file)?.kind
    if (kind === 'symlink')
      return `accumulating resources from '${file}': no such file or directory: it is a symbolic link, which artifacts of Flux do not hold`
    if (kind === 'file' && ignored(file))
      return `accumulating resources from '${file}': no such file or directory: the source's ignore patterns leave it out`
  }
  return undefined
}

/** True when there is nothing to build: with patches, even without resources, kustomize has its say. */
function isEmpty(value: JsonObject): boolean {
  return ['resources', 'components', 'patches'].every((key) => listAt(value, key).length === 0)
}

function syncOf(spec: JsonObject): SyncBehaviour {
  return {
    prune: flagAt(spec, 'prune') ?? false,
    // kustomize-controller applies on the server since its first v1beta2.
    serverSide: true,
    automatic: flagAt(spec, 'suspend') !== true,
  }
}
