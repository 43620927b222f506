/** Sizes of the renderings. Sources: GitHub's limits as they were observed (docs and reports), minus a margin. */

/**
 * UTF-16 units of a comment, marker and footer included. GitHub refuses bodies over 65,536 characters with 422 (and
 * stores at most 262,144 bytes, which 60,000 units cannot exceed: three bytes each at most).
 */
export const commentUnits = 60_000

/** UTF-8 bytes of a job summary: GitHub takes 1 MiB per step and fails the upload above it. */
export const summaryBytes = 900 * 1024

/** GitHub shows ten errors and ten warnings of the log's commands per step; more are dropped in silence. */
export const annotationsPerLevel = 10

/** Units of one message in a list. The API server's longest sentences are under 400; a template's `fail` can be 1 MB. */
export const messageUnits = 600

/** Units of one line of a difference in the comment; what is longer is a blob that nobody reads there. */
export const differenceLineUnits = 400

/** Least units of a difference that are worth showing: about ten lines. Below that an object is only listed. */
export const differenceUnits = 400
