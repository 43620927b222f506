#!/usr/bin/env node
import { runCommandLine } from './command/command-line.ts'
import { realPorts } from './command/ports.ts'

const streams = [process.stdout, process.stderr]
// Whoever stops reading (`preadmit check | head`) has seen enough; the status stays the verdict's.
for (const stream of streams) stream.on('error', ignoreClosedPipe)

const status = await runCommandLine(process.argv, realPorts(process))
// Everything is written; waiting for git's helpers and the workers' memory to go took 130 ms.
await Promise.all(streams.map(flushed))
process.exit(status)

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) =>
    stream.write('', () => {
      resolve()
    }),
  )
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
