import { Option, type Command } from 'commander'
import type { Ports } from './ports.ts'
import { validateCommand, type ValidateOptions } from './validate.ts'

/** Adds `preadmit validate`: our options, and kubeconform's under a heading of their own. */
export function addValidate(program: Command, ports: Ports, done: (status: number) => void): void {
  const command = program
    .command('validate')
    .description('What the API server would say of manifests in files: no repository, no render.')
    .argument('[paths...]', 'files, directories (.yaml, .yml, .json), or - for standard input')
    .option('--old <path>', 'the same objects before: they are judged as updates (repeatable)', collect)
    .option('--crds <path>', 'CustomResourceDefinitions besides those among the paths (repeatable)', collect)
    .option(
      '--server-side',
      'the objects are applied server-side, as Flux and kubectl apply --server-side do',
    )
    .option('--kubernetes <minor>', 'Kubernetes version (default: the newest)')
    .addOption(
      new Option('--format <format>', 'how to print (default: terminal)').choices([
        'terminal',
        'json',
        'sarif',
        'junit',
      ]),
    )
  command
    .optionsGroup('Flags of kubeconform, with one dash or two:')
    .option('--kubernetes-version <version>', 'as --kubernetes: 1.33.0, or master')
    .option('--strict', 'always on: unknown fields and duplicate keys are findings')
    .option('--ignore-missing-schemas', 'objects of kinds that nobody knows do not count')
    .option('--skip <kinds>', 'kinds to leave out: Kind or group/version/Kind, separated by commas')
    .option('--reject <kinds>', 'kinds to refuse')
    .option(
      '--schema-location <location>',
      'schemas for further kinds: a directory or a template (repeatable)',
      collect,
    )
    .option('--ignore-filename-pattern <regex>', 'files to leave out (repeatable)', collect)
    .option('--exit-on-error', 'stop at the first document that is not accepted')
    .addOption(
      new Option('--output <format>', 'print as kubeconform does, instead of --format').choices([
        'json',
        'junit',
        'pretty',
        'tap',
        'text',
      ]),
    )
    .option('--summary', 'with -output: print a summary at the end')
    .option('--verbose', 'show what is accepted too')
    .option('-n <workers>', 'threads at most (default: one per core)')
    .action(async (paths: string[], options: ValidateOptions) => {
      done(await validateCommand(paths, options, ports))
    })
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}
