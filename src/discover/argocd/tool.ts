import type { JsonObject } from '../../model/json.ts'
import type { Tree } from '../../model/tree.ts'
import { kustomizationNames } from '../kustomization-references.ts'
import { field } from '../fields.ts'

export type ArgoTool = 'helm' | 'kustomize' | 'directory' | 'plugin'

/**
 * Which tool Argo CD takes: an explicit option block, else by the names of the files at the path. Two blocks are an error
 * (v1alpha1 `ExplicitType`). An empty one in the definition is gone before ({@link normalSource}); one in a file beside
 * the manifests counts.
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
  const named = explicit.filter(([key]) => (field(source, key) ?? null) !== null)
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
