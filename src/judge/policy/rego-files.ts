import { policyKey } from '../../model/policy.ts'
import type { Tree } from '../../model/tree.ts'
import { policyError, type Collection } from './collection.ts'
import { describePolicy, entryOf, type SourceContext } from './describe.ts'
import type { Parsed } from './documents.ts'
import { pathInside, type PolicyFiles } from './files.ts'
import { regoLevel } from './levels.ts'

/**
 * Rego of a source as conftest takes it: every module that is no test, and the data below `data/` under the path of its
 * folders, as OPA loads directories. A module with rules that deny, or warn, is a policy; all others are libraries.
 */
export async function readRego(
  tree: Tree,
  { root, rego }: PolicyFiles,
  data: readonly Parsed[],
  context: SourceContext,
  collected: Collection,
): Promise<void> {
  if (rego.length === 0) return
  const contents = await tree.read(rego)
  const modules: { file: string; text: string }[] = []
  const judging: Record<'combined' | 'single', string[]> = { combined: [], single: [] }
  const texts = new Map(
    rego.map((file) => {
      const content = contents.get(file)
      return [file, content instanceof Uint8Array ? decode(content) : undefined]
    }),
  )
  const idOf = idsOf(
    rego.filter((file) => judges(texts.get(file) ?? '')),
    root,
  )
  for (const [file, text] of texts) {
    if (text === undefined) {
      const content = contents.get(file)
      const reason =
        content instanceof Uint8Array ? 'is not UTF-8' : `cannot be read (${content?.refused ?? 'missing'})`
      collected.failed.push(policyError(file, reason, { file }))
      continue
    }
    modules.push({ file, text })
    if (!judges(text)) continue
    const policy = describePolicy(
      {
        language: 'rego',
        name: file,
        id: idOf(file),
        location: { file },
        level: regoLevel(text),
        annotations: () => undefined,
      },
      context,
      collected,
    )
    collected.policies.set(policyKey(policy), policy)
    const combine = entryOf({ location: { file } }, context)?.entry?.combine === true
    judging[combine ? 'combined' : 'single'].push(file)
  }
  const bundle = {
    source: context.source.label,
    modules,
    data: data.map(({ value, location }) => ({
      path: pathInside(root, location.file).split('/').slice(1, -1),
      value,
    })),
  }
  const { combined, single } = judging
  // A source without any policy is loaded all the same: what is wrong with its libraries is said.
  if (single.length > 0 || combined.length === 0) collected.rego.push({ ...bundle, judges: single })
  if (combined.length > 0) collected.rego.push({ ...bundle, judges: combined, combine: true })
}

/** Rules as conftest looks for them: `deny`, `violation`, `warn`, and each with `_name`. */
function judges(text: string): boolean {
  return /^[ \t]*(?:default[ \t]+)?(?:deny|violation|warn)(?:_\w+)?\b/m.test(text)
}

/**
 * Names of files as ids; where several have one name (`src.rego` in a directory for each policy), their paths, of all of
 * them: an exemption must not come to mean another policy because a file was added.
 */
function idsOf(files: readonly string[], root: string): (file: string) => string {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(stem(file), (counts.get(stem(file)) ?? 0) + 1)
  return (file) =>
    (counts.get(stem(file)) ?? 0) > 1 ? pathInside(root, file).slice(0, -'.rego'.length) : stem(file)
}

function stem(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1, -'.rego'.length)
}

function decode(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return undefined
  }
}
