import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { loadConfiguration } from '../../../src/config/load.ts'
import { projectRules } from '../../../src/discover/argocd/project.ts'
import { projectFindings } from '../../../src/judge/safety/projects.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { RenderedPair } from '../../../src/model/rendering.ts'
import { memoryTree } from '../../../src/source/memory-tree.ts'
import { shippedEngines } from '../../check/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())
const tree = memoryTree({})

type Ask =
  | readonly ['source', string, boolean]
  | readonly ['destination', readonly [string, string, string], boolean]
  | readonly ['kind', readonly [string, string, string, 'namespaced' | 'cluster'], boolean]

/**
 * Seeded AppProjects (seed 7, the first 60 of 1,500) and what Argo CD 3.5.7's own IsSourcePermitted, IsDestinationPermitted and
 * IsGroupKindNamePermitted said of them.
 */
const facts = JSON.parse(readFileSync(join(import.meta.dirname, 'project-facts.json'), 'utf8')) as {
  readonly spec: JsonObject
  readonly asks: readonly Ask[]
}[]

async function permits(project: JsonObject, [what, value]: Ask): Promise<boolean> {
  const [server, name, namespace] = what === 'destination' ? value : ['s', 'n', 'web']
  const spec = {
    project: 'team',
    source: { repoURL: what === 'source' ? value : 'x' },
    destination: { server, name, namespace },
  }
  const repository = { configuration: await loadConfiguration(tree), tree, engines, globalProjects: false }
  const rules = await projectRules(spec, [spec.source], 'argocd', repository, {
    key: '',
    find: () => Promise.resolve({ object: { spec: project } }),
  })
  if (rules === undefined) throw new Error('no rules')
  const pair: RenderedPair = {
    id: 'x',
    head: {
      state: 'rendered',
      target: {
        id: 'x',
        kind: 'argocd',
        name: 'x',
        path: 'x',
        sync: { prune: true, serverSide: false, automatic: true },
        plan: { tool: 'several', sources: [] },
        inputs: { files: [], directories: [] },
        project: rules,
      },
      objects:
        what !== 'kind'
          ? []
          : [
              {
                identity: {
                  group: value[0],
                  kind: value[1],
                  name: value[2],
                  namespace: value[3] === 'cluster' ? '' : 'web',
                },
                apiVersion: 'v1',
                object: {},
                origin: {},
              },
            ],
      notChecked: [],
      warnings: [],
      read: [],
    },
  }
  return !projectFindings([pair], []).some(({ finding }) => finding.rule === `argocd/project-${what}`)
}

it.each(facts.map((fact, i) => [i, fact] as const))('project %i', async (_, { spec, asks }) => {
  const said = await Promise.all(asks.map(async (ask) => [ask[0], ask[1], await permits(spec, ask)]))
  expect(said).toEqual(asks)
})
