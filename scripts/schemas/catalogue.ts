/** From all minors' documents to one catalogue: unique definitions, and for each kind which definition a minor uses. */
import type { Catalogue, KindEntry, SchemaDefinition } from '../../src/judge/schema/catalogue.ts'
import { convertComponents, type ConvertedSchema } from './convert.ts'
import { deduplicate, mapReferences } from './deduplicate.ts'
import { servedKinds, type ServedKind } from './kinds.ts'
import { relaxRequired } from './required.ts'
import type { MinorSource } from './sources.ts'

interface ConvertedDocument {
  minor: number
  kinds: ServedKind[]
  definitions: Map<string, ConvertedSchema>
}

/** Kinds that some part of the program validates by themselves although no manifest holds them alone. */
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

export function buildCatalogue(sources: readonly MinorSource[], names: readonly string[]): Catalogue {
  const documents = sources.flatMap(({ documents }, minor) =>
    documents.map((document): ConvertedDocument => ({
      minor,
      kinds: servedKinds(document),
      definitions: convertComponents(document.components?.schemas ?? {}),
    })),
  )
  relaxRequired(
    sources.map((_, minor) =>
      documents.filter((d) => d.minor === minor).map(({ definitions }) => definitions),
    ),
  )
  const unique = deduplicate(documents.map(({ definitions }) => definitions))

  const kinds = new Map<
    string,
    Omit<KindEntry, 'definitions'> & { definitions: [number, number, number][] }
  >()
  let metadata = -1
  documents.forEach(({ minor, kinds: served }, index) => {
    metadata = unique.positions[index]?.get(objectMeta) ?? metadata
    for (const { component, group, version, kind, plural, namespaced } of served) {
      const position = unique.positions[index]?.get(component)
      if (position === undefined) throw new Error(`${component} got lost`)
      const key = `${group}/${version}/${kind}`
      const entry = kinds.get(key) ?? { group, version, kind, plural, namespaced, definitions: [] }
      if (entry.plural !== plural || entry.namespaced !== namespaced)
        throw new Error(`${key} changed its name or scope: the catalogue's format has no place for that`)
      const last = entry.definitions.at(-1)
      if (last?.[1] === minor - 1 && last[2] === position) last[1] = minor
      else entry.definitions.push([minor, minor, position])
      kinds.set(key, entry)
    }
  })
  if (metadata < 0) throw new Error('no document describes ObjectMeta')

  return keepReachable({
    sources: [...names],
    minors: sources.map(({ minor }) => minor),
    metadata,
    // Sorted by code units, so that no locale takes part.
    kinds: [...kinds.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry),
    definitions: unique.definitions as SchemaDefinition[],
  })
}

/** Drops definitions that no kind uses (lists, options, discovery) and renumbers the rest in order of first use. */
function keepReachable(catalogue: Catalogue): Catalogue {
  const renumbered = new Map<number, number>()
  const definitions: SchemaDefinition[] = []
  const keep = (position: number): number => {
    const known = renumbered.get(position)
    if (known !== undefined) return known
    const definition = catalogue.definitions[position]
    if (definition === undefined) throw new Error(`no definition ${position}`)
    // The place is taken before the references are followed: one definition refers to itself.
    const place = definitions.push({}) - 1
    renumbered.set(position, place)
    definitions[place] = mapReferences(definition as ConvertedSchema, (reference) =>
      String(keep(Number(reference))),
    ) as SchemaDefinition
    return place
  }
  const metadata = keep(catalogue.metadata)
  const kinds = catalogue.kinds.map((kind) => ({
    ...kind,
    definitions: kind.definitions.map(([first, last, position]) => [first, last, keep(position)] as const),
  }))
  return { ...catalogue, metadata, kinds, definitions }
}
