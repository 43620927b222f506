/**
 * Text of a stranger in a job's log. The runner reads every line for workflow commands (`::name::` at its start,
 * `##[name]` anywhere); between these two lines it reads none (threats.md T59, CVE-2020-15228).
 *
 * @param token random: whoever knows it could end the pause early
 */
export function withoutCommands(text: string, token: string): string {
  return `::stop-commands::${token}\n${text.endsWith('\n') ? text : `${text}\n`}::${token}::\n`
}
