import type { PathStep } from '../engine/api.ts'

/**
 * Reads a field as people and the API server write it: `spec.containers[0].image`, `metadata.labels[app.io/name]`,
 * `data["a.b"]`. A number in brackets is an index, everything else a key.
 */
export function parseFieldPath(path: string): readonly PathStep[] {
  const steps: PathStep[] = []
  let key = ''
  const flush = (): void => {
    if (key !== '') steps.push(key)
    key = ''
  }
  for (let i = 0; i < path.length; i++) {
    const character = path[i] ?? ''
    if (character === '.') flush()
    else if (character === '[') {
      flush()
      const close = path.indexOf(']', i)
      const inside = path.slice(i + 1, close < 0 ? path.length : close)
      steps.push(/^\d+$/.test(inside) ? Number(inside) : inside.replace(/^(["'])(.*)\1$/, '$2'))
      i = close < 0 ? path.length : close
    } else key += character
  }
  flush()
  return steps
}
