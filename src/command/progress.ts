import type { Progress } from '../check.ts'
import type { TextSink } from './ports.ts'

/**
 * Says on standard error what is going on: one line that rewrites itself on a terminal, a line per phase elsewhere
 * (a line per target would drown a log).
 */
export function showProgress(sink: TextSink): { on: (event: Progress) => void; end: () => void } {
  let phase = ''
  let open = false
  return {
    on(event) {
      if (sink.terminal) {
        const text =
          event.phase === 'render' ? `render ${event.done}/${event.total} ${event.target}` : event.phase
        sink.write(`\r\u001b[2K${text.slice(0, sink.width - 1)}`)
        open = true
        return
      }
      if (event.phase === phase) return
      phase = event.phase
      sink.write(
        event.phase === 'render' ? `preadmit: render ${event.total} targets\n` : `preadmit: ${phase}\n`,
      )
    },
    end() {
      if (open) sink.write('\r\u001b[2K')
      open = false
    },
  }
}
