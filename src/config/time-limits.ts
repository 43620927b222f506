import type { Configuration } from '../model/configuration.ts'

/** What the configuration lets the engines take, in milliseconds. */
export function timeLimits({ limits }: Pick<Configuration, 'limits'>): {
  readonly run: number
  readonly render: number
} {
  return { run: limits.minutes * 60_000, render: limits.renderSeconds * 1000 }
}
