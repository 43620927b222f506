/**
 * The engine `admission` against a real API server: the same objects to both, every disagreement in a file.
 *
 *   npm run bench -- admission --server https://127.0.0.1:16443 --faults FOLDER [--repository GITDIR]…
 *       [--definitions GITDIR]… [--mutations 5000] [--seed 1] [--kubernetes 1.37] [--out FILE] [--wasm]
 *       [--kubectl PROGRAM --client-applies 400]
 */
import { parseArgs } from 'node:util'
import type { JsonObject } from '../../src/model/json.ts'
import { metadataOf, text, type Case } from './case.ts'
import { askEngine, buildNative, webAssembly, type Engine } from './engine.ts'
import { faultsOf } from './faults.ts'
import { manifestsOf, type Manifest } from './manifests.ts'
import { mutated } from './mutated.ts'
import { Server, withoutConversion } from './server.ts'
import { columnOf, printTable, writeDisagreements, writeRefused, type Judged } from './table.ts'

/** Requests under way at the server. */
const atOnce = 8

export async function admission(parameters: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      server: { type: 'string', default: 'https://127.0.0.1:16443' },
      token: { type: 'string', default: 'oracle' },
      faults: { type: 'string' },
      repository: { type: 'string', multiple: true, default: [] },
      definitions: { type: 'string', multiple: true, default: [] },
      limit: { type: 'string', default: '400' },
      mutations: { type: 'string', default: '5000' },
      seed: { type: 'string', default: '1' },
      kubernetes: { type: 'string', default: '1.37' },
      out: { type: 'string', default: 'out/admission.json' },
      refused: { type: 'string' },
      program: { type: 'string' },
      kubectl: { type: 'string' },
      'client-applies': { type: 'string', default: '0' },
      wasm: { type: 'boolean', default: false },
    },
  })
  const engine: Engine = {
    program: values.program ?? buildNative(),
    kubernetes: values.kubernetes,
    ...(values.wasm ? { module: webAssembly() } : {}),
  }
  const faults = values.faults === undefined ? { cases: [], definitions: [] } : faultsOf(values.faults)
  const limit = Number(values.limit)
  const manifests = values.repository.flatMap((directory) => manifestsOf(directory, limit))
  const candidates = distinct([
    ...faults.definitions,
    ...values.definitions.flatMap((directory) => manifestsOf(directory, Infinity)).flatMap(definitionOf),
  ])
  const server = new Server(values.server, values.token, values.kubectl)
  try {
    const definitions = await server.define(candidates)
    const judge = async (cases: readonly Case[]): Promise<Judged[]> => {
      const answers = await judgeAll(server, cases)
      const own = askEngine(engine, definitions, cases)
      return cases.flatMap((one, index) => {
        const [theirs, ours] = [answers[index], own[index]]
        return theirs === undefined || ours === undefined ? [] : [{ one, server: theirs, engine: ours }]
      })
    }
    const first = await judge([
      ...faults.cases,
      ...manifests.map(({ id, object }): Case => ({ id, set: 'manifests', object, by: 'create' })),
    ])
    const valid = first.filter((each) => columnOf(each) === 'both accept' && each.one.old === undefined)
    const all = [...first]
    const changed = mutated(
      valid.map(({ one }) => one.object),
      {
        count: Number(values.mutations),
        clientApplies: Number(values['client-applies']),
        seed: Number(values.seed),
      },
    )
    for (const { pass, cases } of changed) {
      console.error(`${pass}: ${cases.length} mutations`)
      all.push(...(await judge(cases)))
      // A server hears a moment later of what is gone.
      await new Promise((resolve) => setTimeout(resolve, 3000))
    }
    printTable(all)
    writeDisagreements(all, values.out)
    if (values.refused !== undefined) writeRefused(all, values.refused)
  } finally {
    server.close()
  }
}

function definitionOf({ object }: Manifest): JsonObject[] {
  return object['kind'] === 'CustomResourceDefinition' && object['apiVersion'] === 'apiextensions.k8s.io/v1'
    ? [withoutConversion(object)]
    : []
}

/** The first definition of each name: repositories hold the same one in several bundles. */
function distinct(definitions: readonly JsonObject[]): JsonObject[] {
  const byName = new Map<string, JsonObject>()
  for (const definition of definitions) {
    const name = text(metadataOf(definition)['name'])
    if (!byName.has(name)) byName.set(name, definition)
  }
  return [...byName.values()]
}

async function judgeAll(server: Server, cases: readonly Case[]): Promise<Judged['server'][]> {
  const answers: Judged['server'][] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < cases.length; index = next++) {
      const one = cases[index]
      if (one !== undefined) answers[index] = await server.judge(one)
      if (index > 0 && index % 500 === 0) console.error(`${index} of ${cases.length} judged by the server`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return answers
}
