import type { RawFinding } from '../../model/finding.ts'
import type { JsonObject } from '../../model/json.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { displayName } from '../../model/object.ts'
import type { Found } from '../judgement.ts'
import { remedyFor } from '../admission/remedies.ts'
import { checkAgainstLocations, type SchemaLocations } from './locations.ts'
import type { Deprecation } from './availability.ts'
import { checkSchema, type SchemaContext, type SchemaOutcome } from './schema.ts'
import type { ChangeWrite } from '../writes.ts'

export interface SchemaAnswer {
  readonly found: readonly Found[]
  readonly notChecked: readonly NotChecked[]
  /** Writes whose shape is known here, even when the admission engine does not know the kind. */
  readonly known: ReadonlySet<ChangeWrite>
  /** Writes of kinds that the declared minor serves, or that a definition does. */
  readonly served: ReadonlySet<ChangeWrite>
  /** Writes of kinds that the declared minor itself serves: no definition, no further schema. */
  readonly builtin: ReadonlySet<ChangeWrite>
}

/**
 * The shape of every object against the schemas of the declared Kubernetes version and the definitions of the
 * repository; kinds that neither knows against the further locations of the configuration.
 */
export async function checkShapes(
  writes: readonly ChangeWrite[],
  context: SchemaContext,
  locations: SchemaLocations,
): Promise<SchemaAnswer> {
  const asked = writes.filter(({ write }) => write.operation !== 'DELETE')
  // What stands in several files is one object (discover/parse-parts.ts); definitions are large.
  const known = new Map<JsonObject, SchemaOutcome>()
  const outcomes = asked.map(({ object: { object } }) => {
    const outcome = known.get(object) ?? checkSchema(object, context)
    known.set(object, outcome)
    return outcome
  })
  const strange = asked.filter((_, index) => isStrange(outcomes[index]))
  const further = await checkAgainstLocations(
    strange.map(({ object }) => object.object),
    locations,
  )
  const answers = new Map(strange.map((write, index) => [write, further[index]]))
  const answer: MutableAnswer = {
    found: [],
    notChecked: [],
    known: new Set(),
    served: new Set(),
    builtin: new Set(),
  }
  for (const [index, write] of asked.entries()) {
    const outcome = answers.get(write) ?? outcomes[index]
    if (outcome !== undefined) settle(write, outcome, answer)
  }
  return answer
}

interface MutableAnswer {
  readonly found: Found[]
  readonly notChecked: NotChecked[]
  readonly known: Set<ChangeWrite>
  readonly served: Set<ChangeWrite>
  readonly builtin: Set<ChangeWrite>
}

function isStrange(outcome: SchemaOutcome | undefined): boolean {
  return outcome?.status === 'unknown-kind' && !outcome.rejected
}

/** The declared minor has the kind; an object without one has its findings, but no kind. */
function isServed(outcome: SchemaOutcome): boolean {
  if (outcome.status === 'valid') return true
  return (
    outcome.status === 'findings' && outcome.findings.every(({ rule }) => rule !== 'schema/incomplete-object')
  )
}

function settle(
  write: ChangeWrite,
  outcome: SchemaOutcome,
  { found, notChecked, known, served, builtin }: MutableAnswer,
): void {
  if (!isStrange(outcome)) known.add(write)
  if (outcome.deprecated !== undefined) found.push(deprecatedKind(write, outcome.deprecated))
  if (isServed(outcome)) served.add(write)
  if (isServed(outcome) && !['crd', 'schema-locations'].includes(outcome.judgedBy)) builtin.add(write)
  switch (outcome.status) {
    case 'valid':
      return
    case 'findings':
      if (outcome.more > 0)
        notChecked.push(open(write, 'limit', `at least ${outcome.more} more schema findings are not listed`))
      for (const { rule, level, path, element, message } of outcome.findings)
        found.push({
          ...foundOf(write, rule, path, element, message, level === 'error' ? 'required' : 'advisory'),
          judgedBy: outcome.judgedBy,
        })
      return
    case 'removed': {
      const { replacement, message } = outcome
      const remedy =
        replacement === undefined ? undefined : `change apiVersion to ${replacement} and check the fields`
      found.push(wholeKind(write, 'schema/removed-kind', message, remedy))
      return
    }
    case 'not-yet':
      found.push(wholeKind(write, 'schema/kind-not-yet', outcome.message))
      return
    case 'unknown-kind':
      if (outcome.rejected) found.push(wholeKind(write, 'schema/unknown-kind', outcome.message))
      return
    case 'not-checked':
      notChecked.push(open(write, outcome.code, outcome.message))
  }
}

function open({ change }: ChangeWrite, code: NotChecked['code'], reason: string): NotChecked {
  return { what: displayName(change.identity), code, reason, targets: [change.target], count: 1 }
}

function foundOf(
  { change, object }: ChangeWrite,
  rule: string,
  path: string,
  element: string,
  message: string,
  level: RawFinding['level'],
): Found {
  const remedy = remedyFor(path, message)
  return {
    object,
    finding: {
      source: 'schema',
      rule,
      level,
      severity: level === 'required' ? 'high' : 'low',
      object: change.identity,
      target: change.target,
      path,
      element,
      message,
      ...(remedy === undefined ? {} : { remedy }),
    },
  }
}

function deprecatedKind(write: ChangeWrite, { replacement, message }: Deprecation): Found {
  const { finding, ...rest } = foundOf(
    write,
    'schema/deprecated-kind',
    'apiVersion',
    'apiVersion',
    message,
    'advisory',
  )
  const remedy =
    replacement === undefined
      ? 'plan for another kind before the cluster is upgraded'
      : `change apiVersion to ${replacement} before the cluster is upgraded`
  return { ...rest, finding: { ...finding, remedy } }
}

/** What concerns the kind as such points at the line that names it. */
function wholeKind(write: ChangeWrite, rule: string, message: string, remedy?: string): Found {
  const { finding, ...rest } = foundOf(write, rule, 'apiVersion', 'apiVersion', message, 'required')
  return { ...rest, finding: remedy === undefined ? finding : { ...finding, remedy } }
}
