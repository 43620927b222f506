import type { Configuration } from '../model/configuration.ts'

interface Configured {
  readonly configuration: Configuration
  readonly notices: readonly string[]
}

/**
 * Under sets that whoever runs the check gives, the repository's configuration neither keeps files out of their reach nor
 * calls a notice what they could not judge; it is said that this does not count.
 */
export function withoutEscapes(
  { configuration, notices }: Configured,
  given: readonly unknown[],
): Configured {
  const { exclude, incomplete } = configuration
  const loose = [
    ...(exclude.length > 0 ? ['exclude'] : []),
    ...(incomplete === 'notice' ? ['incomplete'] : []),
  ]
  if (given.length === 0 || loose.length === 0) return { configuration, notices }
  return {
    configuration: { ...configuration, exclude: [], incomplete: 'fail' },
    notices: [
      ...notices,
      `This run was given policy sets that the repository cannot weaken: \`${loose.join('` and `')}\` of its configuration ${loose.length === 1 ? 'does' : 'do'} not count.`,
    ],
  }
}
