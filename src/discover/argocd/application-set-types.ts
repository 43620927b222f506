import { listOf, textMap, texts, type Shape } from '../typed.ts'
import { specShape } from './application-types.ts'

const selector: Shape = {
  fields: {
    matchLabels: textMap,
    matchExpressions: listOf({ key: 'text', operator: 'text', values: texts }),
  },
}
/** `ApplicationSetTemplate`. */
const template: Shape = {
  fields: {
    metadata: {
      fields: { name: 'text', namespace: 'text', labels: textMap, annotations: textMap, finalizers: texts },
    },
    spec: specShape,
  },
}
const paths = listOf({ path: 'text', exclude: 'flag' })
/** Those that ask a service: their parameters come from the configuration, whatever they say. */
const live: Shape = { map: 'any' }

/** `ApplicationSetTerminalGenerator`: what may stand in a combination that is itself in one. */
const terminal = {
  list: { fields: { elements: { list: 'any' }, elementsYaml: 'text', template } },
  clusters: { fields: { selector, flatList: 'flag', values: textMap, template } },
  git: {
    fields: {
      repoURL: 'text',
      revision: 'text',
      directories: paths,
      files: paths,
      pathParamPrefix: 'text',
      requeueAfterSeconds: 'integer',
      values: textMap,
      template,
    },
  },
  scmProvider: live,
  clusterDecisionResource: live,
  pullRequest: live,
  plugin: live,
  selector,
} satisfies Readonly<Record<string, Shape>>

/** `ApplicationSetNestedGenerator`: its combinations are raw JSON, read once they run. */
const nested = listOf({ ...terminal, matrix: 'any', merge: 'any' })

/** `NestedMatrixGenerator` and `NestedMergeGenerator`: no template, and nothing that nests deeper. */
export const nestedCombination: Shape = {
  fields: { generators: listOf(terminal), mergeKeys: texts },
}

/** `ApplicationSetSpec` (v1alpha1, applicationset_types.go). */
export const setSpecShape: Shape = {
  fields: {
    goTemplate: 'flag',
    goTemplateOptions: texts,
    generators: listOf({
      ...terminal,
      matrix: { fields: { generators: nested, template } },
      merge: { fields: { generators: nested, mergeKeys: texts, template } },
    }),
    template,
    templatePatch: 'text',
    syncPolicy: { fields: { preserveResourcesOnDeletion: 'flag', applicationsSync: 'text' } },
    strategy: {
      fields: {
        type: 'text',
        rollingSync: {
          fields: {
            steps: listOf({
              matchExpressions: listOf({ key: 'text', operator: 'text', values: texts }),
              maxUpdate: 'any',
            }),
          },
        },
        deletionOrder: 'text',
      },
    },
    preservedFields: { fields: { annotations: texts, labels: texts } },
    applyNestedSelectors: 'flag',
    ignoreApplicationDifferences: listOf({ name: 'text', jsonPointers: texts, jqPathExpressions: texts }),
  },
}
