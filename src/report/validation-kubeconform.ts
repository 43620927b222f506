/** The text, pretty and tap outputs of kubeconform v0.8 (pkg/output), for scripts that read them. */
import type { ValidatedDocument, Validation } from '../model/validation.ts'
import { visible } from './escape.ts'
import { rejectionText } from './validation-text.ts'
import type { ValidationOptions } from './validation.ts'

export type KubeconformStatus = 'valid' | 'invalid' | 'error' | 'skipped' | 'empty'

/** kubeconform's word for an answer: what could not be read or has no schema is its `error`. */
export function kubeconformStatus({
  verdict,
  skipped,
  reason,
  object,
}: ValidatedDocument): KubeconformStatus {
  if (skipped && reason?.code === 'empty') return 'empty'
  if (skipped) return 'skipped'
  if (verdict === 'accepted') return 'valid'
  return verdict === 'rejected' && object !== null ? 'invalid' : 'error'
}

/** The cause of an `invalid` or `error`, in one line. */
export function kubeconformMessage(document: ValidatedDocument): string {
  return visible(document.verdict === 'rejected' ? rejectionText(document) : (document.reason?.message ?? ''))
}

/** kubeconform calls standard input `stdin`. */
export function kubeconformFile({ file }: ValidatedDocument): string {
  return file === '-' ? 'stdin' : visible(file)
}

const escape = String.fromCharCode(27)
const paints = {
  red: `${escape}[31m`,
  green: `${escape}[32m`,
  yellow: `${escape}[33m`,
  reset: `${escape}[0m`,
}

export function renderKubeconformText(
  { documents, counts }: Validation,
  options: ValidationOptions & { readonly pretty: boolean },
): string {
  const lines = documents.flatMap((document) => {
    const status = kubeconformStatus(document)
    const quiet = status === 'empty' || (!options.verbose && (status === 'valid' || status === 'skipped'))
    return quiet ? [] : [options.pretty ? prettyLine(document, status) : textLine(document, status)]
  })
  if (options.summary) lines.push(summary(documents, counts.files, options))
  return lines.map((line) => `${line}\n`).join('')
}

function textLine(document: ValidatedDocument, status: KubeconformStatus): string {
  const { kind, name } = namesOf(document)
  // Name before kind, as text.go has it.
  const sentence =
    status === 'skipped' ? [name, kind, 'skipped'].join(' ').trim() : sentenceOf(document, status)
  return `${kubeconformFile(document)} - ${sentence}`
}

function prettyLine(document: ValidatedDocument, status: KubeconformStatus): string {
  const { kind, name } = namesOf(document)
  const [mark, paint] =
    status === 'valid' ? ['✔', 'green'] : status === 'skipped' ? ['-', 'yellow'] : ['✖', 'red']
  const color = paints[paint as keyof typeof paints]
  // The name stands behind the verb, as pretty.go has it.
  const sentence =
    status === 'error'
      ? `${kind === '' ? '' : `${kind} `}failed validation: ${name} ${kubeconformMessage(document)}`
      : sentenceOf(document, status)
  return `${color}${mark}${paints.reset} ${kubeconformFile(document)}: ${color}${sentence}${paints.reset}`
}

function sentenceOf(document: ValidatedDocument, status: KubeconformStatus): string {
  const { kind, name } = namesOf(document)
  const both = kind === '' ? '' : `${kind} ${name} `
  switch (status) {
    case 'valid':
      return `${both}is valid`
    case 'invalid':
      return `${both}is invalid: ${kubeconformMessage(document)}`
    case 'error':
      return `${both}failed validation: ${kubeconformMessage(document)}`
    case 'skipped':
    case 'empty':
      return `${both}skipped`
  }
}

function namesOf({ object }: ValidatedDocument): { readonly kind: string; readonly name: string } {
  return { kind: visible(object?.kind ?? ''), name: visible(object?.name ?? '') }
}

function summary(
  documents: readonly ValidatedDocument[],
  files: number,
  { standardInput }: ValidationOptions,
): string {
  const { valid, invalid, error, skipped } = kubeconformCounts(documents)
  const resources = valid + invalid + error + skipped
  const where = standardInput ? 'parsing stdin' : `in ${files} file${files > 1 ? 's' : ''}`
  return `Summary: ${resources} resource${resources > 1 ? 's' : ''} found ${where} - Valid: ${valid}, Invalid: ${invalid}, Errors: ${error}, Skipped: ${skipped}`
}

export function kubeconformCounts(
  documents: readonly ValidatedDocument[],
): Readonly<Record<KubeconformStatus, number>> {
  const counts = { valid: 0, invalid: 0, error: 0, skipped: 0, empty: 0 }
  for (const document of documents) counts[kubeconformStatus(document)] += 1
  return counts
}

export function renderKubeconformTap({ documents }: Validation): string {
  const lines = documents.map((document, i) => {
    const { object } = document
    const place = `${i + 1} - ${kubeconformFile(document)}`
    const name =
      object === null ? '' : visible(`${object.apiVersion}/${object.kind}/${object.namespace}/${object.name}`)
    switch (kubeconformStatus(document)) {
      case 'valid':
        return `ok ${place} (${name})`
      case 'invalid':
        return `not ok ${place} (${name}): ${kubeconformMessage(document)}`
      case 'empty':
        return `ok ${place} (empty)`
      case 'error':
        return `not ok ${place}: ${kubeconformMessage(document)}`
      case 'skipped':
        return `ok ${place} (${name}) # skip`
    }
  })
  return [...(lines.length > 0 ? ['TAP version 13'] : []), ...lines, `1..${lines.length}`, ''].join('\n')
}
