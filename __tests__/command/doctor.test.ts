/** `preadmit doctor` on real repositories (threats.md, T02): what weakens the check, and what only the host knows. */
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/command/command-line.ts'
import { ownersOf } from '../../src/command/doctor/owners.ts'
import { realPorts, type Ports } from '../../src/command/ports.ts'
import { GitSandbox } from '../source/git-sandbox.ts'

const sandbox = new GitSandbox()
afterAll(() => {
  sandbox.remove()
})

const commit = '0123456789abcdef0123456789abcdef01234567'
const workflow = `name: preadmit
on:
  pull_request:
  merge_group:
permissions:
  contents: read
  pull-requests: write
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@${commit} # v7
        with: {fetch-depth: 2}
      - uses: preadmit/preadmit@${commit} # v0.1.0
`
const path = '.github/workflows/preadmit.yaml'
const owners = '* @acme/platform\n'
const sound = {
  [path]: workflow,
  '.github/CODEOWNERS': owners,
  '.preadmit.yaml': 'policies: [{path: policies}]\n',
  'policies/README.md': '\n',
}
const required = [
  {
    type: 'pull_request',
    parameters: { require_code_owner_review: true, required_approving_review_count: 1 },
  },
  { type: 'required_status_checks', parameters: { required_status_checks: [{ context: 'check' }] } },
]
let count = 0

async function doctor(
  files: Readonly<Record<string, string>>,
  rules: unknown,
  ...options: string[]
): Promise<{ status: number; lines: string[]; errors: string }> {
  count += 1
  const name = `fleet-${count}`
  sandbox.init(name, files)
  let [out, errors] = ['', '']
  const sink = (write: (text: string) => void): Ports['output'] => ({
    write,
    terminal: false,
    width: 200,
    colors: false,
  })
  if (rules !== undefined) sandbox.write('.', { [`${name}.json`]: JSON.stringify(rules) })
  const status = await runCommandLine(
    [
      'node',
      'preadmit',
      'doctor',
      ...(rules === undefined ? [] : ['--rules', join(sandbox.root, `${name}.json`)]),
      ...options,
    ],
    {
      ...realPorts(process),
      directory: sandbox.path(name),
      environment: sandbox.environment,
      output: sink((text) => (out += text)),
      errors: sink((text) => (errors += text)),
    },
  )
  return { status, lines: out.trimEnd().split('\n'), errors }
}

describe('a repository', () => {
  it('that nothing weakens', async () => {
    expect(await doctor(sound, required, '--strict')).toMatchObject({
      status: 0,
      lines: ['nothing weakens the check'],
    })
  })

  it('whose workflow the organisation requires needs no rule of its own', async () => {
    const rules = [
      {
        type: 'workflows',
        parameters: { workflows: [{ path: '.github/workflows/preadmit.yaml', repository_id: 7 }] },
      },
    ]
    expect((await doctor(sound, rules, '--strict')).status).toBe(0)
  })

  it.each([
    ['--rules', 'none.json', 'does not exist'],
    ['--rules', '.', 'is a directory'],
    ['--config', 'none.yaml', 'does not exist'],
  ])('that names a file which is none: %s %s', async (option, file, reason) => {
    const { status, errors } = await doctor(sound, undefined, option, file)
    expect([status, errors]).toEqual([2, expect.stringContaining(`${option} ${file} ${reason}`)])
  })
  it('whose rules nobody looked up: unknown, and that counts when it is asked strictly', async () => {
    const open = await doctor(sound, undefined)
    expect(open.lines).toEqual([expect.stringMatching(/^unknown {2}whether a rule requires .*--rules$/)])
    expect(open.status).toBe(0)
    expect((await doctor(sound, undefined, '--strict')).status).toBe(2)
  })

  it('without a ruleset', async () => {
    const { status, lines } = await doctor(sound, [])
    expect(status).toBe(1)
    expect(lines).toEqual([
      expect.stringMatching(/^problem {2}no rule requires the check: .* status check "check"$/),
      expect.stringMatching(/^problem {2}no rule requires a review of code owners/),
    ])
  })

  it('that requires another check', async () => {
    const other = JSON.parse(JSON.stringify(required).replace('"check"', '"lint"')) as unknown
    expect((await doctor(sound, other)).lines).toEqual([
      expect.stringContaining('no rule requires the check'),
    ])
  })

  it('without any workflow', async () => {
    const { [path]: gone, ...rest } = sound
    expect(gone).toBe(workflow)
    const { status, lines } = await doctor(rest, required)
    expect([status, lines[0]]).toEqual([
      1,
      expect.stringContaining('no workflow of .github/workflows runs the check'),
    ])
  })

  it('at a revision', async () => {
    expect((await doctor(sound, required, '--rev', 'HEAD')).status).toBe(0)
    expect(await doctor(sound, required, '--rev', 'gone')).toMatchObject({ status: 2 })
  })
})

describe('a workflow', () => {
  const line = (text: string): number => workflow.split('\n').findIndex((one) => one.includes(text)) + 1
  const cases: readonly [name: string, from: string, to: string, told: RegExp, at: number][] = [
    ['without the event', '  pull_request:\n', '  push:\n', /problem .*not run for pull requests/, 3],
    [
      'with paths',
      '  pull_request:\n',
      '  pull_request:\n    paths: [apps]\n',
      /problem .*`paths` leaves/,
      4,
    ],
    [
      'with ignored paths',
      '  pull_request:\n',
      '  pull_request:\n    paths-ignore: [docs]\n',
      /problem .*`paths-ignore` leaves/,
      4,
    ],
    [
      'of few types',
      '  pull_request:\n',
      '  pull_request:\n    types: [opened]\n',
      /leaves out synchronize, reopened/,
      4,
    ],
    ['that may fail', '    runs-on', '    continue-on-error: true\n    runs-on', /whatever the verdict/, 10],
    [
      'whose step may fail',
      '      - uses: preadmit',
      '      - continue-on-error: true\n        uses: preadmit',
      /whatever the verdict/,
      14,
    ],
    [
      'that may fail by expression',
      '    runs-on',
      '    continue-on-error: ${{ github.actor == github.repository_owner }}\n    runs-on',
      /whatever the verdict/,
      10,
    ],
    [
      'with a condition',
      '    runs-on',
      "    if: github.actor != 'bot'\n    runs-on",
      /a skipped job counts as a success/,
      10,
    ],
    ['that waits', '    runs-on', '    needs: [lint]\n    runs-on', /`needs` skips the job/, 10],
    [
      'by tag',
      `preadmit/preadmit@${commit} # v0.1.0`,
      'preadmit/preadmit@v0',
      /not pinned by commit/,
      line('preadmit/preadmit'),
    ],
    [
      'of the head',
      '{fetch-depth: 2}',
      '{ref: "${{ github.event.pull_request.head.sha }}"}',
      /something else than the merge/,
      line('fetch-depth'),
    ],
    ['that cannot read', '  contents: read\n', '', /lacks `contents: read`/, 6],
    ['that cannot comment', '  pull-requests: write\n', '', /note .*no comment/, 6],
    [
      'that goes on',
      '      - uses: preadmit',
      '      - run: preadmit check || true\n      - uses: preadmit',
      /the script goes on/,
      14,
    ],
    [
      'without a checkout',
      `      - uses: actions/checkout@${commit} # v7\n        with: {fetch-depth: 2}\n`,
      '',
      /no actions\/checkout/,
      10,
    ],
    ['that is no YAML', 'jobs:', 'jobs: [', /cannot be read/, 10],
  ]
  it.each(cases)('%s', async (_, from, to, told, at) => {
    expect(workflow).toContain(from)
    const { lines } = await doctor({ ...sound, [path]: workflow.replace(from, to) }, required)
    const found = lines.filter((one) => told.test(one))
    expect(found).toHaveLength(1)
    expect(Number(/:(\d+): /.exec(found[0] ?? '')?.[1])).toBe(at)
  })

  it('of pull_request_target with the head checked out is the worst', async () => {
    const text = workflow
      .replace('  pull_request:\n', '  pull_request_target:\n')
      .replace('{fetch-depth: 2}', '{ref: "${{ github.head_ref }}"}')
    const { status, lines } = await doctor({ ...sound, [path]: text }, required)
    expect(status).toBe(1)
    expect(lines.join('\n')).toMatch(/problem .*beside the token of the base: remove `ref`/)
  })

  it('that pushes run too may leave them out', async () => {
    const text = workflow
      .replace('  merge_group:', '  merge_group:\n  push:')
      .replace('    runs-on', "    if: github.event_name == 'pull_request'\n    runs-on")
    expect((await doctor({ ...sound, [path]: text }, required)).status).toBe(0)
  })
})

describe('CODEOWNERS', () => {
  it('is not there', async () => {
    const { '.github/CODEOWNERS': gone, ...rest } = sound
    expect(gone).toBe(owners)
    const { status, lines } = await doctor(rest, required)
    expect([status, lines.join()]).toEqual([1, expect.stringContaining('there is no CODEOWNERS')])
  })

  it.each<[text: string, without: string]>([
    ['/.github/ @acme/platform\n', '.preadmit.yaml, policies'],
    ['* @acme/platform\n/policies/\n', 'policies'],
    ['* @acme/platform\n*.yaml # nobody\n', '.github/workflows/preadmit.yaml, .preadmit.yaml'],
    ['policies @a\n.preadmit.yaml @a\n', '.github/workflows/preadmit.yaml, .github/CODEOWNERS'],
  ])('%j leaves paths to anybody', async (text, without) => {
    const { lines } = await doctor({ ...sound, '.github/CODEOWNERS': text }, required)
    expect(lines).toEqual([`problem  .github/CODEOWNERS:1: names no owner of ${without}`])
  })

  it.each<[pattern: string, path: string, owned: boolean]>([
    ['*', 'a/b/c', true],
    ['*.js', 'a/b.js', true],
    ['/build/logs/', 'build/logs/a/b', true],
    ['/build/logs/', 'x/build/logs/a', false],
    ['docs/*', 'docs/a', true],
    ['docs/*', 'docs/a/b', false],
    ['apps/', 'x/apps/b', true],
    ['/docs/', 'docs/a', true],
    ['**/logs', 'a/logs/b', true],
    ['/apps/github', 'apps/github/x', true],
    ['a[b].txt', 'ab.txt', false],
    ['!a', 'a', false],
  ])('%s over %s', (pattern, path, owned) => {
    expect(ownersOf(`${pattern} @a\n`)(path)).toEqual(owned ? ['@a'] : [])
  })
})
