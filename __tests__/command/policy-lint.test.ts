import { afterAll, describe, expect, it } from 'vitest'
import type { PolicyLintReport } from '../../src/model/policy-lint.ts'
import { admissionPolicy, policy, policySet, Sets } from './policy-command.ts'

const sets = new Sets()
afterAll(() => {
  sets.remove()
})

const documented =
  '    title: Maps are small\n    docs: https://example.com/maps\n    remediation: Make it smaller.\n'
const set = (text: string, more = documented): string =>
  sets.write({
    'policyset.yaml': policySet('team/maps', 'policies/maps.yaml', more),
    'policies/maps.yaml': text,
  })

async function linted(
  directory: string,
  ...options: string[]
): Promise<{ status: number; report: PolicyLintReport }> {
  const { status, out } = await policy('lint', directory, '--format', 'json', ...options)
  const report = JSON.parse(out) as PolicyLintReport
  expect(report.verdict).toBe(status === 0 ? 'pass' : 'fail')
  return { status, report }
}

const fine = admissionPolicy('maps', 'size(object.metadata.name) < 20')
const four = ['1.34', '1.35', '1.36', '1.37']

describe('preadmit policy lint', () => {
  it('has nothing to say of a good policy, at the four newest minors', async () => {
    const { status, out } = await policy('lint', set(fine), '--strict')
    expect(out).toBe('1 policy at Kubernetes 1.34, 1.35, 1.36, 1.37 · 0 errors · 0 warnings\n')
    expect(status).toBe(0)
  })

  it('tells what does not compile, with every minor that says so', async () => {
    const { status, report } = await linted(set(admissionPolicy('maps', 'object.metadata.name ==')))
    expect(status).toBe(1)
    expect(report.problems).toEqual([
      {
        level: 'error',
        code: 'compile',
        policy: 'team/maps',
        message: expect.stringContaining('Syntax error') as string,
        location: { file: 'policies/maps.yaml', line: 1 },
        kubernetes: four,
      },
    ])
  })

  it('warns of an expression that does not fit the type of its kind', async () => {
    const text = admissionPolicy('maps', 'object.spec.replica < 5', {
      resource: 'deployments',
      group: 'apps',
    })
    const { status, report } = await linted(set(text))
    expect(status).toBe(0)
    expect(report.problems).toEqual([
      expect.objectContaining({
        level: 'warning',
        code: 'type',
        policy: 'team/maps',
        message: expect.stringContaining("undefined field 'replica'") as string,
        kubernetes: four,
      }),
    ])
    expect((await linted(set(text), '--strict')).status).toBe(1)
  })

  it('refuses resources that no API server has, and says at which minors', async () => {
    const { status, report } = await linted(
      set(admissionPolicy('maps', 'true', { resource: 'configmap' })),
      '--kubernetes',
      '1.37',
      '--kubernetes',
      '1.36',
    )
    expect(status).toBe(1)
    expect(report.kubernetes).toEqual(['1.36', '1.37'])
    expect(report.problems).toEqual([
      expect.objectContaining({
        level: 'error',
        code: 'unknown-resource',
        message: expect.stringContaining('configmap') as string,
        kubernetes: ['1.36', '1.37'],
      }),
    ])
  })

  it('warns of what is not documented and of what nothing can match; --strict fails', async () => {
    const text = fine
      .replace('resources: [configmaps]', 'resources: [pods/exec]')
      .replace('CREATE, UPDATE', 'CONNECT')
    const { status, report } = await linted(set(text, '    title: Maps are small\n'))
    expect(status).toBe(0)
    expect(report.problems.map(({ level, code, message }) => `${level} ${code} ${message}`)).toEqual(
      expect.arrayContaining([
        'warning undocumented has no remediation, no docs',
        'warning unreachable matches only subresources or CONNECT, which no GitOps controller writes',
      ]),
    )
    const strict = await policy('lint', set(fine, ''), '--strict')
    expect(strict.status).toBe(1)
    expect(strict.out).toContain(
      'warning  team/maps  policies/maps.yaml:1\n  undocumented: has no title, no remediation, no docs\n',
    )
  })

  it('lists what expressions cost at most', async () => {
    const { out } = await policy('lint', set(fine), '--verbose')
    expect(out).toMatch(
      /What expressions cost at most, in CEL units:\n {2}\S+ of \S+ {2}team\/maps spec\.validations/,
    )
  })

  it.each([
    ['--kubernetes', 'newest', '--kubernetes takes a minor version such as 1.36, not newest'],
    ['--crds', 'no/such/directory', 'no/such/directory'],
  ])('names what is wrong with %s', async (option, value, message) => {
    const { status, err } = await policy('lint', set(fine), option, value)
    expect(status).toBe(2)
    expect(err).toContain(message)
  })
})
