import type { Engines } from '../engine/engines.ts'
import type { Change } from '../model/change.ts'
import type { Configuration } from '../model/configuration.ts'
import type { NotChecked } from '../model/outcome.ts'
import { type ObjectIdentity } from '../model/object.ts'
import { policyKey } from '../model/policy.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { Tree } from '../model/tree.ts'
import type { ClassesOf } from './admission/classes.ts'
import { admitWrites, type Admitted } from './admission/findings.ts'
import { refusedByPlugins } from './admission/plugins.ts'
import { withTool } from './definitions/shipped.ts'
import { withoutLaterRules } from './admission/later-rules.ts'
import type { Environment, TargetOf } from './environments.ts'
import { fingerprintKey } from './fingerprint.ts'
import type { Found, JudgedVersion } from './judgement.ts'
import { engineFailure, targetsOf } from './not-checked.ts'
import { lostKinds, lostReason, switchedOff } from './optional-kinds.ts'
import { podSecurity } from './admission/pod-security.ts'
import { refusedBefore, withoutMerged } from './admission/refused-before.ts'
import { openEvaluators, type Unanswered } from './policy/evaluator.ts'
import type { PolicySource } from './policy/source.ts'
import { withWorse } from './policy/worse.ts'
import { embeddedMinor, type Schemas } from './schema/catalogue.ts'
import { readCustomResources } from './schema/custom.ts'
import { withoutRepetition } from './admission/repetition.ts'
import { checkShapes, type SchemaAnswer } from './schema/findings.ts'
import type { SchemaContext } from './schema/schema.ts'
import { withStatus, type FoundWithStatus } from './status.ts'
import {
  asApplied,
  createsAfter,
  createsBefore,
  writesAfter,
  writesBefore,
  type ChangeWrite,
} from './writes.ts'
import { placedKey } from './placed-key.ts'

export interface JudgeOptions {
  readonly engines: Engines
  readonly configuration: Configuration
  readonly policies: PolicySource
  readonly schemas: Schemas
  /** Holds the schema locations of the configuration (threats.md, I1). */
  readonly base: Tree
  readonly targetOf: TargetOf
  /** Everything that was rendered: what policies may look up besides the object. */
  readonly pairs: readonly RenderedPair[]
  readonly classesOf: ClassesOf
}

export interface EnvironmentJudgement {
  readonly found: readonly FoundWithStatus[]
  readonly notChecked: readonly NotChecked[]
  readonly unknown: readonly ChangeWrite[]
  /** Of versions that a default server does not serve. */
  readonly switchedOff: readonly ChangeWrite[]
  /** Absent when nothing could be judged. */
  readonly version?: JudgedVersion
  readonly matched: Readonly<Record<string, number>>
}

/**
 * Judges the changes of one environment on both sides: what the API server says of each head object as the write that
 * it will be, of each base object as a new one, and what policies and Pod Security say of both.
 */
export async function judgeEnvironment(
  environment: Environment,
  options: JudgeOptions,
): Promise<EnvironmentJudgement> {
  const { changes, load } = environment
  const { engines, configuration, policies, targetOf, pairs, classesOf } = options
  const namespaceOf = (change: Change): string =>
    (change.new ?? change.old)?.identity.namespace || targetOf(change.target)?.namespace || 'default'
  const after = asApplied(writesAfter(changes, namespaceOf), targetOf)
  const session = await engines.admission.open(load)
  if ('error' in session) {
    const failure = engineFailure(session.error, after, 'admission')
    return { found: [], notChecked: [failure], unknown: [], switchedOff: [], matched: {} }
  }
  const evaluator = await openEvaluators({
    engines,
    configuration,
    policies,
    environment,
    session,
    targetOf,
    pairs,
  })
  const before = asApplied(writesBefore(changes, namespaceOf), targetOf)
  const created = asApplied(createsBefore(changes, namespaceOf), targetOf)
  const [admittedAfter, admittedBefore, policyAfter, policyBefore, podsAfter, podsBefore] = await Promise.all(
    [
      admitWrites(session, after, targetOf),
      admitWrites(session, created, targetOf),
      evaluator.evaluate(after),
      evaluator.evaluate(before),
      podSecurity(session, after, configuration, load.namespaces),
      podSecurity(session, before, configuration, load.namespaces),
    ],
  )
  const again = createsAfter(toleratedChanges(changes, admittedBefore, admittedAfter), namespaceOf)
  const tolerated = await admitWrites(session, asApplied(again, targetOf), targetOf)
  const doubtful = refusedBefore(changes, admittedBefore.found)
  const asNew = asApplied(createsAfter(doubtful, namespaceOf), targetOf)
  const admitted = withoutMerged(admittedAfter, doubtful, await admitWrites(session, asNew, targetOf))

  const shapesAfter = await shapesOf(after, environment, options)
  const shapesBefore = await shapesOf(before, environment, options)
  const own = ({ found }: Admitted): readonly Found[] => withoutLaterRules(found, environment.kubernetes)
  const said = [
    ...withoutRepetition(own(admitted), shapesAfter.found, { ...admitted, ...shapesAfter }),
    ...refusedByPlugins(after, classesOf),
    ...policyAfter.found,
    ...podsAfter.found,
  ]
  const saidBefore = [
    ...withoutRepetition(own(admittedBefore), shapesBefore.found, { ...admittedBefore, ...shapesBefore }),
    ...refusedByPlugins(created, classesOf),
    ...policyBefore.found,
    ...podsBefore.found,
  ]
  const withStatuses = withoutUnanswered(
    withStatus(saidBefore, said, tolerated.found),
    policyAfter.unanswered,
  )
  return {
    found: (await withWorse(withStatuses, { before, after }, evaluator)).map((found) => ({
      ...found,
      finding: withTool(found.finding, environment.shipped),
    })),
    notChecked: [
      ...loadProblems(session.loaded.problems, environment, policies, after),
      ...admitted.notChecked,
      ...policyAfter.notChecked,
      ...podsAfter.notChecked,
      ...shapesAfter.notChecked,
      ...onlyShapes(admittedAfter, shapesAfter, environment, session.loaded.kubernetes),
      ...newerCluster(environment, options.schemas, after),
    ],
    unknown: admittedAfter.unknown.filter((write) => !shapesAfter.known.has(write)),
    switchedOff: switchedOff(admittedAfter, shapesAfter),
    matched: policyAfter.matched,
    version: {
      declared: environment.kubernetes,
      shapes:
        embeddedMinor(options.schemas.catalogue, environment.kubernetes)?.minor ?? environment.kubernetes,
      rules: session.loaded.kubernetes,
    },
  }
}

/** What a policy said of an object before is not mended because it can say nothing of the object now. */
function withoutUnanswered(
  found: readonly FoundWithStatus[],
  unanswered: readonly Unanswered[] = [],
): readonly FoundWithStatus[] {
  const keyOf = (rule: string, target: string, object: ObjectIdentity): string =>
    `${rule}\n${placedKey(target, object)}`
  const silent = new Set(unanswered.map(({ rule, change }) => keyOf(rule, change.target, change.identity)))
  return found.filter(
    ({ status, finding: { rule, target, object } }) =>
      status !== 'fixed' || object === undefined || !silent.has(keyOf(rule, target, object)),
  )
}

/** Kinds that the declared minor serves and that the oldest embedded API server has lost: only their shape was judged. */
function onlyShapes(
  admitted: Admitted,
  shapes: SchemaAnswer,
  { kubernetes }: Environment,
  judgedBy: string,
): NotChecked[] {
  const groups = new Map<string, number>()
  for (const { object } of lostKinds(admitted, shapes)) {
    const what = `${object.identity.kind} of ${object.apiVersion}`
    groups.set(what, (groups.get(what) ?? 0) + 1)
  }
  return [...groups].map(([what, count]) => ({
    what,
    code: 'unknown-version',
    reason: lostReason(kubernetes, judgedBy),
    targets: [],
    count,
  }))
}

/** What a server that is newer than everything embedded says is not known: its rules may differ (threats.md, T08). */
function newerCluster(
  { kubernetes }: Environment,
  { catalogue }: Schemas,
  writes: readonly ChangeWrite[],
): NotChecked[] {
  const judgedBy = embeddedMinor(catalogue, kubernetes)
  if (judgedBy?.notice === undefined || judgedBy.minor !== catalogue.minors.at(-1)) return []
  return [
    {
      what: `Kubernetes ${kubernetes}`,
      code: 'unknown-version',
      reason: `${judgedBy.notice}: a newer preadmit may know it, or declare ${judgedBy.minor} to accept its answer`,
      targets: targetsOf(writes),
      count: writes.length,
    },
  ]
}

/** Updates that pass although the base object has a fault: the API server may only tolerate what was there before. */
function toleratedChanges(changes: readonly Change[], before: Admitted, after: Admitted): readonly Change[] {
  const said = new Set(after.found.map(({ finding }) => fingerprintKey(finding)))
  const gone = new Set(
    before.found
      .filter(({ finding }) => !said.has(fingerprintKey(finding)))
      .map(({ finding }) => JSON.stringify([finding.target, finding.object])),
  )
  return changes.filter(
    ({ operation, target, identity }) =>
      (operation === 'UPDATE' || operation === 'NONE') && gone.has(JSON.stringify([target, identity])),
  )
}

function schemaContext(
  { kubernetes, load, shipped }: Environment,
  { schemas }: Pick<JudgeOptions, 'schemas'>,
): SchemaContext {
  const customResources = readCustomResources(load.customResourceDefinitions ?? [], shipped)
  return { schemas, kubernetes, customResources }
}

async function shapesOf(
  writes: readonly ChangeWrite[],
  environment: Environment,
  options: JudgeOptions,
): Promise<SchemaAnswer> {
  const { kubernetes } = environment
  const { engines, base, configuration } = options
  return await checkShapes(writes, schemaContext(environment, options), {
    engine: engines.kubeconform,
    tree: base,
    locations: configuration.schemas.locations,
    kubernetes,
  })
}

type Problem = { list: string; index: number; field?: string; message: string }

/** What the session could not load. A broken policy judges nothing, so every change that it was to judge is open. */
function loadProblems(
  problems: readonly Problem[],
  { load }: Environment,
  policies: PolicySource,
  writes: readonly ChangeWrite[],
): NotChecked[] {
  return problems.flatMap(({ list, index, field, message }): NotChecked[] => {
    const reason = field === undefined ? message : `${field}: ${message}`
    const object = listOf(load, list)?.[index]
    const metadata = object?.['metadata'] as { name?: string } | undefined
    const name = metadata?.name ?? `${list}[${index}]`
    if (list === 'policies' || list === 'bindings') {
      const policy = policies.policies.get(policyKey({ language: 'admission', name }))
      return [
        {
          what: policy?.id ?? name,
          code: 'policy-error',
          reason,
          targets: targetsOf(writes),
          count: 1,
          ...(policy && { location: policy.location }),
        },
      ]
    }
    // An object that the change itself writes has findings of its own.
    if (
      writes.some(({ change }) => change.identity.name === name && loadedKinds[list] === change.identity.kind)
    )
      return []
    // Nothing of this change is in it, so that nothing is left open.
    if (list === 'namespaces' && !writes.some(({ write }) => write.namespace === name)) return []
    // Objects of a definition that does not compile come out as unknown kinds; the definition itself is judged as a
    // change. Here it is only said why.
    const code = list === 'customResourceDefinitions' ? 'unknown-kind' : 'engine'
    const what = list === 'namespaces' ? `Namespace ${name}` : name
    return [{ what, code, reason, targets: [], count: 1 }]
  })
}

const loadedKinds: Readonly<Record<string, string>> = {
  namespaces: 'Namespace',
  customResourceDefinitions: 'CustomResourceDefinition',
}

function listOf(load: Environment['load'], list: string) {
  if (list === 'policies') return load.policies
  if (list === 'bindings') return load.bindings
  if (list === 'namespaces') return load.namespaces
  return load.customResourceDefinitions
}
