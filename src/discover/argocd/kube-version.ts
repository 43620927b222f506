/**
 * A source's `kubeVersion`: Argo CD passes `1.34` on as it is, and charts see `v1.34`; what stands behind the numbers (a
 * vendor's suffix) is cut off. Undefined without one. Rules: parseKubeVersion of the repo server, ParseGeneric of
 * k8s.io/apimachinery/pkg/util/version.
 */
export function kubeVersionOf(
  text: string | undefined,
):
  | { readonly version: string; readonly error?: undefined }
  | { readonly version?: undefined; readonly error: string }
  | undefined {
  if (text === undefined || text === '') return undefined
  const numbers = /^\s*v?(?<numbers>\d+(?:\.\d+)+)/.exec(text)?.groups?.['numbers']
  if (numbers === undefined || /^0\d/.test(numbers))
    return { error: `could not parse kubernetes version ${text}: could not parse "${text}" as version` }
  return { version: `v${numbers.split('.').slice(0, 3).join('.')}` }
}
