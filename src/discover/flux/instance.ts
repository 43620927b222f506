import type { JsonObject } from '../../model/json.ts'
import { objectAt, textAt } from '../fields.ts'
import type { FoundObject } from '../found.ts'

interface Sync {
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly spec: JsonObject
  readonly path: string | undefined
}

/**
 * A FluxInstance bootstraps like `flux bootstrap`: its `spec.sync` becomes a source and a Kustomization of one name,
 * `flux-system` unless it says otherwise.
 */
function syncOf({ object }: FoundObject): Sync | undefined {
  const spec = objectAt(object, 'spec', 'sync')
  if (spec === undefined) return undefined
  return {
    kind: textAt(spec, 'kind') ?? 'GitRepository',
    name: textAt(spec, 'name') ?? 'flux-system',
    namespace: textAt(object, 'metadata', 'namespace') ?? 'flux-system',
    spec,
    path: textAt(spec, 'path'),
  }
}

/** The Kustomization that the operator writes (fluxcd.controlplane.io/v1 FluxInstance): prune is always on. */
export function instanceSync(found: FoundObject): FoundObject | undefined {
  const sync = syncOf(found)
  if (sync?.path === undefined) return undefined
  const { kind, name, namespace, path } = sync
  return {
    object: {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name, namespace },
      spec: { path, prune: true, sourceRef: { kind, name } },
    },
    ...(found.location === undefined ? {} : { location: found.location }),
  }
}

/** The source that the operator writes beside it: a branch or tag of git, a tag or digest of an artifact. */
export function instanceSource(found: FoundObject): readonly FoundObject[] {
  if (textAt(found.object, 'kind') !== 'FluxInstance') return []
  const sync = syncOf(found)
  const url = textAt(sync?.spec, 'url')
  if (sync === undefined || url === undefined) return []
  const { kind, name, namespace, spec } = sync
  const ref = textAt(spec, 'ref') ?? ''
  const reference =
    kind === 'GitRepository' ? { name: ref } : ref.startsWith('sha256:') ? { digest: ref } : { tag: ref }
  return [
    {
      object: {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind,
        metadata: { name, namespace },
        spec: { url, ...(ref === '' ? {} : { ref: reference }) },
      },
      ...(found.location === undefined ? {} : { location: found.location }),
    },
  ]
}
