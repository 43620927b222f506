import { parseFiles } from '../discover/documents.ts'
import { textAt } from '../discover/fields.ts'
import { joinPath } from '../discover/paths.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { splitApiVersion } from '../model/object.ts'
import type { KustomizePlan } from '../model/target.ts'
import type { RenderContext } from './context.ts'
import { rendered, type Draft, type Outcome } from './outcome.ts'

/** What a kustomization may say and still be no more than a list of files. */
const plainKeys = new Set(['apiVersion', 'kind', 'metadata', 'resources'])

/**
 * What a kustomization builds that only lists files: those files' objects, as they stand. Undefined for every other
 * one, and for anything that kustomize might refuse or change. A fleet's root lists a thousand definitions, and
 * kustomize takes seconds for them (it compares each object with each other); of a root that the change does not touch
 * only the definitions are wanted.
 */
export async function readPlainBuild(
  plan: KustomizePlan,
  context: RenderContext,
): Promise<Outcome | undefined> {
  if (plan.commonMetadata !== undefined) return undefined
  const files = filesOf(plan, context)
  if (files === undefined) return undefined
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
      // Substitution reads every text that holds a dollar.
      if (plan.substitute !== undefined && JSON.stringify(object).includes('$')) return undefined
      seen.add(id)
      drafts.push({ object, origin: { file, document: document.index } })
    }
  }
  return rendered(drafts)
}

/** The files in the order of the build; undefined when a kustomization on the way does more than list them. */
function filesOf(plan: KustomizePlan, { tree, repository }: RenderContext): readonly string[] | undefined {
  const files: string[] = []
  const visit = (directory: string, value: Json | undefined, above: readonly string[]): boolean => {
    if (!isJsonObject(value) || above.includes(directory)) return false
    if (Object.keys(value).some((key) => !plainKeys.has(key))) return false
    if (value['kind'] !== undefined && value['kind'] !== 'Kustomization') return false
    const resources = value['resources'] ?? []
    if (!Array.isArray(resources)) return false
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
  const overlaid = Object.values(plan.overlay ?? {})[0]
  const value =
    overlaid === undefined
      ? repository.kustomizations.byDirectory.get(plan.root)?.value
      : (JSON.parse(overlaid) as Json)
  return visit(plan.root, value, []) ? files : undefined
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
