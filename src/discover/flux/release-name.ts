import { createHash } from 'node:crypto'

/** Longest release name that Helm takes (helm/pkg/chartutil: 53 leaves room for suffixes in 63). */
const maxLength = 53
/** Characters that stay of a longer one, before `-` and the digest (helm-controller ShortenReleaseName). */
const keptLength = 40

/** `[targetNamespace-]name`, or the given name; shortened with 12 digits of its SHA-256 when it is too long. */
export function releaseName(parts: {
  readonly releaseName: string
  readonly targetNamespace: string
  readonly name: string
}): string {
  const { targetNamespace, name } = parts
  const full = parts.releaseName || (targetNamespace === '' ? name : `${targetNamespace}-${name}`)
  if (full.length <= maxLength) return full
  const digest = createHash('sha256').update(full).digest('hex').slice(0, 12)
  return `${full.slice(0, keptLength)}-${digest}`
}
