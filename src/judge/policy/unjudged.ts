import type { NotChecked } from '../../model/outcome.ts'

/**
 * The code of an error that says nothing about the object. The cluster refuses such a write, and where base and head fail
 * alike nothing is new; but nobody has judged it, so it is no pass either. The sentences are cel-go's about one expression
 * (interpreter/runtimecost.go), and the API server's about all of a policy (apiserver pkg/admission/plugin/cel) and about
 * parameters, which may stand in the cluster only (pkg/admission/plugin/policy/generic).
 */
export function unjudgedCode(message: string): NotChecked['code'] | undefined {
  if (message.includes('actual cost limit exceeded') || message.includes('running out of cost budget'))
    return 'limit'
  return message.includes('no params found') ? 'not-evaluable' : undefined
}
