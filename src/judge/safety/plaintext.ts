import { isSecretLike, secretValues } from '../../compare/secret-objects.ts'
import type { Change } from '../../model/change.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { displayName } from '../../model/object.ts'
import type { Found } from '../judgement.ts'

/**
 * Secrets whose values were encrypted before and are plain now: a `sops` block or SOPS' `ENC[…]` values lost, or a
 * SealedSecret of the same name replaced (threats.md, T54). The value is in the git history from then on.
 */
export function plaintextSecrets(changes: readonly Change[]): readonly Found[] {
  const sealed = new Set(
    changes.flatMap(({ operation, target, identity }) =>
      operation === 'DELETE' && identity.kind === 'SealedSecret'
        ? [JSON.stringify([target, identity.namespace, identity.name])]
        : [],
    ),
  )
  return changes.flatMap((change): Found[] => {
    const { old, new: next, identity, target } = change
    if (next === undefined || isEncrypted(next.object)) return []
    const lost = old !== undefined && isEncrypted(old.object)
    const unsealed =
      change.operation === 'CREATE' &&
      isSecretLike(next.object) &&
      secretValues(next.object).size > 0 &&
      sealed.has(JSON.stringify([target, identity.namespace, identity.name]))
    if (!lost && !unsealed) return []
    const before = lost ? 'was encrypted by SOPS' : 'was a SealedSecret'
    return [
      {
        object: next,
        finding: {
          source: 'secret',
          rule: 'secret/plaintext',
          level: 'required',
          severity: 'critical',
          object: identity,
          target,
          path: '',
          element: '',
          message: `${displayName(identity)} ${before}; its values are plain text now`,
          remedy: 'encrypt it again, and replace every value that was pushed: it stays in the history',
        },
      },
    ]
  })
}

/** True with a `sops` block or any value that SOPS encrypted. */
function isEncrypted(object: JsonObject): boolean {
  return isJsonObject(object['sops']) || hasCiphertext(object)
}

function hasCiphertext(value: Json): boolean {
  if (typeof value === 'string') return value.startsWith('ENC[AES256_GCM,')
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some((entry: Json) => hasCiphertext(entry))
}
