import type { ValidatedDocument, Validation } from '../model/validation.ts'
import {
  kubeconformCounts,
  kubeconformFile,
  kubeconformMessage,
  kubeconformStatus,
  type KubeconformStatus,
} from './validation-kubeconform.ts'
import { rejections } from './validation-text.ts'
import type { ValidationOptions } from './validation.ts'

const statuses: Readonly<Record<KubeconformStatus, string>> = {
  valid: 'statusValid',
  invalid: 'statusInvalid',
  error: 'statusError',
  skipped: 'statusSkipped',
  empty: '',
}

/** The json output of kubeconform v0.8 (pkg/output/json.go): without `verbose` only what is invalid or an error. */
export function renderKubeconformJson(
  { documents }: Validation,
  { summary, verbose }: Pick<ValidationOptions, 'summary' | 'verbose'>,
): string {
  const shown = documents.filter(
    (document) => verbose || ['invalid', 'error'].includes(kubeconformStatus(document)),
  )
  const { valid, invalid, error, skipped } = kubeconformCounts(documents)
  return `${JSON.stringify(
    {
      resources: shown.map(resource),
      ...(summary ? { summary: { valid, invalid, errors: error, skipped } } : {}),
    },
    null,
    2,
  )}\n`
}

function resource(document: ValidatedDocument): object {
  const { object } = document
  const status = kubeconformStatus(document)
  const errors = status === 'invalid' ? rejections(document) : []
  return {
    filename: kubeconformFile(document),
    kind: object?.kind ?? '',
    name: object?.name ?? '',
    version: object?.apiVersion ?? '',
    status: statuses[status],
    msg: status === 'valid' || status === 'skipped' || status === 'empty' ? '' : kubeconformMessage(document),
    ...(errors.length === 0
      ? {}
      : { validationErrors: errors.map(({ path, message }) => ({ path: pointer(path), msg: message })) }),
  }
}

/** `spec.containers[0].image` as kubeconform writes it: `/spec/containers/0/image`. */
function pointer(path: string): string {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '')
  return steps.map((step) => `/${step}`).join('')
}
