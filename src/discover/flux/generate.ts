import type { JsonObject } from '../../model/json.ts'
import type { Tree } from '../../model/tree.ts'
import { kustomizationNames } from '../kustomization-references.ts'
import { childOf, relativeTo } from '../paths.ts'
import type { Ignored } from './source-ignore.ts'

/**
 * The kustomization that kustomize-controller writes for a path without one: every `.yaml` and `.yml` below it,
 * hidden files too, links not; a folder with a kustomization of its own is one resource and is not entered. With the
 * submodules that it meets, whose files would be among them.
 */
export function generateKustomization(
  root: string,
  tree: Tree,
  ignored: Ignored,
): { readonly value: JsonObject; readonly submodules: readonly string[] } {
  const resources: string[] = []
  const submodules: string[] = []
  const visit = (directory: string): void => {
    for (const name of tree.children(directory) ?? []) {
      const path = childOf(directory, name)
      const entry = tree.stat(path)
      if (entry?.kind === 'submodule') submodules.push(path)
      else if (entry?.kind === 'directory') {
        const own = kustomizationNames.find((file) => tree.stat(childOf(path, file))?.kind === 'file')
        if (own === undefined || ignored(childOf(path, own))) visit(path)
        else resources.push(relativeTo(root, path))
      } else if (entry?.kind === 'file' && /\.ya?ml$/.test(name) && !ignored(path))
        resources.push(relativeTo(root, path))
    }
  }
  visit(root)
  const value = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    // A file without anything would be an error: fluxcd/pkg/kustomize writes this namespace instead of resources.
    ...(resources.length === 0 ? { namespace: '_placeholder' } : { resources }),
  }
  return { value, submodules }
}
