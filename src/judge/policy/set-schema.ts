/**
 * The schema of policyset.yaml: the one source of its names and meanings. Validation and the published
 * docs/policyset.schema.json are made of it.
 */
import { appliesTo, level } from '../../config/schema-policies.ts'
import type { Schema } from '../../config/schema.ts'

const scalar: Schema['type'] = ['string', 'integer', 'number', 'boolean']

/** One parameter: the part of JSON Schema whose check takes time that the value alone decides. */
const parameter: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'default'],
  properties: {
    type: { type: 'string', enum: ['string', 'integer', 'number', 'boolean', 'array', 'object'] },
    title: { type: 'string' },
    description: { type: 'string', description: 'What it means, for people who set it.' },
    default: {
      type: ['string', 'integer', 'number', 'boolean', 'array', 'object', 'null'],
      description: 'Value where the configuration gives none.',
    },
    enum: { type: 'array', items: { type: scalar } },
    minimum: { type: 'number' },
    maximum: { type: 'number' },
    minLength: { type: 'integer', minimum: 0 },
    maxLength: { type: 'integer', minimum: 0 },
    minItems: { type: 'integer', minimum: 0 },
    maxItems: { type: 'integer', minimum: 0 },
    uniqueItems: { type: 'boolean' },
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['type'],
      properties: {
        type: { type: 'string', enum: ['string', 'integer', 'number', 'boolean', 'object'] },
        enum: { type: 'array', items: { type: scalar } },
      },
    },
    tighten: {
      type: 'string',
      enum: ['higher', 'lower', 'subset', 'superset', 'never'],
      description:
        'Which values a repository may choose against the default: higher or lower numbers (true is higher than false), fewer or more entries of a list, or none. Without it any valid value, and none in a set that the workflow gives.',
    },
    bind: {
      type: 'array',
      default: [],
      description:
        'Where its value goes: fields of parameter objects, constraints and data files of this set.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['object', 'path'],
        properties: {
          object: {
            type: 'string',
            format: 'repository-path',
            description: 'File of the set; its only document, or the one with `name`.',
            examples: ['params/replicas.yaml'],
          },
          name: {
            type: 'string',
            description: '`metadata.name` of the document where the file holds several.',
          },
          path: {
            type: 'string',
            pattern: '^(?:/[^/]+)+$',
            description: 'JSON pointer of the field. It must be there already.',
            examples: ['/data/minReplicas'],
          },
        },
      },
    },
  },
}

const policy: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*$',
      description:
        'Stable id, `team/policy-name`: findings and exemptions name it, whatever its file is called.',
      examples: ['acme/memory-limit'],
    },
    path: {
      type: 'string',
      format: 'repository-path',
      description: 'File or directory of the set with the native policy, unmodified.',
      examples: ['policies/memory-limit.yaml'],
    },
    name: {
      type: 'string',
      description: 'Which policy is meant where the file holds several: its `metadata.name`.',
    },
    combine: {
      type: 'boolean',
      description:
        'Rego only: one input with all objects of an application, as `conftest test --combine` makes it, a list of `path` and `contents`.',
    },
    podSecurity: {
      type: 'object',
      additionalProperties: false,
      required: ['level'],
      description: 'A Pod Security Standard instead of a file.',
      properties: {
        level: { type: 'string', enum: ['privileged', 'baseline', 'restricted'] },
        version: { type: 'string', pattern: '^(latest|v1\\.[0-9]{1,3})$', default: 'latest' },
      },
    },
    title: { type: 'string', description: 'One sentence: what it asks for.' },
    severity: {
      type: 'string',
      enum: ['info', 'low', 'medium', 'high', 'critical'],
      description: 'Orders and filters; decides nothing.',
    },
    level: { ...level, description: 'Raises what the native file asks for; lowers it only with a `reason`.' },
    reason: {
      type: 'string',
      minLength: 1,
      description: 'Why the level is lower than the native file asks for.',
    },
    docs: { type: 'string', pattern: '^https://.+$', description: 'Page that explains it.' },
    remediation: { type: 'string', description: 'One sentence: what to do about a violation.' },
    owner: { type: 'string', minLength: 1, description: 'Who answers for it.' },
    exemptable: { type: 'boolean', description: 'False: no exemption applies.' },
    maxExemptionDays: {
      type: 'integer',
      minimum: 1,
      description: "Longest time from an exemption's creation to its end.",
    },
    effectiveFrom: {
      type: 'string',
      format: 'date',
      description: 'Before this day it is advisory, so that a rule can be shipped ahead.',
    },
    deprecatedBy: { type: 'string', minLength: 1, description: 'Id of the policy that takes its place.' },
    appliesTo: appliesTo('Restricts where it applies, within that of the set.'),
  },
}

export const policySetSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Policy set of preadmit: policyset.yaml beside native policy files.',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'name', 'version', 'policies'],
  properties: {
    apiVersion: { type: 'string', enum: ['preadmit.dev/v1alpha1'] },
    kind: { type: 'string', enum: ['PolicySet'] },
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*$',
      description: 'Name of the set.',
      examples: ['acme/platform'],
    },
    version: {
      type: 'string',
      pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$',
      description: 'Semantic version; the tag that it is published under names the same, with or without v.',
      examples: ['1.3.0'],
    },
    description: { type: 'string' },
    docs: { type: 'string', pattern: '^https://.+$', description: 'Page that explains the set.' },
    owners: {
      type: 'array',
      default: [],
      description: 'Who answers for it; the first one stands on findings.',
      items: { type: 'string', minLength: 1 },
    },
    compat: {
      type: 'object',
      additionalProperties: false,
      description:
        'What it was tested with. Outside of `preadmit` it is refused, outside of `kubernetes` that is said.',
      properties: {
        preadmit: { type: 'string', minLength: 1, examples: ['>=0.1.0'] },
        kubernetes: { type: 'string', minLength: 1, examples: ['>=1.30'] },
      },
    },
    parameters: {
      type: 'object',
      additionalProperties: false,
      description: 'What a repository may choose, as JSON Schema with defaults.',
      properties: {
        type: { type: 'string', enum: ['object'] },
        properties: { type: 'object', additionalProperties: parameter },
      },
    },
    notAfter: {
      type: 'string',
      format: 'date',
      description: 'From this day on it is refused: whoever still pins it takes a newer version.',
    },
    appliesTo: appliesTo('Restricts where its policies apply.'),
    policies: { type: 'array', items: policy },
  },
}

/** The text of docs/policyset.schema.json. */
export function policySetSchemaText(): string {
  return `${JSON.stringify(policySetSchema, null, 2)}\n`
}
