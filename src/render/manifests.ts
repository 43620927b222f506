import { parseFiles, type ParsedFile } from '../discover/documents.ts'
import { textAt } from '../discover/fields.ts'
import { notChecked } from '../discover/planned.ts'
import { parseTakingLast } from '../discover/repeated-keys.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { Location } from '../model/location.ts'
import { splitApiVersion } from '../model/object.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { ManifestsPlan, Target } from '../model/target.ts'
import type { RenderContext } from './context.ts'
import { explainFailure } from './engine-failure.ts'
import { failed, notRendered, rendered, withoutSubmodules, type Draft, type Outcome } from './outcome.ts'

/** All files of one application: Argo CD's default, because memory may reach 300 times as much (CVE-2022-31016). */
const maxBytes = 10 * 1000 * 1000

/** A marker with which a file opts out of Argo CD's directories. */
const skipMarker = '+argocd:skip-file-rendering'

/** Files read as they are: Argo CD's rules for directories, Flux's, or every Kubernetes object for a plain folder. */
export async function renderManifests(
  plan: ManifestsPlan,
  target: Target,
  context: RenderContext,
): Promise<Outcome> {
  const { tree, engines } = context
  const jsonnet = plan.files.filter((file) => file.endsWith('.jsonnet'))
  const files = plan.files.filter((file) => !file.endsWith('.jsonnet'))
  const contents = await readContents(files, context)
  if ('state' in contents) return contents

  const wanted = files.filter((file) => plan.rules !== 'argocd' || !contents.get(file)?.includes(skipMarker))
  const parsed = await (plan.rules === 'argocd' ? parseTakingLast : parseFiles)(tree, engines, wanted)
  const drafts: Draft[] = []
  const unread: NotChecked[] = []
  for (const file of wanted) {
    const content = parsed.get(file) ?? { documents: [] }
    const text = contents.get(file) ?? Buffer.alloc(0)
    const outcome =
      plan.rules === 'argocd' ? argoObjects(file, content, text) : plainObjects(file, content, text, target)
    if ('state' in outcome) return outcome
    drafts.push(...outcome.drafts)
    unread.push(...outcome.unread)
  }

  const read = new Set(files.map((file) => realPath(file, context)))
  for (const file of jsonnet) {
    const answer = await engines.render.run(
      { op: 'jsonnet', file, ...jsonnetFields(plan) },
      { tree, declared: target.inputs, label: target.id },
    )
    if (!answer.ok) return explainFailure(answer)
    for (const path of answer.read) read.add(path)
    const { value } = answer.result
    const values: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value]
    for (const item of values) {
      if (item === null) continue
      const problem = isJsonObject(item) ? withoutKind(item) : 'the value is no object'
      if (problem !== undefined || !isJsonObject(item))
        return brokenDocument(file, `Failed to unmarshal generated json "${file}": ${problem ?? ''}`)
      drafts.push({ object: item, origin: { file, template: true } })
    }
  }
  return withoutSubmodules(
    { ...rendered(drafts), notChecked: unread, read: [...read].sort() },
    plan.submodules?.map((path) => context.repository.sources.readable(path)),
    target.id,
  )
}

type FileObjects = { readonly drafts: readonly Draft[]; readonly unread: readonly NotChecked[] } | Outcome

async function readContents(
  files: readonly string[],
  { tree }: RenderContext,
): Promise<ReadonlyMap<string, Buffer> | Outcome> {
  const real = new Map(files.map((file) => [file, tree.resolve(file)]))
  const contents = await tree.read(
    [...real.values()].flatMap((end) => (end.kind === 'file' ? [end.path] : [])),
  )
  const found = new Map<string, Buffer>()
  let bytes = 0
  for (const [file, end] of real) {
    const content = end.kind === 'file' ? contents.get(end.path) : undefined
    if (content instanceof Uint8Array) {
      const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
      bytes += buffer.length
      if (bytes > maxBytes)
        return notRendered(
          'limit',
          `the manifests are larger than 10 MB, the limit of one application (at ${file})`,
        )
      found.set(file, buffer)
      continue
    }
    const reason = end.kind === 'refused' ? end.reason : (content?.refused ?? 'missing')
    switch (reason) {
      case 'submodule':
      case 'lfs-pointer':
      case 'missing-object':
        return notRendered(
          reason,
          `${file} cannot be read: its content is not in this repository (${reason})`,
        )
      case 'too-large':
        return notRendered('limit', `${file} is larger than a file may be`)
      default:
        return failed('missing-file', `${file} cannot be read: ${reason}`)
    }
  }
  return found
}

/**
 * Argo CD's repo server: JSON files hold one object; of YAML files every document with a kind counts, and one that
 * cannot be read only fails when the file was meant as a manifest.
 */
function argoObjects(file: string, { documents, error }: ParsedFile, text: Buffer): FileObjects {
  if (error !== undefined) return unreadable(file, error)
  const drafts: Draft[] = []
  // YAML ends with the first object of several in a row; Go's JSON decoder asks whether more follows.
  if (file.endsWith('.json') && (documents.length > 1 || !isOneValue(text)))
    return brokenDocument(
      file,
      `Failed to unmarshal "${file}": only single objects are allowed in JSON files`,
    )
  for (const document of documents) {
    const { value } = document
    if (value === undefined || (value !== null && !isJsonObject(value))) {
      const meant = ['apiVersion:', 'kind:', 'metadata:'].every((key) => text.includes(key))
      if (drafts.length === 0 && !meant && !file.endsWith('.json')) return { drafts: [], unread: [] }
      const message = document.error?.message ?? 'the document is no object'
      return brokenDocument(
        file,
        `Failed to unmarshal "${file}": ${message}`,
        document.error?.line ?? document.line,
      )
    }
    if (value === null || textAt(value, 'kind') === undefined) continue
    drafts.push({ object: value, origin: { file, document: document.index } })
  }
  return { drafts, unread: [] }
}

/** What apimachinery's decoder says of an object that names no kind (unstructuredJSONScheme). */
export function withoutKind(object: JsonObject): string | undefined {
  return (textAt(object, 'kind') ?? '') === ''
    ? `Object 'Kind' is missing in '${JSON.stringify(object)}'`
    : undefined
}

function isOneValue(text: Buffer): boolean {
  try {
    JSON.parse(text.toString('utf8').replace(/^\ufeff/, ''))
    return true
  } catch {
    return false
  }
}

/** API groups that no server knows although their files look like objects. */
export const clientGroups: readonly string[] = [
  'kustomize.config.k8s.io',
  'kind.x-k8s.io',
  'k3d.io',
  'skaffold',
  'eksctl.io',
  'backstage.io',
  'kubeadm.k8s.io',
  'kubelet.config.k8s.io',
  'kubeproxy.config.k8s.io',
  'audit.k8s.io',
  'apiserver.config.k8s.io',
  'cli.kyverno.io',
  'preadmit.dev',
]

/**
 * Every document with apiVersion, kind and metadata is an object of the folder, also one whose name was forgotten: the
 * API server refuses it. All others are no business of ours.
 */
function plainObjects(
  file: string,
  { documents, error }: ParsedFile,
  text: Buffer,
  target: Target,
): FileObjects {
  if (error !== undefined) return unreadable(file, error)
  const drafts: Draft[] = []
  for (const document of documents) {
    if (document.error !== undefined) {
      if (!text.includes('{{'))
        return brokenDocument(file, document.error.message, document.error.line ?? document.line)
      const reason = `${file} holds Go templates outside of a chart: nothing here says how they are filled`
      return { drafts: [], unread: [notChecked('unsupported', file, reason, [target.id])] }
    }
    for (const object of openList(document.value)) {
      const { group } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
      if (textAt(object, 'apiVersion') === undefined || textAt(object, 'kind') === undefined) continue
      if (!isJsonObject(object['metadata']) || clientGroups.includes(group)) continue
      drafts.push({ object, origin: { file, document: document.index } })
    }
  }
  return { drafts, unread: [] }
}

/** As kubectl opens them: Lists in Lists too, and items of typed lists that leave apiVersion and kind to the list. */
function openList(value: Json | undefined): readonly JsonObject[] {
  if (!isJsonObject(value)) return []
  const { items, apiVersion } = value
  const kind = textAt(value, 'kind') ?? ''
  if (!kind.endsWith('List') || !Array.isArray(items)) return [value]
  const typed =
    kind === 'List' || apiVersion === undefined ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) }
  return (items as readonly Json[]).filter(isJsonObject).flatMap((item) => openList({ ...typed, ...item }))
}

function unreadable(file: string, error: { readonly code: string; readonly message: string }): Outcome {
  const message = error.message.includes(file) ? error.message : `${file}: ${error.message}`
  switch (error.code) {
    case 'limit':
    case 'timeout':
    case 'memory':
      return notRendered(error.code, message)
    case 'engine':
    case 'panic':
    case 'trap':
      return notRendered('engine', message)
    default:
      return brokenDocument(file, message)
  }
}

function brokenDocument(file: string, message: string, line?: number): Outcome {
  const location: Location = line === undefined ? { file } : { file, line }
  const said = message.includes(file) ? message : `${file}: ${message}`
  return { state: 'failed', failure: { code: 'invalid', message: said, location }, read: [file] }
}

function jsonnetFields({ jsonnet }: ManifestsPlan): {
  libraries?: string[]
  extVars?: Record<string, string>
  extCode?: Record<string, string>
  tlas?: Record<string, string>
  tlaCode?: Record<string, string>
} {
  if (jsonnet === undefined) return {}
  const { libraries, extVars, extCode, tlas, tlaCode } = jsonnet
  return {
    libraries: [...libraries],
    extVars: { ...extVars },
    extCode: { ...extCode },
    tlas: { ...tlas },
    tlaCode: { ...tlaCode },
  }
}

function realPath(file: string, { tree }: RenderContext): string {
  const end = tree.resolve(file)
  return end.kind === 'file' ? end.path : file
}
