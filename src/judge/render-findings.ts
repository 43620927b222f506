import type { RenderedPair, Rendering } from '../model/rendering.ts'
import type { Target } from '../model/target.ts'
import type { Settled } from './join.ts'

/**
 * Targets that broke, stayed broken or work again. The cause is the innermost one; the tool that deploys would fail
 * too. A target that could not be rendered here is no finding: its reason stands among what was not looked at.
 * @param said what the API server says of objects: a field of a definition that it refuses is not told again by the tool
 */
export function renderFindings(
  pairs: readonly RenderedPair[],
  said: readonly Settled[] = [],
): readonly Settled[] {
  return pairs.flatMap(({ base, head }): Settled[] => {
    const before = failureOf(base)
    const after = failureOf(head)
    if (after !== undefined) {
      const status = before === undefined ? 'new' : 'existing'
      return isSaid(after.message, head?.target, status, said) ? [] : [{ finding: after, status }]
    }
    if (before !== undefined && (head === undefined || head.state === 'rendered'))
      return [{ finding: before, status: 'fixed' }]
    return []
  })
}

/** True when the failure is about a field of the target's own definition that was told already. */
function isSaid(
  message: string,
  target: Target | undefined,
  status: Settled['status'],
  said: readonly Settled[],
): boolean {
  if (target?.plan.tool !== 'none') return false
  return said.some(
    ({ finding: { object, level, path, source }, status: other }) =>
      other === status &&
      level !== 'advisory' &&
      (source === 'admission' || source === 'schema') &&
      object?.name === target.owner?.name &&
      object?.namespace === target.owner?.namespace &&
      // Go names a field without the position in its list, and from below the spec.
      path.startsWith('spec.') &&
      message.includes(` ${path.slice('spec.'.length).replace(/\[[^\]]*\]/g, '')} `),
  )
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
