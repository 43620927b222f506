/** What a template includes: the blocks that `define` names in the helper files of its chart. */
import type { Tree } from '../model/tree.ts'

/** Bodies of the blocks that a text includes, by name; those that they include in turn are among them. */
export type Included = (text: string) => readonly string[]

/** Helper files (`_name.tpl` and the like) of each template: all of its chart's `templates` that make no object. */
export function helperFiles(
  templates: ReadonlySet<string>,
  tree: Tree,
): ReadonlyMap<string, readonly string[]> {
  const byDirectory = new Map<string, string[]>()
  for (const template of templates) {
    const directory = templatesOf(template)
    if (directory !== undefined) byDirectory.set(directory, [])
  }
  if (byDirectory.size === 0) return new Map()
  for (const { kind, path } of tree.entries())
    if (kind === 'file' && /(?:^|\/)_[^/]*$|\.tpl$/.test(path))
      byDirectory.get(templatesOf(path) ?? '')?.push(path)
  return new Map(
    [...templates].map((template) => [template, byDirectory.get(templatesOf(template) ?? '') ?? []]),
  )
}

function templatesOf(path: string): string | undefined {
  return /^(?:.*\/)?templates\//.exec(path)?.[0]
}

/** @param helpers texts of helper files, and of the template itself */
export function includedIn(helpers: readonly string[]): Included {
  const blocks = new Map(helpers.flatMap(blocksOf))
  return (text) => {
    const found = new Map<string, string>()
    const open = [text]
    for (let next = open.pop(); next !== undefined; next = open.pop())
      for (const [, name = ''] of next.matchAll(/\b(?:include|template)\s{1,20}"([^"\n]{1,200})"/g)) {
        const body = blocks.get(name)
        if (body === undefined || found.has(name)) continue
        found.set(name, body)
        open.push(body)
      }
    return [...found.values()]
  }
}

/** Actions that begin something, or end it. */
const action =
  /\{\{-?\s{0,20}(?<word>define|block|if|with|range|end)\b(?:\s{0,20}"(?<name>[^"\n]{0,200})")?[^}\n]{0,2000}\}\}/g

/** Blocks stand at the top of a file and end where their own `end` stands. */
function blocksOf(text: string): [string, string][] {
  const blocks: [string, string][] = []
  let depth = 0
  let start: { readonly name: string; readonly from: number } | undefined
  for (const { 0: whole, index, groups } of text.matchAll(action)) {
    if (groups?.['word'] !== 'end') {
      if (depth === 0 && groups?.['word'] === 'define')
        start = { name: groups['name'] ?? '', from: index + whole.length }
      depth += 1
      continue
    }
    depth = Math.max(0, depth - 1)
    if (depth > 0 || start === undefined) continue
    blocks.push([start.name, text.slice(start.from, index)])
    start = undefined
  }
  return blocks
}
