import type { Location } from '../../model/location.ts'

/** An exemption as its file says; the schema has proved the shape. */
export interface Exemption {
  readonly id: string
  readonly policies: readonly { readonly id: string; readonly validations?: readonly string[] }[]
  readonly match: {
    readonly kinds?: readonly string[]
    readonly namespaces?: readonly string[]
    readonly names?: readonly string[]
    readonly labels?: Readonly<Record<string, string>>
    readonly applications?: readonly string[]
    readonly clusters?: readonly string[]
    readonly environments?: readonly string[]
    readonly paths?: readonly string[]
  }
  readonly element?: string
  readonly reason: string
  readonly ticket?: string
  readonly requestedBy: string
  readonly approvedBy: string
  readonly created: string
  readonly expires: string
  readonly pinnedTo?: string
  readonly location: Location
}

const day = 24 * 60 * 60

/** Whole days from one date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((seconds(to) - seconds(from)) / day)
}

/** Days until a date begins; zero or less when it has come. */
export function daysUntil(date: string, now: number): number {
  return Math.ceil((seconds(date) - now) / day)
}

/** Whole days since a date began. */
export function daysSince(date: string, now: number): number {
  return Math.max(0, Math.floor((now - seconds(date)) / day))
}

function seconds(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 1000
}
