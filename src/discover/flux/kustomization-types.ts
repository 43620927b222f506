import { listOf, textMap, texts, type Shape } from '../typed.ts'

const options: Shape = {
  fields: { labels: textMap, annotations: textMap, disableNameSuffixHash: 'flag', immutable: 'flag' },
}
const embeddedTexts: Shape = { list: 'embedded text' }
const embeddedTextMap: Shape = { map: 'embedded text' }
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
/** `GeneratorArgs`, which the arguments of both generators embed. */
const generated = {
  namespace: 'embedded text',
  name: 'embedded text',
  behavior: 'embedded text',
  files: embeddedTexts,
  literals: embeddedTexts,
  envs: embeddedTexts,
  env: 'embedded text',
  options: {
    fields: {
      labels: embeddedTextMap,
      annotations: embeddedTextMap,
      disableNameSuffixHash: 'flag',
      immutable: 'flag',
    },
  },
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
