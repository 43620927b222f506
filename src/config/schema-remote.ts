import type { Schema } from './schema.ts'

const variable = '^[A-Za-z_][A-Za-z0-9_]*$'

const credential: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['host'],
  properties: {
    host: {
      type: 'string',
      format: 'host-pattern',
      description: 'As under `allow`, without `*.`.',
      examples: ['ghcr.io/acme'],
    },
    username: { type: 'string', minLength: 1, description: 'User name, when it is no secret.' },
    usernameFrom: { type: 'string', pattern: variable, description: 'Variable that holds the user name.' },
    passwordFrom: {
      type: 'string',
      pattern: variable,
      description: 'Variable that holds the password.',
      examples: ['CHARTS_PASSWORD'],
    },
    tokenFrom: {
      type: 'string',
      pattern: variable,
      description: 'Variable that holds a token: sent as a bearer token, to git as a password.',
      examples: ['GITHUB_TOKEN'],
    },
  },
}

/** The key `remote`: what may be fetched (docs/remote-sources.md). */
export const remote: Schema = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description:
    'Charts, repositories, artifacts and files that may be fetched. Without `allow` nothing is (docs/remote-sources.md).',
  properties: {
    allow: {
      type: 'array',
      default: [],
      description:
        'Hosts over https; with a port, a path below which everything is allowed, or `*.` for subdomains. `http://` in front allows plain HTTP.',
      items: { type: 'string', format: 'host-pattern' },
      examples: [['charts.example.com', 'ghcr.io/acme', 'github.com/acme']],
    },
    private: {
      type: 'array',
      default: [],
      description: 'Hosts of `allow` whose names may lead to private addresses.',
      items: { type: 'string', format: 'host-pattern' },
      examples: [['charts.internal.example']],
    },
    credentials: {
      type: 'array',
      default: [],
      description: 'Secrets of hosts, as names of environment variables. A secret goes to its own host only.',
      items: credential,
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'What one fetch may take.',
      properties: {
        megabytes: {
          type: 'integer',
          minimum: 1,
          maximum: 500,
          default: 20,
          description: 'Size of an index, archive, layer or file.',
        },
        seconds: {
          type: 'integer',
          minimum: 1,
          maximum: 300,
          default: 30,
          description: 'Time of one request with its redirects.',
        },
      },
    },
  },
}
