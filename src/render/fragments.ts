/** What stands in manifests and is no object: kustomizations, patches, charts' templates and values, tools' own files. */
import { posix } from 'node:path'
import type { ParsedFile } from '../discover/documents.ts'
import { textAt, textsAt } from '../discover/fields.ts'
import { kustomizationNames, referencesOf } from '../discover/kustomization-references.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { splitApiVersion } from '../model/object.ts'
import type { Tree } from '../model/tree.ts'
import type { ValidationReason } from '../model/validation.ts'
import { clientGroups } from './manifests.ts'

/** What must be known of all files before one document can be told for a fragment. */
export interface Fragments {
  /** File → the kustomization that names it as a patch, as data or as a plugin's configuration. */
  readonly named: ReadonlyMap<string, string>
  /** File → the kustomization that builds with it; without those that the caller named. */
  readonly built: ReadonlyMap<string, string>
  /** Files that hold `{{`, among those that are broken or lie in a chart's templates. */
  readonly templates: ReadonlySet<string>
}

interface NamedFile {
  readonly name: string
  readonly path?: string
  /** Lies below a chart's `templates/`. */
  readonly inChart?: boolean
  readonly named?: boolean
}

/** Looks at the kustomizations among the files; nothing beyond them is read. */
export async function fragmentsOf(
  files: readonly NamedFile[],
  parsed: ReadonlyMap<string, ParsedFile>,
  tree: Tree,
): Promise<Fragments> {
  const named = new Map<string, string>()
  const built = new Map<string, string>()
  const asked = new Set(files.flatMap((file) => (file.named ? [posix.normalize(file.name)] : [])))
  for (const { name, path } of files) {
    for (const { value } of parsed.get(path ?? '')?.documents ?? []) {
      if (!isJsonObject(value) || !isKustomization(name, value)) continue
      const { files: data, plugins, builds } = referencesOf(value)
      const pathOf = (reference: string): string =>
        posix.normalize(posix.join(posix.dirname(name), reference))
      // Older kustomizations list patches as plain paths.
      for (const reference of [...data, ...plugins, ...textsAt(value, 'patches')])
        named.set(pathOf(reference), name)
      for (const path of builds.map(pathOf)) if (!asked.has(path)) built.set(path, name)
    }
  }
  const suspects = files.filter(({ path, inChart }) => inChart === true || isBroken(parsed.get(path ?? '')))
  const contents = await tree.read(suspects.flatMap(({ path }) => path ?? []))
  const templates = suspects.filter(({ path }) => {
    const content = contents.get(path ?? '')
    return (
      content instanceof Uint8Array &&
      Buffer.from(content.buffer, content.byteOffset, content.length).includes('{{')
    )
  })
  return { named, built, templates: new Set(templates.map(({ name }) => name)) }
}

/** Why the document is a template that somebody has to render first. */
export function templateReason(
  name: string,
  value: Json | undefined,
  { templates }: Fragments,
): ValidationReason | undefined {
  const open = value === undefined ? undefined : placeholderIn(value)
  if (!templates.has(name) && open === undefined) return undefined
  const what = open === undefined ? 'holds Go templates' : `holds ${open}, which something fills in`
  return { code: 'template', message: `${what}: render it (preadmit check does) and validate the result` }
}

/** What the document is instead of an object; undefined for objects. */
export function notAnObject(name: string, value: Json, { named }: Fragments): string | undefined {
  const kustomization = named.get(posix.normalize(name))
  if (kustomization !== undefined)
    return `${kustomization} takes it for a patch, for data or for its configuration: it is not deployed as it stands`
  if (Array.isArray(value)) return isBareList(value) ? undefined : 'is a list: a JSON patch, or values'
  if (!isJsonObject(value)) return 'is no map of keys and values'
  if (isKustomization(name, value)) return 'is a kustomization: its build can be validated, not its own text'
  const apiVersion = textAt(value, 'apiVersion')
  const kind = textAt(value, 'kind')
  if (apiVersion === undefined && kind === undefined)
    return 'has neither apiVersion nor kind: values, a patch, or a file of another tool'
  if (apiVersion === undefined || kind === undefined)
    return textAt(value, 'metadata', 'name') === undefined
      ? `has no ${kind === undefined ? 'kind' : 'apiVersion'}: a patch, or a file of another tool`
      : undefined
  const { group } = splitApiVersion(apiVersion)
  return clientGroups.includes(group) ? `is read by a tool, not by an API server (${apiVersion})` : undefined
}

/** Objects in a list of nobody's: meant to be deployed, and read by no client. */
export function isBareList(value: Json): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    (value as readonly Json[]).every(
      (entry) => textAt(entry, 'apiVersion') !== undefined && textAt(entry, 'kind') !== undefined,
    )
  )
}

/** Why no client of a server takes the object; in its words. Something with a name was meant to be one. */
export function incomplete(value: JsonObject): string | undefined {
  const missing = ['kind', 'apiVersion'].find((field) => (textAt(value, field) ?? '') === '')
  if (missing === undefined) return undefined
  return `Object '${missing === 'kind' ? 'Kind' : missing}' is missing`
}

function isKustomization(name: string, value: JsonObject): boolean {
  const apiVersion = textAt(value, 'apiVersion')
  if (apiVersion !== undefined) return splitApiVersion(apiVersion).group === 'kustomize.config.k8s.io'
  return kustomizationNames.includes(posix.basename(name))
}

function isBroken(file: ParsedFile | undefined): boolean {
  return (
    file !== undefined &&
    (file.error !== undefined || file.documents.some(({ error }) => error !== undefined))
  )
}

/** Placeholders where an object is named: a server that got them as they stand would know a kind of that name. */
function placeholderIn(value: Json): string | undefined {
  const texts = [
    textAt(value, 'apiVersion'),
    textAt(value, 'kind'),
    textAt(value, 'metadata', 'name'),
    textAt(value, 'metadata', 'namespace'),
  ]
  return ['{{', '${'].find((mark) => texts.some((text) => text?.includes(mark)))
}
