import type { AdmitFinding } from '../../engine/api.ts'
import type { JsonObject } from '../../model/json.ts'
import type { RenderedObject } from '../../model/object.ts'
import type { TargetKind } from '../../model/target.ts'
import { textAt } from '../field-steps.ts'

/** Words of the API server for fields that an update may not change. */
const immutable =
  /field is immutable|is immutable after creation|may not change once set|updates to .+ spec for fields other than|pod updates may not change fields other than|cannot change roleRef|can ?not be less than/i

/** True for an update that is refused because a field cannot change (also to a smaller volume). */
export function isImmutable({ stage, message }: Pick<AdmitFinding, 'stage' | 'message'>): boolean {
  return stage === 'validate' && immutable.test(message)
}

/** Volumes that would shrink have a rule of their own: they are refused whatever the claim's kind. */
export function immutableRule({ message }: Pick<AdmitFinding, 'message'>): string {
  return /can ?not be less than/i.test(message) ? 'safety/shrinking-volume' : 'safety/immutable-field'
}

/** The server's sentence, and what it means for the sync. */
export function immutableMessage(
  { message }: Pick<AdmitFinding, 'message'>,
  { identity }: RenderedObject,
  forced: boolean,
): string {
  const first = message.split('\n', 1)[0] ?? message
  // The server quotes the whole new value before its sentence; the difference shows it better.
  const sentence = first.lastIndexOf('field is immutable')
  const said = sentence < 0 ? first : first.slice(sentence)
  if (forced)
    return `${said}. The sync deletes the ${identity.kind} and creates it anew${consequence(identity.kind)}.`
  return `${said}. The sync fails until the ${identity.kind} is deleted${consequence(identity.kind)}.`
}

/** What the deletion of an object of this kind takes with it. */
function consequence(kind: string): string {
  if (['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'].includes(kind))
    return '; its pods stop meanwhile'
  if (kind === 'PersistentVolumeClaim') return ', and with it the data of its volume'
  return ''
}

/**
 * True when the tool deletes and creates an object that it cannot change: Argo CD's sync option `Force=true`,
 * Flux's annotation `kustomize.toolkit.fluxcd.io/force`.
 */
export function recreatesByForce(object: JsonObject, kind: TargetKind | undefined): boolean {
  const annotation = (name: string): string => textAt(object, 'metadata', 'annotations', name) ?? ''
  if (kind === 'argocd') {
    return syncOptions(object).includes('Force=true')
  }
  if (kind === 'flux-kustomization') {
    const force = annotation('kustomize.toolkit.fluxcd.io/force').toLowerCase()
    return force === 'enabled' || force === 'true'
  }
  return false
}

/** Argo CD's options on one object. */
export function syncOptions(object: JsonObject): readonly string[] {
  const text = textAt(object, 'metadata', 'annotations', 'argocd.argoproj.io/sync-options') ?? ''
  return text.split(',').map((option) => option.trim())
}
