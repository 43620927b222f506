/** Where engines live: each folder of engines/ with a go.mod and one program under cmd/. */
import { readdirSync, existsSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface EngineDirectory {
  /** Name of the program and of the file in dist/engines, such as `kubeconform`. */
  readonly name: string
  /** Path below the root with `/`, such as `engines/kubeconform-wasm`. */
  readonly path: string
}

/** All engines, or those named by program or folder. Throws when a name is no engine. */
export function engineDirectories(names: readonly string[] = []): EngineDirectory[] {
  const all = readdirSync(join(root, 'engines'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, 'engines', entry.name, 'go.mod')))
    .flatMap((entry) => programOf(`engines/${entry.name}`))
  const unknown = names.filter((name) => !all.some((engine) => isNamed(engine, name)))
  if (unknown.length > 0) throw new Error(`no such engine: ${unknown.join(', ')}`)
  return names.length === 0 ? all : all.filter((engine) => names.some((name) => isNamed(engine, name)))
}

function programOf(path: string): EngineDirectory[] {
  const commands = join(root, path, 'cmd')
  if (!existsSync(commands)) return []
  const programs = readdirSync(commands, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const [program] = programs
  if (program === undefined || programs.length > 1)
    throw new Error(`${path}/cmd must hold exactly one program`)
  return [{ name: program.name, path }]
}

function isNamed(engine: EngineDirectory, name: string): boolean {
  return engine.name === name || engine.path === `engines/${name}`
}
