/** The native engine on scenarios: one load and one evaluation each, in one process. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  AdmissionLoadResult,
  AdmitResult,
  PolicyEvaluateResult,
  PolicyEvaluation,
} from '../../src/engine/api.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { sentence, type Said, type Scenario } from './scenario.ts'

export interface EngineAnswer {
  readonly load: AdmissionLoadResult
  readonly said: readonly Said[]
}

/** Answers requests in their order; an error of one is an error of all. */
export function askNative(program: string, requests: readonly object[]): unknown[] {
  const folder = mkdtempSync(join(tmpdir(), 'preadmit-policies-'))
  try {
    mkdirSync(join(folder, 'case'))
    writeFileSync(join(folder, 'case', 'request.json'), JSON.stringify(requests))
    const output = join(folder, 'output')
    const { status } = spawnSync(program, [folder], { stdio: ['ignore', openSync(output, 'w'), 'inherit'] })
    if (status !== 0) throw new Error(`the engine ended with ${status ?? 'a signal'}`)
    const lines = readFileSync(output, 'utf8').split('\n')
    return lines
      .filter((line) => line !== '')
      .map((line) => {
        const { result, error } = JSON.parse(line.replace(/^\S+ \d+ /, '')) as {
          result?: unknown
          error?: { message: string }
        }
        if (error !== undefined) throw new Error(error.message)
        return result
      })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Who the server of the bench takes its client for (tools/oracle: a static token). */
const user = { name: 'oracle', groups: ['system:masters'], uid: 'oracle' }

export function askEngine(
  program: string,
  kubernetes: string,
  definitions: readonly JsonObject[],
  scenarios: readonly Scenario[],
): EngineAnswer[] {
  const requests = scenarios.flatMap(({ namespaces, parameters, policies, bindings, writes }) => [
    {
      op: 'load',
      kubernetes,
      customResourceDefinitions: definitions,
      namespaces,
      parameters,
      policies,
      bindings,
      user,
    },
    { op: 'policy.evaluate', writes },
    { op: 'admit', writes },
  ])
  const answers = askNative(program, requests)
  return scenarios.map(({ writes }, index) => {
    const [load, evaluated, admitted] = answers.slice(index * 3) as [
      AdmissionLoadResult,
      PolicyEvaluateResult,
      AdmitResult,
    ]
    const said = writes.map((_, position): Said => {
      const verdict = admitted.writes[position]?.verdict
      const own = evaluated.evaluations.filter(({ write }) => write === position)
      return { ...saidBy(own), ...(verdict === 'rejected' ? { note: 'admit refuses it' } : {}) }
    })
    return { load, said }
  })
}

function saidBy(evaluations: readonly PolicyEvaluation[]): Said {
  const unknown = evaluations.filter(({ outcome }) => outcome === 'not-evaluable')
  const counted = evaluations.filter(
    ({ outcome, failurePolicy }) => outcome === 'fail' || (outcome === 'error' && failurePolicy === 'Fail'),
  )
  const by = (action: string) =>
    counted
      .filter(({ actions }) => actions.includes(action))
      .map(({ policy, binding, message }) => sentence(policy, binding, message))
  const denied = by('Deny')
  const reason = counted.find(({ actions }) => actions.includes('Deny'))?.reason
  return {
    verdict: denied.length > 0 ? 'denied' : 'accepted',
    denied,
    warned: by('Warn'),
    ...(reason === undefined ? {} : { reason }),
    ...(unknown.length === 0
      ? {}
      : { unknown: unknown.map(({ policy, message }) => `${policy}: ${message}`) }),
  }
}
