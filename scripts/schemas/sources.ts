/**
 * Where the OpenAPI v3 documents of each Kubernetes minor come from. Go is used for one thing: to download modules and
 * to check them against the checksum database; nothing is compiled and nothing of the modules is run.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { downloadModule, type PinnedModule } from './module.ts'

/** An OpenAPI document of one group-version, as far as this script reads it. */
export interface OpenApiDocument {
  paths?: Record<string, Record<string, OpenApiOperation | undefined>>
  components?: { schemas?: Record<string, OpenApiSchema> }
}
export interface OpenApiOperation {
  requestBody?: { content?: Record<string, { schema?: OpenApiSchema } | undefined> }
}
export interface OpenApiSchema {
  $ref?: string
  type?: string
  format?: string
  properties?: Record<string, OpenApiSchema>
  required?: string[]
  items?: OpenApiSchema
  additionalProperties?: OpenApiSchema | boolean
  allOf?: OpenApiSchema[]
  oneOf?: OpenApiSchema[]
  'x-kubernetes-list-type'?: string
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: string
  'x-kubernetes-patch-strategy'?: string
  'x-kubernetes-patch-merge-key'?: string
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[]
}

export interface MinorSource {
  /** `1.37` */
  minor: string
  /** Group-version documents, sorted by path. */
  documents: OpenApiDocument[]
}

interface ModuleSource extends PinnedModule {
  minors: readonly string[]
  /** Directory of a minor's documents inside the module. */
  directory: (minor: string) => string
  accepts: (path: string) => boolean
}

/**
 * kubectl-validate keeps the specifications of the minors whose own modules are no longer needed; the two newest come
 * from Kubernetes itself (`api/openapi-spec/v3`, the files that its own tests hold equal to the running server).
 */
const modules: readonly ModuleSource[] = [
  {
    module: 'sigs.k8s.io/kubectl-validate',
    version: 'v0.0.5-0.20260105161640-a97ccfaca20b',
    sum: 'h1:mWwviU3aRHOXhNhVCe4GSYRrr8wGaBrWTg83ZQ4VDtg=',
    minors: [
      '1.23',
      '1.24',
      '1.25',
      '1.26',
      '1.27',
      '1.28',
      '1.29',
      '1.30',
      '1.31',
      '1.32',
      '1.33',
      '1.34',
      '1.35',
    ],
    directory: (minor) => `pkg/openapiclient/builtins/${minor}`,
    accepts: (path) => path.endsWith('.json'),
  },
  {
    module: 'k8s.io/kubernetes',
    version: 'v1.36.3',
    sum: 'h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=',
    minors: ['1.36'],
    directory: () => 'api/openapi-spec/v3',
    accepts: isGroupVersionFile,
  },
  {
    module: 'k8s.io/kubernetes',
    version: 'v1.37.2',
    sum: 'h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE=',
    minors: ['1.37'],
    directory: () => 'api/openapi-spec/v3',
    accepts: isGroupVersionFile,
  },
]

/** Kubernetes keeps documents of groups (`apis__apps_openapi.json`) and of non-resources beside those we want. */
function isGroupVersionFile(path: string): boolean {
  return /^(?:api|apis__[^_]+)__v\d\w*_openapi\.json$/.test(path)
}

/** Modules and versions of all sources, for the artefact's header. */
export const sourceNames = modules.map(({ module, version }) => `${module}@${version}`)

/**
 * Downloads (or finds in Go's module cache) every source and yields its minors from oldest to newest.
 * @throws when a module's checksum differs from the pinned one.
 */
export function* readSources(): Generator<MinorSource> {
  for (const source of modules) {
    const root = downloadModule(source)
    for (const minor of source.minors) {
      const directory = join(root, source.directory(minor))
      const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .filter(source.accepts)
        .sort()
      yield {
        minor,
        documents: files.map(
          (file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as OpenApiDocument,
        ),
      }
    }
  }
}
