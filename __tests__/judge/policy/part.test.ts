/** What makes a finding of a policy the same one: never a position, never a message. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/judge/fingerprint.ts'
import { applicable } from '../../../src/judge/policy/applies.ts'
import { partsOf } from '../../../src/judge/policy/part.ts'
import type { PolicySource } from '../../../src/judge/policy/source.ts'
import type { Found } from '../../../src/judge/judgement.ts'
import { deployment } from '../../compare/objects.ts'

const names = fc.uniqueArray(fc.constantFrom('api', 'web', 'db', 'proxy', 'log-shipper'), { minLength: 1 })
const object = (containers: readonly string[]) =>
  deployment('shop', { containers: containers.map((name) => ({ name, image: `${name}:1` })) })
const sources = { policies: new Map() } as unknown as PolicySource

function found(containers: readonly string[], message: string, file: string): Found {
  const identity = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'shop' }
  return {
    object: { identity, apiVersion: 'apps/v1', object: object(containers), origin: { file } },
    finding: {
      source: 'policy',
      rule: 'acme/limits',
      level: 'required',
      severity: 'medium',
      object: identity,
      target: 'plain/apps',
      path: '',
      element: '0',
      message,
      location: { file, line: message.length },
    },
  }
}
const print = (one: Found): string => {
  const { found: answered } = applicable(
    { found: [one], notChecked: [], matched: {} },
    { policies: sources, targetOf: () => undefined, writes: [], pairs: [] },
  )
  return answered.map(({ finding }) => fingerprint(finding)).join()
}

describe('fingerprints of policies', () => {
  it('stay when lists are reordered, lines move, files are renamed and messages are reworded', () => {
    fc.assert(
      fc.property(names, fc.nat(), fc.boolean(), (containers, at, moved) => {
        const name = containers[at % containers.length] ?? ''
        const before = found(containers, `container ${name} has no limit`, 'apps/a.yaml')
        const after = found(
          [...containers].reverse(),
          `set a memory limit on "${name}".`,
          moved ? 'apps/renamed.yaml' : 'apps/a.yaml',
        )
        expect(print(after)).toBe(print(before))
      }),
    )
  })
  it('differ for two containers, so that one repaired and one broken are not one', () => {
    const of = (name: string): string =>
      print(found(['api', 'web'], `container ${name} has no limit`, 'a.yaml'))
    expect(of('api')).not.toBe(of('web'))
  })
})

describe('the parts that a message names', () => {
  it.each([
    ['container <api> has no limit', ['containers[name=api]']],
    ['api: no limit', ['containers[name=api]']],
    ['containers web and api have no limit', ['containers[name=api]', 'containers[name=web]']],
    ['the apis are wrong', []],
    ['no limit', []],
    ['log-shipper.', ['containers[name=log-shipper]']],
  ])('%s', (message, parts) => {
    expect(partsOf(object(['api', 'web', 'log-shipper']), message)).toEqual(parts)
  })
})
