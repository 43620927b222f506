import type { Finding } from '../model/finding.ts'
import { displayName } from '../model/object.ts'

/** The bold first sentence of a finding. `code` sets a name apart in the way of the rendering. */
export function findingTitle(finding: Finding, where: string, code: (name: string) => string): string {
  const object = finding.object === undefined ? undefined : code(displayName(finding.object))
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
