import { listOf, textMap, texts, type Shape } from '../typed.ts'

const target: Shape = {
  fields: {
    group: 'text',
    version: 'text',
    kind: 'text',
    namespace: 'text',
    name: 'text',
    annotationSelector: 'text',
    labelSelector: 'text',
  },
}
/** `Patch` and `Image` of fluxcd/pkg/apis/kustomize. */
const patches = listOf({ patch: 'text', target })
const images = listOf({ name: 'text', newName: 'text', newTag: 'text', digest: 'text' })
const commonMetadata: Shape = { fields: { annotations: textMap, labels: textMap } }
const sourceRef: Shape = { fields: { apiVersion: 'text', kind: 'text', name: 'text', namespace: 'text' } }
const dependsOn = listOf({ name: 'text', namespace: 'text', readyExpr: 'text' })

/** `KustomizationSpec` (kustomize-controller v1); what changes no render is taken as it stands. */
export const kustomizationSpec: Shape = {
  fields: {
    commonMetadata,
    dependsOn,
    decryption: 'any',
    interval: 'any',
    retryInterval: 'any',
    kubeConfig: 'any',
    path: 'text',
    postBuild: {
      fields: {
        substituteStrategy: 'text',
        substitute: textMap,
        substituteFrom: listOf({ kind: 'text', name: 'text', optional: 'flag' }),
      },
    },
    prune: 'flag',
    deletionPolicy: 'text',
    healthChecks: 'any',
    namePrefix: 'text',
    nameSuffix: 'text',
    patches,
    images,
    serviceAccountName: 'text',
    sourceRef,
    suspend: 'flag',
    targetNamespace: 'text',
    timeout: 'any',
    force: 'flag',
    wait: 'flag',
    buildMetadata: texts,
    components: texts,
    ignoreMissingComponents: 'flag',
    healthCheckExprs: 'any',
    ignore: 'any',
  },
}

/** `HelmReleaseSpec` (helm-controller v2, and the chart's `valuesFile` of v2beta1); as above. */
export const helmReleaseSpec: Shape = {
  fields: {
    chart: {
      fields: {
        metadata: commonMetadata,
        spec: {
          fields: {
            chart: 'text',
            version: 'text',
            sourceRef,
            interval: 'any',
            reconcileStrategy: 'text',
            valuesFiles: texts,
            valuesFile: 'text',
            ignoreMissingValuesFiles: 'flag',
            verify: 'any',
          },
        },
      },
    },
    chartRef: sourceRef,
    interval: 'any',
    kubeConfig: 'any',
    suspend: 'flag',
    releaseName: 'text',
    targetNamespace: 'text',
    storageNamespace: 'text',
    dependsOn,
    timeout: 'any',
    maxHistory: 'integer',
    serviceAccountName: 'text',
    persistentClient: 'flag',
    driftDetection: 'any',
    install: 'any',
    upgrade: 'any',
    test: 'any',
    rollback: 'any',
    uninstall: 'any',
    valuesFrom: listOf({
      kind: 'text',
      name: 'text',
      valuesKey: 'text',
      targetPath: 'text',
      optional: 'flag',
      literal: 'flag',
    }),
    values: 'any',
    commonMetadata,
    postRenderers: listOf({
      // The last two are v2beta1's and v2beta2's.
      kustomize: { fields: { patches, images, patchesStrategicMerge: 'any', patchesJson6902: 'any' } },
    }),
    postRenderStrategy: 'text',
    waitStrategy: 'any',
    healthCheckExprs: 'any',
  },
}
