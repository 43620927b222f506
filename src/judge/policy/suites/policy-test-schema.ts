import type { Schema } from '../../../config/schema.ts'
import { expectations } from './case.ts'

const patch: Schema = {
  type: 'array',
  description: 'JSON patch (RFC 6902) of it.',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['op', 'path'],
    properties: {
      op: { type: 'string', enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
      path: { type: 'string', description: 'JSON pointer, `/spec/replicas`.' },
      from: { type: 'string', description: 'JSON pointer, for `move` and `copy`.' },
      value: {
        type: ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'],
        additionalProperties: true,
        description: 'The new value.',
      },
    },
  },
}

const object = (description: string): Schema => ({
  type: ['string', 'object'],
  additionalProperties: true,
  description: `${description} A file, relative to the suite, or the object itself.`,
})

/** Schema of the suites in a set's `tests/`: one file for one policy. */
export const policyTestSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Cases of one policy, for `preadmit policy test`.',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'policy', 'cases'],
  properties: {
    apiVersion: { type: 'string', enum: ['preadmit.dev/v1alpha1'] },
    kind: { type: 'string', enum: ['PolicyTest'] },
    policy: { type: 'string', minLength: 1, description: 'Id of the policy.' },
    object: object('What cases without an object of their own start from.'),
    cases: {
      type: 'array',
      description: 'At least one that passes and one that fails.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'expect'],
        properties: {
          name: { type: 'string', minLength: 1, description: 'What is special about the case.' },
          object: object('The object that is written, or deleted.'),
          patch,
          oldObject: object('What it replaces: makes the write an update.'),
          oldPatch: patch,
          operation: {
            type: 'string',
            enum: ['CREATE', 'UPDATE', 'DELETE'],
            description: '`UPDATE` with an oldObject, else `CREATE`.',
          },
          namespace: object("The object's namespace, for its labels."),
          others: {
            type: 'array',
            default: [],
            description: 'What else the cluster holds.',
            items: object('An object.'),
          },
          user: {
            type: 'object',
            additionalProperties: false,
            required: ['name'],
            description: "Who writes; the GitOps controller's service account by default.",
            properties: {
              name: { type: 'string', minLength: 1 },
              groups: { type: 'array', default: [], items: { type: 'string', minLength: 1 } },
            },
          },
          kubernetes: {
            type: 'string',
            pattern: '^1\\.[0-9]{1,3}$',
            description: 'Kubernetes minor version, in quotes.',
          },
          expect: {
            type: 'string',
            enum: [...expectations],
            description:
              '`skip`: the policy does not match. `error`: it is broken. `not-evaluable`: only a cluster could tell.',
          },
          message: {
            type: 'string',
            minLength: 1,
            description: 'What a message of the policy holds; `*` stands for anything.',
          },
          count: { type: 'integer', minimum: 1, description: 'How many findings the policy has.' },
        },
      },
    },
  },
}
