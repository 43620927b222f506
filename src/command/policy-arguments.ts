import { Option, type Command } from 'commander'
import { policyLockCommand, type Connect, type PolicyLockOptions } from './policy-lock.ts'
import { policyStatementCommand } from './policy-statement.ts'
import { openRemote, type RemoteOptions } from './remote.ts'
import { policyImpactCommand, type PolicyImpactOptions } from './policy-impact.ts'
import { policyLintCommand, type PolicyLintOptions } from './policy-lint.ts'
import { policyPackCommand } from './policy-pack.ts'
import { policyTestCommand, type PolicyTestOptions } from './policy-test.ts'
import type { Ports } from './ports.ts'

/** Adds `preadmit policy …`: what authors of policy sets need. */
export function addPolicy(
  program: Command,
  ports: Ports,
  done: (status: number) => void,
  shared: {
    readonly repository: Option
    readonly cache: Option
    readonly configuration: Option
    readonly offline: Option
  },
): void {
  const policy = program
    .command('policy')
    .description('Work with policy sets: test, lint, pack, compare and lock them.')

  policy
    .command('test')
    .description('Run the suites of a policy set: every policy needs a case that passes and one that fails.')
    .argument('[directory]', 'the directory that holds policyset.yaml', '.')
    .option('--kubernetes <minor>', 'Kubernetes version of cases that name none (default: the newest)')
    .option('--policy <id>', 'only this policy (repeatable)', collect)
    .option('--verbose', 'list the cases that hold, too')
    .addOption(
      new Option('--format <format>', 'how to print')
        .choices(['terminal', 'json', 'junit'])
        .default('terminal'),
    )
    .action(async (directory: string, options: PolicyTestOptions) => {
      done(await policyTestCommand(directory, options, ports))
    })

  policy
    .command('lint')
    .description('Compile the policies of a set for the Kubernetes versions that they may run on.')
    .argument('[directory]', 'the directory that holds policyset.yaml', '.')
    .option('--kubernetes <minor>', 'Kubernetes version (repeatable; default: the four newest)', collect)
    .option(
      '--crds <path>',
      'directory with CustomResourceDefinitions that policies match (repeatable)',
      collect,
    )
    .option('--strict', 'warnings fail, too')
    .option('--verbose', 'list what each expression costs at most')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['terminal', 'json']).default('terminal'),
    )
    .action(async (directory: string, options: PolicyLintOptions) => {
      done(await policyLintCommand(directory, options, ports))
    })

  policy
    .command('lock')
    .description('Write the newest version in the range of each policy set into .preadmit.policies.lock.')
    .addOption(shared.repository)
    .addOption(shared.cache)
    .option('--check', 'write nothing, and fail when the lock is not up to date')
    .action(async (options: PolicyLockOptions & RemoteOptions) => {
      const connect: Connect = (configuration) => openRemote(configuration, options, ports, true)
      done(await policyLockCommand(options, ports, connect))
    })

  policy
    .command('pack')
    .description('Pack a policy set for a registry: the same files give the same bytes.')
    .argument('[directory]', 'the directory that holds policyset.yaml', '.')
    .option('--out <file>', 'archive to write (default: NAME-VERSION.tgz)')
    .action(async (directory: string, options: { out?: string }) => {
      done(await policyPackCommand(directory, options, ports))
    })

  policy
    .command('impact')
    .description('Tell what a policy set says of a whole repository, against what an older one says.')
    .argument('<sets...>', 'the set, or the older and the newer one: directories, or name:tag@digest')
    .addOption(shared.repository)
    .addOption(shared.configuration)
    .addOption(shared.offline)
    .addOption(shared.cache)
    .option('--rev <rev>', 'revision to look at (default: the working tree)')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['terminal', 'json']).default('terminal'),
    )
    .action(async (sets: readonly string[], options: PolicyImpactOptions) => {
      done(await policyImpactCommand(sets, options, ports))
    })

  policy
    .command('statement')
    .description('Print what a signature of a policy set is over: its name, version and content.')
    .argument('<directory>', 'directory that holds policyset.yaml')
    .action(async (directory: string) => {
      done(await policyStatementCommand(directory, ports))
    })
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}
