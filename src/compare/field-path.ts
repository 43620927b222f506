import type { FieldStep } from '../model/change.ts'

/**
 * A path as people write it: `spec.template.spec.containers[api].image`, `metadata.labels[helm.sh/chart]`,
 * `spec.ports[80/TCP].targetPort`.
 */
export function formatPath(path: readonly FieldStep[]): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'object') text += `[${Object.values(step.keys).map(String).join('/')}]`
    else if (typeof step === 'number') text += `[${step}]`
    else if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) text += `[${step}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}
