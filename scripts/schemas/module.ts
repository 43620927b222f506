import { execFileSync } from 'node:child_process'

/** A module of the public proxy whose files are read. */
export interface PinnedModule {
  readonly module: string
  readonly version: string
  /** The module's checksum in the public checksum database, pinned: other bytes are never converted. */
  readonly sum: string
}

/**
 * Downloads a module, or finds it in Go's module cache. Nothing of it is compiled or run. Answers its directory.
 * @throws when its checksum differs from the pinned one.
 */
export function downloadModule({ module, version, sum }: PinnedModule): string {
  const answer = execFileSync('go', ['mod', 'download', '-json', `${module}@${version}`], {
    encoding: 'utf8',
    // A go.mod above the working directory must not take part.
    env: { ...process.env, GO111MODULE: 'on', GOWORK: 'off', GOFLAGS: '-mod=mod' },
  })
  const { Dir, Sum } = JSON.parse(answer) as { Dir: string; Sum: string }
  if (Sum !== sum) throw new Error(`${module}@${version} has checksum ${Sum}, pinned is ${sum}`)
  return Dir
}
