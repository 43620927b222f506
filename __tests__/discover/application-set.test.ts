import { afterAll, describe, expect, it } from 'vitest'
import { generateApplications } from '../../src/discover/argocd/application-set.ts'
import { textAt } from '../../src/discover/fields.ts'
import { repositoryOf } from '../../src/discover/repository.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { shippedEngines } from '../check/harness.ts'
import { configurationOf, objectsOf, renderFiles, self, yaml, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const files = {
  'cfg/dev/config.json': '{"cluster":{"name":"dev","num":1}}',
  'cfg/prod/config.yaml': 'cluster: {name: prod, num: 2}\n---\nignored: true\n',
  'cfg/list.yaml': '- {cluster: {name: one}}\n- {cluster: {name: two}}\n',
  'apps/.hidden/x': '',
  'apps/web/x': '',
  'apps/old/x': '',
}
const git = (rest: string): string => `{git: {repoURL: "${self}", ${rest}}}`

const elements = (key: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `{${key}: v${i}}`).join(', ')

/** Names of the Applications, or the error; with Go templates unless told. */
const cases: readonly {
  name: string
  generators: string
  template: string
  plain?: true
  spec?: string
  made: readonly string[] | RegExp
  unknown?: RegExp
}[] = [
  {
    name: 'list',
    generators: '{list: {elements: [{id: a}, {id: b}]}}',
    template: '{{ .id }}',
    made: ['a', 'b'],
  },
  {
    name: 'a selector with an operator that Kubernetes does not know',
    generators:
      '{list: {elements: [{id: a}]}, selector: {matchExpressions: [{key: id, operator: Like, values: [a]}]}}',
    template: '{{ .id }}',
    made: /"Like" is not a valid pod selector operator/,
  },
  {
    name: 'a selector over no values',
    generators:
      '{list: {elements: [{id: a}]}, selector: {matchExpressions: [{key: id, operator: In, values: []}]}}',
    template: '{{ .id }}',
    made: /values set can't be empty/,
  },
  {
    name: 'clusters are selected by label values only',
    generators: '{clusters: {selector: {matchLabels: {a: "no label!"}}}}',
    template: '{{ .name }}',
    made: /a valid label must be/,
  },
  {
    name: 'more than 5,000 Applications make none, and say so',
    generators: `{matrix: {generators: [{list: {elements: [${elements('a', 71)}]}}, {list: {elements: [${elements('b', 71)}]}}]}}`,
    template: '{{a}}-{{b}}',
    plain: true,
    made: /makes more than 5000 Applications/,
  },
  {
    name: 'just below all are made, with a few questions to the engine',
    generators: `{matrix: {generators: [{list: {elements: [${elements('a', 70)}]}}, {list: {elements: [${elements('b', 71)}]}}]}}`,
    template: '{{ .a }}-{{ .b }}',
    made: Array.from({ length: 70 * 71 }, (_, i) => `v${Math.floor(i / 71)}-v${i % 71}`),
  },
  {
    name: 'list as YAML',
    generators: '{list: {elementsYaml: "[{id: c}]"}}',
    template: '{{ .id }}',
    made: ['c'],
  },
  {
    name: 'a list as YAML of something else',
    generators: '{list: {elementsYaml: "[x]"}}',
    template: 'x',
    made: /element is no map/,
  },
  {
    name: 'flat list',
    generators: '{list: {elements: [{id: a, values: {v: x}}]}}',
    template: '{{id}}-{{values.v}}-{{no}}',
    plain: true,
    made: ['a-x-{{no}}'],
  },
  {
    name: 'a flat list of numbers fails',
    generators: '{list: {elements: [{id: 1}]}}',
    template: '{{id}}',
    plain: true,
    made: /parsing value as string/,
  },
  {
    name: 'a missing key is no value',
    generators: '{list: {elements: [{id: a}]}}',
    template: '{{ .no }}',
    made: ['<no value>'],
  },
  {
    name: 'unless it is an error',
    generators: '{list: {elements: [{id: a}]}}',
    template: '{{ .no }}',
    spec: 'goTemplateOptions: [missingkey=error],',
    made: /no entry for key/,
  },
  {
    name: 'the environment does not exist (T23)',
    generators: '{list: {elements: [{id: a}]}}',
    template: '{{ env \\"HOME\\" }}',
    made: /"env" not defined/,
  },
  {
    name: 'folders, hidden ones and excluded ones left out',
    generators: git('directories: [{path: apps/*}, {path: apps/old, exclude: true}]'),
    template: '{{ .path.basename }}',
    made: ['web'],
  },
  {
    name: 'files by pathspec',
    generators: git('files: [{path: "cfg/*/config.*"}]'),
    template: '{{ .cluster.name }}-{{ .path.filename }}',
    made: ['dev-config.json', 'prod-config.yaml'],
  },
  {
    name: 'files of lists',
    generators: git('files: [{path: cfg/list.yaml}]'),
    template: '{{ .cluster.name }}',
    made: ['one', 'two'],
  },
  {
    name: 'flat files',
    generators: git('files: [{path: "cfg/dev/*"}]'),
    template: '{{cluster.num}}-{{path[1]}}',
    plain: true,
    made: ['1-dev'],
  },
  {
    name: 'matrix: the second uses the first',
    generators: `{matrix: {generators: [{list: {elements: [{e: dev}, {e: prod}]}}, ${git('files: [{path: "cfg/{{ .e }}/*"}]')}]}}`,
    template: '{{ .e }}-{{ .cluster.num }}',
    made: ['dev-1', 'prod-2'],
  },
  {
    name: 'matrix: flat keys must not differ',
    generators: '{matrix: {generators: [{list: {elements: [{a: "1"}]}}, {list: {elements: [{a: "2"}]}}]}}',
    template: '{{a}}',
    plain: true,
    made: /duplicate key a/,
  },
  {
    name: 'matrix takes two',
    generators: '{matrix: {generators: [{list: {elements: []}}]}}',
    template: 'x',
    made: /less than two/,
  },
  {
    name: 'merge: only the first one has keys',
    generators:
      '{merge: {mergeKeys: [id], generators: [{list: {elements: [{id: b, v: "1"}, {id: a, v: "1"}]}}, {list: {elements: [{id: b, v: "2"}, {id: c, v: "3"}]}}]}}',
    template: '{{ .id }}-{{ .v }}',
    made: ['a-1', 'b-2'],
  },
  {
    name: 'merge keys are unique',
    generators:
      '{merge: {mergeKeys: [z], generators: [{list: {elements: [{id: a}, {id: b}]}}, {list: {elements: []}}]}}',
    template: 'x',
    made: /Duplicate key was \{"z":null\}/,
  },
  {
    name: 'a selector after the generator',
    generators: '{list: {elements: [{id: a}, {id: b}]}, selector: {matchLabels: {id: b}}}',
    template: '{{ .id }}',
    made: ['b'],
  },
  {
    name: 'clusters are asked for',
    generators: '{clusters: {}}',
    template: '{{ .name }}',
    made: ['in-cluster'],
    unknown: /clusters generator/,
  },
  {
    name: 'pull requests are not known, a list beside them is',
    generators: '{list: {elements: [{id: a}]}}, {pullRequest: {github: {}}}',
    template: '{{ .id }}',
    made: ['a'],
    unknown: /pull requests/,
  },
  {
    name: 'a pathspec is cleaned as git cleans it, and may not lead out of the repository',
    generators: git('files: [{path: "./cfg//prod/../dev/config.json"}]'),
    template: '{{ .cluster.name }}',
    made: ['dev'],
  },
  {
    name: 'a pathspec that leads out of the repository',
    generators: git('files: [{path: "../cfg/dev/config.json"}]'),
    template: '{{ .cluster.name }}',
    made: /is outside repository/,
  },
  {
    name: 'a pathspec with magic words is not read',
    generators: git('files: [{path: ":(glob)cfg/*/config.json"}]'),
    template: 'x',
    made: [],
    unknown: /pathspecs with magic words/,
  },
  {
    name: 'another repository is not known',
    generators: '{git: {repoURL: "https://other.example/x", directories: [{path: "*"}]}}',
    template: 'x',
    made: [],
    unknown: /other\.example/,
  },
]

describe('Applications of an ApplicationSet', () => {
  it.each(cases)('$name', async ({ generators, template, plain, spec, made, unknown }) => {
    const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: s, namespace: argocd}
spec: {goTemplate: ${String(plain !== true)}, ${spec ?? ''} generators: [${generators}], template: {metadata: {name: "${template}"}, spec: {source: {repoURL: "${self}", path: x}}}}
`
    const tree = memoryTree({ ...files, 'set.yaml': set })
    const repository = await repositoryOf(tree, await configurationOf(tree), engines)
    expect(repository.written).toHaveLength(1)
    const answer = await generateApplications(repository.written[0]!, repository)
    if (made instanceof RegExp) {
      expect(answer.error).toMatch(made)
      expect(answer.applications).toEqual([])
    } else {
      expect(answer.error).toBeUndefined()
      expect(answer.applications.map(({ object }) => textAt(object, 'metadata', 'name'))).toEqual(made)
    }
    if (unknown === undefined) expect(answer.notChecked).toEqual([])
    else expect(answer.notChecked.map(({ reason }) => reason).join()).toMatch(unknown)
  })
})

it('a set of which nobody knows the Applications is touched when it changes', async () => {
  const set = (path: string): Files => ({
    'set.yaml': yaml`
      apiVersion: argoproj.io/v1alpha1
      kind: ApplicationSet
      metadata: {name: addons, namespace: argocd}
      spec:
        generators: [{clusters: {selector: {matchLabels: {env: prod}}}}]
        template:
          metadata: {name: "{{name}}"}
          spec: {project: default, source: {repoURL: "${self}", path: ${path}}, destination: {name: "{{name}}"}}
    `,
  })
  const same = await renderFiles(set('a'), set('a'), engines)
  const changed = await renderFiles(set('a'), set('b'), engines)
  expect(same.affected.map(({ id }) => id)).toEqual([])
  expect(changed.affected.map(({ id }) => id)).toEqual(['argocd/argocd/addons', 'plain/.'])
  expect(objectsOf(changed, 'argocd/argocd/addons')).toEqual([
    expect.stringMatching(/^needs-cluster: some of its Applications are not known/),
  ])
})
