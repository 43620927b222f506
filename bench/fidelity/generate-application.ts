import type { Json } from '../../src/model/json.ts'
import { repositoryUrl, type FidelityCase, type Files } from './case.ts'
import type { Random } from './random.ts'

type Fields = Record<string, Json>

/** Directories of a repository by what deploys from them. */
export interface Places {
  readonly charts: readonly string[]
  readonly kustomizations: readonly string[]
  readonly folders: readonly string[]
  /** Files of values besides those that the generator knows. */
  readonly valueFiles?: readonly string[]
}

/** An Application whose options were switched on and off. */
export function generateApplication(id: string, random: Random, files: Files, places: Places): FidelityCase {
  const name = random.pick(['shop', 'web', 'a.b'])
  const several = random.chance(0.25)
  const sources = several
    ? [
        source(random, places),
        source(random, places),
        {
          repoURL: repositoryUrl,
          targetRevision: 'HEAD',
          ref: 'vals',
          // A source that lends its files can render, too.
          ...(random.chance(0.2) ? { path: random.pick(places.folders) } : {}),
        },
      ]
    : [source(random, places)]
  const application = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: random.chance(0.15) ? 'team-a' : 'argocd' },
    spec: {
      project: random.pick(['default', 'team']),
      // The last one stays: Argo CD's controller refuses an empty list before it asks the repo-server.
      ...(several
        ? { sources: [...random.some(sources.slice(0, -1), 0.85), ...sources.slice(-1)] }
        : { source: sources[0] ?? {} }),
      destination: {
        server: 'https://kubernetes.default.svc',
        ...(random.chance(0.85) ? { namespace: 'target' } : {}),
      },
      ...(random.chance(0.2)
        ? {
            ignoreDifferences: [
              {
                group: 'apps',
                kind: 'Deployment',
                jsonPointers: ['/spec/replicas'],
                jqPathExpressions: ['.spec.template.spec.containers[].image'],
                managedFieldsManagers: ['kube-controller-manager'],
              },
            ],
          }
        : {}),
      ...(random.chance(0.15)
        ? {
            syncPolicy: {
              automated: {},
              managedNamespaceMetadata: { labels: { a: 'b' } },
              syncOptions: ['CreateNamespace=true'],
            },
          }
        : {}),
    },
  }
  return {
    id,
    group: 'generated Application',
    tool: 'application',
    definition: JSON.stringify(application, null, 1),
    files: random.chance(0.3) ? { ...files, ...overrides(random, name, sources) } : files,
  }
}

function source(random: Random, places: Places): Fields {
  const kind = random.pick(['helm', 'helm', 'kustomize', 'kustomize', 'directory'])
  const common = { repoURL: repositoryUrl, targetRevision: random.pick(['HEAD', 'main', 'v1']) }
  // What the files at the path say, without options or with those of another tool.
  if (places.valueFiles !== undefined && random.chance(0.3))
    return {
      ...common,
      path: random.pick([...places.charts, ...places.kustomizations, ...places.folders]),
      ...(random.chance(0.3) ? { helm: helmOptions(random, places) } : {}),
      ...(random.chance(0.2) ? { directory: directoryOptions(random) } : {}),
    }
  switch (kind) {
    case 'helm':
      return { ...common, path: random.pick(places.charts), helm: helmOptions(random, places) }
    case 'kustomize':
      return { ...common, path: random.pick(places.kustomizations), kustomize: kustomizeOptions(random) }
    default:
      return { ...common, path: random.pick(places.folders), directory: directoryOptions(random) }
  }
}

export function helmOptions(random: Random, places?: Places): Fields {
  const options: Fields = {}
  const valueFiles = random.some(
    [
      'values-dev.yaml',
      'values-prod.yaml',
      '/vals/shared.yaml',
      '../../vals/dev.yaml',
      'env/*.yaml',
      'env/**/*.yaml',
      'env/a.yaml',
      'values-$ARGOCD_APP_NAME.yaml',
      '$vals/vals/list.yaml',
      '$vals/vals/*.yaml',
      'missing.yaml',
      'none/*.yaml',
      ...(places?.valueFiles ?? []).flatMap((file) => [`/${file}`, file.slice(file.lastIndexOf('/') + 1)]),
    ],
    0.18,
    true,
  )
  if (valueFiles.length > 0) options['valueFiles'] = valueFiles
  if (random.chance(0.5)) options['ignoreMissingValueFiles'] = true
  if (random.chance(0.25)) options['values'] = 'nested: {b: {c: "$ARGOCD_APP_NAME"}}\nextra: {v: text}\n'
  if (random.chance(0.25))
    options['valuesObject'] = { nested: { fromObject: 1 }, list: [], extra: { n: null } }
  const parameters = random.some<Fields>(
    [
      { name: 'image.tag', value: '2.0' },
      { name: 'image.tag', value: '2.0', forceString: true },
      // Argo CD keeps parameters in a Go map: of two that overlap either one may come first.
      ...(random.chance(0.5) ? [{ name: 'list[1]', value: 'x' }] : [{ name: 'list', value: '{a,b}' }]),
      { name: 'extra.comma', value: 'a,b' },
      { name: 'extra.escaped', value: 'a\\,b' },
      { name: 'extra.env', value: '$ARGOCD_APP_NAME-${ARGOCD_APP_NAMESPACE}-$ARGOCD_APP_PROJECT_NAME' },
      { name: 'extra.rev', value: '$ARGOCD_APP_REVISION_SHORT ${ARGOCD_APP_SOURCE_PATH}' },
      { name: 'extra.unknown', value: 'x$UNKNOWN$$y' },
      { name: 'extra.null', value: 'null' },
      { name: 'replicas', value: '08' },
      { name: 'extra.a\\.b', value: 'true' },
      { name: 'extra.empty' },
    ],
    0.15,
    true,
  )
  if (parameters.length > 0) options['parameters'] = parameters
  if (random.chance(0.15))
    options['fileParameters'] = [
      {
        name: 'extra.file',
        path: random.pick(['files/note.txt', '/vals/list.yaml', '$vals/vals/dev.yaml', 'nofile']),
      },
    ]
  if (random.chance(0.2)) options['releaseName'] = random.pick(['rel', 'a-$ARGOCD_APP_NAME'])
  if (random.chance(0.2)) options['skipCrds'] = true
  if (random.chance(0.2)) options['skipTests'] = true
  if (random.chance(0.2)) options['skipSchemaValidation'] = true
  if (random.chance(0.15)) options['namespace'] = 'helm-ns'
  if (random.chance(0.15)) options['kubeVersion'] = random.pick(['1.30', 'v1.31.2', '1.29.3+k3s1'])
  if (random.chance(0.15)) options['apiVersions'] = ['monitoring.coreos.com/v1']
  if (random.chance(0.1)) options['passCredentials'] = true
  if (random.chance(0.1)) options['version'] = 'v3'
  return options
}

export function kustomizeOptions(random: Random): Fields {
  const options: Fields = {}
  const when = (probability: number, key: string, value: () => Json): void => {
    if (random.chance(probability)) options[key] = value()
  }
  when(0.2, 'namePrefix', () => 'px-')
  when(0.2, 'nameSuffix', () => '-sx')
  when(0.2, 'namespace', () => random.pick(['kns', 'overlay']))
  when(0.3, 'images', () =>
    random.some(
      [
        'nginx:1.30',
        'nginx=mirror.example.com:5000/nginx:1.31',
        'nginx=*:1.32',
        'nginx=other',
        'nginx@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
        'registry.example.com:5000/proxy:$ARGOCD_APP_NAME',
        'unused:1',
      ],
      0.3,
      true,
    ),
  )
  when(0.2, 'replicas', () => [{ name: 'api', count: random.pick<Json>([2, '3']) }])
  when(0.25, 'commonLabels', () => ({
    team: 'x',
    ...(random.chance(0.3) ? { own: '$ARGOCD_APP_NAME' } : {}),
  }))
  when(0.2, 'forceCommonLabels', () => true)
  when(0.2, 'labelWithoutSelector', () => true)
  when(0.15, 'labelIncludeTemplates', () => true)
  when(0.25, 'commonAnnotations', () => ({
    env: '$ARGOCD_APP_NAME',
    ...(random.chance(0.3) ? { note: 'mine' } : {}),
  }))
  when(0.2, 'commonAnnotationsEnvsubst', () => true)
  when(0.2, 'forceCommonAnnotations', () => true)
  when(0.25, 'patches', () =>
    random.some<Json>(
      [
        { patch: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {replicas: 9}\n' },
        {
          target: { kind: 'Deployment', name: 'a.*' },
          patch: '- {op: replace, path: /spec/replicas, value: 8}\n',
        },
        {
          target: { kind: 'Service' },
          patch: '$patch: delete\napiVersion: v1\nkind: Service\nmetadata: {name: x}\n',
        },
        { target: { kind: 'Nothing' }, patch: '- {op: add, path: /a, value: 1}' },
        { path: 'replicas.yaml' },
        {
          target: { kind: 'Deployment' },
          options: { allowNameChange: true },
          patch: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: renamed}\n',
        },
      ],
      0.3,
    ),
  )
  when(0.25, 'components', () =>
    random.some(['../components/a', '../components/b', '../components/none'], 0.5, true),
  )
  when(0.4, 'ignoreMissingComponents', () => true)
  when(0.1, 'kubeVersion', () => '1.30')
  return options
}

function directoryOptions(random: Random): Fields {
  const options: Fields = {}
  if (random.chance(0.6)) options['recurse'] = true
  if (random.chance(0.35))
    options['include'] = random.pick([
      '*.yaml',
      '{one.yaml,sub/*}',
      '**/*.yml',
      'sub/**',
      '*',
      '*.{yaml,json}',
      '[ot]*.yaml',
      '[!o]*',
      '?{ne,wo}.y*ml',
      '\\*.yaml',
      '{one,{two,three}}.*',
    ])
  if (random.chance(0.3))
    options['exclude'] = random.pick([
      '*.json',
      'sub/*',
      '{two.yml,notes.yaml}',
      '**/five.yaml',
      'sub/deep/*',
    ])
  if (random.chance(0.4))
    options['jsonnet'] = {
      extVars: [
        {
          name: 'ext',
          value: random.pick(['e', '$ARGOCD_APP_NAME', '1 + 1']),
          ...(random.chance(0.3) ? { code: true } : {}),
        },
      ],
      tlas: random.some<Json>(
        [
          { name: 'name', value: 'tla' },
          { name: 'size', value: '2 + 3', code: true },
        ],
        0.5,
      ),
      ...(random.chance(0.3)
        ? { libs: random.pick([['sonnet'], ['vals', 'sonnet'], ['/sonnet'], ['none']]) }
        : {}),
    }
  return options
}

/** `.argocd-source.yaml` files beside the first source. */
function overrides(random: Random, application: string, sources: readonly Fields[]): Files {
  const written = sources[0]?.['path']
  const path = typeof written === 'string' ? written : 'plain'
  const patch = (): string =>
    JSON.stringify(
      random.pick<Json>([
        { helm: { parameters: [{ name: 'extra.override', value: 'o' }] } },
        { helm: { valueFiles: null, releaseName: 'overridden' } },
        { kustomize: { images: ['nginx:over'], namePrefix: null } },
        { kustomize: { nameSuffix: '-over' } },
        { directory: { recurse: true }, path: 'elsewhere', targetRevision: 'other' },
        {},
      ]),
    )
  return {
    ...(random.chance(0.6) ? { [`${path}/.argocd-source.yaml`]: patch() } : {}),
    ...(random.chance(0.6) ? { [`${path}/.argocd-source-${application}.yaml`]: patch() } : {}),
  }
}
