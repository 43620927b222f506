import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import * as core from '@actions/core'
import { createEngines } from '../engine/pool.ts'
import type { Engines } from '../engine/engines.ts'
import { loadSchemas } from '../judge/schema/artefact.ts'
import type { Schemas } from '../judge/schema/catalogue.ts'

/** What a message points at. */
export interface MessagePlace {
  readonly title?: string
  readonly file?: string
  readonly startLine?: number
}

/** The runner, as @actions/core speaks to it: commands on standard output, values in files. */
export interface Runner {
  input(name: string): string
  output(name: string, value: string): void
  error(message: string, place?: MessagePlace): void
  warning(message: string, place?: MessagePlace): void
  notice(message: string, place?: MessagePlace): void
  /** Raw text into the log: whoever calls makes it safe. */
  log(text: string): void
  startGroup(name: string): void
  endGroup(): void
  /** Masks a value in everything that is logged from now on. */
  secret(value: string): void
  /** Markdown; rejects when the runner gave no file for it. */
  summary(markdown: string): Promise<void>
}

/** Everything of the outside world that the action touches. */
export interface ActionPorts {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly directory: string
  readonly runner: Runner
  readonly readFile: (path: string) => Promise<string>
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** A value that nobody can guess. */
  readonly random: () => string
  readonly openEngines: () => Engines
  readonly loadSchemas: () => Promise<Schemas>
}

/** The real outside world of a step in a workflow. */
export function realActionPorts(process: NodeJS.Process): ActionPorts {
  return {
    environment: process.env,
    directory: process.env['GITHUB_WORKSPACE'] ?? process.cwd(),
    runner: {
      input: (name) => core.getInput(name),
      output: core.setOutput,
      error: core.error,
      warning: core.warning,
      notice: core.notice,
      log: (text) => void process.stdout.write(text),
      startGroup: core.startGroup,
      endGroup: core.endGroup,
      secret: core.setSecret,
      summary: async (markdown) => {
        await core.summary.addRaw(markdown).write({ overwrite: true })
      },
    },
    readFile: (path) => readFile(path, 'utf8'),
    clock: () => performance.now(),
    sleep: async (milliseconds) => {
      await sleep(milliseconds)
    },
    random: randomUUID,
    openEngines: () => createEngines({ directory: new URL('./engines/', import.meta.url) }),
    loadSchemas: () => loadSchemas(new URL('./', import.meta.url)),
  }
}
