import type { JsonObject } from '../../src/model/json.ts'
import { splitApiVersion, type RenderedObject } from '../../src/model/object.ts'
import type { RenderedPair, Rendering } from '../../src/model/rendering.ts'
import type { Target } from '../../src/model/target.ts'

/** A rendered object; its identity is read from it. */
export function rendered(object: JsonObject, file = 'app/manifests.yaml'): RenderedObject {
  const metadata = (object['metadata'] ?? {}) as { name?: string; namespace?: string }
  const apiVersion = object['apiVersion'] as string
  return {
    identity: {
      group: splitApiVersion(apiVersion).group,
      kind: object['kind'] as string,
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
    },
    apiVersion,
    object,
    origin: { file, document: 0 },
  }
}

export function target(id: string, more: Partial<Target> = {}): Target {
  return {
    id,
    kind: 'kustomize',
    name: id,
    path: id,
    sync: { prune: 'unknown', serverSide: false, automatic: 'unknown' },
    plan: { tool: 'manifests', files: [], rules: 'plain' },
    inputs: { files: [], directories: [] },
    ...more,
  }
}

export function rendering(id: string, objects: readonly JsonObject[], more: Partial<Target> = {}): Rendering {
  return {
    state: 'rendered',
    target: target(id, more),
    objects: objects.map((object) => rendered(object)),
    notChecked: [],
    warnings: [],
    read: [],
  }
}

/** A target on both sides; a side that is left out does not exist there. */
export function pair(
  id: string,
  base: readonly JsonObject[] | undefined,
  head: readonly JsonObject[] | undefined,
  more: Partial<Target> = {},
): RenderedPair {
  return {
    id,
    ...(base && { base: rendering(id, base, more) }),
    ...(head && { head: rendering(id, head, more) }),
  }
}

export const configMap = (name: string, data: JsonObject, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop', ...more },
  data,
})

export const secret = (name: string, data: Readonly<Record<string, string>>): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop' },
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
})

export const deployment = (name: string, pod: JsonObject, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop', ...more },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: pod },
  },
})
