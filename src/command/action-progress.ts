import type { Progress } from '../check.ts'
import { visible } from '../report/escape.ts'
import type { Runner } from './action-ports.ts'

/** Log groups: the phases that the user knows, with a line per target in the one that takes time. */
export function groupProgress(runner: Runner): { on: (event: Progress) => void; end: () => void } {
  let open: string | undefined
  const end = (): void => {
    if (open !== undefined) runner.endGroup()
    open = undefined
  }
  return {
    on(event) {
      if (event.phase !== open) {
        end()
        runner.startGroup(event.phase)
        open = event.phase
      }
      if (event.phase === 'render') runner.log(`${logLine(`${event.done}/${event.total} ${event.target}`)}\n`)
    },
    end,
  }
}

/** One line that starts with a character of ours and holds no `##[`: the runner finds no command in it (T59). */
export function logLine(text: string): string {
  return `  | ${visible(text).replaceAll('##[', '## [')}`
}
