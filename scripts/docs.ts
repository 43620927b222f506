/**
 * Writes the reference parts of README.md from their sources: commands from the command line, inputs and outputs from
 * action.yml, configuration from its schema, rules from the judge. `--check` fails when the README is stale; a test runs it.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { format, resolveConfig } from 'prettier'
import { parse } from 'yaml'
import { buildProgram } from '../src/command/command-line.ts'
import { realPorts } from '../src/command/ports.ts'
import { configurationSchemaText, explainConfiguration } from '../src/config/explain.ts'
import { exemptionsSchemaText } from '../src/judge/exemptions/schema.ts'
import { policySetSchemaText } from '../src/judge/policy/set-schema.ts'
import { policyTestSchema } from '../src/judge/policy/suites/policy-test-schema.ts'
import { rules } from '../src/judge/rules.ts'

const root = join(import.meta.dirname, '..')

interface ActionFile {
  inputs: Record<string, { description: string; default?: string }>
  outputs: Record<string, { description: string }>
}

/** The README with every generated part replaced. */
export async function freshReadme(): Promise<{ current: string; fresh: string }> {
  const action = parse(await readFile(join(root, 'action.yml'), 'utf8')) as ActionFile
  const current = await readFile(join(root, 'README.md'), 'utf8')
  const { commands } = buildProgram(realPorts(process), () => undefined)
  const parts = {
    commands: table(
      ['command', 'what'],
      commands.flatMap((command) => commandRows(command, 'preadmit')),
    ),
    inputs: table(
      ['input', 'what', 'default'],
      Object.entries(action.inputs).map(([name, { description, default: value }]) => [
        code(name),
        description,
        value ? code(value) : '',
      ]),
    ),
    outputs: table(
      ['output', 'what'],
      Object.entries(action.outputs).map(([name, { description }]) => [code(name), description]),
    ),
    configuration: explainConfiguration(),
    rules: table(
      ['rule', 'level', 'what it says'],
      rules.map(({ id, level, summary }) => [code(id), level, summary]),
    ),
  }
  let fresh = current
  for (const [name, text] of Object.entries(parts)) {
    const pattern = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`)
    if (!pattern.test(fresh)) throw new Error(`README.md has no part ${name}`)
    fresh = fresh.replace(pattern, (_, open: string, close: string) => `${open}\n${text.trim()}\n\n${close}`)
  }
  return { current, fresh }
}

/** A command of its own, or each of the commands below it. */
function commandRows(command: Command, parent: string): string[][] {
  const name = `${parent} ${command.name()}`
  if (command.commands.length > 0) return command.commands.flatMap((below) => commandRows(below, name))
  const usage = command.usage().replace('[options]', '').trim()
  return [[code(`${name} ${usage}`.trim()), command.description()]]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.trim().replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), `|${head.map(() => ':--').join('|')}|`, ...rows.map(line)].join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}

/** Published schemas that are made of their sources in the code. */
export const schemaTexts = {
  'configuration.schema.json': configurationSchemaText(),
  'policyset.schema.json': policySetSchemaText(),
  'policytest.schema.json': `${JSON.stringify(policyTestSchema, null, 2)}\n`,
  'exemptions.schema.json': exemptionsSchemaText(),
}

if (process.argv[1]?.endsWith('docs.ts')) {
  const { current, fresh } = await freshReadme()
  const options = await resolveConfig(join(root, 'package.json'))
  if (process.argv.includes('--check')) {
    if (current !== fresh) {
      console.error('README.md is stale: run `npm run docs` and commit the result.')
      process.exitCode = 1
    }
  } else {
    await writeFile(join(root, 'README.md'), fresh)
    for (const [name, text] of Object.entries(schemaTexts))
      await writeFile(join(root, 'docs', name), await format(text, { ...options, parser: 'json' }))
  }
}
