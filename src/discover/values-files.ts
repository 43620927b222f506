import type { Engines } from '../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import type { Tree } from '../model/tree.ts'
import { parseTakingLast } from './repeated-keys.ts'
import { mergeValues } from './merge-values.ts'

/** Values of the files that are here and of the definition, in their order: what is known that a chart would get. */
export async function knownValues(
  files: readonly string[],
  inline: JsonObject | undefined,
  { tree, engines }: { readonly tree: Tree; readonly engines: Engines },
): Promise<JsonObject> {
  const parsed = await parseTakingLast(tree, engines, files)
  let merged: JsonObject = {}
  for (const file of files) {
    const value = parsed.get(file)?.documents[0]?.value
    if (isJsonObject(value)) merged = mergeValues(merged, value)
  }
  return inline === undefined ? merged : mergeValues(merged, inline)
}
