import { parseFiles } from '../discover/documents.ts'
import { textAt } from '../discover/fields.ts'
import { joinPath } from '../discover/paths.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { splitApiVersion } from '../model/object.ts'
import type { KustomizePlan, Target } from '../model/target.ts'
import type { RenderContext } from './context.ts'
import { rendered, type Draft, type Outcome } from './outcome.ts'
import { applyPlainPatch, readPlainPatches, type PlainPatch } from './plain-patch.ts'
import { substitute } from './substitute.ts'

/** What a kustomization may say and still be no more than a list of files. */
const plainKeys = new Set(['apiVersion', 'kind', 'metadata', 'resources'])
const decoder = new TextDecoder()
/** Words and dates that the parser takes for values of YAML 1.1 and kustomize does not, and tags: as keys or values. */
const otherwise = /!!|(?:^|[\s[{,:-])(?:y|yes|n|no|on|off|\d{4}-\d\d?-\d\d?[^\s,\]}]*)(?=\s*(?:$|[,\]}:#]))/im
/** What the root may say besides: what Flux adds for a Kustomization. */
const rootKeys = new Set([...plainKeys, 'components', 'namespace', 'patches'])

/**
 * What a kustomization builds that only lists files: those files' objects, as they stand, with the namespace and the
 * plain patches that Flux adds at its root. Undefined for every other one, and for anything that kustomize might refuse or
 * change otherwise. A fleet's root lists a thousand definitions, and kustomize takes seconds for them (it compares each
 * object with each other); of a root that the change does not touch only the definitions are wanted, and what they refer
 * to: objects without a namespace in the cluster get one here as well.
 */
export async function readPlainBuild(
  plan: KustomizePlan,
  target: Target,
  context: RenderContext,
): Promise<Outcome | undefined> {
  if (plan.commonMetadata !== undefined) return undefined
  const root = rootOf(plan, context)
  const files = filesOf(root, plan, context)
  if (files === undefined) return undefined
  const namespace = root['namespace']
  if (namespace !== undefined && (typeof namespace !== 'string' || namespace === '')) return undefined
  const patches = await readPlainPatches(root['patches'], context)
  if (patches === undefined) return undefined
  const texts = await context.tree.read(files)
  if (
    [...texts.values()].some((text) => !(text instanceof Uint8Array) || otherwise.test(decoder.decode(text)))
  )
    return undefined
  const parsed = await parseFiles(context.tree, context.engines, files)
  const drafts: Draft[] = []
  const seen = new Set<string>()
  for (const file of files) {
    const content = parsed.get(file)
    if (content === undefined || content.error !== undefined) return undefined
    for (const document of content.documents) {
      if (document.error !== undefined) return undefined
      const object = document.value
      if (object === undefined || object === null) continue
      const id = isJsonObject(object) ? plainId(object) : undefined
      if (id === undefined || !isJsonObject(object) || seen.has(id)) return undefined
      seen.add(id)
      const edited = edit(object, namespace, patches)
      if (edited === undefined) return undefined
      drafts.push({ object: edited, origin: { file, document: document.index } })
    }
  }
  if (new Set(drafts.map(({ object }) => plainId(object))).size < drafts.length) return undefined
  const built = rendered(drafts)
  // Substitution reads every text that holds a dollar.
  return plan.substitute !== undefined && JSON.stringify(drafts).includes('$')
    ? await substitute(built, plan.substitute, target, context)
    : built
}

function edit(
  object: JsonObject,
  namespace: string | undefined,
  patches: readonly PlainPatch[],
): JsonObject | undefined {
  let edited: JsonObject | undefined = object
  for (const patch of patches) {
    edited = applyPlainPatch(edited, patch)
    if (edited === undefined) return undefined
  }
  if (namespace === undefined) return edited
  // kustomize renames it.
  if (edited['kind'] === 'Namespace') return undefined
  const { metadata } = edited
  return isJsonObject(metadata) ? { ...edited, metadata: { ...metadata, namespace } } : undefined
}

function rootOf(plan: KustomizePlan, { repository }: RenderContext): JsonObject {
  const overlaid = Object.values(plan.overlay ?? {})[0]
  const value =
    overlaid === undefined
      ? repository.kustomizations.byDirectory.get(plan.root)?.value
      : (JSON.parse(overlaid) as Json)
  return isJsonObject(value) ? value : {}
}

/** The files in the order of the build; undefined when a kustomization on the way does more than list them. */
function filesOf(
  root: JsonObject,
  plan: KustomizePlan,
  context: RenderContext,
): readonly string[] | undefined {
  const { tree, repository } = context
  const files: string[] = []
  const visit = (
    directory: string,
    value: Json | undefined,
    above: readonly string[],
    kind = 'Kustomization',
  ): boolean => {
    const keys = above.length === 0 ? rootKeys : plainKeys
    if (!isJsonObject(value) || above.includes(directory)) return false
    if (Object.keys(value).some((key) => !keys.has(key))) return false
    if ((value['kind'] ?? 'Kustomization') !== kind) return false
    const resources = value['resources'] ?? []
    // kustomize refuses one that is empty.
    if (!Array.isArray(resources) || resources.length === 0) return false
    return (resources as readonly Json[]).every((resource) => {
      const path = typeof resource === 'string' ? joinPath(directory, resource) : undefined
      const end = path === undefined ? undefined : tree.stat(path)
      if (path === undefined || end === undefined) return false
      if (end.kind === 'directory')
        return visit(path, repository.kustomizations.byDirectory.get(path)?.value, [...above, directory])
      if (end.kind === 'file') files.push(path)
      return end.kind === 'file'
    })
  }
  const components = root['components'] ?? []
  if (!visit(plan.root, root, []) || !Array.isArray(components)) return undefined
  const listed = (components as readonly Json[]).every((component) => {
    const path = typeof component === 'string' ? joinPath(plan.root, component) : undefined
    if (path === undefined || tree.stat(path)?.kind !== 'directory') return false
    return visit(path, repository.kustomizations.byDirectory.get(path)?.value, [plan.root], 'Component')
  })
  return listed ? files : undefined
}

/** Names an object that kustomize takes as it is; undefined for Lists, nameless ones, and marks of kustomize's own. */
function plainId(object: JsonObject): string | undefined {
  const [apiVersion, kind] = [textAt(object, 'apiVersion') ?? '', textAt(object, 'kind') ?? '']
  const name = textAt(object, 'metadata', 'name') ?? ''
  if (apiVersion === '' || kind === '' || kind.endsWith('List') || name === '') return undefined
  if (JSON.stringify(object['metadata']).includes('config.kubernetes.io/')) return undefined
  const namespace = textAt(object, 'metadata', 'namespace') ?? 'default'
  return [splitApiVersion(apiVersion).group, kind, namespace, name].join('\n')
}
