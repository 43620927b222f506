import { resolve } from 'node:path'
import { lintPolicies } from '../judge/policy/lint/lint.ts'
import { holdsNone } from '../judge/policy/read-source.ts'
import { loadPolicies } from '../judge/policy/source.ts'
import { parseDocuments } from '../judge/policy/documents.ts'
import { groupKind } from '../model/object.ts'
import type { Schemas } from '../judge/schema/catalogue.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import type { Engines } from '../engine/engines.ts'
import { renderPolicyLintTerminal } from '../report/policy-lint.ts'
import { directoryTree } from '../source/directory-tree.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import { setConfiguration } from './policy-test.ts'
import type { Ports } from './ports.ts'
import { withEngines } from './tools.ts'

export interface PolicyLintOptions {
  readonly kubernetes?: readonly string[]
  readonly crds?: readonly string[]
  readonly strict?: boolean
  readonly verbose?: boolean
  readonly format: 'terminal' | 'json'
}

/** Minors whose rules the engine embeds: its own and three before (shared/engines.md). */
const embeddedMinors = 4

/** `preadmit policy lint DIR`: compiles every policy for every Kubernetes version that it may run on. */
export async function policyLintCommand(
  directory: string,
  options: PolicyLintOptions,
  ports: Ports,
): Promise<number> {
  return await withEngines(ports, async ({ engines, schemas }) => {
    engines.warm('admission')
    const tree = await directoryTree(resolve(ports.directory, directory), directory)
    const asked = (options.kubernetes ?? []).map((minor) => setConfiguration(minor).kubernetes)
    const configuration = setConfiguration(undefined)
    const policies = await loadPolicies(tree, configuration, engines)
    if (policies.policies.size === 0 && policies.failed.every(({ reason }) => reason === holdsNone))
      throw new CommandError(
        'no-policies',
        `${directory} holds no policies: name the directory of a policy set`,
      )
    const report = await lintPolicies({
      policies,
      tree,
      engines,
      kubernetes: oldestFirst(asked.length > 0 ? asked : newestMinors(configuration.kubernetes)),
      definitions: await readDefinitions(options.crds ?? [], engines, ports),
      kinds: knownKinds(await schemas),
      strict: options.strict === true,
    })
    const { format, verbose = false } = options
    ports.output.write(
      format === 'json'
        ? `${JSON.stringify(report, null, 2)}\n`
        : renderPolicyLintTerminal(report, { colors: ports.output.colors, verbose }),
    )
    return report.verdict === 'pass' ? exitStatus.pass : exitStatus.violations
  })
}

function knownKinds({ catalogue, shipped }: Schemas): ReadonlySet<string> {
  return new Set([...catalogue.kinds.map(groupKind), ...shipped.map(({ kind }) => kind)])
}

function newestMinors(newest: string): readonly string[] {
  const minor = Number(newest.split('.')[1])
  return Array.from({ length: embeddedMinors }, (_, back) => `1.${minor - back}`)
}

function oldestFirst(minors: readonly string[]): readonly string[] {
  return [...new Set(minors)].sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1]))
}

async function readDefinitions(
  directories: readonly string[],
  engines: Engines,
  ports: Ports,
): Promise<readonly JsonObject[]> {
  const definitions: JsonObject[] = []
  for (const directory of directories) {
    const tree = await directoryTree(resolve(ports.directory, directory), directory)
    const files = tree
      .entries()
      .filter(({ kind, path }) => kind === 'file' && /\.(?:ya?ml|json)$/.test(path))
      .map(({ path }) => path)
    const { documents, failed } = await parseDocuments(tree, files, engines)
    const [first] = failed
    if (first !== undefined)
      throw new CommandError('crds', `--crds ${directory}: ${first.what}: ${first.reason}`)
    for (const { value } of documents)
      if (isJsonObject(value) && value['kind'] === 'CustomResourceDefinition') definitions.push(value)
  }
  return definitions
}
