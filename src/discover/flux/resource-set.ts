import type { Target } from '../../model/target.ts'
import { placed, placementOf } from '../environment.ts'
import { objectAt, textAt } from '../fields.ts'
import { placeOf, type FoundObject } from '../found.ts'
import { cannot } from '../planned.ts'
import type { Repository } from '../repository.ts'
import { unnamedCluster } from './kustomization.ts'

/**
 * A ResourceSet of the Flux operator makes objects of templates, one for each of its inputs, which providers may ask a
 * service for (fluxcd.controlplane.io/v1). Its template language is not spoken here: the target says so and shows the
 * difference of the definition.
 */
export function resourceSetTarget(
  { object, location }: FoundObject,
  repository: Repository,
  parent: Target | undefined,
): Target {
  const name = textAt(object, 'metadata', 'name') ?? ''
  const namespace = textAt(object, 'metadata', 'namespace') || parent?.namespace || 'flux-system'
  const placement = placementOf(
    {
      name,
      paths: location === undefined ? [] : [location.file],
      ...(parent?.cluster === undefined ? {} : { inherited: parent.cluster }),
    },
    repository.configuration,
  )
  const what = `ResourceSet ${namespace}/${name}${location === undefined ? '' : ` (${placeOf(location)})`}`
  return {
    id: `flux/${placement.cluster ?? unnamedCluster}/${namespace}/${name}`,
    kind: 'flux-kustomization',
    name,
    path: location?.file ?? '',
    ...placed(placement),
    ...(location === undefined ? {} : { definition: location }),
    sync: { prune: true, serverSide: true, automatic: true },
    ...cannot(
      'unsupported',
      what,
      `what ${what} makes of its templates${objectAt(object, 'spec')?.['inputsFrom'] === undefined ? '' : ' and of inputs that only the cluster knows'} is not known: ResourceSets are not rendered`,
    ),
    owner: { namespace, name },
    manifest: object,
    ...(parent === undefined ? {} : { parent: parent.id }),
  }
}
