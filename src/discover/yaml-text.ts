import type { Engines } from '../engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { Tree } from '../model/tree.ts'

/** A YAML text inside an object (`values: |`, a ConfigMap's key) as a value, or what is wrong with it. */
export type YamlText = { readonly value: JsonObject } | { readonly error: string }

/**
 * Reads YAML texts that stand in no file of the tree. Only Go's parser reads YAML of a pull request, so the
 * template engine's own fromYaml does it. An empty text is an empty map.
 */
export async function readYamlTexts(
  texts: readonly string[],
  tree: Tree,
  engines: Engines,
): Promise<readonly YamlText[]> {
  if (texts.length === 0) return []
  const answers = await runTemplates(
    texts.map((_, i) => `{{ index .texts ${i} | fromYaml | toJson }}`),
    texts,
    tree,
    engines,
  )
  return answers.map((answer) => {
    if ('error' in answer) return answer
    const value = answer.value ?? {}
    return isJsonObject(value) ? { value } : { error: 'is no map of keys and values' }
  })
}

/** As {@link readYamlTexts} for a text that holds a list. */
export async function readYamlList(
  text: string,
  tree: Tree,
  engines: Engines,
): Promise<{ readonly value: readonly Json[] } | { readonly error: string }> {
  const [answer] = await runTemplates(
    ['{{ index .texts 0 | fromYamlArray | toJson }}'],
    [text],
    tree,
    engines,
  )
  if (answer === undefined) return { error: 'no answer' }
  if ('error' in answer) return answer
  return { value: Array.isArray(answer.value) ? (answer.value as readonly Json[]) : [] }
}

async function runTemplates(
  templates: readonly string[],
  texts: readonly string[],
  tree: Tree,
  engines: Engines,
): Promise<readonly ({ value: Json } | { error: string })[]> {
  const answer = await engines.render.run(
    { op: 'template', texts: [...templates], parameters: { texts } },
    { tree, declared: { files: [], directories: [] }, label: 'values' },
  )
  if (!answer.ok) return templates.map(() => ({ error: answer.error.message }))
  return answer.result.texts.map((item) => {
    if ('error' in item) return { error: item.error }
    try {
      return { value: JSON.parse(item.text) as Json }
    } catch (cause) {
      return { error: cause instanceof Error ? cause.message : String(cause) }
    }
  })
}
