import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { splitApiVersion } from '../../../model/object.ts'
import type { PolicyDocument } from '../../../model/policy.ts'
import { at, textAt } from '../../field-steps.ts'
import { group, listAt, textsAt } from './template.ts'

/** An ExpansionTemplate: what objects of some kinds imply. */
export interface Expansion {
  readonly name: string
  readonly document: PolicyDocument
  readonly appliesTo: (kind: { group: string; version: string; kind: string }) => boolean
  /** Steps to the source of the implied object. */
  readonly source: readonly string[]
  readonly apiVersion: string
  readonly kind: string
  /** Takes the place of the constraint's action; empty for that of the constraint. */
  readonly action: string
}

/** An object that another one implies, with the template that says so. */
export interface Implied {
  readonly object: JsonObject
  readonly expansion: Expansion
}

/** An object that cannot be expanded: Gatekeeper's webhook answers with an error then. */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError'
}

/** gatekeeper pkg/expansion/system.go, maxRecursionDepth. */
const depth = 30

export function isExpansion(object: JsonObject): boolean {
  return group(object) === 'expansion.gatekeeper.sh' && object['kind'] === 'ExpansionTemplate'
}

/** Why Gatekeeper refuses an ExpansionTemplate (pkg/expansion/system.go, ValidateTemplate); undefined when it does not. */
export function expansionProblem(object: JsonObject): string | undefined {
  if ((textAt(object, 'metadata', 'name') ?? '') === '') return 'has no name'
  if ((textAt(object, 'spec', 'templateSource') ?? '') === '') return 'has no spec.templateSource'
  const generated = at(object, 'spec', 'generatedGVK')
  if ((textAt(generated, 'kind') ?? '') === '') return 'has no spec.generatedGVK'
  return listAt(object, 'spec', 'applyTo').length === 0 ? 'has no spec.applyTo' : undefined
}

/** The templates that can be used, by name, as Gatekeeper keeps them. */
export function readExpansions(documents: readonly PolicyDocument[]): readonly Expansion[] {
  return documents
    .filter(({ object }) => isExpansion(object) && expansionProblem(object) === undefined)
    .map((document): Expansion => {
      const { object } = document
      const applyTo = listAt(object, 'spec', 'applyTo')
      const generated = at(object, 'spec', 'generatedGVK')
      const [own, version] = [textAt(generated, 'group') ?? '', textAt(generated, 'version') ?? '']
      return {
        name: textAt(object, 'metadata', 'name') ?? '',
        document,
        appliesTo: (kind) =>
          applyTo.some(
            (one) =>
              textsAt(one, 'groups').includes(kind.group) &&
              textsAt(one, 'versions').includes(kind.version) &&
              textsAt(one, 'kinds').includes(kind.kind),
          ),
        source: (textAt(object, 'spec', 'templateSource') ?? '').split('.'),
        apiVersion: own === '' ? version : `${own}/${version}`,
        kind: textAt(generated, 'kind') ?? '',
        action: textAt(object, 'spec', 'enforcementAction') ?? '',
      }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * What an object implies, and what that implies in turn (pkg/expansion/system.go). Mutators are not applied.
 * @throws ExpansionError when a template does not find its source, or templates imply each other without an end
 */
export function impliedBy(
  object: JsonObject,
  expansions: readonly Expansion[],
  level = 0,
): readonly Implied[] {
  if (expansions.length === 0) return []
  if (level >= depth) throw new ExpansionError(`expansion templates imply objects more than ${depth} deep`)
  const kind = { ...splitApiVersion(textAt(object, 'apiVersion') ?? ''), kind: textAt(object, 'kind') ?? '' }
  const own = expansions
    .filter(({ appliesTo }) => appliesTo(kind))
    .map((expansion): Implied => ({ expansion, object: expanded(object, expansion) }))
  return [...own.flatMap((one) => impliedBy(one.object, expansions, level + 1)), ...own]
}

function expanded(parent: JsonObject, { name, source, apiVersion, kind }: Expansion): JsonObject {
  const template = at(parent, ...source)
  const parentName = textAt(parent, 'metadata', 'name') ?? ''
  if (!isJsonObject(template))
    throw new ExpansionError(
      `${name} finds no ${source.join('.')} in ${textAt(parent, 'kind') ?? ''} ${parentName}`,
    )
  const metadata = isJsonObject(template['metadata']) ? template['metadata'] : {}
  const namespace = textAt(parent, 'metadata', 'namespace')
  return {
    ...template,
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      ...(namespace === undefined ? {} : { namespace }),
      name: `${parentName}-${kind}`.toLowerCase(),
      ownerReferences: ownersOf(metadata['ownerReferences'], parent, parentName),
    },
  }
}

function ownersOf(existing: Json | undefined, parent: JsonObject, name: string): Json[] {
  const own = {
    apiVersion: textAt(parent, 'apiVersion') ?? '',
    kind: textAt(parent, 'kind') ?? '',
    name,
    uid: '',
  }
  return [...(Array.isArray(existing) ? (existing as readonly Json[]) : []), own]
}

/** As Gatekeeper's webhook tells a violation of an implied object (pkg/expansion/aggregate.go). */
export function impliedMessage({ expansion }: Implied, message: string): string {
  return `[Implied by ${expansion.name}] ${message}`
}
