/**
 * What dist/schemas.js holds, as types, and the questions that rooms ask of it: which kinds a Kubernetes minor serves,
 * where a kind came and went, and how lists are merged. Built by scripts/build-schemas.ts.
 */
import type { JsonObject } from '../../model/json.ts'

/** A schema in the dialect of the artefact: JSON Schema cut down to what Kubernetes' own types need. */
export interface SchemaDefinition {
  /** Position of another definition, as a decimal number; beside it stand only the merge annotations. */
  readonly $ref?: string
  /** Absent: any value. `quantity`: string or number; `int-or-string`: integer or string. Null is always admitted. */
  readonly type?:
    'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'quantity' | 'int-or-string'
  readonly format?: 'int32'
  /** With properties an object is closed; without it is a map of `additionalProperties`, or open. */
  readonly properties?: Readonly<Record<string, SchemaDefinition>>
  readonly required?: readonly string[]
  readonly additionalProperties?: SchemaDefinition
  readonly items?: SchemaDefinition
  /** `x-kubernetes-list-type` when it is not atomic. */
  readonly listType?: 'map' | 'set'
  /** `x-kubernetes-list-map-keys`: what names an element for server-side apply. */
  readonly listKeys?: readonly string[]
  /** `x-kubernetes-patch-merge-key` of lists with the merge strategy: what names an element for client-side apply. */
  readonly mergeKey?: string
}

export interface KindEntry {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** First and last minor (positions in {@link Catalogue.minors}) and the definition that they share; oldest first. */
  readonly definitions: readonly (readonly [first: number, last: number, definition: number])[]
}

export interface Catalogue {
  /** Modules that the schemas were made of, `module@version`. */
  readonly sources: readonly string[]
  /** Embedded minors, oldest first: `1.23` … `1.37`. */
  readonly minors: readonly string[]
  /** Definition of ObjectMeta, for the metadata of custom resources. */
  readonly metadata: number
  readonly kinds: readonly KindEntry[]
  readonly definitions: readonly SchemaDefinition[]
}

/** A group, version and kind. The core group is the empty string. */
export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** One mistake as ajv reports it with `messages: false`. */
export interface ValidationError {
  /** JSON pointer (RFC 6901) into the instance. */
  readonly instancePath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
}

/** A definition of the tools that carry out a repository, as their own release installs it. */
export interface ShippedDefinition {
  /** `Argo CD 3.5.7`. */
  readonly tool: string
  /** `argoproj.io/Application`. */
  readonly kind: string
  /** Parsed at each call. */
  readonly definition: () => JsonObject
}

/** The opened artefacts: dist/schemas.js and dist/definitions.js. */
export interface Schemas {
  readonly catalogue: Catalogue
  readonly shipped: readonly ShippedDefinition[]
  /** By `group/version/kind`. */
  readonly kinds: ReadonlyMap<string, KindEntry>
  /** Mistakes of a value against the definition at a position; only definitions of kinds and the metadata's. */
  readonly validate: (definition: number, value: unknown) => readonly ValidationError[]
}

/** Which embedded minor answers for a declared one. */
export interface EmbeddedMinor {
  /** Position in {@link Catalogue.minors}. */
  readonly index: number
  /** The minor that answers. */
  readonly minor: string
  /** Set when the declared minor is not embedded: the sentence for the report. */
  readonly notice?: string
}

/**
 * The embedded minor for `1.34`, `v1.34.2` and the like. A newer one than embedded is answered by the newest, an older
 * one by the oldest, and the notice says so. Undefined for texts that are no Kubernetes version.
 */
export function embeddedMinor({ minors }: Catalogue, kubernetes: string): EmbeddedMinor | undefined {
  const declared = minorNumber(kubernetes)
  const [oldest = '', newest = ''] = [minors[0], minors.at(-1)]
  if (declared === undefined) return undefined
  const index = minors.indexOf(`1.${declared}`)
  if (index >= 0) return { index, minor: `1.${declared}` }
  const newer = declared > (minorNumber(newest) ?? 0)
  return {
    index: newer ? minors.length - 1 : 0,
    minor: newer ? newest : oldest,
    notice: newer
      ? `Kubernetes 1.${declared} is newer than the newest embedded schemas; ${newest} judged`
      : `Kubernetes 1.${declared} is older than the oldest embedded schemas; ${oldest} judged`,
  }
}

function minorNumber(version: string): number | undefined {
  const match = /^v?1\.(\d{1,3})(?:[.+-].*)?$/.exec(version)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

export function kindKey({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`
}

/** The definition of a kind in a minor; undefined when the minor does not serve it. */
export function definitionAt(entry: KindEntry, minor: number): number | undefined {
  return entry.definitions.find(([first, last]) => first <= minor && minor <= last)?.[2]
}

/** All kinds that a minor serves, alpha and beta ones included, sorted by group, version and kind. */
export function kindsOf({ kinds }: Catalogue, minor: number): readonly KindEntry[] {
  return kinds.filter((entry) => definitionAt(entry, minor) !== undefined)
}

/** Minors that serve a kind, oldest first; empty for kinds that no embedded minor knows. */
export function minorsServing({ catalogue, kinds }: Schemas, kind: GroupVersionKind): readonly string[] {
  const entry = kinds.get(kindKey(kind))
  return entry === undefined
    ? []
    : catalogue.minors.filter((_, minor) => definitionAt(entry, minor) !== undefined)
}

/** Follows `$ref`; annotations of the place that refers are kept by the caller. */
export function resolveDefinition(
  { definitions }: Catalogue,
  definition: SchemaDefinition,
): SchemaDefinition {
  return definition.$ref === undefined ? definition : (definitions[Number(definition.$ref)] ?? {})
}

/** The schema of a field or element; undefined where the schema says nothing. */
export function childDefinition(
  catalogue: Catalogue,
  definition: SchemaDefinition,
  step: string | number,
): SchemaDefinition | undefined {
  const { properties, additionalProperties, items } = resolveDefinition(catalogue, definition)
  if (typeof step === 'number') return items
  if (properties === undefined) return additionalProperties
  return Object.hasOwn(properties, step) ? properties[step] : undefined
}
