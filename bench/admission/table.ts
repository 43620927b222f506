/** Who agrees: a row a set, and a file with every disagreement. */
import { writeFileSync } from 'node:fs'
import { grouped, kindOf, type Answer, type Case } from './case.ts'
import { clusterState } from './cluster-state.ts'

export interface Judged {
  readonly one: Case
  readonly server: Answer
  readonly engine: Answer
}

const columns = [
  'objects',
  'both accept',
  'both refuse',
  'disagree',
  "cluster's state",
  'no such kind',
  'not judged',
] as const
type Column = (typeof columns)[number]

export function columnOf({ server, engine }: Judged): Column {
  // The server could not be brought into the state before the write.
  if (server.verdict === 'impossible') return 'not judged'
  if (server.verdict === 'unknown') return engine.verdict === 'accepted' ? 'disagree' : 'no such kind'
  if (engine.verdict === server.verdict) return server.verdict === 'accepted' ? 'both accept' : 'both refuse'
  return clusterState(server, engine) === undefined ? 'disagree' : "cluster's state"
}

export function printTable(judged: readonly Judged[]): void {
  const rows = grouped(
    judged,
    ({ one }) => `${one.set} (${one.old === undefined ? 'create' : 'update'}, ${one.by})`,
  )
  const width = Math.max(...[...rows.keys()].map((name) => name.length), 10)
  console.log([''.padEnd(width), ...columns].join('  '))
  for (const [name, members] of rows) {
    const count = (column: Column): number =>
      column === 'objects' ? members.length : members.filter((each) => columnOf(each) === column).length
    console.log([name.padEnd(width), ...columns.map((c) => String(count(c)).padStart(c.length))].join('  '))
  }
}

/** Everything needed to look at a disagreement, or at a case of the cluster's state: the objects and both sentences. */
export function writeDisagreements(judged: readonly Judged[], file: string): void {
  const found = judged.filter((each) => columnOf(each) === 'disagree')
  const states = judged.flatMap((each) => {
    const state = clusterState(each.server, each.engine)
    return state === undefined ? [] : [{ ...each, state }]
  })
  const lines = [...found, ...states].map(({ one, server, engine, ...state }) => ({
    id: one.id,
    by: one.by,
    ...state,
    server,
    engine,
    object: one.object,
    ...(one.old === undefined ? {} : { old: one.old }),
  }))
  writeFileSync(file, `${JSON.stringify(lines, null, 1)}\n`)
  console.log(`\n${found.length} disagreements in ${file}`)
  for (const [reason, members] of grouped(states, ({ state }) => state))
    console.log(`  besides ${members.length} because of the cluster's state: ${reason}`)
  for (const { one, server, engine } of found.slice(0, 40))
    console.log(
      `  ${one.id}\n    server ${server.verdict}: ${brief(server)}\n    engine ${engine.verdict}: ${brief(engine)}`,
    )
}

/** One row for each manifest that both refuse, for a person to judge: where it stands and what the server says first. */
export function writeRefused(judged: readonly Judged[], file: string): void {
  const rows = judged.flatMap((each) => {
    if (each.one.set !== 'manifests' || columnOf(each) !== 'both refuse') return []
    const [first = ''] = each.server.says
    return [`${each.one.id}\t${kindOf(each.one.object)}\t${first.replaceAll(/\s+/g, ' ').slice(0, 200)}\n`]
  })
  writeFileSync(file, rows.join(''))
}

function brief({ says }: Answer): string {
  return says.slice(0, 3).join(' | ').slice(0, 300)
}
