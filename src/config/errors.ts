/** One thing that is wrong with a configuration file. */
export interface ConfigurationProblem {
  readonly file: string
  /** One-based; 1 when the file as a whole is meant. */
  readonly line: number
  /** One-based, in UTF-16 units as editors count. */
  readonly column: number
  /** One clause; names from the file are quoted as JSON, so that no control character reaches a terminal. */
  readonly message: string
  /** The valid name or value that comes closest to what was written. */
  readonly nearest?: string
}

/** The configuration cannot be used. Holds everything that is wrong with it, in the order of the file. */
export class ConfigurationError extends Error {
  readonly problems: readonly ConfigurationProblem[]

  constructor(problems: readonly ConfigurationProblem[]) {
    super(problems.map(sentence).join('\n'))
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

function sentence({ file, line, column, message, nearest }: ConfigurationProblem): string {
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  return `${file}:${line}:${column}: ${message}${hint}`
}
