/** conftest's own examples: every YAML or JSON document against the example's policies, through both. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Engines } from '../../src/engine/engines.ts'
import type { Json } from '../../src/model/json.ts'
import { directoryTree } from '../../src/source/directory-tree.ts'

/** One message: namespace, whether it fails or warns, text. */
type Said = readonly string[]

export async function examples(folder: string, engines: Engines, conftest: string): Promise<void> {
  const tree = await directoryTree(folder, 'examples')
  const counts = { agree: 0, disagree: 0, 'refused by both': 0 }
  for (const name of readdirSync(folder).sort()) {
    const directory = join(folder, name)
    const policy = join(directory, 'policy')
    if (!existsSync(policy)) continue
    const files = tree
      .entries()
      .flatMap(({ kind, path }) =>
        kind === 'file' &&
        path.startsWith(`${name}/`) &&
        /\.(ya?ml|json)$/.test(path) &&
        !path.includes('/policy/') &&
        !path.includes('/data/')
          ? [path]
          : [],
      )
    if (files.length === 0) continue
    const parsed = await engines.render.run(
      { op: 'yaml.parse', files },
      { tree, declared: { files, directories: [] }, label: 'examples' },
    )
    if (!parsed.ok) throw new Error(parsed.error.message)
    const rego = regoBelow(policy)
    const session = await engines.rego.open({
      bundles: [
        {
          modules: rego.map((file) => ({ file: relative(folder, file), text: readFileSync(file, 'utf8') })),
          data: [],
        },
      ],
      gatekeeper: { templates: [], constraints: [], inventory: {} },
    })
    if ('error' in session) throw new Error(session.error.message)
    const modules = session.loaded.bundles[0]?.modules ?? []
    const faults = modules.flatMap(({ file, fault }) =>
      fault === undefined ? [] : [`${file}: ${fault.message}`],
    )
    for (const { path, documents } of parsed.result.files) {
      for (const { value } of documents) {
        if (value === undefined) continue
        const ours = await askOurs(session, value, path)
        const theirs = askConftest(conftest, policy, value)
        const label = path
        if (typeof theirs === 'string') {
          if (faults.length > 0 || ours.problems.length > 0) counts['refused by both'] += 1
          else {
            counts.disagree += 1
            console.log(`  ${label}: conftest refuses (${theirs}), we do not`)
          }
        } else if (JSON.stringify(theirs) === JSON.stringify(ours.said) && ours.problems.length === 0)
          counts.agree += 1
        else {
          counts.disagree += 1
          console.log(
            `  ${label}: conftest ${JSON.stringify(theirs)}, here ${JSON.stringify(ours)} ${faults.join('; ')}`,
          )
        }
      }
    }
  }
  console.log(
    Object.entries(counts)
      .map(([outcome, count]) => `${outcome} ${count}`)
      .join(', '),
  )
}

function regoBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.rego'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

async function askOurs(
  session: Exclude<Awaited<ReturnType<Engines['rego']['open']>>, { error: unknown }>,
  input: Json,
  file: string,
): Promise<{ said: Said; problems: readonly string[] }> {
  const answer = await session.evaluate(0, [{ input, file }])
  const modules = session.loaded.bundles[0]?.modules ?? []
  const said = answer.results
    .filter(({ excepted }) => excepted !== true)
    .map(({ module, entry, message }) => {
      const rule = modules[module]?.entries[entry]?.rule ?? ''
      return `${modules[module]?.package ?? ''} ${rule.startsWith('warn') ? 'warn' : 'fail'} ${message}`
    })
  // Two modules may say the same; conftest's set holds it once.
  return { said: [...new Set(said)].sort(), problems: answer.problems.map(({ message }) => message) }
}

function askConftest(conftest: string, policy: string, input: Json): Said | string {
  const directory = mkdtempSync(join(tmpdir(), 'conftest-'))
  const file = join(directory, 'input.json')
  writeFileSync(file, JSON.stringify(input))
  const run = (version: string): Said | string => {
    let text: string
    try {
      const parameters = [
        'test',
        '--all-namespaces',
        '--rego-version',
        version,
        '-o',
        'json',
        '-p',
        policy,
        file,
      ]
      text = execFileSync(conftest, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string }
      if (!stdout.trimStart().startsWith('[')) return stderr.split('\n')[0] ?? ''
      text = stdout
    }
    const results = JSON.parse(text) as {
      namespace: string
      failures?: { msg: string }[]
      warnings?: { msg: string }[]
    }[]
    const said = results.flatMap(({ namespace, failures = [], warnings = [] }) => [
      ...failures.map(({ msg }) => `data.${namespace} fail ${msg}`),
      ...warnings.map(({ msg }) => `data.${namespace} warn ${msg}`),
    ])
    return [...new Set(said)].sort()
  }
  try {
    const first = run('v1')
    return typeof first === 'string' ? run('v0') : first
  } finally {
    rmSync(directory, { recursive: true })
  }
}
