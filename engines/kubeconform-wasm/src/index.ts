/**
 * kubeconform's library in WebAssembly: documents in, verdicts out, no process, no network. See README.md.
 */
import { createEngines } from '../../../src/engine/pool.ts'
import type { KubeconformResult } from '../../../src/engine/api.ts'
import type { EngineMiss } from '../../../src/engine/engines.ts'
import type { Tree } from '../../../src/model/tree.ts'
import { directoryTree } from '../../../src/source/directory-tree.ts'
import { memoryTree } from '../../../src/source/memory-tree.ts'

/** A file's content: one or more YAML documents, or JSON. */
export type Document = string | Uint8Array | { readonly name: string; readonly content: string | Uint8Array }

/** Options of kubeconform's command line, by their names there. */
export interface ValidateOptions {
  /** `-kubernetes-version`: what `{{.NormalizedKubernetesVersion}}` becomes; `master` unless told. */
  readonly kubernetesVersion?: string
  /**
   * `-schema-location`, asked in order: a template that ends in `json`, or a directory laid out as
   * kubernetes-json-schema. Paths are relative to {@link schemas}. `default` and URLs are never fetched: see `misses`.
   */
  readonly schemaLocations: readonly string[]
  /** Where schema locations are read: a directory (the working directory unless told), or texts by path. */
  readonly schemas?: string | URL | Readonly<Record<string, string>>
  /** `-strict`: duplicate keys are errors, and `{{.StrictSuffix}}` is `-strict`. */
  readonly strict?: boolean
  /** `-skip`: kinds, or `group/version/Kind`. */
  readonly skip?: readonly string[]
  /** `-reject`: kinds, or `group/version/Kind`. */
  readonly reject?: readonly string[]
  /** `-ignore-missing-schemas`: resources without a schema are skipped instead of errors. */
  readonly ignoreMissingSchemas?: boolean
}

export interface ValidateResult extends KubeconformResult {
  /** Schemas that were asked for by URL and are not in reach: their resources were not validated. */
  readonly misses: readonly EngineMiss[]
}

/** The engine could not answer: a bad option, a limit (`timeout`, `memory`), a trap. */
export class KubeconformError extends Error {
  override readonly name = 'KubeconformError'
  /** Code of docs/engine-abi.md or of the host. */
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export interface Kubeconform {
  /** @throws KubeconformError; invalid resources are results, not errors */
  validate(documents: Iterable<Document>, options: ValidateOptions): Promise<ValidateResult>
  /** Ends the worker; the process could not end before. */
  close(): Promise<void>
}

/** Where the engine stands beside the published bundle (scripts/pack-kubeconform.ts); not there in this repository. */
declare const KUBECONFORM_ENGINES: string | undefined

const engineDirectory = new URL(
  typeof KUBECONFORM_ENGINES === 'string' ? KUBECONFORM_ENGINES : '../../../dist/engines/',
  import.meta.url,
)

/**
 * Opens the engine for many calls. The first call loads it (about 0.1 s).
 * @param directory `dist/engines/` of this package, for those who moved it
 */
export function openKubeconform(directory: URL = engineDirectory): Kubeconform {
  const engines = createEngines({ directory, cores: 1 })
  return {
    async validate(documents, options) {
      const named = [...documents].map(nameDocument)
      const answer = await engines.kubeconform.validate(
        named,
        {
          kubernetesVersion: options.kubernetesVersion ?? 'master',
          schemaLocations: [...options.schemaLocations],
          strict: options.strict ?? false,
          skip: [...(options.skip ?? [])],
          reject: [...(options.reject ?? [])],
          ignoreMissingSchemas: options.ignoreMissingSchemas ?? false,
        },
        {
          tree: await schemaTree(options.schemas ?? '.'),
          declared: { files: [], directories: [] },
          label: 'kubeconform',
        },
      )
      if (!answer.ok) throw new KubeconformError(answer.error.code, answer.error.message)
      return { ...answer.result, misses: answer.misses }
    },
    close: () => engines.close(),
  }
}

/** One call with an engine of its own. For many calls, {@link openKubeconform} loads it once. */
export async function validate(
  documents: Iterable<Document>,
  options: ValidateOptions,
): Promise<ValidateResult> {
  const kubeconform = openKubeconform()
  try {
    return await kubeconform.validate(documents, options)
  } finally {
    await kubeconform.close()
  }
}

function nameDocument(document: Document, index: number): { name: string; content: string | Uint8Array } {
  if (typeof document === 'string' || document instanceof Uint8Array)
    return { name: `document ${index}`, content: document }
  return { name: document.name, content: document.content }
}

async function schemaTree(schemas: NonNullable<ValidateOptions['schemas']>): Promise<Tree> {
  if (typeof schemas === 'string' || schemas instanceof URL) return directoryTree(schemas, 'schemas')
  return memoryTree(schemas)
}
