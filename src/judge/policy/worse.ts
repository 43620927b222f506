/**
 * What makes an object worse that violated before. Many policies say one sentence of an object, however much of it is
 * wrong: a second container without limits gets no finding of its own. Here the policy itself is asked about the object
 * with fewer entries in a list, which tells which of them it refuses.
 */
import { fingerprintKey } from '../fingerprint.ts'
import type { Found } from '../judgement.ts'
import type { FoundWithStatus } from '../status.ts'
import type { ChangeWrite } from '../writes.ts'
import { listsOfBoth, withEntries, type ComparedLists, type Entry } from './changed-entries.ts'
import type { Evaluated, PolicyEvaluator } from './evaluator.ts'

/** Questions of one run: each is an object for every policy. What would need more stays as it was. */
const maxQuestions = 400

/**
 * The findings, with those as new that an entry violates which did not violate at base. That is so when the policy
 * accepts both sides without the entries of a list, refuses head with this entry alone, and does not refuse base with
 * this entry alone. A policy that asks for something to be there refuses an empty list too, and nothing is said of it.
 */
export async function withWorse(
  found: readonly FoundWithStatus[],
  { before, after }: { readonly before: readonly ChangeWrite[]; readonly after: readonly ChangeWrite[] },
  evaluator: PolicyEvaluator,
): Promise<readonly FoundWithStatus[]> {
  const questions = questionsOf(found, before, after)
  const asked = questions.flatMap(({ writes }) => writes)
  if (asked.length === 0) return found
  // Evaluators are asked for one side at a time (judge/policy/side.ts).
  const sides = [asked.filter(isHead), asked.filter((one) => !isHead(one))]
  const answers = answersOf(await Promise.all(sides.map((writes) => evaluator.evaluate(writes))))
  const offenders = new Map<string, Set<string>>()
  for (const question of questions) {
    for (const key of question.keys) {
      const names = worseEntries(question, (write) => answers(write, key))
      if (names.length > 0) offenders.set(key, new Set([...(offenders.get(key) ?? []), ...names]))
    }
  }
  return promoted(found, offenders)
}

interface Question {
  /** Findings that it is about. */
  readonly keys: readonly string[]
  readonly emptied: readonly [base: ChangeWrite, head: ChangeWrite]
  readonly entries: readonly {
    readonly name: string
    readonly head: ChangeWrite
    readonly base: ChangeWrite | undefined
  }[]
  readonly writes: readonly ChangeWrite[]
}

function questionsOf(
  found: readonly FoundWithStatus[],
  before: readonly ChangeWrite[],
  after: readonly ChangeWrite[],
): readonly Question[] {
  const keysByObject = new Map<ChangeWrite['object'], string[]>()
  for (const one of found) {
    if (!isUnclear(one) || one.object === undefined) continue
    const keys = keysByObject.get(one.object)
    if (keys === undefined) keysByObject.set(one.object, [keyOf(one)])
    else keys.push(keyOf(one))
  }
  if (keysByObject.size === 0) return []
  const bases = new Map(before.map((one) => [one.object, one]))
  const questions: Question[] = []
  let count = 0
  for (const head of after) {
    const keys = keysByObject.get(head.object)
    const base = head.change.old === undefined ? undefined : bases.get(head.change.old)
    if (keys === undefined || base === undefined || head.object !== head.change.new) continue
    for (const lists of listsOfBoth(base.object.object, head.object.object)) {
      const question = questionOf(keys, base, head, lists)
      if (count + question.writes.length > maxQuestions) return questions
      count += question.writes.length
      questions.push(question)
    }
  }
  return questions
}

/** One sentence about the whole object, said on both sides. */
function isUnclear({ finding, status, side, named, failedClosed }: FoundWithStatus): boolean {
  return (
    finding.source === 'policy' &&
    status === 'existing' &&
    side === 'head' &&
    named === undefined &&
    failedClosed === undefined
  )
}

function questionOf(
  keys: readonly string[],
  base: ChangeWrite,
  head: ChangeWrite,
  { paths, entries }: ComparedLists,
): Question {
  const only = (write: ChangeWrite, entry?: Entry): ChangeWrite => reduced(write, paths, entry)
  const emptied = [only(base), only(head)] as const
  const asked = entries.map(({ head: entry, base: was }) => ({
    name: entry.name,
    head: only(head, entry),
    base: was === undefined ? undefined : only(base, was),
  }))
  return {
    keys,
    emptied,
    entries: asked,
    writes: [
      ...emptied,
      ...asked.flatMap((one) => (one.base === undefined ? [one.head] : [one.head, one.base])),
    ],
  }
}

/** The write of an object that has none of the lists' entries but one. A base object changes nothing, as before. */
function reduced(one: ChangeWrite, paths: ComparedLists['paths'], entry: Entry | undefined): ChangeWrite {
  const object = { ...one.object, object: withEntries(one.object.object, paths, entry) }
  const ofHead = isHead(one)
  const unchanged = !ofHead && one.write.old !== undefined
  return {
    change: { ...one.change, ...(ofHead ? { new: object } : { old: object }) },
    object,
    write: { ...one.write, object: object.object, ...(unchanged ? { old: object.object } : {}) },
  }
}

function isHead({ change, object }: ChangeWrite): boolean {
  return object === change.new
}

type Answer = 'refused' | 'accepted' | 'unknown'

/** What was said of a write under a key; a policy that could not judge one of the writes says nothing of any. */
function answersOf(evaluated: readonly Evaluated[]): (write: ChangeWrite, key: string) => Answer {
  const found = evaluated.flatMap((one) => one.found)
  const open = new Set(evaluated.flatMap(({ notChecked }) => notChecked.map(({ what }) => what)))
  const refused = new Map<Found['object'], Set<string>>()
  for (const one of found) {
    if (one.failedClosed === true) open.add(one.finding.rule)
    const keys = refused.get(one.object)
    if (keys === undefined) refused.set(one.object, new Set([keyOf(one)]))
    else keys.add(keyOf(one))
  }
  return ({ object }, key) => {
    if (refused.get(object)?.has(key) === true) return 'refused'
    const [rule] = JSON.parse(key) as readonly [string]
    return open.has(rule) ? 'unknown' : 'accepted'
  }
}

function worseEntries(
  { emptied, entries }: Question,
  said: (write: ChangeWrite) => Answer,
): readonly string[] {
  if (!emptied.every((write) => said(write) === 'accepted')) return []
  return entries
    .filter(({ head, base }) => said(head) === 'refused' && (base === undefined || said(base) === 'accepted'))
    .map(({ name }) => name)
}

/** As many as entries are worse, those counted that are new already. */
function promoted(
  found: readonly FoundWithStatus[],
  offenders: ReadonlyMap<string, ReadonlySet<string>>,
): readonly FoundWithStatus[] {
  const left = new Map([...offenders].map(([key, names]) => [key, names.size]))
  for (const one of found) {
    const count = left.get(keyOf(one))
    if (count !== undefined && one.status === 'new') left.set(keyOf(one), count - 1)
  }
  return found.map((one) => {
    const key = keyOf(one)
    const names = offenders.get(key)
    const count = left.get(key) ?? 0
    if (names === undefined || count <= 0 || !isUnclear(one)) return one
    left.set(key, count - 1)
    const message = `${one.finding.message} (before, and now by ${[...names].sort().join(', ')} too)`
    return { ...one, status: 'new', finding: { ...one.finding, message } }
  })
}

/** The fingerprint without the containers that the message names, and without the number of a second one. */
function keyOf({ finding, named }: Found): string {
  const element = named?.element ?? finding.element.replace(/#\d+$/, '')
  return fingerprintKey({ ...finding, element })
}
