import { validate, type ValidateInput } from '../validate.ts'
import type { Validation } from '../model/validation.ts'
import { readManifestFiles, type ManifestFiles } from '../source/manifest-files.ts'
import { openSchemaFiles } from '../source/schema-files.ts'
import { renderValidation, type ValidationFormat } from '../report/validation.ts'
import { CommandError } from './errors.ts'
import { exitStatusOf } from './exit-status.ts'
import { kindsOfFlag, minorOf, patternOf } from './kubeconform-flags.ts'
import type { Ports } from './ports.ts'
import { withEngines } from './tools.ts'

/** As the command line's parser gives them: ours and kubeconform's (kubeconform-flags.ts). */
export interface ValidateOptions {
  readonly old?: readonly string[]
  readonly crds?: readonly string[]
  readonly serverSide?: boolean
  readonly kubernetes?: string
  readonly kubernetesVersion?: string
  readonly format?: ValidationFormat
  readonly output?: 'json' | 'junit' | 'pretty' | 'tap' | 'text'
  readonly schemaLocation?: readonly string[]
  readonly skip?: string
  readonly reject?: string
  readonly ignoreFilenamePattern?: readonly string[]
  readonly ignoreMissingSchemas?: boolean
  readonly exitOnError?: boolean
  readonly summary?: boolean
  readonly verbose?: boolean
  readonly n?: string
}

/** `preadmit validate`: what the API server would say of manifests in files. Answers the exit status. */
export async function validateCommand(
  paths: readonly string[],
  options: ValidateOptions,
  ports: Ports,
): Promise<number> {
  if (options.format !== undefined && options.output !== undefined)
    throw new CommandError(
      'bad-flag',
      '--format and -output exclude each other: -output prints as kubeconform does',
    )
  const workers = workersOf(options)
  const opened = { ...ports, openEngines: () => ports.openEngines(workers) }
  return await withEngines(opened, async ({ engines, schemas }) => {
    engines.warm('admission')
    const input = await readInput(paths, options, ports)
    const { catalogue } = await schemas
    const newest = catalogue.minors.at(-1) ?? ''
    const validation = await validate({
      ...input,
      kubernetes: minorOf(options.kubernetes ?? options.kubernetesVersion ?? 'master', newest),
      schemas: await schemas,
      engines,
    })
    print(validation, paths, options, ports)
    return exitStatusOf(validation.verdict)
  })
}

type Input = Omit<ValidateInput, 'engines' | 'schemas' | 'kubernetes'>

async function readInput(paths: readonly string[], options: ValidateOptions, ports: Ports): Promise<Input> {
  const ignore = (options.ignoreFilenamePattern ?? []).map(patternOf)
  let input: Promise<Uint8Array> | undefined
  const read = (given: readonly string[], patterns: readonly RegExp[]): Promise<ManifestFiles> =>
    readManifestFiles(given, {
      directory: ports.directory,
      standardInput: () => (input ??= ports.input.read()),
      ignore: patterns,
    })
  const manifests = await read(pathsOrInput(paths, ports), ignore)
  return {
    manifests,
    old: await read(options.old ?? [], []),
    definitions: await read(options.crds ?? [], []),
    locations: openSchemaFiles(options.schemaLocation ?? [], ports.directory),
    skip: kindsOfFlag(options.skip ?? ''),
    reject: kindsOfFlag(options.reject ?? ''),
    serverSide: options.serverSide ?? false,
    ignoreMissingSchemas: options.ignoreMissingSchemas ?? false,
    exitOnError: options.exitOnError ?? false,
    notices: manifests.files.length === 0 ? ['no manifests: no .yaml, .yml or .json file was found'] : [],
  }
}

/** Without paths standard input is read, as kubeconform does; never from a keyboard. */
function pathsOrInput(paths: readonly string[], { input }: Ports): readonly string[] {
  const given = paths.length === 0 ? ['-'] : paths
  if (given.includes('-') && input.terminal)
    throw new CommandError('no-input', 'nothing to validate: name files or directories, or pipe manifests in')
  return given
}

function workersOf({ n }: ValidateOptions): number | undefined {
  if (n === undefined) return undefined
  if (/^[1-9]\d{0,3}$/.test(n)) return Number(n)
  throw new CommandError('bad-flag', `-n ${n}: write a number of workers from 1`)
}

function print(
  validation: Validation,
  paths: readonly string[],
  { format, output, summary = false, verbose = false }: ValidateOptions,
  ports: Ports,
): void {
  const standardInput = paths.length === 0 || (paths.length === 1 && paths[0] === '-')
  const chosen = output === undefined ? (format ?? 'terminal') : (`kubeconform-${output}` as const)
  const { colors, width } = ports.output
  ports.output.write(renderValidation(validation, chosen, { summary, verbose, standardInput, colors, width }))
  for (const notice of validation.notices) ports.errors.write(`preadmit: ${notice}\n`)
}
