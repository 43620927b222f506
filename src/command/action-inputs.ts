import { CommandError } from './errors.ts'

/** The inputs of action.yml, read once. Defaults are here and nowhere else. */
export interface ActionInputs {
  /** Configuration file in the base tree instead of `.preadmit.yaml`. */
  readonly config: string | undefined
  /** Policy sets that the repository cannot weaken: one a line. */
  readonly policySets: readonly string[]
  readonly token: string | undefined
  readonly comment: boolean
  /** Repository to check, relative to the workspace. */
  readonly workingDirectory: string
  readonly json: string | undefined
  readonly markdown: string | undefined
  /** Directory for fetched contents, relative to the workspace. */
  readonly cache: string | undefined
}

/** @throws CommandError that names the input and what it may be */
export function readInputs(input: (name: string) => string): ActionInputs {
  const text = (name: string): string | undefined => input(name).trim() || undefined
  return {
    config: text('config'),
    policySets: (text('policy-sets') ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    token: text('token'),
    comment: readBoolean('comment', text('comment') ?? 'true'),
    workingDirectory: text('working-directory') ?? '.',
    json: text('json'),
    markdown: text('markdown'),
    cache: text('cache'),
  }
}

function readBoolean(name: string, value: string): boolean {
  if (/^(?:true|yes|on)$/i.test(value)) return true
  if (/^(?:false|no|off)$/i.test(value)) return false
  throw new CommandError('bad-input', `input ${name} is ${JSON.stringify(value)}: write true or false`)
}
