import type { RenderedPair, Rendering } from '../model/rendering.ts'
import type { Settled } from './join.ts'

/**
 * Targets that broke, stayed broken or work again. The cause is the innermost one; the tool that deploys would fail
 * too. A target that could not be rendered here is no finding: its reason stands among what was not looked at.
 */
export function renderFindings(pairs: readonly RenderedPair[]): readonly Settled[] {
  return pairs.flatMap(({ base, head }): Settled[] => {
    const before = failureOf(base)
    const after = failureOf(head)
    if (after !== undefined) return [{ finding: after, status: before === undefined ? 'new' : 'existing' }]
    if (before !== undefined && (head === undefined || head.state === 'rendered'))
      return [{ finding: before, status: 'fixed' }]
    return []
  })
}

function failureOf(rendering: Rendering | undefined): Settled['finding'] | undefined {
  if (rendering?.state !== 'failed') return undefined
  const { failure, target } = rendering
  return {
    source: 'render',
    rule: `render/${failure.code}`,
    level: 'required',
    severity: 'high',
    target: target.id,
    path: '',
    element: '',
    message: failure.message,
    ...(failure.location === undefined ? {} : { location: failure.location }),
  }
}
