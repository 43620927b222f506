/**
 * The shape of one object: whether its kind exists in the Kubernetes version that it is meant for, and whether its
 * fields and types are those of the kind. Pure: the artefact and the custom resources are passed in.
 */
import type { JsonObject } from '../../model/json.ts'
import { splitApiVersion } from '../../model/object.ts'
import { availability, deprecation, type Deprecation } from './availability.ts'
import { builtinProblems, metadataProblems } from './builtin.ts'
import { embeddedMinor, type GroupVersionKind, type Schemas } from './catalogue.ts'
import { customKey, type CustomKind, type CustomResources } from './custom.ts'
import { isTooDeep, SchemaLimit } from './limits.ts'
import { listsOf } from './lists.ts'
import { describeProblem } from './messages.ts'
import { elementPath, formatPath } from './path.ts'
import type { Problem } from './problem.ts'
import { structuralProblems } from './structural.ts'

export interface SchemaContext {
  readonly schemas: Schemas
  /** Declared minor: `1.34`. */
  readonly kubernetes: string
  /** Of the same tree and cluster as the object. */
  readonly customResources: CustomResources
}

export interface SchemaFinding {
  readonly rule: `schema/${Problem['kind'] | 'pruned-field' | 'incomplete-object'}`
  /** The server refuses an `error`; it drops or ignores what a `warning` names. */
  readonly level: 'error' | 'warning'
  /** As people write it: `spec.template.spec.containers[0].image`. */
  readonly path: string
  /** Without list positions, for fingerprints: `spec.template.spec.containers[name=api].image`. */
  readonly element: string
  readonly message: string
}

export type SchemaOutcome = {
  /** Who judged: an embedded minor (`1.34`), `crd`, or `schema-locations`. */
  readonly judgedBy: string
  /** The declared version is not embedded: a sentence for the report. */
  readonly notice?: string
  /** A later minor does not serve the kind any more. */
  readonly deprecated?: Deprecation
} & (
  | { readonly status: 'valid' }
  | {
      readonly status: 'findings'
      /** In the order of the object, at most a hundred. */
      readonly findings: readonly SchemaFinding[]
      /** How many more there were; at least so many when there were over a thousand. */
      readonly more: number
    }
  /** No schema. `rejected`: the server surely has none either (the group is Kubernetes' own, the CRD lacks the version). */
  | { readonly status: 'unknown-kind'; readonly rejected: boolean; readonly message: string }
  | {
      readonly status: 'removed'
      readonly removedIn: string
      readonly replacement?: string
      readonly message: string
    }
  | { readonly status: 'not-yet'; readonly since: string; readonly message: string }
  | {
      readonly status: 'not-checked'
      readonly code:
        'limit' | 'unknown-version' | 'remote-source' | 'refused' | 'timeout' | 'memory' | 'engine'
      readonly message: string
    }
)

/** Findings of one object that are worth reading; the rest is a number. */
export const maximumFindings = 100

export function checkSchema(object: JsonObject, context: SchemaContext): SchemaOutcome {
  const { schemas, kubernetes, customResources } = context
  const embedded = embeddedMinor(schemas.catalogue, kubernetes)
  if (embedded === undefined)
    return notChecked('', 'unknown-version', `"${kubernetes}" is not a Kubernetes version such as 1.34`)
  const judge = {
    judgedBy: embedded.minor,
    ...(embedded.notice === undefined ? {} : { notice: embedded.notice }),
  }
  if (isTooDeep(object))
    return notChecked(embedded.minor, 'limit', 'the object is nested too deep to validate')

  const kind = kindOf(object)
  if (kind === undefined) {
    const message = 'apiVersion and kind are required texts'
    return {
      ...judge,
      status: 'findings',
      more: 0,
      findings: [wholeObject('schema/incomplete-object', message)],
    }
  }
  const custom = customResources.get(customKey(kind))
  if (custom !== undefined && !schemas.catalogue.kinds.some(({ group }) => group === kind.group))
    return checkCustom(object, kind, custom, context)

  const found = availability(schemas, kind, embedded)
  if (found.status !== 'served') return { ...judge, ...found }
  const deprecated = deprecation(schemas, kind, embedded, found.entry)
  return {
    ...outcome(builtinProblems(schemas, found.entry, embedded.index, object), object, kind, context, judge),
    ...(deprecated === undefined ? {} : { deprecated }),
  }
}

function checkCustom(
  object: JsonObject,
  kind: GroupVersionKind,
  custom: CustomKind,
  context: SchemaContext,
): SchemaOutcome {
  const judge = { judgedBy: 'crd' }
  const version = custom.versions.get(kind.version)
  if (version?.served !== true) {
    const served = [...custom.versions].flatMap(([name, { served: serves }]) => (serves ? [name] : []))
    const message = `its CustomResourceDefinition does not serve ${kind.version} of ${kind.kind}, it serves ${served.join(', ') || 'no version'}`
    return { ...judge, status: 'unknown-kind', rejected: !custom.shipped, message }
  }
  try {
    const metadata = (value: Parameters<typeof metadataProblems>[1], steps: readonly (string | number)[]) =>
      metadataProblems(context.schemas, value, steps)
    const problems = structuralProblems(version.schema ?? {}, object, custom.preserveUnknownFields, metadata)
    return outcome(problems, object, kind, context, judge)
  } catch (error) {
    if (error instanceof SchemaLimit) return notChecked('crd', 'limit', error.message)
    throw error
  }
}

function outcome(
  problems: readonly Problem[],
  object: JsonObject,
  kind: GroupVersionKind,
  { schemas, kubernetes, customResources }: SchemaContext,
  judge: { readonly judgedBy: string; readonly notice?: string },
): SchemaOutcome {
  if (problems.length === 0) return { ...judge, status: 'valid' }
  const lists = listsOf(schemas, kind, kubernetes, customResources)
  const keysAt = (list: Problem['steps']) => {
    const keys = lists(list)?.keys ?? []
    return keys.length === 0 ? undefined : keys
  }
  const hideValues = holdsSecrets(kind.kind)
  const findings = problems.slice(0, maximumFindings).map((problem): SchemaFinding => {
    const dropped = problem.kind === 'unknown-field' && problem.pruned
    return {
      rule: dropped ? 'schema/pruned-field' : `schema/${problem.kind}`,
      level: dropped ? 'warning' : 'error',
      path: formatPath(problem.steps),
      element: elementPath(object, problem.steps, keysAt),
      message: describeProblem(problem, hideValues),
    }
  })
  return { ...judge, status: 'findings', findings, more: problems.length - findings.length }
}

/** Kinds that are named like Secrets hold secrets until proven otherwise (threat T48). */
export function holdsSecrets(kind: string): boolean {
  return /secrets?$/i.test(kind)
}

function wholeObject(rule: SchemaFinding['rule'], message: string): SchemaFinding {
  return { rule, level: 'error', path: '', element: '', message }
}

function notChecked(judgedBy: string, code: 'limit' | 'unknown-version', message: string): SchemaOutcome {
  return { judgedBy, status: 'not-checked', code, message }
}

/** Undefined when apiVersion or kind is missing or no text. */
function kindOf({ apiVersion, kind }: JsonObject): GroupVersionKind | undefined {
  if (typeof apiVersion !== 'string' || apiVersion === '' || typeof kind !== 'string' || kind === '')
    return undefined
  return { ...splitApiVersion(apiVersion), kind }
}
