/** Stable codes of why something remote is not here. */
export type RemoteErrorCode =
  /** `--offline`, and not in the cache. */
  | 'offline'
  | 'host-not-allowed'
  /** http, ssh and whatever else the configuration does not spell out. */
  | 'scheme-refused'
  /** The name leads to a private, loopback or link-local address. */
  | 'address-refused'
  | 'redirect-refused'
  | 'too-many-redirects'
  | 'too-large'
  | 'too-slow'
  | 'timeout'
  | 'too-many-requests'
  | 'unreachable'
  | 'unauthorized'
  | 'not-found'
  /** Any other answer of the server. */
  | 'bad-status'
  /** The answer is no index, manifest or repository. */
  | 'bad-answer'
  /** Content that is not what its digest says. */
  | 'bad-digest'
  /** The lock file records something else. */
  | 'lock-contradicts'
  /** A range, a branch or `latest` that the lock file does not pin. */
  | 'not-pinned'
  | 'bad-archive'
  /** A URL, revision, name or version that is never asked for. */
  | 'refused'

/** Something remote could not be had. The text is for a report: it never holds credentials. */
export class RemoteError extends Error {
  readonly code: RemoteErrorCode
  /** What was asked for, without credentials. */
  readonly url: string

  constructor(code: RemoteErrorCode, url: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'RemoteError'
    this.code = code
    this.url = url
  }
}
