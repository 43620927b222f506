import type { RegoFault } from '../../engine/api-rego.ts'
import type { NotCheckedCode } from '../../model/outcome.ts'
import { codeOf } from '../not-checked.ts'

/** Codes of the engine's host keep their meaning; a builtin that is not there is no fault of the policy. */
export function faultCode({ code, message }: RegoFault): NotCheckedCode {
  if (code === 'builtin') return 'not-evaluable'
  if (code === 'dependency' || code === 'invalid') return 'policy-error'
  return codeOf({ code, message })
}
