/** Catalogues of JSON schemas that the caller of `preadmit validate` named, as a tree whose files are read when asked for. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Tree, TreeEntry } from '../model/tree.ts'
import { createTree, type FileContent } from './create-tree.ts'
import { SourceError } from './errors.ts'
import { limits } from './limits.ts'
import { comparePaths } from './path-bytes.ts'

export interface SchemaFiles {
  readonly tree: Tree
  /** The locations as templates over paths of the tree. */
  readonly locations: readonly string[]
}

/** How kubeconform goes on from a location that is no template (pkg/registry): the layout of kubernetes-json-schema. */
const catalogueLayout =
  '{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json'

/**
 * Opens directories and templates as kubeconform's -schema-location takes them. `default` is what preadmit has built in
 * and is left out. Only names are listed here; a catalogue has thousands of files, of which a run needs a few.
 * @throws SourceError `remote-schemas` for URLs, `missing-path` for directories that do not exist
 */
export function openSchemaFiles(given: readonly string[], directory: string): SchemaFiles {
  const onDisk = new Map<string, string>()
  const locations = given
    .filter((location) => location !== 'default')
    .map((location, position) => {
      const { root, rest } = splitLocation(location)
      // Glued to the first name, so that no directory of the template is fixed: a fixed one would be read as a whole.
      const prefix = `location-${position}-`
      for (const below of listSchemas(resolve(directory, root), location))
        onDisk.set(prefix + below, resolve(directory, root, below))
      return prefix + rest
    })
  const entries = [...onDisk.keys()]
    .sort(comparePaths)
    .map((path): TreeEntry => ({ kind: 'file', path, id: path, executable: false }))
  const tree = createTree({
    label: 'schema locations',
    time: 0,
    entries,
    links: new Map(),
    contents: (files) => Promise.resolve(new Map(files.map(({ id }) => [id, read(onDisk.get(id) ?? '')]))),
  })
  return { tree, locations }
}

function splitLocation(location: string): { root: string; rest: string } {
  if (/^https?:/i.test(location))
    throw new SourceError(
      'remote-schemas',
      `preadmit fetches nothing, and ${location} is a URL`,
      'name the CustomResourceDefinitions themselves under --crds, or a local copy of the catalogue',
    )
  const template = location.endsWith('json') ? location : `${location.replace(/\/+$/, '')}/${catalogueLayout}`
  const fixed = template.replace(/\{\{.*$/s, '')
  const end = fixed.lastIndexOf('/') + 1
  return { root: end === 0 ? '.' : template.slice(0, end), rest: template.slice(end) }
}

function listSchemas(root: string, location: string): string[] {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new SourceError(
      'missing-path',
      `schema location ${location} leads to no directory`,
      'check the path',
    )
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'))
}

function read(path: string): FileContent {
  return statSync(path).size > limits.fileBytes ? { refused: 'too-large' } : readFileSync(path)
}
