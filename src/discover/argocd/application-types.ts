import { listOf, textMap, texts, type Shape } from '../typed.ts'

const helm: Shape = {
  fields: {
    valueFiles: texts,
    parameters: listOf({ name: 'text', value: 'text', forceString: 'flag' }),
    releaseName: 'text',
    values: 'text',
    fileParameters: listOf({ name: 'text', path: 'text' }),
    version: 'text',
    passCredentials: 'flag',
    ignoreMissingValueFiles: 'flag',
    skipCrds: 'flag',
    // Raw JSON, which Helm then reads as a file of values.
    valuesObject: { map: 'any' },
    namespace: 'text',
    kubeVersion: 'text',
    apiVersions: texts,
    skipTests: 'flag',
    skipSchemaValidation: 'flag',
  },
}
/** `KustomizeSelector`, which embeds `KustomizeResId`, which embeds `KustomizeGvk`. */
const target: Shape = {
  fields: {
    group: 'embedded text',
    version: 'embedded text',
    kind: 'embedded text',
    name: 'embedded text',
    namespace: 'embedded text',
    annotationSelector: 'text',
    labelSelector: 'text',
  },
}
const kustomize: Shape = {
  fields: {
    namePrefix: 'text',
    nameSuffix: 'text',
    images: texts,
    commonLabels: textMap,
    version: 'text',
    commonAnnotations: textMap,
    forceCommonLabels: 'flag',
    forceCommonAnnotations: 'flag',
    namespace: 'text',
    commonAnnotationsEnvsubst: 'flag',
    replicas: listOf({ name: 'text', count: 'any' }),
    patches: listOf({
      path: 'text',
      patch: 'text',
      target,
      options: { map: 'flag' },
    }),
    components: texts,
    ignoreMissingComponents: 'flag',
    labelWithoutSelector: 'flag',
    kubeVersion: 'text',
    apiVersions: texts,
    labelIncludeTemplates: 'flag',
  },
}
const variables = listOf({ name: 'text', value: 'text', code: 'flag' })
const directory: Shape = {
  fields: {
    recurse: 'flag',
    jsonnet: { fields: { extVars: variables, tlas: variables, libs: texts } },
    exclude: 'text',
    include: 'text',
  },
}
const plugin: Shape = {
  fields: {
    name: 'text',
    env: listOf({ name: 'text', value: 'text' }),
    parameters: listOf({ name: 'text', string: 'text', map: textMap, array: texts }),
  },
}
const sourceFields: Readonly<Record<string, Shape>> = {
  repoURL: 'text',
  path: 'text',
  targetRevision: 'text',
  helm,
  kustomize,
  directory,
  plugin,
  chart: 'text',
  ref: 'text',
  name: 'text',
  tagPrefix: 'text',
}
const sourceShape: Shape = { fields: sourceFields }

/** `ApplicationSpec` (v1alpha1, types.go). */
export const specShape: Shape = {
  fields: {
    source: sourceShape,
    sources: { list: sourceShape },
    destination: { fields: { server: 'text', namespace: 'text', name: 'text' } },
    project: 'text',
    syncPolicy: {
      fields: {
        automated: { fields: { prune: 'flag', selfHeal: 'flag', allowEmpty: 'flag', enabled: 'flag' } },
        syncOptions: texts,
        retry: {
          fields: {
            limit: 'integer',
            backoff: { fields: { duration: 'text', factor: 'integer', maxDuration: 'text' } },
            refresh: 'flag',
          },
        },
        managedNamespaceMetadata: { fields: { labels: textMap, annotations: textMap } },
      },
    },
    ignoreDifferences: listOf({
      group: 'text',
      kind: 'text',
      name: 'text',
      namespace: 'text',
      jsonPointers: texts,
      jqPathExpressions: texts,
      managedFieldsManagers: texts,
    }),
    info: listOf({ name: 'text', value: 'text' }),
    revisionHistoryLimit: 'integer',
    sourceHydrator: {
      fields: {
        drySource: {
          fields: {
            repoURL: 'text',
            targetRevision: 'text',
            path: 'text',
            helm,
            kustomize,
            directory,
            plugin,
          },
        },
        syncSource: { fields: { targetBranch: 'text', path: 'text', repoURL: 'text' } },
        hydrateTo: { fields: { targetBranch: 'text' } },
      },
    },
  },
}

/** `Application`, as far as an ApplicationSet can make one: its status is the controller's (v1alpha1, types.go). */
export const applicationShape: Shape = {
  fields: {
    apiVersion: 'text',
    kind: 'text',
    metadata: {
      fields: {
        name: 'text',
        generateName: 'text',
        namespace: 'text',
        labels: textMap,
        annotations: textMap,
        finalizers: texts,
        ownerReferences: { list: 'any' },
        creationTimestamp: 'any',
        resourceVersion: 'text',
        uid: 'text',
      },
    },
    spec: specShape,
    operation: 'any',
  },
}
