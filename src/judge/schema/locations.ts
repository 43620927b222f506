/**
 * Kinds that neither Kubernetes nor a CRD of the repository describes, against the schema catalogues that configuration
 * names: directories and kubeconform templates in the base tree, judged by kubeconform's own library.
 */
import type { KubeconformResult, PathStep } from '../../engine/api.ts'
import type { EngineAnswer, KubeconformEngine } from '../../engine/engines.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Tree } from '../../model/tree.ts'
import { isTooDeep } from './limits.ts'
import { elementPath, formatPath, pointerSteps } from './path.ts'
import { holdsSecrets, maximumFindings, type SchemaFinding, type SchemaOutcome } from './schema.ts'

export interface SchemaLocations {
  readonly engine: KubeconformEngine
  /** The base tree: the pull request does not choose its own schemas (threats.md, I1). */
  readonly tree: Tree
  /** Templates such as `schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`, or directories. */
  readonly locations: readonly string[]
  /** Declared minor: `1.34`. */
  readonly kubernetes: string
}

type Resource = KubeconformResult['documents'][number]['resources'][number]

/** One outcome per object, in their order. Without locations every kind stays unknown. */
export async function checkAgainstLocations(
  objects: readonly JsonObject[],
  { engine, tree, locations, kubernetes }: SchemaLocations,
): Promise<SchemaOutcome[]> {
  if (objects.length === 0 || locations.length === 0) return objects.map(unknownKind)
  // A recursive schema follows an object as deep as it goes; one such object must not cost the answers of the others.
  const deep = objects.map(isTooDeep)
  const answer = await engine.validate(
    objects.map((object, index) => ({
      name: String(index),
      content: deep[index] === true ? '' : JSON.stringify(object),
    })),
    {
      // Catalogues name their directories by full versions: `v1.34.0-standalone-strict`.
      kubernetesVersion: `${/^v?(1\.\d+)/.exec(kubernetes)?.[1] ?? kubernetes}.0`,
      schemaLocations: [...locations],
      strict: true,
      skip: [],
      reject: [],
      // A missing schema then comes back as "skipped", which nothing else does.
      ignoreMissingSchemas: true,
    },
    {
      tree,
      declared: { files: [], directories: locations.flatMap(staticDirectory) },
      label: 'schema locations',
    },
  )
  if (!answer.ok) return objects.map(() => engineFault(answer.error))
  return objects.map((object, index) => {
    if (deep[index] === true)
      return engineFault({ code: 'limit', message: 'the object is nested too deep to validate' })
    return describe(object, answer.result.documents[index]?.resources[0], answer)
  })
}

/** The directory that a template surely reads from; none when its first step is a variable. */
function staticDirectory(location: string): string[] {
  if (/^https?:/.test(location) || location === 'default') return []
  const fixed = location.replace(/^\.?\/+/, '').replace(/\{\{.*$/s, '')
  const directory = location.includes('{{') || fixed.endsWith('.json') ? fixed.replace(/[^/]*$/, '') : fixed
  const clean = directory.replace(/\/+$/, '')
  return clean === '' ? [] : [clean]
}

function describe(
  object: JsonObject,
  resource: Resource | undefined,
  { misses }: Pick<EngineAnswer<KubeconformResult>, 'misses'>,
): SchemaOutcome {
  if (resource === undefined)
    return engineFault({ code: 'engine', message: 'kubeconform did not answer for the object' })
  switch (resource.status) {
    case 'valid':
      return { judgedBy, status: 'valid' }
    case 'invalid':
      return findings(object, resource)
    case 'skipped':
    case 'error':
    case 'empty': {
      // The library takes a schema whose reference cannot be read for one that is not there.
      const [miss] = misses
      if (miss !== undefined)
        return {
          judgedBy,
          status: 'not-checked',
          code: 'remote-source',
          message: `schema ${miss.reference} is not in the repository`,
        }
      return resource.status === 'skipped'
        ? unknownKind(object)
        : engineFault({ code: 'engine', message: resource.message })
    }
  }
}

const judgedBy = 'schema-locations'

function findings(object: JsonObject, resource: Resource): SchemaOutcome {
  const hide = holdsSecrets(resource.kind)
  const all = leafErrors(resource).flatMap(({ path, message }) =>
    explain(message).map(({ rule, text, field, tells }): SchemaFinding => {
      const steps: PathStep[] = [...pointerSteps(object, path), ...(field === undefined ? [] : [field])]
      return {
        rule,
        level: 'error',
        path: formatPath(steps),
        element: elementPath(object, steps, () => undefined),
        message: hide && tells ? mismatch : text.slice(0, maximumMessage),
      }
    }),
  )
  const shown = all.slice(0, maximumFindings)
  return { judgedBy, status: 'findings', findings: shown, more: all.length - shown.length }
}

const mismatch = 'does not match its schema'

/** The library quotes whole values; a sentence stays a sentence. */
const maximumMessage = 300

/** The library lists only the outermost causes; those behind a reference stand in its text: `- at '/spec': sentence`. */
function leafErrors(resource: Resource): { path: string; message: string }[] {
  const complete = resource.validationErrors.every(({ message }) => message !== 'validation failed')
  if (complete && resource.validationErrors.length > 0) return resource.validationErrors
  const leaves = [...resource.message.matchAll(/- at '([^']*)': (.*?)(?=\s+- at '|$)/gs)]
    .map(([, path = '', message = '']) => ({ path, message: message.trim() }))
    .filter(({ message }) => message !== 'validation failed')
  return leaves.length > 0 ? leaves : [{ path: '', message: mismatch }]
}

interface Explained {
  readonly rule: SchemaFinding['rule']
  readonly text: string
  /** Field below the path that the sentence is about. */
  readonly field?: string
  /** The text may quote a value. */
  readonly tells: boolean
}

/** The library's sentences in the words of the other checks; one that names several fields becomes several. */
function explain(message: string): Explained[] {
  const unknown = /^additional properties (.+) not allowed$/.exec(message)?.[1]
  if (unknown !== undefined)
    return quoted(unknown).map((field) => ({
      rule: 'schema/unknown-field',
      text: `unknown field "${field}"`,
      field,
      tells: false,
    }))
  const missing = /^missing propert(?:y|ies) (.+)$/.exec(message)?.[1]
  if (missing !== undefined)
    return quoted(missing).map((field) => ({
      rule: 'schema/missing-field',
      text: `missing required field "${field}"`,
      field,
      tells: false,
    }))
  const type = /^got (\S+), want (.+)$/.exec(message)
  if (type?.[1] !== undefined && type[2] !== undefined)
    return [{ rule: 'schema/wrong-type', text: `expected ${type[2]}, got ${type[1]}`, tells: false }]
  return [{ rule: 'schema/invalid-value', text: message, tells: true }]
}

/** `'a', 'b'` → a, b */
function quoted(names: string): string[] {
  return [...names.matchAll(/'([^']*)'/g)].map(([, name = '']) => name)
}

function unknownKind(object: JsonObject): SchemaOutcome {
  const { kind, apiVersion } = object
  const name =
    typeof kind === 'string' && typeof apiVersion === 'string' ? `${kind} in ${apiVersion}` : 'the object'
  return { judgedBy, status: 'unknown-kind', rejected: false, message: `no schema for ${name}` }
}

function engineFault({ code, message }: { code: string; message: string }): SchemaOutcome {
  const known =
    code === 'timeout' || code === 'memory' || code === 'refused' || code === 'limit' ? code : 'engine'
  return { judgedBy, status: 'not-checked', code: known, message }
}
