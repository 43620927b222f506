import type { RenderedObject } from '../../model/object.ts'
import type { Target } from '../../model/target.ts'
import { syncOptions } from './immutable.ts'

/** Argo CD's option on the object wins over that of its Application (argo-cd, sync options). */
export function appliesServerSide({ object }: RenderedObject, target: Target | undefined): boolean {
  if (target === undefined) return false
  if (target.kind === 'argocd') {
    const options = syncOptions(object)
    if (options.includes('ServerSideApply=true')) return true
    if (options.includes('ServerSideApply=false')) return false
  }
  return target.sync.serverSide
}
