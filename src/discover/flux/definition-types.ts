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
const named: Shape = { fields: { name: 'text' } }
const kubeConfig: Shape = {
  fields: { configMapRef: named, secretRef: { fields: { name: 'text', key: 'text' } } },
}
const healthCheckExprs = listOf({
  apiVersion: 'text',
  kind: 'text',
  inProgress: 'embedded text',
  failed: 'embedded text',
  current: 'embedded text',
})
/** `IgnoreRule`: paths of objects that a correction of drift leaves alone. */
const ignoreRules = listOf({ paths: texts, target })

/** `KustomizationSpec` (kustomize-controller v1). */
export const kustomizationSpec: Shape = {
  fields: {
    commonMetadata,
    dependsOn,
    decryption: { fields: { provider: 'text', secretRef: named, serviceAccountName: 'text' } },
    interval: 'duration',
    retryInterval: 'duration',
    kubeConfig,
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
    healthChecks: listOf({ apiVersion: 'text', kind: 'text', name: 'text', namespace: 'text' }),
    namePrefix: 'text',
    nameSuffix: 'text',
    patches,
    images,
    serviceAccountName: 'text',
    sourceRef,
    suspend: 'flag',
    targetNamespace: 'text',
    timeout: 'duration',
    force: 'flag',
    wait: 'flag',
    buildMetadata: texts,
    components: texts,
    ignoreMissingComponents: 'flag',
    healthCheckExprs,
    ignore: ignoreRules,
  },
}

const whileWaiting = {
  timeout: 'duration',
  disableWait: 'flag',
  disableWaitForJobs: 'flag',
  disableHooks: 'flag',
} as const
const whatIsChecked = {
  disableTakeOwnership: 'flag',
  disableOpenAPIValidation: 'flag',
  disableSchemaValidation: 'flag',
  crds: 'text',
} as const
const remediation = { retries: 'integer', ignoreTestFailures: 'flag', remediateLastFailure: 'flag' } as const
const strategy: Shape = { fields: { name: 'text', retryInterval: 'duration' } }

/** `HelmReleaseSpec` (helm-controller v2, and the chart's `valuesFile` of v2beta1). */
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
            interval: 'duration',
            reconcileStrategy: 'text',
            valuesFiles: texts,
            valuesFile: 'text',
            ignoreMissingValuesFiles: 'flag',
            verify: { fields: { provider: 'text', secretRef: named } },
          },
        },
      },
    },
    chartRef: sourceRef,
    interval: 'duration',
    kubeConfig,
    suspend: 'flag',
    releaseName: 'text',
    targetNamespace: 'text',
    storageNamespace: 'text',
    dependsOn,
    timeout: 'duration',
    maxHistory: 'integer',
    serviceAccountName: 'text',
    persistentClient: 'flag',
    driftDetection: { fields: { mode: 'text', ignore: ignoreRules } },
    install: {
      fields: {
        ...whileWaiting,
        ...whatIsChecked,
        replace: 'flag',
        skipCRDs: 'flag',
        createNamespace: 'flag',
        serverSideApply: 'flag',
        strategy,
        remediation: { fields: remediation },
      },
    },
    upgrade: {
      fields: {
        ...whileWaiting,
        ...whatIsChecked,
        force: 'flag',
        preserveValues: 'flag',
        cleanupOnFail: 'flag',
        chartNameChangeStrategy: 'text',
        serverSideApply: 'text',
        strategy,
        remediation: { fields: { ...remediation, strategy: 'text' } },
      },
    },
    test: {
      fields: {
        enable: 'flag',
        timeout: 'duration',
        ignoreFailures: 'flag',
        filters: listOf({ name: 'text', exclude: 'flag' }),
      },
    },
    rollback: {
      fields: {
        ...whileWaiting,
        recreate: 'flag',
        force: 'flag',
        cleanupOnFail: 'flag',
        serverSideApply: 'text',
      },
    },
    uninstall: {
      fields: {
        timeout: 'duration',
        disableHooks: 'flag',
        keepHistory: 'flag',
        disableWait: 'flag',
        deletionPropagation: 'text',
      },
    },
    valuesFrom: listOf({
      kind: 'text',
      name: 'text',
      valuesKey: 'text',
      targetPath: 'text',
      optional: 'flag',
      literal: 'flag',
    }),
    // Raw JSON, which has to be an object.
    values: 'any',
    commonMetadata,
    postRenderers: listOf({
      // The last two are v2beta1's and v2beta2's.
      kustomize: { fields: { patches, images, patchesStrategicMerge: 'any', patchesJson6902: 'any' } },
    }),
    postRenderStrategy: 'text',
    waitStrategy: named,
    healthCheckExprs,
  },
}
