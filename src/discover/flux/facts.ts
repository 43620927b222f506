import type { JsonObject } from '../../model/json.ts'
import type { DefinitionFacts } from '../../model/target.ts'
import { flagAt, objectAt, objectsAt, textAt, textsAt } from '../fields.ts'
import { releaseName } from './release-name.ts'

/** What a Kustomization says besides how to build it. */
export function kustomizationFacts(object: JsonObject, namespace: string): DefinitionFacts {
  const spec = objectAt(object, 'spec') ?? {}
  const suspended = flagAt(spec, 'suspend') === true
  const policy = textAt(spec, 'deletionPolicy') ?? 'MirrorPrune'
  const deletes = policy === 'MirrorPrune' ? flagAt(spec, 'prune') === true : policy !== 'Orphan'
  return {
    ...common(spec, namespace),
    namespace: textAt(spec, 'targetNamespace') ?? '',
    suspended,
    // kustomize-controller collects no garbage for a suspended object (its finalizer only goes).
    onDelete: deletes && !suspended ? 'delete' : 'keep',
    sync: [
      ...['prune', 'wait', 'force'].filter((key) => flagAt(spec, key) === true),
      ...(policy === 'MirrorPrune' ? [] : [`deletionPolicy ${policy}`]),
    ],
    ignored: [],
  }
}

/**
 * What a HelmRelease says besides its chart and values.
 *
 * @param chart the chart's name, when it is known
 */
export function releaseFacts(
  object: JsonObject,
  namespace: string,
  chart: string | undefined,
): DefinitionFacts {
  const spec = objectAt(object, 'spec') ?? {}
  const suspended = flagAt(spec, 'suspend') === true
  const mode = textAt(spec, 'driftDetection', 'mode')
  return {
    ...common(spec, namespace),
    namespace: textAt(spec, 'targetNamespace') || namespace,
    suspended,
    // helm-controller uninstalls unless the object is suspended.
    onDelete: suspended ? 'keep' : 'delete',
    sync: [
      ...(mode === undefined || mode === 'disabled' ? [] : [`drift detection ${mode}`]),
      ...['install', 'upgrade'].flatMap((action) => {
        const crds = textAt(spec, action, 'crds')
        return crds === undefined ? [] : [`${action}.crds ${crds}`]
      }),
    ],
    ignored: objectsAt(spec, 'driftDetection', 'ignore').flatMap((entry) => textsAt(entry, 'paths')),
    release: {
      name: releaseName({
        releaseName: textAt(spec, 'releaseName') ?? '',
        targetNamespace: textAt(spec, 'targetNamespace') ?? '',
        name: textAt(object, 'metadata', 'name') ?? '',
      }),
      storage: textAt(spec, 'storageNamespace') || namespace,
      ...(chart === undefined ? {} : { chart }),
      ...(textAt(spec, 'upgrade', 'chartNameChangeStrategy') === 'InPlaceUpdate'
        ? { keepsRenamed: true as const }
        : {}),
    },
  }
}

function common(
  spec: JsonObject,
  namespace: string,
): Pick<DefinitionFacts, 'cluster' | 'project' | 'dependsOn'> {
  return {
    cluster: textAt(spec, 'kubeConfig', 'secretRef', 'name') ?? '',
    project: '',
    dependsOn: objectsAt(spec, 'dependsOn').map(
      (entry) => `${textAt(entry, 'namespace') || namespace}/${textAt(entry, 'name') ?? ''}`,
    ),
  }
}
