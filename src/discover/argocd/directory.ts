import type { JsonObject } from '../../model/json.ts'
import type { JsonnetOptions, ManifestsPlan } from '../../model/target.ts'
import type { Tree } from '../../model/tree.ts'
import { flagAt, objectsAt, textAt, textsAt } from '../fields.ts'
import { childOf, compareText, isWithin, joinPath, nameOf, relativeTo, sourceRootOf } from '../paths.ts'
import { broken, type Planned } from '../planned.ts'
import { addLinks } from '../kustomizations.ts'
import { compileWildcard, gobwas } from '../wildcard.ts'
import { expandEnvironment, type BuildEnvironment } from './build-environment.ts'

const manifestName = /\.(?:yaml|yml|json|jsonnet)$/

/**
 * Plain files at a path, as Argo CD's repo server collects them: hidden files too, `recurse` on request, `include` and
 * `exclude` on the path relative to the application's. Links are followed inside the repository; a dangling one is
 * skipped and one that leaves is an error.
 */
export function planDirectory(
  source: JsonObject,
  path: string,
  environment: BuildEnvironment,
  tree: Tree,
  what: string,
): Planned {
  const recurse = flagAt(source, 'directory', 'recurse') ?? false
  const include = textAt(source, 'directory', 'include') ?? ''
  const exclude = textAt(source, 'directory', 'exclude') ?? ''
  const included = include === '' ? () => true : compileWildcard(include, gobwas)
  const excluded = exclude === '' ? () => false : compileWildcard(exclude, gobwas)

  const files: string[] = []
  const submodules: string[] = []
  const links = new Set<string>()
  const wanted = textsAt(source, 'directory', 'jsonnet', 'libs')
  // From the repository's root, with or without a slash in front.
  const located = wanted.map((library) => joinPath(sourceRootOf(path) ?? '', library.replace(/^\/+/, '')))
  const libraries = located.filter((library) => library !== undefined)
  // A file that comes into the directory becomes part of it, so the directory itself is the input.
  const inputs = () => ({ files: [...links].sort(compareText), directories: [path, ...libraries] })
  const open = [path]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const name of tree.children(at) ?? []) {
      const child = childOf(at, name)
      const entry = tree.stat(child)
      if (entry?.kind === 'directory') {
        if (recurse && name !== '.git') open.push(child)
        continue
      }
      if (recurse && entry?.kind === 'submodule') submodules.push(child)
      if (!manifestName.test(name)) continue
      const relative = relativeTo(path, child)
      if (excluded(relative) || !included(relative)) continue
      const end = tree.resolve(child)
      if (end.kind === 'refused' && end.reason === 'outside-repository')
        return broken(what, `${child}: illegal filepath found: the link leaves the repository`, inputs())
      if (end.kind === 'file') {
        if (!isWithin(path, end.path)) links.add(end.path)
        addLinks(tree, child, links)
        files.push(child)
      } else if (end.kind === 'refused' && end.reason !== 'dangling-link') files.push(child)
    }
  }
  files.sort(compareText)
  const outside = wanted[located.indexOf(undefined)]
  if (outside !== undefined && files.some((file) => file.endsWith('.jsonnet')))
    return broken(what, `file '${outside}' resolved to outside repository root`, inputs())
  const plan: ManifestsPlan = {
    tool: 'manifests',
    rules: 'argocd',
    files,
    ...(submodules.length === 0 ? {} : { submodules: submodules.sort(compareText) }),
    ...(files.some((file) => nameOf(file).endsWith('.jsonnet'))
      ? { jsonnet: jsonnetOptions(source, libraries, environment) }
      : {}),
  }
  return { plan, inputs: inputs() }
}

/** Values of TLAs and external variables are substituted; `code: true` means an expression. */
function jsonnetOptions(
  source: JsonObject,
  libraries: readonly string[],
  environment: BuildEnvironment,
): JsonnetOptions {
  const read = (key: string, code: boolean): Record<string, string> => {
    const map: Record<string, string> = {}
    for (const entry of objectsAt(source, 'directory', 'jsonnet', key)) {
      const name = textAt(entry, 'name')
      if (name !== undefined && (flagAt(entry, 'code') ?? false) === code)
        map[name] = expandEnvironment(textAt(entry, 'value') ?? '', environment)
    }
    return map
  }
  return {
    libraries,
    extVars: read('extVars', false),
    extCode: read('extVars', true),
    tlas: read('tlas', false),
    tlaCode: read('tlas', true),
  }
}
