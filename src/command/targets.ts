import type { AffectedTarget } from '../model/discovery.ts'
import type { Target } from '../model/target.ts'
import { timeLimits } from '../config/time-limits.ts'
import { renderChange } from '../render/render-change.ts'
import { compareTrees } from '../source/changed-paths.ts'
import { visible } from '../report/escape.ts'
import { openSides, type SideOptions } from './check.ts'
import { exitStatus } from './exit-status.ts'
import type { Ports } from './ports.ts'
import { openRemote, type RemoteOptions } from './remote.ts'
import { showProgress } from './progress.ts'

export interface TargetsOptions extends SideOptions, RemoteOptions {
  readonly changed?: boolean
  readonly format: 'terminal' | 'json'
}

/** `preadmit targets`: what deploys from the head side; with `--changed` what the change touches, and why. */
export async function targetsCommand(options: TargetsOptions, ports: Ports): Promise<number> {
  const { base, head, configuration } = await openSides(options, ports)
  const engines = ports.openEngines()
  engines.limit(timeLimits(configuration))
  const progress = showProgress(ports.errors)
  const remote = openRemote(configuration, options, ports)
  try {
    // Targets that other targets define (app-of-apps, Flux parents) are known only after those were rendered.
    const rendered = await renderChange({
      base,
      head,
      changed: compareTrees(base, head),
      configuration,
      engines,
      remote,
      onProgress: progress.on,
    })
    progress.end()
    const rows =
      options.changed === true ? rendered.affected.map(changedRow) : rendered.targets.head.map(targetRow)
    ports.output.write(options.format === 'json' ? `${JSON.stringify(rows, null, 2)}\n` : table(rows))
    for (const entry of rendered.notChecked) {
      ports.errors.write(`not looked at: ${visible(entry.what)}: ${visible(entry.reason)}\n`)
    }
    return exitStatus.pass
  } finally {
    progress.end()
    remote?.close()
    await engines.close()
  }
}

type Row = Readonly<Record<string, string>>

function targetRow(target: Target): Row {
  return {
    id: target.id,
    kind: target.kind,
    path: target.path,
    cluster: target.cluster ?? '',
    environment: target.environment ?? '',
  }
}

function changedRow(entry: AffectedTarget): Row {
  const target = entry.head ?? entry.base
  return target === undefined ? { id: entry.id } : { ...targetRow(target), because: entry.because.join(', ') }
}

/** Left-aligned columns, two spaces between them; columns that are empty everywhere are left out. */
function table(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => rows.some((row) => row[column] !== ''))
  const lines = [
    columns.map((column) => column.toUpperCase()),
    ...rows.map((row) => columns.map((column) => visible(row[column] ?? ''))),
  ]
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
