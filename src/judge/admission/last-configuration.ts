import type { Change } from '../../model/change.ts'
import type { RenderedObject } from '../../model/object.ts'
import type { TargetOf } from '../environments.ts'
import { at } from '../field-steps.ts'
import type { Found } from '../judgement.ts'
import { withStatus, type FoundWithStatus } from '../status.ts'
import { isJsonObject } from '../../model/json.ts'
import { syncOptions } from './immutable.ts'
import { appliesServerSide } from './server-side.ts'

/** Names and values of all annotations of an object (apimachinery, TotalAnnotationSizeLimitB). */
const mostBytes = 256 * 1024

const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * Objects that Argo CD cannot apply because they are too big: its client-side apply is kubectl's, which keeps the whole
 * manifest in an annotation (kubectl util.GetModifiedConfiguration). The manifest itself is one that the API server takes,
 * so nobody else says it; definitions of big operators are the usual case. A replacement keeps none (`Replace=true`).
 */
export function lastConfigurations(
  changes: readonly Change[],
  targetOf: TargetOf,
): readonly FoundWithStatus[] {
  const found = (side: 'old' | 'new'): Found[] =>
    changes.flatMap((change) => {
      const object = change[side]
      return object === undefined ? [] : tooLong(change, object, targetOf)
    })
  return withStatus(found('old'), found('new'))
}

function tooLong({ identity, target }: Change, object: RenderedObject, targetOf: TargetOf): Found[] {
  const of = targetOf(target)
  if (of?.kind !== 'argocd' || of.sync.replaces === true || appliesServerSide(object, of)) return []
  if (syncOptions(object.object).includes('Replace=true')) return []
  const bytes = bytesKept(object)
  if (bytes === undefined) return []
  return [
    {
      object,
      finding: {
        source: 'admission',
        rule: 'admission/FieldValueTooLong',
        level: 'required',
        severity: 'high',
        object: identity,
        target,
        path: 'metadata.annotations',
        element: annotation,
        message: `Too long: may not be more than ${mostBytes} bytes: a client-side apply keeps the manifest, ${bytes} bytes, in the annotation ${annotation}`,
        remedy:
          'Set the sync option ServerSideApply=true on the Application, or on this object in the annotation argocd.argoproj.io/sync-options.',
      },
    },
  ]
}

/** Undefined when it fits. Go's encoder writes `<`, `>` and `&` as six bytes, and a line break at the end. */
function bytesKept({ object }: RenderedObject): number | undefined {
  const text = JSON.stringify(object)
  if (text.length * 6 < mostBytes) return undefined
  const bytes = byteLength(text) + 5 * (text.match(/[<>&]/g) ?? []).length + 1
  const others = at(object, 'metadata', 'annotations')
  const besides = isJsonObject(others) ? Object.entries(others).filter(([name]) => name !== annotation) : []
  const total = besides.reduce(
    (sum, [name, value]) => sum + byteLength(name) + byteLength(typeof value === 'string' ? value : ''),
    bytes + annotation.length,
  )
  return total > mostBytes ? bytes : undefined
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
