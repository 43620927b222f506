import type { Found } from '../judgement.ts'

/** `v1 Endpoints is deprecated in v1.33+; …`: WarningMessage of k8s.io/apiserver/pkg/endpoints/deprecation. */
const deprecated = /^\S+ \S+ is deprecated in v1\.(?<since>\d+)\+/

/**
 * Rules that came without a feature gate, so that upstream's emulation of an older minor applies them too: found by
 * comparing pkg/apis/core/validation of 1.35, 1.36 and 1.37.
 */
const ungated: readonly { readonly path: RegExp; readonly message: RegExp; readonly since: number }[] = [
  // Of pods it was always required.
  { path: /template\.spec\.volumes\[[^\]]*\]\.image\.reference$/, message: /^Required value/, since: 37 },
  {
    path: /initContainers\[[^\]]*\]\.resizePolicy\[\d+\]\.restartPolicy$/,
    message: /must not be set to 'RestartContainer' for non-sidecar initContainers/,
    since: 36,
  },
]

/**
 * Without what the cluster's own server does not say yet: where a newer minor's rules answer for a cluster, they warn of
 * what only they call deprecated, and refuse what only they refuse.
 *
 * @param kubernetes the minor that the cluster declares, `1.29`
 */
export function withoutLaterRules(found: readonly Found[], kubernetes: string): readonly Found[] {
  const minor = Number(kubernetes.split('.')[1])
  if (!Number.isInteger(minor)) return found
  return found.filter(({ finding }) => (sinceOf(finding) ?? 0) <= minor)
}

function sinceOf({ rule, path, message }: Found['finding']): number | undefined {
  if (rule === 'admission/warning') {
    const since = deprecated.exec(message)?.groups?.['since']
    return since === undefined ? undefined : Number(since)
  }
  return ungated.find((one) => one.path.test(path) && one.message.test(message))?.since
}
