/**
 * ValidatingAdmissionPolicies by the engine and by a real API server: the same policies, bindings, parameters and
 * namespaces, then the same writes as dry runs. Verdict, message, reason and warnings must agree.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { JsonObject } from '../../src/model/json.ts'
import { buildNative } from '../admission/engine.ts'
import { metadataOf, text } from '../admission/case.ts'
import { Cluster } from './cluster.ts'
import { generateScenarios } from './generate.ts'
import { askEngine } from './native.ts'
import { definitions } from './objects.ts'
import { fromRepositories } from './repositories.ts'
import type { Said, Scenario } from './scenario.ts'

/** Scenarios whose policies are in force together; each refresh of the server recompiles what is new. */
const together = 25

export async function differential(parameters: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      server: { type: 'string', default: 'https://127.0.0.1:16443' },
      token: { type: 'string', default: 'oracle' },
      kubernetes: { type: 'string', default: '1.37' },
      scenarios: { type: 'string', default: '100' },
      writes: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      policies: { type: 'string', multiple: true, default: [] },
      repository: { type: 'string', multiple: true, default: [] },
      program: { type: 'string' },
      cases: { type: 'string' },
      out: { type: 'string', default: 'out/policies.json' },
    },
  })
  const program = values.program ?? buildNative()
  const generated =
    values.cases === undefined
      ? generateScenarios(Number(values.scenarios), Number(values.seed), Number(values.writes))
      : (JSON.parse(readFileSync(values.cases, 'utf8')) as Scenario[])
  const known = [...definitions]
  const scenarios = [
    ...generated,
    ...fromRepositories(values.policies, values.repository, Number(values.seed), known),
  ]
  const cluster = new Cluster(values.server, values.token)
  const totals = new Map<string, number>()
  const differences: object[] = []
  const count = (what: string): void => void totals.set(what, (totals.get(what) ?? 0) + 1)
  try {
    await cluster.define(known)
    for (let at = 0; at < scenarios.length; at += together) {
      const batch = scenarios.slice(at, at + together)
      await judge(batch)
      console.error(
        `${at + batch.length} of ${scenarios.length} scenarios; ${differences.length} differences`,
      )
    }
  } finally {
    cluster.close()
  }
  writeFileSync(values.out, `${JSON.stringify(differences, null, 1)}\n`)
  for (const [what, number] of [...totals].sort()) console.log(`${what.padEnd(48)} ${number}`)
  console.log(`${differences.length} differences in ${values.out}`)

  async function judge(batch: readonly Scenario[]): Promise<void> {
    const ready: boolean[][] = []
    for (const scenario of batch) ready.push(await cluster.prepare(scenario))
    const stored: Scenario[] = []
    const whole = askEngine(program, values.kubernetes, known, batch)
    for (const [index, scenario] of batch.entries()) {
      const refused = await cluster.install(scenario)
      for (const list of ['policies', 'bindings'] as const) compareLoads(scenario, list, refused[list], index)
      stored.push({
        ...scenario,
        policies: scenario.policies.filter((_, n) => !refused.policies.has(n)),
        bindings: scenario.bindings.filter((_, n) => !refused.bindings.has(n)),
      })
    }
    await cluster.settle()
    const engine = askEngine(program, values.kubernetes, known, stored)
    for (const [index, scenario] of stored.entries()) {
      for (const [position, write] of scenario.writes.entries()) {
        if (ready[index]?.[position] !== true) {
          count('writes: old object refused, not judged')
          continue
        }
        const theirs = await cluster.ask(write)
        const ours = engine[index]?.said[position] ?? { verdict: 'other', denied: [], warned: [] }
        const found = compare(theirs, ours)
        count(`writes: ${found}`)
        if (found.startsWith('different'))
          differences.push({
            scenario: scenario.id,
            found,
            server: theirs,
            engine: ours,
            write,
            ...context(scenario, theirs, ours),
          })
      }
      await cluster.remove(scenario)
    }

    function compareLoads(
      scenario: Scenario,
      list: 'policies' | 'bindings',
      refused: ReadonlyMap<number, string>,
      index: number,
    ): void {
      const problems = whole[index]?.load.problems.filter((problem) => problem.list === list) ?? []
      for (const [position, object] of scenario[list].entries()) {
        const theirs = refused.get(position)
        const ours = problems.find((problem) => problem.index === position)
        if ((theirs === undefined) === (ours === undefined)) {
          count(`${list}: ${theirs === undefined ? 'both accept' : 'both refuse'}`)
          if (theirs !== undefined && process.env['SHOW_REFUSED'] === '1') console.error(theirs.slice(0, 300))
        } else {
          count(`${list}: different`)
          differences.push({
            scenario: scenario.id,
            found: `${list} different`,
            server: theirs,
            engine: ours,
            object,
          })
        }
      }
    }
  }
}

/** Policies and bindings that either of the two names. */
function context(scenario: Scenario, theirs: Said, ours: Said): object {
  const named = JSON.stringify([theirs, ours])
  const of = (objects: readonly JsonObject[]) =>
    objects.filter((object) => named.includes(text(metadataOf(object)['name'])))
  return { policies: of(scenario.policies), bindings: of(scenario.bindings) }
}

/** What they make of one write; everything that begins with `different` is a disagreement. */
function compare(theirs: Said, ours: Said): string {
  if (theirs.verdict === 'other' || ours.note !== undefined) return 'refused before policies, not judged'
  if (ours.unknown !== undefined) return 'not evaluable here'
  if (theirs.verdict !== ours.verdict) return `different verdict`
  // A server lists hooks in the order of a map: which of several refusals it tells is chance.
  if (!theirs.denied.every((sentence) => ours.denied.includes(sentence))) return 'different message'
  if (theirs.verdict === 'denied' && ours.denied.length === 1 && (ours.reason ?? 'Invalid') !== theirs.reason)
    return 'different reason'
  // The same warning is sent once.
  if (!same(theirs.warned, ours.warned)) return 'different warnings'
  const warned = theirs.warned.length > 0 ? ', with warnings' : ''
  return theirs.verdict === 'denied' ? `both deny${warned}` : `both accept${warned}`
}

function same(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [new Set(a), new Set(b)]
  return left.size === right.size && [...left].every((entry) => right.has(entry))
}
