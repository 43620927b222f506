import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

const open = new Set<string>()
let watching = false

/** A folder that only we can read and that is gone when our process ends, or when {@link removeDirectory} is called. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'preadmit-'))
  open.add(directory)
  if (!watching) {
    watching = true
    process.once('exit', removeAll)
    // Ctrl-C on a laptop, a cancelled job: no `exit` is emitted for these.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => {
        removeAll()
        // This time nobody listens: whoever started us sees that a signal ended us.
        process.kill(process.pid, signal)
      })
  }
  return directory
}

function removeAll(): void {
  open.forEach(removeDirectory)
}

/** Removes a folder of {@link temporaryDirectory}. */
export function removeDirectory(directory: string): void {
  open.delete(directory)
  rmSync(directory, { recursive: true, force: true })
}
