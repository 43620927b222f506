import { equalJson } from '../compare/equal.ts'
import { isFor } from '../compare/ignore-rule.ts'
import type { Engines } from '../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import { identityKey, type RenderedObject } from '../model/object.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { IgnoreRule } from '../model/target.ts'
import type { Tree } from '../model/tree.ts'

/**
 * Takes away what jq paths of an Application's ignoreDifferences name, from both sides of its changed objects and as
 * Argo CD does it: each path as `del(path)`, in order; one that fails on an object changes nothing there
 * (util/argo/normalizers). A path that is no jq is an error of the whole comparison in Argo CD, which is told.
 */
export async function withoutIgnoredFields(
  pair: RenderedPair,
  tree: Tree,
  engines: Engines,
): Promise<RenderedPair> {
  const { base, head } = pair
  if (base?.state !== 'rendered' || head?.state !== 'rendered') return pair
  const rules = (head.target.facts?.ignoreRules ?? []).filter((rule) => rule.jqPaths.length > 0)
  if (rules.length === 0) return pair
  const old = new Map(base.objects.map((object) => [identityKey(object.identity), object]))
  const entries = head.objects.flatMap((object) => entryOf(object, old, rules))
  const problems: string[] = []
  for (const path of new Set(entries.flatMap((entry) => entry.paths))) {
    const chosen = entries.filter((entry) => entry.paths.includes(path))
    const answer = await engines.render.run(
      { op: 'jq', program: `del(${path})`, values: chosen.flatMap(({ sides }) => [sides.old, sides.new]) },
      { tree, declared: { files: [], directories: [] }, label: `${pair.id} (ignoreDifferences)` },
    )
    if (!answer.ok) {
      problems.push(
        `cannot be compared by Argo CD: its ignoreDifferences hold ${path}: ${answer.error.message}`,
      )
      continue
    }
    for (const [i, entry] of chosen.entries()) {
      const [before, after] = [answer.result.results[2 * i], answer.result.results[2 * i + 1]]
      entry.sides = {
        old: before?.error === undefined && isJsonObject(before?.value) ? before.value : entry.sides.old,
        new: after?.error === undefined && isJsonObject(after?.value) ? after.value : entry.sides.new,
      }
    }
  }
  return {
    ...pair,
    compared: new Map(entries.map(({ key, sides }) => [key, sides])),
    ...(problems.length === 0 ? {} : { heldBack: [...(pair.heldBack ?? []), ...problems] }),
  }
}

interface Entry {
  readonly key: string
  readonly paths: readonly string[]
  sides: { readonly old: JsonObject; readonly new: JsonObject }
}

function entryOf(
  object: RenderedObject,
  old: ReadonlyMap<string, RenderedObject>,
  rules: readonly IgnoreRule[],
): Entry[] {
  const key = identityKey(object.identity)
  const before = old.get(key)
  if (before === undefined || equalJson(before.object, object.object)) return []
  const paths = rules.filter((rule) => isFor(rule, object.identity)).flatMap((rule) => rule.jqPaths)
  return paths.length === 0
    ? []
    : [{ key, paths: [...new Set(paths)], sides: { old: before.object, new: object.object } }]
}
