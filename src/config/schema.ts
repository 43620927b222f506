/**
 * The schema of `.preadmit.yaml`: the one source of its names, defaults and meanings. Validation, the published
 * docs/configuration.schema.json and the table in the README are made of it.
 */

import { exemptions, policySource, trust } from './schema-policies.ts'
import { remote } from './schema-remote.ts'

/** A clause that says what a string must look like, by the pattern that checks it. */
export const patternMeanings: Readonly<Record<string, string>> = {
  '^1\\.[0-9]{1,3}$': 'must be a minor version in quotes, such as "1.37" (no v, no patch)',
  '^(latest|v1\\.[0-9]{1,3})$': 'must be latest or a minor version with v, such as v1.37',
  '^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$':
    'must be 1 to 63 letters, digits, dots, dashes and underscores, first and last a letter or digit',
  '^(?:[A-Za-z0-9.-]+/)?(?:[A-Za-z0-9]+|\\*)$': 'must be group/Kind, group/* or, for the core group, Kind',
  '^[A-Za-z_][A-Za-z0-9_]*$': 'must be the name of an environment variable, never a secret itself',
  '^(?:[a-z0-9.-]+/)?v[0-9][a-z0-9]*(?:/[A-Za-z0-9]+)?$':
    'must be group/version or group/version/Kind, such as monitoring.coreos.com/v1',
  '^[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*$':
    'must be letters, digits, dots, dashes and underscores, in parts with slashes between them, such as acme/replicas',
  '^[0-9]+\\.[0-9]+\\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$': 'must be a version such as 1.3.0, without v',
  '^(?:/[^/]+)+$': 'must be a JSON pointer, such as /data/minReplicas',
  '^https://.+$': 'must start with https://',
  '^sha256:[0-9a-f]{64}$': 'must be sha256: and 64 hexadecimal digits, as `preadmit exempt --pin` writes it',
  '^(?:https?://|oci://).+$': 'must start with https:// (a git repository) or oci:// (a registry)',
}

/** Formats that ajv checks with functions of ours (validate.ts); editors ignore formats that they do not know. */
export type Format =
  | 'path-glob'
  | 'name-glob'
  | 'repository-path'
  | 'schema-location'
  /** Globs that may start with `!`. */
  | 'path-pattern'
  | 'name-pattern'
  | 'date'
  | 'host-pattern'

/** What this room uses of JSON Schema, draft 7. */
export interface Schema {
  readonly $schema?: string
  readonly title?: string
  readonly description?: string
  readonly type: SchemaType | readonly SchemaType[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly enum?: readonly (string | null)[]
  readonly pattern?: string
  readonly format?: Format
  readonly minLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly default?: unknown
  readonly examples?: readonly unknown[]
}
export type SchemaType = 'object' | 'array' | 'string' | 'boolean' | 'integer' | 'number' | 'null'

const minor = '^1\\.[0-9]{1,3}$'
const name = '^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$'

const text: Schema = { type: 'string' }

const cluster: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string', pattern: name, description: 'Name in reports and target ids.' },
    kubernetes: {
      type: 'string',
      pattern: minor,
      description: 'Kubernetes minor version of this cluster, in quotes.',
      examples: ['1.36'],
    },
    environment: {
      type: 'string',
      pattern: name,
      description: 'Environment that it belongs to: the columns of the report.',
      examples: ['staging'],
    },
    paths: {
      type: 'array',
      default: [],
      description: 'Directories or globs whose targets belong to this cluster.',
      items: { type: 'string', format: 'path-glob' },
      examples: [['clusters/staging']],
    },
    destinations: {
      type: 'array',
      default: [],
      description: 'Argo CD destination servers or names that mean this cluster.',
      items: { type: 'string', minLength: 1 },
      examples: [['https://kubernetes.default.svc']],
    },
    apiVersions: {
      type: 'array',
      default: [],
      description: "APIs beyond Kubernetes' own that charts see in `.Capabilities.APIVersions`.",
      items: { type: 'string', pattern: '^(?:[a-z0-9.-]+/)?v[0-9][a-z0-9]*(?:/[A-Za-z0-9]+)?$' },
      examples: [['monitoring.coreos.com/v1']],
    },
    labels: {
      type: 'object',
      additionalProperties: text,
      description: 'Labels of its Argo CD cluster Secret: `clusters` generators select by them.',
      examples: [{ region: 'eu' }],
    },
    annotations: {
      type: 'object',
      additionalProperties: text,
      description: 'Annotations of its Argo CD cluster Secret, for `clusters` generators.',
    },
    project: {
      type: 'string',
      minLength: 1,
      description: 'AppProject of its Argo CD cluster Secret, when it has one.',
    },
  },
}

/** What a generator of an ApplicationSet would answer, which only a service or a cluster knows. */
const input: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['applicationSet', 'generator', 'parameters'],
  properties: {
    applicationSet: {
      type: 'string',
      minLength: 1,
      description: 'Name of the ApplicationSet, with its namespace where names repeat.',
      examples: ['argocd/previews'],
    },
    generator: {
      type: 'string',
      enum: ['scmProvider', 'pullRequest', 'plugin', 'clusterDecisionResource'],
      description: 'Generator that these parameters stand in for.',
    },
    parameters: {
      type: 'array',
      description: 'One entry for each set of parameters that the generator gives.',
      items: { type: 'object', additionalProperties: true },
      examples: [[{ number: '42', branch: 'feature' }]],
    },
  },
}

const webhook: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['kind', 'path', 'reason'],
  properties: {
    kind: {
      type: 'string',
      pattern: '^(?:[A-Za-z0-9.-]+/)?(?:[A-Za-z0-9]+|\\*)$',
      description: 'Kind that the webhook changes.',
      examples: ['apps/Deployment'],
    },
    path: {
      type: 'string',
      minLength: 1,
      description: 'Field that it repairs, with everything below it; entries of lists as `[*]`.',
      examples: ['spec.template.spec.containers[*].volumeMounts'],
    },
    reason: {
      type: 'string',
      minLength: 1,
      description: 'Which webhook it is and what it does.',
      examples: ['the Vault agent injector adds the volume'],
    },
  },
}

const podSecurityLevel = ['privileged', 'baseline', 'restricted', null] as const

export const configurationSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title:
    'Configuration of preadmit: .preadmit.yaml at the root of the repository, read from the base commit.',
  type: 'object',
  additionalProperties: false,
  properties: {
    kubernetes: {
      type: 'string',
      pattern: minor,
      // The newest minor that the admission engine embeds.
      default: '1.37',
      description: 'Kubernetes minor version for everything that no cluster below claims, in quotes.',
    },
    clusters: {
      type: 'array',
      default: [],
      description: 'What is known of each cluster.',
      items: cluster,
    },
    inputs: {
      type: 'array',
      default: [],
      description:
        'Parameters that only a service or a cluster knows, for ApplicationSets whose generators ask them.',
      items: input,
    },
    production: {
      type: 'array',
      default: ['{prod,prd,production,live}', '{prod,prd,production,live}-*', '*-{prod,prd,production,live}'],
      description: 'Names or globs of environments and clusters that count as production.',
      items: { type: 'string', format: 'name-glob' },
    },
    repositories: {
      type: 'array',
      default: [],
      description:
        'URLs under which GitOps definitions name this repository, besides those that are recognised by themselves.',
      items: { type: 'string', minLength: 1 },
      examples: [['https://git.example.com/acme/fleet']],
    },
    artifacts: {
      type: 'array',
      default: [],
      description:
        'Artifacts that are made of a folder of this repository (flux push artifact --path), by the URL of the OCIRepository that reads them. Those that a workflow of the repository pushes are found by themselves.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['url', 'path'],
        properties: {
          url: {
            type: 'string',
            minLength: 1,
            description: 'URL of the artifact, without a tag.',
          },
          path: { type: 'string', minLength: 1, description: 'Folder of this repository.' },
        },
      },
      examples: [[{ url: 'oci://ghcr.io/acme/manifests/fleet', path: 'kubernetes' }]],
    },
    exclude: {
      type: 'array',
      default: [],
      description: 'Paths or globs that discovery leaves alone. The report counts what was left out.',
      items: { type: 'string', format: 'path-glob' },
      examples: [['scaffolding', '**/testdata']],
    },
    argocd: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'How Argo CD is installed.',
      properties: {
        namespaces: {
          type: 'array',
          // The installation manifests, the older chart's habit, and OpenShift GitOps.
          default: ['argocd', 'argo-cd', 'openshift-gitops'],
          description:
            'Namespaces in which Argo CD itself runs: Applications elsewhere carry their namespace in their name.',
          items: { type: 'string', minLength: 1 },
        },
      },
    },
    kustomize: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'How kustomize is called by whatever deploys this repository.',
      properties: {
        enableHelm: {
          type: 'boolean',
          default: false,
          description: 'As `--enable-helm`: charts in kustomizations are rendered.',
        },
        loadRestrictions: {
          type: 'string',
          enum: ['root', 'none'],
          default: 'root',
          description:
            'As `--load-restrictor`: `none` lets a kustomization read files from anywhere in the repository.',
        },
      },
    },
    policies: {
      type: 'array',
      default: [],
      description:
        'Policies: directories of native files, and policy sets from the repository, from git or from a registry.',
      items: policySource,
    },
    exemptions,
    trust: {
      type: 'array',
      default: [],
      description:
        'Who may sign policy sets: a set of a source named here is refused without a valid signature.',
      items: trust,
    },
    podSecurity: {
      type: ['object', 'null'],
      additionalProperties: false,
      default: null,
      description:
        'Pod Security Standards for namespaces whose labels say nothing. `null` checks labelled namespaces only.',
      properties: {
        enforce: {
          type: ['string', 'null'],
          enum: podSecurityLevel,
          default: null,
          description: 'Level that fails the check.',
        },
        warn: {
          type: ['string', 'null'],
          enum: podSecurityLevel,
          default: null,
          description: 'Level that is only told.',
        },
        version: {
          type: 'string',
          pattern: '^(latest|v1\\.[0-9]{1,3})$',
          default: 'latest',
          description: 'Version of the standards.',
        },
      },
    },
    schemas: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'JSON Schemas besides those of Kubernetes and of the CRDs in the repository.',
      properties: {
        locations: {
          type: 'array',
          default: [],
          description: "Paths in the base commit, in kubeconform's template syntax.",
          items: { type: 'string', format: 'schema-location' },
          examples: [['schemas/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json']],
        },
        skip: {
          type: 'array',
          default: [],
          description:
            'Kinds that are left unchecked without being reported as unknown: `group/Kind`, `group/*`, or one version of them, `group/version/Kind`.',
          items: { type: 'string', pattern: '^(?:[A-Za-z0-9.-]+/){0,2}(?:[A-Za-z0-9]+|\\*)$' },
          examples: [['acme.example/*']],
        },
        crds: {
          type: 'array',
          default: [],
          description:
            'Files or directories in the base commit with CustomResourceDefinitions that something else installs. They win over other files of the repository, and what a target renders wins over them.',
          items: { type: 'string', format: 'repository-path' },
          examples: [['vendor/crds']],
        },
      },
    },
    remote,
    webhooks: {
      type: 'array',
      default: [],
      description:
        'Fields that a mutating webhook of the cluster repairs before the API server validates them: what it says of them is left out and counted in the report.',
      items: webhook,
    },
    gate: {
      type: 'string',
      enum: ['new', 'changed', 'all'],
      default: 'new',
      description:
        'What fails the check: violations that the change introduces, any violation of a changed object, or every one.',
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'What a run may take.',
      properties: {
        minutes: {
          type: 'integer',
          minimum: 1,
          maximum: 300,
          default: 9,
          description:
            'Time after which the report says what it has, and that the rest could not be checked.',
        },
        renderSeconds: {
          type: 'integer',
          minimum: 1,
          maximum: 600,
          default: 30,
          description:
            'Time that rendering one application may take on one side: of the processor where Node tells it (24.6), and by the clock never more than three times as long.',
        },
      },
    },
    incomplete: {
      type: 'string',
      enum: ['fail', 'notice'],
      default: 'fail',
      description:
        'What "could not check" on something that the change touches does: exit status 2, or a notice.',
    },
    comment: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'The comment on the pull request.',
      properties: {
        name: {
          type: 'string',
          pattern: name,
          default: 'preadmit',
          description: 'Tells comments apart when several runs comment on one pull request.',
        },
      },
    },
  },
}
