import type { RegoEngine } from '../../../engine/engines.ts'

const module = `package messages

warn contains message if {
  some message in input.messages
  regex.match(input.pattern, message)
}

deny contains "the pattern cannot be read" if not regex.is_valid(input.pattern)
`

/**
 * How many messages a pattern matches, in Go's RE2 and not in JavaScript's: the engine is asked. Answers a sentence when
 * the pattern cannot be read.
 */
export async function matchMessages(
  rego: RegoEngine,
  pattern: string,
  messages: readonly string[],
): Promise<number | string> {
  const session = await rego.open({
    bundles: [{ modules: [{ file: 'messages.rego', text: module }], data: [] }],
    gatekeeper: { templates: [], constraints: [], inventory: {} },
  })
  if ('error' in session) return session.error.message
  const answer = await session.evaluate(0, [{ input: { pattern, messages: [...messages] }, file: '' }])
  if (answer.lost.length > 0 || answer.problems.length > 0) return `the pattern ${pattern} could not be asked`
  const { entries } = session.loaded.bundles[0]?.modules[0] ?? { entries: [] }
  if (answer.results.some(({ entry }) => entries[entry]?.rule === 'deny'))
    return `the pattern ${pattern} cannot be read`
  // A set knows equal messages once.
  const matched = new Set(answer.results.map(({ message }) => message))
  return messages.filter((message) => matched.has(message)).length
}
