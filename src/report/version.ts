declare const PREADMIT_VERSION: string | undefined

/** The version of package.json, put in by the bundle; `0.0.0-source` when the sources run unbundled. */
export const version = typeof PREADMIT_VERSION === 'string' ? PREADMIT_VERSION : '0.0.0-source'
