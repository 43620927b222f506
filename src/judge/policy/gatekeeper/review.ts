import type { JsonObject } from '../../../model/json.ts'
import { splitApiVersion } from '../../../model/object.ts'
import { textAt } from '../../field-steps.ts'
import { matches, type Matchable } from './match.ts'

/** A write as Gatekeeper's webhook is asked about it. */
export interface GatekeeperReview {
  /** Empty when nobody says: gator reviews objects, not writes. */
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | ''
  readonly object?: JsonObject
  readonly old?: JsonObject
  /** The Namespace that the object is in, when it is known. */
  readonly namespace?: JsonObject
  /**
   * As gator reviews: matched by namespaces of the inventory, which it does not show to templates as the webhook does;
   * CEL sees objects as they are written, not as an API server that decoded and defaulted them would send them.
   */
  readonly asGator?: true
  readonly user?: { readonly name: string; readonly groups: readonly string[] }
  readonly source?: Matchable['source']
  /** `request` of an AdmissionReview that a test gives whole. */
  readonly request?: JsonObject
}

/**
 * `input.review`: an AdmissionRequest as its JSON is (gatekeeper pkg/target/target.go), with the namespace's object, which
 * is empty when there is none. For deletions `object` is the old one.
 */
export function reviewInput(review: GatekeeperReview): JsonObject {
  const { operation, object, old, namespace, asGator, user, request } = review
  const subject = object ?? old ?? {}
  const { group, version } = splitApiVersion(textAt(subject, 'apiVersion') ?? '')
  const kind = textAt(subject, 'kind') ?? ''
  const name = textAt(subject, 'metadata', 'name')
  const inNamespace = textAt(subject, 'metadata', 'namespace')
  const base: JsonObject = {
    uid: '',
    kind: { group, version, kind },
    resource: { group: '', version: '', resource: '' },
    ...(name === undefined || name === '' ? {} : { name }),
    ...(inNamespace === undefined || inNamespace === '' ? {} : { namespace: inNamespace }),
    operation,
    userInfo: user === undefined ? {} : { username: user.name, groups: [...user.groups] },
    options: null,
  }
  const said = request ?? base
  const deleted = (request === undefined ? operation : textAt(request, 'operation')) === 'DELETE'
  return {
    ...base,
    ...said,
    object: (deleted ? old : object) ?? null,
    oldObject: old ?? null,
    namespaceObject: asGator === true ? {} : (namespace ?? {}),
  }
}

/** True when the new or the old object matches. Throws `MatchError` as {@link matches} does. */
export function reviewMatches(match: JsonObject, review: GatekeeperReview): boolean {
  const { object, old, namespace, source = 'Original', asGator } = review
  return [object, old].some(
    (one) =>
      one !== undefined &&
      matches(match, {
        object: one,
        source,
        ...(namespace && { namespace }),
        ...(asGator && { asGator }),
      }),
  )
}
