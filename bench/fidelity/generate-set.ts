import type { Json } from '../../src/model/json.ts'
import { repositoryUrl, type ClusterFacts, type FidelityCase, type Files } from './case.ts'
import type { Random } from './random.ts'

type Fields = Record<string, Json>

const clusters: readonly ClusterFacts[] = [
  {
    name: 'Dev_1',
    server: 'https://dev.example.com',
    labels: { environment: 'dev', region: 'eu' },
    annotations: { team: 'a' },
  },
  { name: 'prod-1', server: 'https://prod.example.com', project: 'default', labels: { environment: 'prod' } },
]

/** An ApplicationSet of nested generators; every parameter that some generator gives is used somewhere. */
export function generateSet(id: string, random: Random, files: Files): FidelityCase {
  const goTemplate = random.chance(0.6)
  const generators = random.chance(0.2)
    ? [generator(random, goTemplate, 0), generator(random, goTemplate, 0)]
    : [generator(random, goTemplate, 0)]
  const spec: Fields = {
    ...(goTemplate ? { goTemplate } : {}),
    ...(goTemplate && random.chance(0.6)
      ? { goTemplateOptions: [random.pick(['missingkey=error', 'missingkey=zero', 'missingkey=default'])] }
      : {}),
    generators,
    template: template(random, goTemplate),
    ...(random.chance(0.25) ? { templatePatch: templatePatch(random, goTemplate) } : {}),
    ...(random.chance(0.15)
      ? {
          syncPolicy: {
            preserveResourcesOnDeletion: random.chance(0.5),
            ...(random.chance(0.5) ? { applicationsSync: 'create-only' } : {}),
          },
        }
      : {}),
    ...(random.chance(0.1) ? { ignoreApplicationDifferences: [{ jsonPointers: ['/spec/syncPolicy'] }] } : {}),
    ...(random.chance(0.1) ? { strategy: { type: 'RollingSync', rollingSync: { steps: [] } } } : {}),
    ...(random.chance(0.1) ? { preservedFields: { annotations: ['kept'], labels: ['kept'] } } : {}),
  }
  const set = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: 'set', namespace: 'argocd' },
    spec,
  }
  return {
    id,
    group: 'generated ApplicationSet',
    tool: 'application-set',
    definition: JSON.stringify(set, null, 1),
    files,
    clusters,
  }
}

/** A parameter in the set's dialect. */
function use(random: Random, goTemplate: boolean, names: readonly string[]): string {
  const name = random.pick(names)
  if (!goTemplate) return random.chance(0.5) ? `{{${name}}}` : `{{ ${name} }}`
  return random.pick([`{{.${name}}}`, `{{ .${name} | default "none" }}`, `{{ .${name} }}`])
}

const parameterNames = [
  'name',
  'size',
  'a',
  'b',
  'values.v',
  'path.basename',
  'path',
  'server',
  'nested.deep.x',
] as const
const goNames = [
  'name',
  'size',
  'a',
  'b',
  'values.v',
  'path.basename',
  'path.path',
  'server',
  'nested.deep.x',
] as const

function template(random: Random, goTemplate: boolean): Fields {
  const names: readonly string[] = goTemplate ? goNames : parameterNames
  const text = (): string => use(random, goTemplate, names)
  return {
    metadata: {
      name: `${text()}-app-${text()}`,
      ...(random.chance(0.3) ? { labels: { [`k-${random.pick(['x', text()])}`]: text() } } : {}),
      ...(random.chance(0.2) ? { annotations: { all: goTemplate ? '{{ . | toJson }}' : text() } } : {}),
      ...(random.chance(0.15) ? { finalizers: ['resources-finalizer.argocd.argoproj.io/background'] } : {}),
    },
    spec: {
      project: 'default',
      source: {
        repoURL: repositoryUrl,
        path: goTemplate
          ? random.pick([
              '{{ .path.path }}',
              'kust/base',
              '{{ .name | lower | normalize }}',
              '{{ .name | slugify 3 true }}/{{ index .path.segments 0 }}',
              '{{ dig "nested" "deep" "x" "none" . }}',
              '{{ toYaml . | sha1sum | trunc 7 }}',
            ])
          : random.pick(['{{path}}', 'kust/base', '{{path[0]}}/{{ name }}']),
        targetRevision: 'HEAD',
        ...(random.chance(0.3)
          ? { helm: { values: `size: ${text()}\n`, parameters: [{ name: 'p', value: text() }] } }
          : {}),
      },
      destination: {
        server: random.chance(0.3) ? text() : 'https://kubernetes.default.svc',
        namespace: text(),
      },
      ...(random.chance(0.2)
        ? { syncPolicy: { automated: { prune: true }, syncOptions: ['CreateNamespace=true'] } }
        : {}),
      ...(random.chance(0.1) ? { info: [{ name: 'n', value: text() }], revisionHistoryLimit: 2 } : {}),
      ...(random.chance(0.1)
        ? { ignoreDifferences: [{ kind: 'Deployment', jqPathExpressions: [`.spec.${text()}`] }] }
        : {}),
    },
  }
}

function templatePatch(random: Random, goTemplate: boolean): string {
  return goTemplate
    ? random.pick([
        'spec:\n  syncPolicy:\n    automated: {prune: {{ eq .name "prod" }}}\n',
        '{{- if .a }}\nmetadata:\n  annotations: {patched: "{{ .a }}"}\n{{- end }}\n',
        'spec:\n  source:\n    helm: null\n    kustomize: {images: ["x={{ .name }}"]}\n',
        'spec:\n  sources:\n  {{- range $i := until 2 }}\n  - {repoURL: "r{{ $i }}", path: p}\n  {{- end }}\n',
      ])
    : 'metadata:\n  annotations: {patched: "{{name}}"}\n'
}

function generator(random: Random, goTemplate: boolean, depth: number): Fields {
  const kinds = [
    'list',
    'list',
    'directories',
    'files',
    'clusters',
    ...(depth === 0 ? ['matrix', 'matrix', 'merge', 'merge'] : []),
    ...(depth === 1 && random.chance(0.25) ? ['matrix', 'merge'] : []),
  ]
  const made = one(random.pick(kinds), random, goTemplate, depth)
  if (random.chance(depth === 0 ? 0.25 : 0.1)) made['selector'] = selector(random)
  const fields = Object.entries(made).find(([key]) => key !== 'selector')?.[1]
  if (typeof fields === 'object' && fields !== null && !Array.isArray(fields) && random.chance(0.12))
    (fields as Fields)['template'] ??= ownTemplate(random, goTemplate)
  return made
}

/** A generator's template, of which only what it says stands over the set's. */
function ownTemplate(random: Random, goTemplate: boolean): Fields {
  const name = goTemplate ? '{{ .name }}' : '{{name}}'
  return {
    metadata: {
      ...(random.chance(0.3) ? { name: `own-${name}` } : {}),
      ...(random.chance(0.6) ? { labels: { own: name, 'k-x': 'over' } } : {}),
      ...(random.chance(0.2) ? { namespace: 'elsewhere' } : {}),
    },
    spec: {
      project: random.pick(['', 'default']),
      destination: random.chance(0.5) ? { namespace: `own-${name}` } : {},
      ...(random.chance(0.4) ? { source: { repoURL: '', path: 'kust/base' } } : {}),
      ...(random.chance(0.3)
        ? { syncPolicy: { automated: { prune: false, selfHeal: true }, syncOptions: ['Replace=true'] } }
        : {}),
      ...(random.chance(0.2) ? { revisionHistoryLimit: random.pick([0, 3]) } : {}),
    },
  }
}

function selector(random: Random): Fields {
  return random.pick<Fields>([
    { matchLabels: { 'values.v': 'static' } },
    { matchLabels: { name: 'dev' }, matchExpressions: [{ key: 'size', operator: 'In', values: ['1', '3'] }] },
    { matchExpressions: [{ key: 'name', operator: 'Like', values: ['dev'] }] },
    { matchExpressions: [{ key: 'name', operator: 'In', values: [] }] },
    { matchLabels: { name: 'not a label value!' } },
    {},
    { matchLabels: { name: 'dev' } },
    { matchExpressions: [{ key: 'name', operator: 'In', values: ['dev', 'alpha', 'one'] }] },
    { matchExpressions: [{ key: 'name', operator: 'NotIn', values: ['prod'] }] },
    { matchExpressions: [{ key: 'b', operator: 'Exists' }] },
    { matchExpressions: [{ key: 'nested.deep.x', operator: 'DoesNotExist' }] },
    { matchExpressions: [{ key: 'path.basename', operator: 'In', values: ['alpha', 'dev'] }] },
  ])
}

function one(kind: string, random: Random, goTemplate: boolean, depth: number): Fields {
  const values = (): Fields =>
    random.chance(0.35)
      ? {
          values: {
            v: random.pick([
              'static',
              use(random, goTemplate, ['name', goTemplate ? 'path.basename' : 'path.basename']),
            ]),
          },
        }
      : {}
  switch (kind) {
    case 'list':
      return { list: list(random, goTemplate) }
    case 'directories':
      return {
        git: {
          repoURL: repositoryUrl,
          revision: 'HEAD',
          directories: random.some<Json>(
            [
              { path: 'apps/*' },
              { path: 'apps/**' },
              { path: 'apps/*/*' },
              { path: 'apps/exclude-me', exclude: true },
              { path: 'cfg/[dp]*' },
              { path: 'apps/alpha' },
            ],
            0.5,
          ),
          ...(random.chance(0.15) ? { pathParamPrefix: 'pre' } : {}),
          ...values(),
        },
      }
    case 'files':
      return {
        git: {
          repoURL: repositoryUrl,
          revision: 'HEAD',
          files: random.pick<Json>([
            [{ path: 'cfg/*/config.yaml' }],
            [{ path: 'cfg/**/config.json' }],
            [{ path: 'cfg/many.yaml' }, { path: 'cfg/two.yaml' }],
            [{ path: 'cfg/*.yaml' }, { path: 'cfg/prod/config.yaml', exclude: true }],
            [{ path: 'cfg/dev/config.yaml' }, { path: 'cfg/dev/*' }],
            [{ path: 'cfg/nothing.yaml' }],
            [{ path: 'cfg' }],
            [{ path: '**/config.yaml' }],
            [{ path: './cfg/dev/config.yaml' }],
            [{ path: 'cfg/[!d]*/config.yaml' }, { path: 'cfg/{dev,prod}/config.yaml' }],
            [{ path: 'cfg/prod', exclude: true }, { path: 'cfg/*/config.*' }],
          ]),
          ...(random.chance(0.15) ? { pathParamPrefix: 'pre' } : {}),
          ...(random.chance(0.1) ? { requeueAfterSeconds: 60 } : {}),
          ...values(),
        },
      }
    case 'clusters':
      return {
        clusters: {
          ...(random.chance(0.5)
            ? {
                selector: random.pick<Json>([
                  { matchLabels: { environment: 'dev' } },
                  { matchExpressions: [{ key: 'region', operator: 'Exists' }] },
                  { matchExpressions: [{ key: 'region', operator: 'DoesNotExist' }] },
                  { matchExpressions: [{ key: 'environment', operator: 'NotIn', values: ['dev'] }] },
                  { matchLabels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
                  {},
                ]),
              }
            : {}),
          ...(goTemplate && random.chance(0.15) ? { flatList: true } : {}),
          ...values(),
        },
      }
    case 'matrix': {
      const second = random.chance(0.3)
        ? dependent(random, goTemplate)
        : random.chance(0.2)
          ? {
              list: {
                elements: [{ b: use(random, goTemplate, ['name', 'path.basename']) }],
              },
            }
          : generator(random, goTemplate, depth + 1)
      return { matrix: { generators: [generator(random, goTemplate, depth + 1), second] } }
    }
    default:
      return {
        merge: {
          mergeKeys: random.pick([['name'], ['name'], ['path.basename'], ['name', 'a'], ['values.v']]),
          generators: [
            generator(random, goTemplate, depth + 1),
            random.chance(0.6)
              ? {
                  list: {
                    elements: [
                      { name: 'dev', b: 'merged', size: '' },
                      { name: 'one', b: '' },
                    ],
                  },
                }
              : generator(random, goTemplate, depth + 1),
            ...(random.chance(0.2) ? [generator(random, goTemplate, depth + 1)] : []),
          ],
        },
      }
  }
}

/** Generators whose fields use the parameters of the one before. */
function dependent(random: Random, goTemplate: boolean): Fields {
  const name = goTemplate ? '{{ .name }}' : '{{name}}'
  const base = goTemplate ? '{{ .path.basename }}' : '{{path.basename}}'
  return random.pick<Fields>([
    { git: { repoURL: repositoryUrl, revision: 'HEAD', files: [{ path: `cfg/${name}/config.yaml` }] } },
    {
      git: {
        repoURL: repositoryUrl,
        revision: 'HEAD',
        directories: [{ path: `apps/${base}` }, { path: 'cfg/*' }],
      },
    },
    { clusters: { selector: { matchLabels: { environment: name } }, values: { v: `${name}-x` } } },
    {
      list: {
        elements: [],
        elementsYaml: goTemplate ? '{{ .tags | default (list "a") | toJson }}' : '- {b: x}\n',
      },
    },
    {
      list: {
        elements: [],
        elementsYaml: goTemplate
          ? '- {b: "{{ .name | upper | slugify 5 }}"}\n- {b: {{ .size | default 1 }}}\n'
          : `- {b: "${name}"}\n`,
      },
    },
    {
      list: { elements: [{ b: `${base}!`, [goTemplate ? 'k{{ .name }}' : 'k{{name}}']: 'x' }] },
      selector: selector(random),
    },
  ])
}

function list(random: Random, goTemplate: boolean): Fields {
  const elements: Fields[] = [
    { name: 'one', a: 'x' },
    { name: 'dev', a: 'y', values: { v: 'listed' } },
    { name: 'Pro_D', b: 'z' },
    ...(goTemplate ? [{ name: 'typed', size: 3, nested: { deep: { x: true } }, a: '' }] : []),
    ...(random.chance(0.08) ? [{ name: 'number', size: 7 }] : []),
  ]
  return {
    elements: random.some(elements, 0.6),
    ...(random.chance(0.15) ? { elementsYaml: '- {name: fromyaml, a: w}\n- {name: n2, size: "2"}\n' } : {}),
    ...(random.chance(0.15)
      ? {
          template: {
            metadata: { labels: { own: 'template' } },
            spec: { project: 'default', destination: { namespace: 'own' }, source: { repoURL: '' } },
          },
        }
      : {}),
  }
}
