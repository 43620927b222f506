/**
 * `preadmit validate` in one sentence: read the documents of files, tell objects from everything else, judge each as
 * the write that it will be, and say where in the file it is wrong. No git, no render.
 */
import type { Engines } from './engine/engines.ts'
import { byTool } from './judge/definitions/shipped.ts'
import { fieldSteps } from './judge/field-steps.ts'
import { createObjectJudge, type ObjectJudge } from './judge/judge-objects.ts'
import { embeddedMinor, type Schemas } from './judge/schema/catalogue.ts'
import {
  compareFindings,
  countsOf,
  settledAfter,
  settledBefore,
  verdictOf,
  type KindRules,
} from './judge/validated-documents.ts'
import { identityKey, type RenderedObject } from './model/object.ts'
import type { Tree } from './model/tree.ts'
import type { ValidatedDocument, Validation } from './model/validation.ts'
import { askLines } from './render/location.ts'
import {
  manifestDocuments,
  objectsIn,
  type ManifestDocument,
  type NamedFile,
} from './render/manifest-documents.ts'

export interface ManifestSource {
  readonly files: readonly NamedFile[]
  readonly tree: Tree
}

export interface ValidateInput extends KindRules {
  readonly manifests: ManifestSource
  /** The same objects as they were before. Objects that are only here are not judged. */
  readonly old: ManifestSource
  /** CustomResourceDefinitions; those among the manifests win. */
  readonly definitions: ManifestSource
  /** Further schemas, in kubeconform's template syntax, and the tree that holds them. */
  readonly locations: { readonly tree: Tree; readonly locations: readonly string[] }
  readonly kubernetes: string
  /** The objects are applied server-side; otherwise nobody says how they are written. */
  readonly serverSide: boolean
  /** Objects of kinds that nobody knows do not count. */
  readonly ignoreMissingSchemas: boolean
  /** Ends with the first document that fails or could not be checked. */
  readonly exitOnError: boolean
  readonly engines: Engines
  readonly schemas: Schemas
  readonly notices: readonly string[]
}

/** Objects of one question: two batches of the engine, so that two workers are busy and the main thread has breaks. */
const objectsPerChunk = 1000
/** Chunks that are under way at once: enough for eight workers, few enough to bound memory. */
const chunksAtOnce = 4

export async function validate(input: ValidateInput): Promise<Validation> {
  const { manifests, engines } = input
  const [documents, before, definitions] = await Promise.all([
    manifestDocuments(manifests.files, manifests.tree, engines),
    manifestDocuments(input.old.files, input.old.tree, engines),
    manifestDocuments(input.definitions.files, input.definitions.tree, engines, { arrays: true }),
  ])
  const unread = unreadable(before, '--old')
  const old = new Map(objectsIn(before).map((object) => [matchKey(object), object]))
  const known = [...objectsIn(definitions), ...objectsIn(documents)].filter(isDefinition)
  const judge = await createObjectJudge({
    ...input,
    definitions: known.map(({ object }) => object),
    objects: [...objectsIn(documents), ...objectsIn(before)].map(({ object }) => object),
    locations: { ...input.locations, engine: engines.kubeconform, kubernetes: input.kubernetes },
  })
  const embedded = embeddedMinor(input.schemas.catalogue, input.kubernetes)
  const validated = await validateDocuments(documents, old, judge, input)
  const counts = countsOf(validated)
  return {
    schemaVersion: 1,
    verdict: verdictOf(counts, unread.length > 0),
    counts: { files: manifests.files.length, ...counts },
    kubernetes: { declared: input.kubernetes, judgedBy: judge.kubernetes },
    documents: validated,
    notices: [
      ...input.notices,
      ...(embedded?.notice === undefined ? [] : [embedded.notice]),
      ...shippedNotices(judge),
      ...unread,
      ...unreadable(definitions, '--crds'),
    ],
  }
}

async function validateDocuments(
  documents: readonly ManifestDocument[],
  old: ReadonlyMap<string, RenderedObject>,
  judge: ObjectJudge,
  input: ValidateInput,
): Promise<readonly ValidatedDocument[]> {
  const chunks: (readonly ManifestDocument[])[] = []
  for (let i = 0; i < documents.length; i += objectsPerChunk)
    chunks.push(documents.slice(i, i + objectsPerChunk))
  const done: (readonly ValidatedDocument[])[] = []
  if (input.exitOnError) {
    for (const chunk of chunks) {
      const answered = await validateChunk(chunk, old, judge, input)
      const end = answered.findIndex(({ verdict, skipped }) => verdict !== 'accepted' && !skipped)
      done.push(end < 0 ? answered : answered.slice(0, end + 1))
      if (end >= 0) break
    }
    return done.flat()
  }
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < chunks.length; at = next++)
      done[at] = await validateChunk(chunks[at] ?? [], old, judge, input)
  }
  await Promise.all(Array.from({ length: chunksAtOnce }, work))
  return done.flat()
}

async function validateChunk(
  documents: readonly ManifestDocument[],
  old: ReadonlyMap<string, RenderedObject>,
  judge: ObjectJudge,
  input: ValidateInput,
): Promise<readonly ValidatedDocument[]> {
  const settled = documents.map((document) => settledBefore(document, input))
  const asked = documents.flatMap((document, at) =>
    document.state === 'object' && settled[at] === undefined
      ? [{ document, at, old: old.get(matchKey(document.object)) }]
      : [],
  )
  const judged = await judge.judge(
    asked.map(({ document, old: was }) => ({
      object: document.object,
      ...(was === undefined ? {} : { old: was }),
    })),
  )
  for (const [i, { document, at, old: was }] of asked.entries()) {
    const answer = judged[i]
    if (answer !== undefined)
      settled[at] = settledAfter(document, answer, { ...input, update: was !== undefined })
  }
  return await locate(
    documents,
    settled.filter((one) => one !== undefined),
    input,
  )
}

/** Fills in files and lines, and orders the findings of each document. */
async function locate(
  sources: readonly ManifestDocument[],
  documents: readonly ValidatedDocument[],
  { manifests, engines }: ValidateInput,
): Promise<readonly ValidatedDocument[]> {
  const paths = new Map(manifests.files.map(({ name, path }) => [name, path]))
  const asked = documents.flatMap((document, at) => {
    const source = sources[at]
    if (source?.state !== 'object') return []
    return document.findings.map((finding) => ({
      finding,
      place: {
        file: paths.get(document.file) ?? '',
        document: document.index,
        path: [...source.steps, ...fieldSteps(source.object.object, finding.path)],
      },
    }))
  })
  const lines = await askLines(
    asked.map(({ place }) => place),
    manifests.tree,
    engines,
  )
  const found = new Map(asked.map(({ finding }, i) => [finding, lines[i]]))
  return documents.map((document) => ({
    ...document,
    findings: document.findings
      .map((finding) => {
        const line = finding.location?.line ?? found.get(finding)
        return { ...finding, location: { file: document.file, ...(line === undefined ? {} : { line }) } }
      })
      .sort(compareFindings),
  }))
}

/** Whose definitions judged, where the files have none. */
function shippedNotices({ shipped }: ObjectJudge): readonly string[] {
  return byTool(shipped).map(
    ({ tool, kinds }) =>
      `judged by the definitions of ${tool}, which come with preadmit (--crds can name others): ${kinds.join(', ')}`,
  )
}

/** What makes an object the same before and after; without a namespace it is that of `default`. */
function matchKey({ identity }: RenderedObject): string {
  return identityKey({ ...identity, namespace: identity.namespace || 'default' })
}

function isDefinition({ identity: { group, kind } }: RenderedObject): boolean {
  return group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition'
}

/** Documents that were not read: what they hold is missing from the run. */
function unreadable(documents: readonly ManifestDocument[], option: string): readonly string[] {
  return documents.flatMap((document) => {
    if (document.state === 'broken') return [`${option} ${document.file}: ${document.message}`]
    if (document.state === 'left-out' && !document.skipped)
      return [`${option} ${document.file}: ${document.reason.message}`]
    return []
  })
}
