#!/usr/bin/env node
import { runCommandLine } from './command/command-line.ts'
import { realPorts } from './command/ports.ts'

process.exitCode = await runCommandLine(process.argv, realPorts(process))
