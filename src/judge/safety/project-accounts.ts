import { compileWildcard, gobwas } from '../../discover/wildcard.ts'
import type { ProjectRules } from '../../model/target.ts'

/**
 * What is wrong with the service account that a sync of the Application acts as: the first entry of
 * destinationServiceAccounts that fits (argo-cd util/settings DeriveServiceAccountToImpersonate). Only Argo CD's settings
 * say whether accounts are used at all, and whether a destination without one is refused. Undefined when nothing is.
 */
export function accountFault({ name, serviceAccounts = [], application }: ProjectRules): string | undefined {
  const { server, namespace } = application
  // A cluster that only has a name here may be any server.
  if (serviceAccounts.length === 0 || server === '') return undefined
  for (const entry of serviceAccounts) {
    const invalid = [entry.server, entry.namespace].find((pattern) => !isGlob(pattern))
    if (invalid !== undefined)
      return `destinationServiceAccounts of the project ${name} holds ${JSON.stringify(invalid)}, which is no pattern`
    if (!matches(entry.server, server) || !matches(entry.namespace, namespace)) continue
    return entry.account.trim() === '' || /[!*[\]{}\\/]/.test(entry.account)
      ? `the project ${name} names ${JSON.stringify(entry.account)} as service account for this destination, which is no name of one`
      : undefined
  }
  return `the project ${name} names service accounts for its destinations, but none for ${server} namespace ${namespace === '' ? '(none)' : namespace}`
}

function matches(pattern: string, value: string): boolean {
  return compileWildcard(pattern, gobwas)(value)
}

/** Brackets that are never closed are no pattern (gobwas/glob). */
function isGlob(pattern: string): boolean {
  const bare = pattern.replace(/\\./g, '')
  return (
    (bare.match(/\[/g) ?? []).length <= (bare.match(/\]/g) ?? []).length &&
    (bare.match(/\{/g) ?? []).length <= (bare.match(/\}/g) ?? []).length
  )
}
