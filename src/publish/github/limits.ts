/** Numbers of GitHub's API and what we allow ourselves of them, each with its source. */

/** Largest page of a list (REST documentation, "Using pagination"). */
export const pageSize = 100

/**
 * Calls of one run, retries included. A comment takes 3 to 5, and one more per hundred comments of the pull request;
 * GITHUB_TOKEN has 1,000 an hour for the whole repository (REST documentation, "Rate limits").
 */
export const callsPerRun = 40

/** Milliseconds of one call. GitHub itself ends requests after ten seconds (REST documentation, "Timeouts"). */
export const callMilliseconds = 20_000

/** Milliseconds of everything together: the comment is a courtesy, the verdict stands without it. */
export const totalMilliseconds = 90_000

/**
 * Most milliseconds to wait when GitHub asks for patience (`retry-after`). Secondary limits ask for a minute, which
 * the total budget has room for once.
 */
export const patienceMilliseconds = 60_000

/** Times that a refused call for lack of quota is made again; further tries may get an integration banned (same page). */
export const quotaRetries = 2

/** Retries of 5xx answers and broken connections, by the retry plug-in: waits of 1, 4 and 9 times its base. */
export const faultRetries = 3

/** Milliseconds of that base. Half a second: short faults end within it, and all three waits stay under ten seconds. */
export const faultBaseMilliseconds = 500

/** Redirects within the API's own origin: renamed repositories take one. */
export const redirects = 3
