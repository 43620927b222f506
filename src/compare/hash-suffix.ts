/** A dash and ten characters of the alphabet in which kustomize writes hashes (kustomize api/hasher, `encode`). */
const suffix = /-[24-9bcdfghkmt]{10}$/

/** The name without the hash that kustomize's generators append; undefined when it has none. */
export function withoutHashSuffix(name: string): string | undefined {
  return suffix.test(name) ? name.slice(0, -11) : undefined
}
