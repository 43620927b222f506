import type { Engines } from '../engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { Tree } from '../model/tree.ts'

/** A YAML text inside an object (`values: |`, a ConfigMap's key) as a value, or what is wrong with it. */
export type YamlText = { readonly value: JsonObject } | { readonly error: string }

/** What is known of texts. Lives as long as the engines. */
const known = new WeakMap<Engines, Map<string, Promise<YamlText>>>()

/** Texts in one question to the engine. Ours, as with files: the fixed cost of a job is spread, its memory bounded. */
const textsPerQuestion = 250

/**
 * Reads YAML texts that stand in no file of the tree. Only Go's parser reads YAML of a pull request, so the
 * template engine's own fromYaml does it. An empty text is an empty map. Each text is read once per engines.
 */
export async function readYamlTexts(
  texts: readonly string[],
  tree: Tree,
  engines: Engines,
): Promise<readonly YamlText[]> {
  let cache = known.get(engines)
  if (cache === undefined) known.set(engines, (cache = new Map<string, Promise<YamlText>>()))
  const fresh = [...new Set(texts)].filter((text) => !cache.has(text))
  for (let at = 0; at < fresh.length; at += textsPerQuestion) {
    const chunk = fresh.slice(at, at + textsPerQuestion)
    const answers = askForTexts(chunk, tree, engines)
    for (const [i, text] of chunk.entries())
      cache.set(
        text,
        answers.then((read) => read[i] ?? { error: 'no answer' }),
      )
  }
  return await Promise.all(texts.map((text) => cache.get(text) ?? Promise.resolve({ error: 'no answer' })))
}

/** Where a YAML stream is cut: a line of three dashes and nothing else (k8s.io/apimachinery YAMLReader). */
export function splitDocuments(text: string): readonly string[] {
  return text.split(/^---[ \t\r]*$\n?/m).filter((document) => document.trim() !== '')
}

async function askForTexts(
  texts: readonly string[],
  tree: Tree,
  engines: Engines,
): Promise<readonly YamlText[]> {
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
    { op: 'template', texts: [...templates], sets: [{ texts }] },
    { tree, declared: { files: [], directories: [] }, label: 'values' },
  )
  if (!answer.ok) return templates.map(() => ({ error: answer.error.message }))
  return (answer.result.sets[0] ?? []).map((item) => {
    if ('error' in item) return { error: item.error }
    try {
      return { value: JSON.parse(item.text) as Json }
    } catch (cause) {
      return { error: cause instanceof Error ? cause.message : String(cause) }
    }
  })
}
