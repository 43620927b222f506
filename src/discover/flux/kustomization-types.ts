import { listOf, textMap, texts, type Shape } from '../typed.ts'

const options: Shape = {
  fields: { labels: textMap, annotations: textMap, disableNameSuffixHash: 'flag', immutable: 'flag' },
}
const target: Shape = {
  fields: {
    group: 'text',
    version: 'text',
    kind: 'text',
    name: 'text',
    namespace: 'text',
    annotationSelector: 'text',
    labelSelector: 'text',
  },
}
const patches = listOf({ path: 'text', patch: 'text', target, options: { map: 'flag' } })
const images = listOf({ name: 'text', newName: 'text', newTag: 'text', tagSuffix: 'text', digest: 'text' })
const generated = {
  namespace: 'text',
  name: 'text',
  behavior: 'text',
  files: texts,
  literals: texts,
  envs: texts,
  env: 'text',
  options,
} as const

/** kustomize's `Kustomization` (api/types); what is rarely written is taken as it stands. */
export const kustomizationShape: Shape = {
  fields: {
    apiVersion: 'text',
    kind: 'text',
    metadata: 'any',
    openapi: textMap,
    namePrefix: 'text',
    nameSuffix: 'text',
    namespace: 'text',
    commonLabels: textMap,
    labels: listOf({ pairs: textMap, includeSelectors: 'flag', includeTemplates: 'flag', fields: 'any' }),
    commonAnnotations: textMap,
    patchesStrategicMerge: texts,
    patchesJson6902: patches,
    patches,
    images,
    imageTags: images,
    replacements: 'any',
    replicas: listOf({ name: 'text', count: 'integer' }),
    vars: 'any',
    sortOptions: 'any',
    resources: texts,
    components: texts,
    crds: texts,
    bases: texts,
    configMapGenerator: listOf(generated),
    secretGenerator: listOf({ ...generated, type: 'text' }),
    helmGlobals: 'any',
    helmCharts: 'any',
    helmChartInflationGenerator: 'any',
    generatorOptions: options,
    configurations: texts,
    generators: texts,
    transformers: texts,
    validators: texts,
    buildMetadata: texts,
  },
}
