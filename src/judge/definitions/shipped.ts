/**
 * Definitions of Argo CD and Flux for repositories that do not hold them. Whoever runs one of these tools has installed
 * its CustomResourceDefinitions, mostly by hand or by a chart; what stands in the repository, in a render or in a
 * configured location wins over those that come with preadmit.
 */
import type { RawFinding } from '../../model/finding.ts'
import type { JsonObject } from '../../model/json.ts'
import { groupKind, splitApiVersion } from '../../model/object.ts'
import type { ReportDefinitions } from '../../model/report.ts'
import { textAt } from '../field-steps.ts'
import type { ShippedDefinition } from '../schema/catalogue.ts'
import { checkAgainstLocations, type SchemaLocations } from '../schema/locations.ts'

/** The shipped definitions of the kinds of these objects, without those that a configured schema location knows. */
export async function shippedFor(
  objects: readonly JsonObject[],
  shipped: readonly ShippedDefinition[],
  locations: SchemaLocations,
): Promise<readonly ShippedDefinition[]> {
  const samples = new Map(objects.map((object) => [groupKindOf(object), object]))
  const wanted = shipped.flatMap((one) => {
    const sample = samples.get(one.kind)
    return sample === undefined ? [] : [{ one, sample }]
  })
  const answers = await checkAgainstLocations(
    wanted.map(({ sample }) => sample),
    locations,
  )
  return wanted.flatMap(({ one }, i) => (isKnown(answers[i]?.status) ? [] : [one]))
}

function isKnown(status: string | undefined): boolean {
  return status === 'valid' || status === 'findings'
}

/** `group/Kind` of an object. */
export function groupKindOf(object: JsonObject): string {
  const { group } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  return groupKind({ group, kind: textAt(object, 'kind') ?? '' })
}

/** `group/Kind` that a CustomResourceDefinition defines. */
export function definedGroupKind(definition: JsonObject): string {
  const kind = textAt(definition, 'spec', 'names', 'kind') ?? ''
  return groupKind({ group: textAt(definition, 'spec', 'group') ?? '', kind })
}

/** Those of the shipped definitions that these definitions leave open. */
export function undefinedAmong(
  shipped: readonly ShippedDefinition[],
  definitions: readonly JsonObject[],
): readonly ShippedDefinition[] {
  if (shipped.length === 0) return shipped
  const defined = new Set(definitions.map(definedGroupKind))
  return shipped.filter(({ kind }) => !defined.has(kind))
}

/** Tools with the kinds that they define, both sorted. */
export function byTool(shipped: readonly ShippedDefinition[]): readonly ReportDefinitions[] {
  const tools = new Map<string, Set<string>>()
  for (const { tool, kind } of shipped) tools.set(tool, (tools.get(tool) ?? new Set()).add(kind))
  return [...tools]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tool, kinds]) => ({ tool, kinds: [...kinds].sort() }))
}

/** The option that names definitions: `schemas.crds` of the configuration, `--crds` of a command. */
export type DefinitionOption = 'schemas.crds' | '--crds'

/** The finding, saying by whose definition it was made; others as they are. */
export function withTool(finding: RawFinding, shipped: readonly ShippedDefinition[]): RawFinding {
  const { source, object, path, remedy } = finding
  // No definition speaks of metadata.
  if (path.startsWith('metadata')) return finding
  if (object === undefined || (source !== 'schema' && source !== 'admission')) return finding
  const tool = shipped.find(({ kind }) => kind === groupKind(object))?.tool
  if (tool === undefined) return finding
  const note = `by the definition of ${tool}; schemas.crds can name that of the cluster`
  return { ...finding, remedy: remedy === undefined ? note : `${remedy} (${note})` }
}

/** Why a kind is unknown although its tool's definition is here. */
export function unservedReason(
  { tool }: ShippedDefinition,
  apiVersion: string,
  option: DefinitionOption,
): string {
  return `${tool} does not serve ${apiVersion}, and nothing else here defines the kind: move to a version that it serves, or name the definition of the cluster under ${option}`
}
