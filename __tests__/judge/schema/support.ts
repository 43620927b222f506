import { loadSchemas } from '../../../src/judge/schema/artefact.ts'
import { readCustomResources } from '../../../src/judge/schema/custom.ts'
import { checkSchema, type SchemaOutcome } from '../../../src/judge/schema/schema.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'

/** The artefact as it ships; `npm run build:schemas` writes it. */
export const schemas = await loadSchemas(new URL('../../../dist/', import.meta.url))

export function check(
  object: JsonObject,
  kubernetes = '1.37',
  definitions: readonly JsonObject[] = [],
): SchemaOutcome {
  return checkSchema(object, { schemas, kubernetes, customResources: readCustomResources(definitions) })
}

/** Findings as lines: `path: message`, warnings marked; anything else as its status. */
export function lines(outcome: SchemaOutcome): string[] {
  if (outcome.status === 'valid') return []
  if (outcome.status !== 'findings') return [`${outcome.status}: ${outcome.message}`]
  return outcome.findings.map(
    ({ level, path, message }) => `${level === 'warning' ? 'warning ' : ''}${path}: ${message}`,
  )
}

/** A Deployment with one container, changed. */
export function deployment(
  spec: JsonObject = {},
  container: JsonObject = {},
  pod: JsonObject = {},
): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'shop' },
    spec: {
      selector: { matchLabels: { app: 'api' } },
      template: {
        metadata: { labels: { app: 'api' } },
        spec: { containers: [{ name: 'api', image: 'api:1', ...container }], ...pod },
      },
      ...spec,
    },
  }
}

export function object(apiVersion: string, kind: string, rest: JsonObject = {}): JsonObject {
  return { apiVersion, kind, metadata: { name: 'one' }, ...rest }
}

/** A CustomResourceDefinition of example.com/v1 Widget whose `spec` has the given schema. */
export function widgetDefinition(spec: Json, rest: JsonObject = {}, version: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec }, ...rest } },
          ...version,
        },
      ],
    },
  }
}

export function widget(spec: Json, rest: JsonObject = {}): JsonObject {
  return object('example.com/v1', 'Widget', { spec, ...rest })
}
