import { runAction } from './command/action.ts'
import { realActionPorts } from './command/action-ports.ts'

process.exitCode = await runAction(realActionPorts(process))
