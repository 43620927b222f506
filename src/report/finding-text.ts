import type { Finding } from '../model/finding.ts'
import { displayName, type ObjectIdentity } from '../model/object.ts'

/** Objects that a title names before it counts. */
const namedObjects = 3

/**
 * The bold first sentence of a finding. `code` sets a name apart in the way of the rendering.
 * @param objects all that it is about, where one line makes several objects what they are
 */
export function findingTitle(
  finding: Finding,
  where: string,
  code: (name: string) => string,
  objects: readonly ObjectIdentity[] = finding.object === undefined ? [] : [finding.object],
): string {
  const object = subject(objects, code)
  if (finding.status === 'fixed') return `${code(finding.rule)} · ${object ?? where}`
  switch (finding.source) {
    case 'render':
      return `${object ?? where} does not render`
    case 'admission':
      return finding.level === 'advisory'
        ? `The API server warns about ${object ?? where}`
        : `The API server will refuse ${object ?? where}`
    case 'schema':
      return `${object ?? where} does not match its schema`
    case 'secret':
      return `${object ?? where} shows a secret (${code(finding.rule)})`
    case 'policy':
      return `${code(finding.rule)} is broken by ${object ?? where}`
    case 'safety':
      // The server's own rule, told by what it means for the sync.
      if (finding.rule === 'safety/immutable-field') return `The API server will refuse ${object ?? where}`
      return `${code(finding.rule)}: ${object ?? where}`
    case 'config':
      return `${code(finding.rule)}: ${object ?? where}`
  }
}

/** `Deployment a/web`, `3 objects, Deployment a/web, …`; undefined for what is about no object. */
function subject(objects: readonly ObjectIdentity[], code: (name: string) => string): string | undefined {
  if (objects.length === 0) return undefined
  const names = objects.slice(0, namedObjects).map((object) => code(displayName(object)))
  const rest = objects.length - names.length
  const last = rest > 0 ? `${rest} more` : names.length > 1 ? (names.pop() ?? '') : ''
  return last === '' ? names.join(', ') : `${names.join(', ')} and ${last}`
}

/** Findings of one rule, for lists that are too long to show one by one. Order of first appearance. */
export function groupByRule(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>()
  for (const finding of findings) {
    const key = `${finding.source}\n${finding.rule}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  return [...groups.values()]
}
