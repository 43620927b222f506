/** `preadmit policy impact`: what a set, or a newer one, says of a whole repository. */
import { afterAll, describe, expect, it } from 'vitest'
import { GitSandbox } from '../source/git-sandbox.ts'
import { deploymentFile } from '../check/policy-files.ts'
import { admissionPolicy, policy, policySet, Sets } from './policy-command.ts'

const sets = new Sets()
const sandbox = new GitSandbox()
afterAll(() => {
  sets.remove()
  sandbox.remove()
})
const set = (least: number, message = 'too few'): string =>
  sets.write({
    'policyset.yaml': policySet('team/replicas', 'replicas.yaml'),
    'replicas.yaml': admissionPolicy('replicas', `object.spec.replicas >= ${least}`, {
      resource: 'deployments',
      group: 'apps',
      message,
    }),
  })
const impact = async (...args: string[]) => {
  const [first = '', ...rest] = args
  return await policy('impact', first, ...rest, '--repo', sandbox.path('fleet'), '--format', 'json')
}

describe('preadmit policy impact', { timeout: 60_000 }, () => {
  sandbox.init('fleet', {
    // Its own policies judge on both sides; they are no part of the answer.
    '.preadmit.yaml': 'policies: [{path: policies}]\n',
    'policies/own.yaml': admissionPolicy('own', 'false', { resource: 'deployments', group: 'apps' }),
    'apps/shop/web.yaml': deploymentFile('web', 2),
    'apps/bank/api.yaml': deploymentFile('api', 3),
  })

  it.each<[name: string, sets: () => string[], fails: string[], fixed: string[], changed: number]>([
    ['a set against nothing', () => [set(3)], ['web'], [], 0],
    ['a stricter one', () => [set(2), set(4)], ['api', 'web'], [], 0],
    ['a laxer one', () => [set(3), set(2)], [], ['web'], 0],
    ['other words', () => [set(3), set(3, 'more of them')], [], [], 1],
    ['the same', () => [set(3), set(3)], [], [], 0],
  ])('%s', async (_, given, fails, fixed, changed) => {
    const { status, out } = await impact(...given())
    expect(status).toBe(0)
    const told = JSON.parse(out) as {
      appears: { object: { name: string } }[]
      disappears: { object: { name: string } }[]
      impact: { changed: number }[]
    }
    const names = (list: typeof told.appears): string[] => list.map(({ object }) => object.name).sort()
    expect(names(told.appears)).toEqual(fails)
    expect(names(told.disappears)).toEqual(fixed)
    expect(told.impact.reduce((sum, row) => sum + row.changed, 0)).toBe(changed)
  })

  it('names each violation for a person, and says what it could not read', async () => {
    const { status, out } = await policy('impact', set(2), set(3), '--repo', sandbox.path('fleet'))
    expect(status).toBe(0)
    expect(out).toContain('more: team/replicas is broken by Deployment shop/web: too few')
    const broken = sets.write({
      'policyset.yaml': policySet('team/x', 'gone.yaml'),
      'README.md': 'nothing\n',
    })
    const told = await policy('impact', broken, '--repo', sandbox.path('fleet'))
    expect([told.status, told.out]).toEqual([2, expect.stringContaining('gone.yaml is not in the set')])
    const three = await policy('impact', 'a', 'b', 'c', '--repo', sandbox.path('fleet'))
    expect([three.status, three.err]).toEqual([
      2,
      expect.stringContaining('name one, or an older and a newer'),
    ])
  })
})
