#!/usr/bin/env node
import { runCommandLine } from './command/command-line.ts'
import { realPorts } from './command/ports.ts'

const status = await runCommandLine(process.argv, realPorts(process))
// Everything is written; waiting for git's helpers and the workers' memory to go took 130 ms.
await Promise.all([process.stdout, process.stderr].map(flushed))
process.exit(status)

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) =>
    stream.write('', () => {
      resolve()
    }),
  )
}
