import { compileWildcard, gobwas } from '../discover/wildcard.ts'
import type { ObjectIdentity } from '../model/object.ts'
import type { IgnoreRule } from '../model/target.ts'

/** True when a rule of ignoreDifferences is for the object (util/argo/normalizers of Argo CD: globs for group and kind). */
export function isFor(rule: IgnoreRule, { group, kind, name, namespace }: ObjectIdentity): boolean {
  return (
    compileWildcard(rule.group, gobwas)(group) &&
    compileWildcard(rule.kind, gobwas)(kind) &&
    (rule.name === '' || rule.name === name) &&
    (rule.namespace === '' || rule.namespace === namespace)
  )
}
