/**
 * Objects on their own, without targets and without a base to be better than: what the API server says of each write,
 * by the same steps as for the changes of a pull request.
 */
import { vaultOfObjects, type SecretVault } from '../compare/secrets.ts'
import type { AdmissionSession, Engines } from '../engine/engines.ts'
import type { Change } from '../model/change.ts'
import type { RawFinding } from '../model/finding.ts'
import type { JsonObject } from '../model/json.ts'
import { groupKind, type RenderedObject } from '../model/object.ts'
import type { NotChecked } from '../model/outcome.ts'
import { classesAmong } from './admission/classes.ts'
import { admitWrites } from './admission/findings.ts'
import { refusedByPlugins } from './admission/plugins.ts'
import {
  definedGroupKind,
  groupKindOf,
  shippedFor,
  undefinedAmong,
  unservedReason,
} from './definitions/shipped.ts'
import { withoutLaterRules } from './admission/later-rules.ts'
import { podSecurity } from './admission/pod-security.ts'
import { textAt } from './field-steps.ts'
import type { Found } from './judgement.ts'
import { codeOf } from './not-checked.ts'
import { lostKinds, lostReason, switchedOff, switchedOffReason } from './optional-kinds.ts'
import type { Schemas, ShippedDefinition } from './schema/catalogue.ts'
import { readCustomResources } from './schema/custom.ts'
import { fieldNames } from './schema/field-names.ts'
import { withoutRepetition } from './admission/repetition.ts'
import { checkShapes, type SchemaAnswer } from './schema/findings.ts'
import type { SchemaLocations } from './schema/locations.ts'
import { writesAfter, type ChangeWrite } from './writes.ts'

export interface ObjectToJudge {
  readonly object: RenderedObject
  /** Makes it an update. */
  readonly old?: RenderedObject
}

export interface JudgedObject {
  readonly verdict: 'accepted' | 'rejected' | 'unknown'
  /** Secret values masked. */
  readonly findings: readonly RawFinding[]
  /** Why the verdict is `unknown`. */
  readonly reason?: Pick<NotChecked, 'code' | 'reason'>
}

export interface ObjectJudge {
  /** The minor whose rules answer; the declared one when the engine could not be opened. */
  readonly kubernetes: string
  /** Definitions of tools that judge with the others, since those leave their kinds open. */
  readonly shipped: readonly ShippedDefinition[]
  /** In the order of the objects. Calls may run at the same time. */
  judge(objects: readonly ObjectToJudge[]): Promise<readonly JudgedObject[]>
}

export interface ObjectJudgeOptions {
  readonly engines: Engines
  readonly schemas: Schemas
  /** Declared minor: `1.34`. */
  readonly kubernetes: string
  /** Every write is a server-side apply; otherwise it is not known how they are written. */
  readonly serverSide?: boolean
  /** All that are known; only those of the objects' kinds are loaded. Later ones of one name win. */
  readonly definitions: readonly JsonObject[]
  /** All objects that will be judged, old ones included: their kinds and their secrets. */
  readonly objects: readonly JsonObject[]
  readonly locations: SchemaLocations
}

/** Loads what the objects need, once for all of them. */
export async function createObjectJudge(options: ObjectJudgeOptions): Promise<ObjectJudge> {
  const { engines, kubernetes } = options
  const { definitions, shipped } = await neededDefinitions(options)
  const namespaces = namespacesAmong(options.objects)
  const session = await engines.admission.open({
    kubernetes,
    namespaces: [...namespaces],
    customResourceDefinitions: [...definitions],
  })
  let vault: SecretVault | undefined
  // Most runs find nothing, and then no text has to be masked.
  const masks = (): SecretVault =>
    (vault ??= vaultOfObjects(new Set(options.objects), () => fieldNames(options.schemas, definitions)))
  if ('error' in session) {
    const { error } = session
    const reason = {
      code: codeOf(error),
      reason: `the API server's code could not be loaded: ${error.message}`,
    }
    return {
      kubernetes,
      shipped,
      judge: (objects) => Promise.resolve(objects.map(() => ({ verdict: 'unknown', findings: [], reason }))),
    }
  }
  const broken = brokenDefinitions(session, definitions)
  return {
    kubernetes: session.loaded.kubernetes,
    shipped,
    judge: (objects) =>
      judgeObjects(objects, { ...options, namespaces, definitions, shipped, session, broken, masks }),
  }
}

interface Loaded extends ObjectJudgeOptions {
  readonly namespaces: readonly JsonObject[]
  readonly shipped: readonly ShippedDefinition[]
  readonly session: AdmissionSession
  /** `group/Kind` → why its definition cannot be used. */
  readonly broken: ReadonlyMap<string, string>
  readonly masks: () => SecretVault
}

async function judgeObjects(
  objects: readonly ObjectToJudge[],
  loaded: Loaded,
): Promise<readonly JudgedObject[]> {
  const {
    session,
    schemas,
    kubernetes,
    serverSide = false,
    namespaces,
    definitions,
    shipped,
    locations,
    broken,
    masks,
  } = loaded
  const writes = writesAfter(objects.map(changeOf), namespaceOf).map((one): ChangeWrite =>
    serverSide ? { ...one, write: { ...one.write, apply: 'server' } } : one,
  )
  const customResources = readCustomResources(definitions, shipped)
  const [admitted, shapes, pods] = await Promise.all([
    admitWrites(session, writes, () => undefined),
    checkShapes(writes, { schemas, kubernetes, customResources }, locations),
    podSecurity(session, writes, { podSecurity: null }, namespaces),
  ])
  const own = withoutLaterRules(admitted.found, kubernetes)
  const said = byTarget([
    ...withoutRepetition(own, shapes.found, { ...admitted, ...shapes }),
    ...refusedByPlugins(writes, classesAmong(loaded.objects)),
    ...pods.found.map(asTheServer),
  ])
  const open = openTargets([...admitted.notChecked, ...shapes.notChecked, ...pods.notChecked])
  const unknown = new Set(admitted.unknown)
  const off = new Set(switchedOff(admitted, shapes))
  const lost = new Set(lostKinds(admitted, shapes))
  return writes.map((write): JudgedObject => {
    const { target } = write.change
    const findings = [
      ...(said.get(target) ?? []).map(({ finding }) => masked(finding, masks())),
      ...(lost.has(write) ? [onlyShape(write, lostReason(kubernetes, session.loaded.kubernetes))] : []),
    ]
    if (findings.some(({ level }) => level !== 'advisory')) return { verdict: 'rejected', findings }
    const reason =
      open.get(target) ??
      (off.has(write)
        ? { code: 'unknown-kind' as const, reason: switchedOffReason }
        : unknownKind(write, unknown, shapes, { broken, shipped }))
    if (reason === undefined) return { verdict: 'accepted', findings }
    return { verdict: 'unknown', findings, reason: { ...reason, reason: masks().maskText(reason.reason) } }
  })
}

/** The server refuses pods only; of what makes pods it says nothing, and its pods never come. */
function asTheServer(found: Found): Found {
  const { finding } = found
  return finding.object?.kind === 'Pod' ? found : { ...found, finding: { ...finding, level: 'advisory' } }
}

/** Namespaces among the objects, with the labels that Pod Security goes by; of one name the first, which is the new one. */
function namespacesAmong(objects: readonly JsonObject[]): readonly JsonObject[] {
  const byName = new Map<string, JsonObject>()
  for (const object of objects) {
    const name = textAt(object, 'metadata', 'name')
    if (object['kind'] !== 'Namespace' || object['apiVersion'] !== 'v1' || name === undefined) continue
    if (!byName.has(name)) byName.set(name, object)
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, namespace]) => namespace)
}

/** Every object is a target of its own, so that findings of equal objects are told apart. */
function changeOf({ object, old }: ObjectToJudge, position: number): Change {
  return {
    target: String(position),
    identity: object.identity,
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    ...(old === undefined ? {} : { old }),
    new: object,
    differences: [],
  }
}

function namespaceOf(change: Change): string {
  return change.identity.namespace || 'default'
}

function byTarget(found: readonly Found[]): ReadonlyMap<string, readonly Found[]> {
  const groups = new Map<string, Found[]>()
  for (const one of found) {
    const group = groups.get(one.finding.target)
    if (group === undefined) groups.set(one.finding.target, [one])
    else group.push(one)
  }
  return groups
}

function openTargets(
  entries: readonly NotChecked[],
): ReadonlyMap<string, Pick<NotChecked, 'code' | 'reason'>> {
  return new Map(
    entries.flatMap(({ code, reason, targets }) => targets.map((target) => [target, { code, reason }])),
  )
}

function onlyShape({ change }: ChangeWrite, message: string): RawFinding {
  return {
    source: 'schema',
    rule: 'schema/only-shape',
    level: 'advisory',
    severity: 'low',
    object: change.identity,
    target: change.target,
    path: 'apiVersion',
    element: 'apiVersion',
    message,
  }
}

function unknownKind(
  write: ChangeWrite,
  unknown: ReadonlySet<ChangeWrite>,
  shapes: SchemaAnswer,
  { broken, shipped }: Pick<Loaded, 'broken' | 'shipped'>,
): Pick<NotChecked, 'code' | 'reason'> | undefined {
  const { identity, apiVersion } = write.object
  const problem = broken.get(groupKind(identity))
  // The shape of a definition that no server takes is no answer.
  if (!unknown.has(write) || (shapes.known.has(write) && problem === undefined)) return undefined
  const tool = shipped.find(({ kind }) => kind === groupKind(identity))
  const reason =
    problem ??
    (tool && unservedReason(tool, apiVersion, '--crds')) ??
    `neither Kubernetes nor a known CustomResourceDefinition has ${identity.kind} in ${apiVersion}: name the definition under --crds, or leave the kind out with --skip`
  return { code: 'unknown-kind', reason }
}

/** Loading a definition takes its time, so only those that an object needs; the last of one name wins. */
async function neededDefinitions({ definitions, objects, schemas, locations }: ObjectJudgeOptions): Promise<{
  definitions: readonly JsonObject[]
  shipped: readonly ShippedDefinition[]
}> {
  const wanted = new Set(objects.map(groupKindOf))
  const byName = new Map<string, JsonObject>()
  for (const definition of definitions)
    if (wanted.has(definedGroupKind(definition)))
      byName.set(textAt(definition, 'metadata', 'name') ?? '', definition)
  const own = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, definition]) => definition)
  const shipped = await shippedFor(objects, undefinedAmong(schemas.shipped, own), locations)
  return { definitions: [...own, ...shipped.map(({ definition }) => definition())], shipped }
}

function brokenDefinitions(
  { loaded }: AdmissionSession,
  definitions: readonly JsonObject[],
): ReadonlyMap<string, string> {
  const broken = new Map<string, string>()
  for (const { list, index, field, message } of loaded.problems) {
    const definition = definitions[index]
    if (list !== 'customResourceDefinitions' || definition === undefined) continue
    const said = field === undefined ? message : `${field}: ${message}`
    broken.set(
      definedGroupKind(definition),
      `its CustomResourceDefinition ${textAt(definition, 'metadata', 'name') ?? ''} cannot be used: ${said}`,
    )
  }
  return broken
}

function masked(finding: RawFinding, vault: SecretVault): RawFinding {
  return {
    ...finding,
    message: vault.maskText(finding.message),
    path: vault.maskPath(finding.path),
    ...(finding.remedy === undefined ? {} : { remedy: vault.maskText(finding.remedy) }),
  }
}
