import { isJsonObject, type Json } from '../../../model/json.ts'
import type { LintProblem } from '../../../model/policy-lint.ts'
import type { RegoBundle } from '../../../model/policy.ts'

/**
 * References to `data` that no module and no data file of the bundle defines: OPA calls them undefined, and a rule that
 * reads one says nothing, whatever its input. Told by the text, so `data["x"]` is not looked at.
 */
export function undefinedData({ modules, data }: RegoBundle): readonly LintProblem[] {
  const packages = modules.flatMap(({ text }) => {
    const name = /^\s*package\s+([\w.]+)/m.exec(plain(text))?.[1]
    return name === undefined ? [] : [name.split('.')]
  })
  const defined = (path: readonly string[]): boolean =>
    packages.some((own) => own.every((step, n) => path[n] === undefined || path[n] === step)) ||
    data.some((one) => {
      const shared = one.path.findIndex((step, n) => path[n] !== undefined && path[n] !== step)
      return shared < 0 && holds(one.value, path.slice(one.path.length))
    })
  return modules.flatMap(({ file, text }) =>
    plain(text)
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(/(?<![\w.])data((?:\.[A-Za-z_]\w*)+)(\()?/g)].flatMap(
          ([whole, steps = '']): LintProblem[] => {
            const path = steps.slice(1).split('.')
            if (defined(path)) return []
            const message = `${whole.replace('(', '')} is defined by no module and no file below data/: what reads it is undefined`
            return [
              { level: 'warning', code: 'undefined-data', message, location: { file, line: index + 1 } },
            ]
          },
        ),
      ),
  )
}

/** Without comments and texts; lines stay where they are. */
function plain(text: string): string {
  return text.replace(/"(?:\\.|[^"\\\n])*"|`[^`]*`|#[^\n]*/g, (found) => found.replace(/[^\n]/g, ' '))
}

function holds(value: Json, path: readonly string[]): boolean {
  let at: Json | undefined = value
  for (const step of path) {
    // What follows a list or a text is an index or a variable, which only the evaluation knows.
    if (!isJsonObject(at)) return true
    if (!Object.hasOwn(at, step)) return false
    at = at[step]
  }
  return true
}
