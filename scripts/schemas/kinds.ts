/** Which kinds a document serves, from its paths: only what can be created counts as a kind of a manifest. */
import type { OpenApiDocument } from './sources.ts'

export interface ServedKind {
  group: string
  version: string
  kind: string
  plural: string
  namespaced: boolean
  /** Component that describes the object. */
  component: string
}

/** A collection of objects; with `{namespace}` in it the kind is namespaced. Subresources have another `{name}`. */
const collection =
  /^\/apis?\/(?:(?<group>[^/]+)\/)?(?<version>v\d\w*)\/(?<namespaced>namespaces\/\{namespace\}\/)?(?<plural>[^/{}]+)$/

export function servedKinds(document: OpenApiDocument): ServedKind[] {
  const kinds: ServedKind[] = []
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    const { group = '', version = '', namespaced, plural = '' } = collection.exec(path)?.groups ?? {}
    // What is posted names the kind: documents of 1.23 have no other mark on their operations.
    const bodies = Object.values(operations['post']?.requestBody?.content ?? {})
    const component = bodies[0]?.schema?.$ref?.slice('#/components/schemas/'.length)
    if (plural === '' || component === undefined) continue
    const marks = document.components?.schemas?.[component]?.['x-kubernetes-group-version-kind'] ?? []
    const own = marks.find((mark) => mark.group === group && mark.version === version)
    // Evictions and the like belong to another group and are posted to a subresource only.
    if (own === undefined) throw new Error(`${path}: ${component} says no kind of ${group}/${version}`)
    kinds.push({ ...own, plural, namespaced: namespaced !== undefined, component })
  }
  return kinds
}
