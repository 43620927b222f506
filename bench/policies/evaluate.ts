/**
 * One run of the shipped engine, as a process of its own: `evaluate FOLDER ENGINES` reads policies.json (a load) and
 * objects.json, evaluates every object as a create, and prints how many refusals there were.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createEngines } from '../../src/engine/pool.ts'
import type { AdmissionLoadRequest } from '../../src/engine/api.ts'
import type { JsonObject } from '../../src/model/json.ts'

/** CPU of this process so far, threads included. */
function seconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

const [folder = '.', directory = 'dist/engines/'] = process.argv.slice(2)
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))
const engines = createEngines({ directory: pathToFileURL(directory) })
const started = seconds()
const session = await engines.admission.open(read('policies.json') as Omit<AdmissionLoadRequest, 'op'>)
if ('error' in session) throw new Error(session.error.message)
const loaded = seconds()
const answer = await session.evaluatePolicies(
  (read('objects.json') as JsonObject[]).map((object) => ({
    operation: 'CREATE',
    object,
    namespace: 'default',
  })),
)
if (!answer.ok) throw new Error(answer.error.message)
const { evaluations, matched } = answer.result
const failed = evaluations.filter(({ outcome }) => outcome === 'fail').length
console.log(
  JSON.stringify({
    failed,
    other: evaluations.length - failed,
    matched: Object.values(matched).reduce((sum, count) => sum + count, 0),
    problems: session.loaded.problems.length,
    start: started,
    load: loaded - started,
    evaluate: seconds() - loaded,
  }),
)
await engines.close()
