import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { Location } from '../model/location.ts'
import { splitApiVersion } from '../model/object.ts'
import { objectsAt, textAt } from './fields.ts'

/** An object together with the place that people would open to change it. */
export interface FoundObject {
  readonly object: JsonObject
  readonly location?: Location
}

/** Kinds that say what deploys. */
export type DefinitionKind =
  'application' | 'application-set' | 'kustomization' | 'helm-release' | 'flux-instance' | 'resource-set'

/** The kind of definition that an object is; undefined for every other object. */
export function definitionKind(object: JsonObject): DefinitionKind | undefined {
  const { group } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  switch (`${group}/${textAt(object, 'kind') ?? ''}`) {
    case 'argoproj.io/Application':
      return 'application'
    case 'argoproj.io/ApplicationSet':
      return 'application-set'
    case 'kustomize.toolkit.fluxcd.io/Kustomization':
      return 'kustomization'
    case 'helm.toolkit.fluxcd.io/HelmRelease':
      return 'helm-release'
    case 'fluxcd.controlplane.io/FluxInstance':
      return 'flux-instance'
    case 'fluxcd.controlplane.io/ResourceSet':
      return 'resource-set'
    default:
      return undefined
  }
}

/** Objects of a document: Lists are opened, whatever has no kind is left out. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  if (!isJsonObject(value)) return []
  const kind = textAt(value, 'kind')
  if (kind?.endsWith('List') === true && Array.isArray(value['items']))
    return objectsAt(value, 'items').flatMap(objectsOf)
  return kind === undefined || textAt(value, 'apiVersion') === undefined ? [] : [value]
}

/** Kind, namespace and name of an object, as lookups need them. */
export function nameKey(kind: string, namespace: string, name: string): string {
  return `${kind}\n${namespace}\n${name}`
}

/** `file, line 3`, for sentences. */
export function placeOf(location: Location | undefined): string {
  if (location === undefined) return ''
  return location.line === undefined ? location.file : `${location.file}, line ${location.line}`
}
