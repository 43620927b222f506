import { Command, CommanderError, Option } from 'commander'
import { ConfigurationError } from '../config/errors.ts'
import { version } from '../report/version.ts'
import { SourceError } from '../source/errors.ts'
import { checkCommand, exemptCommand, type CheckOptions } from './check.ts'
import { demoCommand, type DemoOptions } from './demo.ts'
import { doctorCommand, type DoctorOptions } from './doctor.ts'
import { rulesCall } from './doctor/rules.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import { lockCommand, type LockOptions } from './lock.ts'
import type { Ports } from './ports.ts'
import { translateFlags } from './kubeconform-flags.ts'
import { addPolicy } from './policy-arguments.ts'
import { renderCommand, type RenderOptions } from './render.ts'
import { targetsCommand, type TargetsOptions } from './targets.ts'
import { addValidate } from './validate-arguments.ts'

/** Runs one command. Answers the exit status; nothing here ends the process. */
export async function runCommandLine(argv: readonly string[], ports: Ports): Promise<number> {
  let status: number = exitStatus.pass
  const program = buildProgram(ports, (code) => {
    status = code
  })
  try {
    await program.parseAsync(withoutSingleDashes(argv))
    return status
  } catch (error) {
    return explain(error, ports)
  }
}

/** kubeconform's flags have one dash; only the command that takes them reads them so. */
function withoutSingleDashes(argv: readonly string[]): string[] {
  const [node = '', script = '', command = '', ...rest] = argv
  return command === 'validate' ? [node, script, command, ...translateFlags(rest)] : [...argv]
}

export function buildProgram(ports: Ports, done: (status: number) => void): Command {
  const program = new Command('preadmit')
    .description('Admission control for GitOps pull requests: what the cluster would say, before the merge.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        ports.output.write(text)
      },
      writeErr: (text) => {
        ports.errors.write(text)
      },
    })
    .showHelpAfterError('(add --help for the options)')
    .addHelpText(
      'after',
      `
Exit status:
  0  pass
  1  a policy or the API server's rules are newly broken
  2  something could not be checked, or the configuration or the call is wrong
  3  a fault of preadmit itself

Examples:
  preadmit demo                         see it on a sample repository
  preadmit check                        this checkout against its default branch
  preadmit check --base main --index    what is staged
  preadmit targets --changed            what the change touches
  preadmit validate manifests/          files as they are, without git`,
    )

  const repository = new Option('--repo <dir>', 'repository, checked out or bare').default('.')
  const configuration = new Option(
    '--config <file>',
    'configuration file instead of .preadmit.yaml of the base',
  )
  const base = new Option(
    '--base <rev>',
    'revision to compare with (default: merge base with the default branch)',
  )
  const head = new Option(
    '--head <rev>',
    'revision to check (default: the working tree if it differs from HEAD, else HEAD)',
  ).conflicts(['index', 'worktree'])
  const index = new Option('--index', 'check what is staged').conflicts(['worktree'])
  const offline = new Option('--offline', 'fetch nothing: only what is locked and in the cache is there')
  const cache = new Option(
    '--cache <dir>',
    "directory for fetched charts and repositories (default: PREADMIT_CACHE, else the user's cache)",
  )
  const worktree = new Option('--worktree', 'check the working tree, uncommitted and new files included')

  const policySet = new Option(
    '--policy-set <set>',
    'policy set that the repository cannot weaken: a directory, or name:tag@digest (repeatable)',
  ).argParser(collect)

  addReportOptions(
    program
      .command('check')
      .description('Render, validate and judge what a change does.')
      .addOption(repository)
      .addOption(base)
      .addOption(head)
      .addOption(index)
      .addOption(worktree)
      .addOption(configuration)
      .addOption(offline)
      .addOption(cache)
      .addOption(policySet),
  ).action(async (options: CheckOptions) => {
    done(await checkCommand(options, ports))
  })

  program
    .command('targets')
    .description('List what deploys from this repository, and with --changed only what the change touches.')
    .addOption(repository)
    .addOption(base)
    .addOption(head)
    .addOption(index)
    .addOption(worktree)
    .addOption(configuration)
    .addOption(offline)
    .addOption(cache)
    .option('--changed', 'only targets that the change touches, with the reason')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['terminal', 'json']).default('terminal'),
    )
    .action(async (options: TargetsOptions) => {
      done(await targetsCommand(options, ports))
    })

  program
    .command('render')
    .description('Print the objects of one target as YAML.')
    .argument('<target>', 'id as `preadmit targets` prints it; its name or path where no other has it')
    .addOption(repository)
    .addOption(configuration)
    .addOption(offline)
    .addOption(cache)
    .option('--rev <rev>', 'revision to render (default: the working tree)')
    .action(async (target: string, options: RenderOptions) => {
      done(await renderCommand(target, options, ports))
    })

  program
    .command('lock')
    .description('Hold .preadmit.lock against what the definitions ask for, or write it.')
    .addOption(repository)
    .addOption(configuration)
    .addOption(offline)
    .addOption(cache)
    .addOption(
      new Option('--check', 'tell what is not recorded, and change nothing (default)').conflicts(['update']),
    )
    .option('--update', 'ask what ranges, branches and tags mean now, and write the file')
    .action(async (options: LockOptions) => {
      done(await lockCommand(options, ports))
    })

  program
    .command('doctor')
    .description(
      'Tell what weakens the check itself: its workflow, owners of what judges, rules of the branch.',
    )
    .addOption(repository)
    .addOption(configuration)
    .option('--rev <rev>', 'revision to examine (default: the working tree)')
    .option('--rules <file>', `rules of the branch, as \`${rulesCall}\` prints them`)
    .option('--strict', 'exit with 2 for what cannot be known from here')
    .action(async (options: DoctorOptions) => {
      done(await doctorCommand(options, ports))
    })

  program
    .command('exempt')
    .description("Write exemptions for today's violations, as narrow as they are, to standard output.")
    .addOption(repository)
    .addOption(base)
    .addOption(head)
    .addOption(index)
    .addOption(worktree)
    .addOption(configuration)
    .addOption(policySet)
    .addOption(offline)
    .addOption(cache)
    .option('--all', 'violations of everything in the repository, not only of what changes')
    .option('--rule <id>', 'only of this policy (repeatable)', collect)
    .option('--pin', 'end each with any change of its object')
    .option('--days <days>', 'days until they end', '90')
    .option('--reason <text>', 'why they are needed', 'TODO')
    .option('--ticket <id>', 'where it is tracked')
    .option('--requested-by <who>', 'who needs them', 'TODO')
    .option('--approved-by <who>', 'who answers for them', 'TODO')
    .action(async (options: Parameters<typeof exemptCommand>[0]) => {
      done(await exemptCommand(options, ports))
    })

  addValidate(program, ports, done)
  addPolicy(program, ports, done, { repository, cache, configuration, offline })

  addReportOptions(
    program
      .command('demo')
      .description('Check the sample repository that comes with preadmit: nothing to configure.'),
  ).action(async (options: DemoOptions) => {
    done(await demoCommand(options, ports))
  })

  return program
}

/** Until remote sources are part of this command line: no host is allowed. */
function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

function addReportOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--format <format>', 'how to print the report')
        .choices(['terminal', 'markdown', 'json'])
        .default('terminal'),
    )
    .option('--json <file>', 'write the report as JSON besides')
    .option('--markdown <file>', 'write the comment as Markdown besides')
}

function explain(error: unknown, ports: Ports): number {
  // Help and version end here too, with exit code 0; commander has printed what there is to say.
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitStatus.pass : exitStatus.couldNotCheck
  if (error instanceof CommandError || error instanceof ConfigurationError || error instanceof SourceError) {
    ports.errors.write(`preadmit: ${error.message}\n`)
    return exitStatus.couldNotCheck
  }
  ports.errors.write(
    `preadmit: internal error, please report it\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return exitStatus.ourFault
}
