import type { JsonObject } from '../../model/json.ts'
import type { Tree } from '../../model/tree.ts'
import { kustomizationNames } from '../kustomization-references.ts'
import { field, objectAt } from '../fields.ts'

export type ArgoTool = 'helm' | 'kustomize' | 'directory' | 'plugin'

/**
 * Which tool Argo CD takes: an explicit, non-empty option block, else by the names of the files at the path. Two
 * blocks are an error, and an empty one counts for nothing, except for plugins (v1alpha1 `ExplicitType`).
 */
export function chooseTool(
  source: JsonObject,
  path: string,
  tree: Tree,
): ArgoTool | { readonly error: string } {
  const explicit: readonly [ArgoTool, string][] = [
    ['kustomize', 'Kustomize'],
    ['helm', 'Helm'],
    ['directory', 'Directory'],
    ['plugin', 'Plugin'],
  ]
  const named = explicit.filter(([key]) =>
    key === 'plugin' ? field(source, 'plugin') !== undefined : !isEmpty(objectAt(source, key)),
  )
  const [first, second] = named
  if (first !== undefined && second !== undefined)
    return { error: `multiple application sources defined: ${named.map(([, name]) => name).join(',')}` }
  if (first !== undefined) return first[0]
  if (field(source, 'chart') !== undefined) return 'helm'

  // Names in lexical order, the last hit wins: `kustomization.yaml` sorts behind `Chart.yaml` (util/app/discovery).
  let tool: ArgoTool = 'directory'
  for (const name of tree.children(path) ?? []) {
    if (kustomizationNames.includes(name)) tool = 'kustomize'
    else if (name.endsWith('Chart.yaml')) tool = 'helm'
  }
  return tool
}

/** Go's zero value: no key holds anything but zero values. */
function isEmpty(block: JsonObject | undefined): boolean {
  return (
    block === undefined ||
    Object.values(block).every(
      (value) =>
        value === null ||
        value === '' ||
        value === false ||
        value === 0 ||
        (Array.isArray(value) && value.length === 0) ||
        (typeof value === 'object' && !Array.isArray(value) && isEmpty(value as JsonObject)),
    )
  )
}
