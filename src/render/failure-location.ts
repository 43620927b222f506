import type { Location } from '../model/location.ts'
import type { Tree } from '../model/tree.ts'
import { joinPath } from '../discover/paths.ts'

/** Longest part of a message that is searched. Ours: the path stands near the start. */
const searched = 4000

/**
 * The file and the line that a tool's message names. Names are tried from the root of the tree and from the given
 * directories (a kustomization's root, a chart's parent); the last file that exists wins, because tools put the
 * innermost cause at the end.
 */
export function locateFailure(
  message: string,
  tree: Tree,
  directories: readonly string[],
  chart?: { readonly name: string; readonly directory: string },
): Location | undefined {
  let found: Location | undefined
  const words = message
    .slice(0, searched)
    .matchAll(/[^\s"'`()[\]<>,;=]+\.(?:ya?ml|json|jsonnet|libsonnet|tpl|txt|env|properties)\b(?::\d+)?/g)
  for (const [word] of words) {
    const match = /^(?<name>.*?)(?::(?<line>\d+))?$/.exec(word)?.groups
    const name = (match?.['name'] ?? '').replace(/^.*:(?=[^:]*$)/, '').replace(/^\/+/, '')
    const inChart =
      chart !== undefined && name.startsWith(`${chart.name}/`) ? name.slice(chart.name.length + 1) : undefined
    const candidates = [
      ...(chart !== undefined && inChart !== undefined ? [joinPath(chart.directory, inChart)] : []),
      joinPath('', name),
      ...directories.map((directory) => joinPath(directory, name)),
    ]
    const file = candidates.find((path) => path !== undefined && tree.stat(path)?.kind === 'file')
    if (file === undefined) continue
    const line = Number(match?.['line'] ?? /\bline (?<line>\d+)/.exec(message)?.groups?.['line'] ?? 0)
    found = line > 0 ? { file, line } : { file }
  }
  return found
}
