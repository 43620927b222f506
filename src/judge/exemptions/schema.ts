/**
 * The schema of exemption files: the one source of its names and meanings. Validation and the published
 * docs/exemptions.schema.json are made of it.
 */
import type { Schema } from '../../config/schema.ts'

const names = (description: string, example: readonly string[]): Schema => ({
  type: 'array',
  items: { type: 'string', format: 'name-glob' },
  description,
  examples: [example],
})

const match: Schema = {
  type: 'object',
  additionalProperties: false,
  description: 'Which objects: every field that is there must fit.',
  properties: {
    kinds: names('`group/Kind`, `group/*`, or `Kind` for the core group.', ['apps/Deployment']),
    namespaces: names('Names or globs of namespaces; they fit no object without one.', ['legacy']),
    names: names('Names or globs of objects.', ['importer-*']),
    labels: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Labels that the object had at base: a pull request cannot label itself exempt.',
    },
    applications: names('Names, ids or globs of applications.', ['payments']),
    clusters: names('Names or globs of clusters.', ['dev-*']),
    environments: names('Names or globs of environments.', ['dev']),
    paths: {
      type: 'array',
      items: { type: 'string', format: 'path-glob' },
      description: 'Directories or globs that hold the application or the file of the object.',
      examples: [['apps/legacy']],
    },
  },
}

const exemption: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'policies', 'match', 'reason', 'requestedBy', 'approvedBy', 'created', 'expires'],
  properties: {
    id: {
      type: 'string',
      pattern: '^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$',
      description: 'Name of the exemption in reports.',
      examples: ['legacy-importer'],
    },
    policies: {
      type: 'array',
      description: 'Ids of policies, or globs of them.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id'],
        properties: {
          id: { type: 'string', format: 'name-glob', examples: ['acme/memory-limit'] },
          validations: {
            type: 'array',
            items: { type: 'string', minLength: 1 },
            description: 'Validations or rules of the policy, as the report names them; all when absent.',
          },
        },
      },
    },
    match,
    element: {
      type: 'string',
      minLength: 1,
      description: 'Part of the object, as the report names it.',
      examples: ['containers[name=importer]'],
    },
    reason: { type: 'string', minLength: 1, description: 'Why it is needed.' },
    ticket: { type: 'string', minLength: 1, examples: ['OPS-412'] },
    requestedBy: { type: 'string', minLength: 1, description: 'Who needs it: its owner.' },
    approvedBy: { type: 'string', minLength: 1, description: 'Who answers for it.' },
    created: { type: 'string', format: 'date', examples: ['2026-11-01'] },
    expires: {
      type: 'string',
      format: 'date',
      description: 'First day on which it does not hold any more.',
      examples: ['2027-01-31'],
    },
    pinnedTo: {
      type: 'string',
      pattern: '^sha256:[0-9a-f]{64}$',
      description: 'Hash of the rendered object: any change of it ends the exemption.',
    },
  },
}

export const exemptionsSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Exemptions of preadmit: a file that `exemptions.files` of the configuration names.',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'exemptions'],
  properties: {
    apiVersion: { type: 'string', enum: ['preadmit.dev/v1alpha1'] },
    kind: { type: 'string', enum: ['Exemptions'] },
    exemptions: { type: 'array', items: exemption },
  },
}

/** The text of docs/exemptions.schema.json. */
export function exemptionsSchemaText(): string {
  return `${JSON.stringify(exemptionsSchema, null, 2)}\n`
}
