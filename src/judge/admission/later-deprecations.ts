import type { Found } from '../judgement.ts'

/** `v1 Endpoints is deprecated in v1.33+; …`: WarningMessage of k8s.io/apiserver/pkg/endpoints/deprecation. */
const deprecated = /^\S+ \S+ is deprecated in v1\.(?<since>\d+)\+/

/**
 * Without the deprecations that the cluster's own server does not know yet: where a newer minor's rules answer for a
 * cluster, they warn of what only they call deprecated.
 *
 * @param kubernetes the minor that the cluster declares, `1.29`
 */
export function withoutLaterDeprecations(found: readonly Found[], kubernetes: string): readonly Found[] {
  const minor = Number(kubernetes.split('.')[1])
  if (!Number.isInteger(minor)) return found
  return found.filter(({ finding }) => {
    const since =
      finding.rule === 'admission/warning' ? deprecated.exec(finding.message)?.groups?.['since'] : undefined
    return since === undefined || Number(since) <= minor
  })
}
