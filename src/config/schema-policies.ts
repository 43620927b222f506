/** The parts of the configuration's schema that are about policies and exemptions. */
import type { Schema } from './schema.ts'

export const level: Schema = {
  type: 'string',
  enum: ['advisory', 'required', 'mandatory'],
}

/** Where something applies: globs, `!` in front excludes. */
export function appliesTo(description: string): Schema {
  const names = (what: string, example: readonly string[]): Schema => ({
    type: 'array',
    default: [],
    description: what,
    items: { type: 'string', format: 'name-pattern' },
    examples: [example],
  })
  return {
    type: 'object',
    additionalProperties: false,
    description,
    properties: {
      clusters: names('Names or globs of clusters; `!` in front excludes.', ['prod-*']),
      environments: names('Names or globs of environments.', ['production']),
      applications: names('Names, ids or globs of applications.', ['payments']),
      paths: {
        type: 'array',
        default: [],
        description: 'Directories or globs that hold the application or the file of the object.',
        items: { type: 'string', format: 'path-pattern' },
        examples: [['apps/**', '!apps/legacy']],
      },
      kinds: names('`group/Kind`, `group/*`, or `Kind` for the core group.', ['apps/Deployment']),
      namespaces: names('Names or globs of namespaces.', ['!kube-system']),
    },
  }
}

export const policySource: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    path: {
      type: 'string',
      format: 'repository-path',
      description:
        'Directory or file with native policies or a policyset.yaml: in the base commit, or inside `source`.',
      examples: ['policies'],
    },
    source: {
      type: 'string',
      pattern: '^(?:https?://|oci://).+$',
      description:
        'Where the set is published: a git repository or a registry. Which version is used stands in `.preadmit.policies.lock`. Plain `http://` is for hosts that `remote.allow` names so.',
      examples: ['oci://ghcr.io/acme/policies'],
    },
    version: {
      type: 'string',
      minLength: 1,
      description: 'Range that the locked version must be in; `preadmit policy lock` takes the newest in it.',
      examples: ['^1.2'],
    },
    set: {
      type: 'string',
      minLength: 1,
      description: 'Name of a set that the workflow gives: this entry tightens it, and cannot loosen it.',
      examples: ['acme/platform'],
    },
    level: {
      ...level,
      description:
        'For all of its policies. Raises freely; lowers plain native files only, with a `reason`. `mandatory` cannot be exempted.',
    },
    levels: {
      type: 'object',
      additionalProperties: level,
      description: 'The same by policy id.',
      examples: [{ 'acme/no-latest': 'mandatory' }],
    },
    reason: { type: 'string', minLength: 1, description: 'Why a level is lowered.' },
    owner: { type: 'string', minLength: 1, description: 'Who answers for these policies.' },
    parameters: {
      type: 'object',
      additionalProperties: true,
      description: "Values of the set's parameters.",
      examples: [{ minReplicas: 3 }],
    },
    appliesTo: appliesTo('Restricts where these policies apply.'),
  },
}

export const exemptions: Schema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'Exemptions from policies, with an owner, a reason and an end.',
  properties: {
    files: {
      type: 'array',
      default: [],
      description: 'Files or directories in the base commit that hold exemptions.',
      items: { type: 'string', format: 'repository-path' },
      examples: [['exemptions.yaml']],
    },
    warnDays: {
      type: 'integer',
      minimum: 0,
      default: 14,
      description: 'Days before its end from which an exemption is told.',
    },
    maxDays: {
      type: 'integer',
      minimum: 1,
      default: 365,
      description: 'Longest time from creation to end where the policy names no `maxExemptionDays`.',
    },
    podSecurityNamespaces: {
      type: 'array',
      default: [],
      description:
        "Namespaces that the API server's own Pod Security configuration exempts; findings there are counted as exempt.",
      items: { type: 'string', format: 'name-glob' },
      examples: [['kube-system']],
    },
  },
}

export const trust: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['source', 'allowedSigners'],
  properties: {
    source: {
      type: 'string',
      pattern: '^(?:https?://|oci://).+$',
      description: 'As in `policies[].source`.',
      examples: ['https://github.com/acme/policies'],
    },
    allowedSigners: {
      type: 'string',
      format: 'repository-path',
      description:
        "File in the base commit in ssh-keygen's ALLOWED SIGNERS format: who may sign tags and commits.",
      examples: ['.preadmit/allowed_signers'],
    },
    principals: {
      type: 'array',
      default: [],
      description: 'Principals of that file that may sign; all of them when empty.',
      items: { type: 'string', minLength: 1 },
    },
  },
}
