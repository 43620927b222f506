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
    process.once('exit', () => {
      open.forEach(removeDirectory)
    })
  }
  return directory
}

/** Removes a folder of {@link temporaryDirectory}. */
export function removeDirectory(directory: string): void {
  open.delete(directory)
  rmSync(directory, { recursive: true, force: true })
}
