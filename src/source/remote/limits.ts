/**
 * What a fetch may take. Sizes are bytes, times milliseconds. The numbers without another source are threats.md's
 * ("fetch 20 MB, 30 s, 3 redirects", "archive ratio 100x, 5,000 entries, 50 MB"); the base configuration can change
 * size and time (`remote.limits`), a pull request cannot.
 */
export interface RemoteLimits {
  /** One response: an index, an archive, a blob, a file. */
  readonly bodyBytes: number
  /** One request with all its redirects. */
  readonly milliseconds: number
  readonly redirects: number
  /** A body that runs below this many bytes per second on average, measured after `graceMilliseconds`, is given up. */
  readonly bytesPerSecond: number
  readonly graceMilliseconds: number
  /** An unpacked archive. */
  readonly archiveEntries: number
  readonly archiveBytes: number
  /** Unpacked bytes for one packed byte. */
  readonly archiveRatio: number
  /** Objects of one commit on disk, packed. Ours: the largest of the public fleets that were looked at has 60 MB. */
  readonly gitBytes: number
  readonly gitMilliseconds: number
  /** Requests of one run. Ours: five times what the largest public fleet needs. */
  readonly requests: number
}

export const defaultRemoteLimits: RemoteLimits = {
  bodyBytes: 20 * 1024 * 1024,
  milliseconds: 30_000,
  redirects: 3,
  bytesPerSecond: 1024,
  graceMilliseconds: 5000,
  archiveEntries: 5000,
  archiveBytes: 50 * 1024 * 1024,
  archiveRatio: 100,
  gitBytes: 200 * 1024 * 1024,
  gitMilliseconds: 120_000,
  requests: 1000,
}
