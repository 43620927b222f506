import type { Validation } from '../model/validation.ts'
import { renderKubeconformJson } from './validation-kubeconform-json.ts'
import { renderKubeconformTap, renderKubeconformText } from './validation-kubeconform.ts'
import { renderValidationJunit } from './validation-junit.ts'
import { renderValidationSarif } from './validation-sarif.ts'
import { renderValidationTerminal } from './validation-terminal.ts'

export type ValidationFormat = 'terminal' | 'json' | 'sarif' | 'junit'
/** As kubeconform's -output prints. */
export type KubeconformFormat = `kubeconform-${'json' | 'junit' | 'pretty' | 'tap' | 'text'}`

export interface ValidationOptions {
  /** kubeconform prints its summary only when asked; our own renderings always say theirs. */
  readonly summary: boolean
  /** Shows what was accepted and skipped too. */
  readonly verbose: boolean
  /** The one file is standard input. */
  readonly standardInput: boolean
  readonly colors: boolean
  /** Characters in a line. */
  readonly width: number
}

/** The rendering of a format, with a final newline. */
export function renderValidation(
  validation: Validation,
  format: ValidationFormat | KubeconformFormat,
  options: ValidationOptions,
): string {
  switch (format) {
    case 'terminal':
      return renderValidationTerminal(validation, options)
    case 'json':
      return `${JSON.stringify(validation, null, 2)}\n`
    case 'sarif':
      return renderValidationSarif(validation)
    case 'junit':
    case 'kubeconform-junit':
      return renderValidationJunit(validation)
    case 'kubeconform-json':
      return renderKubeconformJson(validation, options)
    case 'kubeconform-pretty':
    case 'kubeconform-text':
      return renderKubeconformText(validation, { ...options, pretty: format === 'kubeconform-pretty' })
    case 'kubeconform-tap':
      return renderKubeconformTap(validation)
  }
}
