/** Sentences that all renderings of a validation share. */
import { displayName } from '../model/object.ts'
import type { ValidatedDocument, ValidationFinding } from '../model/validation.ts'

/** `Deployment shop/api`; `document 2` for what is no object. */
export function documentName({ object, index, item }: ValidatedDocument): string {
  const place = item === null ? `document ${index + 1}` : `document ${index + 1}, item ${item + 1}`
  if (object === null) return place
  return object.name === '' ? `${object.kind} without a name (${place})` : displayName(object)
}

/** `spec.replicas: must be …`; the server's own sentence where it names the field itself. */
export function findingSentence({ path, message }: ValidationFinding): string {
  return path === '' || message.startsWith(path) ? message : `${path}: ${message}`
}

/** What rejects a document. */
export function rejections({ findings }: ValidatedDocument): readonly ValidationFinding[] {
  return findings.filter(({ level }) => level !== 'advisory')
}

/** What is only worth knowing. */
export function warnings({ findings }: ValidatedDocument): readonly ValidationFinding[] {
  return findings.filter(({ level }) => level === 'advisory')
}

/** What rejects a document in one line. */
export function rejectionText(document: ValidatedDocument): string {
  return rejections(document).map(findingSentence).join(' - ')
}
