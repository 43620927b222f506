import type { Finding } from './finding.ts'
import type { ObjectIdentity } from './object.ts'
import type { NotCheckedCode } from './outcome.ts'
import type { Verdict } from './report.ts'

/**
 * What the API server would say of one document. `unknown`: nobody here could say, or the document is no object;
 * `reason` tells which.
 */
export type DocumentVerdict = 'accepted' | 'rejected' | 'unknown'

export interface ValidationReason {
  readonly code:
    | NotCheckedCode
    /** No object that any server would see: a kustomization, values of a chart, a patch, a tool's own file. */
    | 'not-an-object'
    /** A kustomization builds with it, and the API server would refuse it as it stands. */
    | 'fragment'
    /** A template of a chart, or of something else that fills in `{{ }}`: the rendered result can be validated. */
    | 'template'
    /** The file holds no document. */
    | 'empty'
    /** The caller named its kind under `--skip`. */
    | 'skipped'
  readonly message: string
}

/** A finding of one document. Its level decides: `advisory` never rejects. */
export type ValidationFinding = Omit<Finding, 'status' | 'targets' | 'object'>

export interface ValidatedDocument {
  /** As given on the command line; files of a directory as the directory given, a slash, and the path below it. */
  readonly file: string
  /** Zero-based number of the document in its file, empty ones not counted. */
  readonly index: number
  /** Zero-based position in the items of a List; null for documents that are no List. */
  readonly item: number | null
  readonly object: (ObjectIdentity & { readonly apiVersion: string }) | null
  /** The write that was judged: `UPDATE` where `--old` holds the object; null where nothing was. */
  readonly operation: 'CREATE' | 'UPDATE' | null
  readonly verdict: DocumentVerdict
  /** Why the verdict is `unknown`; null otherwise. */
  readonly reason: ValidationReason | null
  /** An `unknown` document that does not make the run incomplete: it is no object, or the caller left it out. */
  readonly skipped: boolean
  /** What rejects comes first, then by line. */
  readonly findings: readonly ValidationFinding[]
  /** Findings beyond the first hundred: counted, not listed. */
  readonly omitted: number
}

/** What `preadmit validate` found out (docs/validate.schema.json). */
export interface Validation {
  /** Raised when a name of this contract changes its meaning. */
  readonly schemaVersion: 1
  /** `fail`: a document is rejected; `incomplete`: none is, and one that counts could not be checked. */
  readonly verdict: Verdict
  readonly counts: {
    readonly files: number
    readonly documents: number
    readonly accepted: number
    readonly rejected: number
    /** Could not be checked. */
    readonly unknown: number
    /** Not looked at for a reason that does not count. */
    readonly skipped: number
  }
  readonly kubernetes: {
    /** As asked for. */
    readonly declared: string
    /** The minor whose rules answered: the nearest one that the engine emulates. */
    readonly judgedBy: string
  }
  /** In the order of the files, as given and then by path. */
  readonly documents: readonly ValidatedDocument[]
  /** Sentences about the run itself. */
  readonly notices: readonly string[]
}
