import type { Found } from '../judgement.ts'

/** Sentences of apiextensions-apiserver pkg/apis/apiextensions/validation about the costs of a definition's rules. */
const tooDear = /: estimated rule cost exceeds budget/
const contributes = /: contributed to estimated rule cost total/
const total = /: x-kubernetes-validations estimated rule cost total .* exceeds budget/

/**
 * A rule that is too dear by itself is told once: not again as part of the sum, nor the sum when such rules alone make it. The
 * sum stays where rules that are allowed each are too dear together.
 *
 * @param found of one object
 */
export function withoutSumOfDearRules(found: readonly Found[]): readonly Found[] {
  const dear = new Set(found.flatMap(({ finding }) => (tooDear.test(finding.message) ? [finding.path] : [])))
  if (dear.size === 0) return found
  const rest = found.filter(({ finding }) => !(contributes.test(finding.message) && dear.has(finding.path)))
  return rest.some(({ finding }) => contributes.test(finding.message))
    ? rest
    : rest.filter(({ finding }) => !total.test(finding.message))
}
