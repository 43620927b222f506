/**
 * Writes NOTICE from dist/engines.json: what the engines and the bundles embed, with versions and licences.
 * `--check` fails when NOTICE is stale; a test runs it.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EngineManifest } from '../src/engine/manifest.ts'

const root = join(import.meta.dirname, '..')

/** The text of NOTICE for what is committed now. */
export async function freshNotice(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(root, 'dist/engines.json'), 'utf8')) as EngineManifest
  const lines = [
    'preadmit',
    'Copyright the preadmit authors. Licensed under the Apache License, Version 2.0: see LICENSE.',
    '',
    'The files under dist/ embed the software below, each under its own licence.',
  ]
  for (const [name, engine] of Object.entries(manifest.engines).sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(
      '',
      `dist/engines/${engine.file} (${name}), built with ${engine.toolchain}: the Go standard library (BSD-3-Clause) and`,
    )
    for (const { module, version, licences } of engine.libraries)
      lines.push(`  ${module} ${version} (${licences.join(', ')})`)
  }
  lines.push('', 'dist/*.js:')
  for (const { name, version, license } of await bundledPackages())
    lines.push(`  ${name} ${version} (${license})`)
  return `${lines.join('\n')}\n`
}

/** Run-time dependencies with everything that they need, from the lock file. */
async function bundledPackages(): Promise<{ name: string; version: string; license: string }[]> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<
      string,
      { version?: string; license?: string; dev?: boolean; optional?: boolean; link?: boolean }
    >
  }
  return Object.entries(lock.packages)
    .filter(
      ([path, entry]) =>
        path.startsWith('node_modules/') &&
        entry.dev !== true &&
        entry.optional !== true &&
        entry.link !== true,
    )
    .map(([path, { version = '', license = 'see the package' }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))
}

if (process.argv[1]?.endsWith('notice.ts') === true) {
  const fresh = await freshNotice()
  if (process.argv.includes('--check')) {
    const current = await readFile(join(root, 'NOTICE'), 'utf8').catch(() => '')
    if (current !== fresh) {
      console.error('NOTICE is stale: run `npm run docs` and commit the result.')
      process.exitCode = 1
    }
  } else {
    await writeFile(join(root, 'NOTICE'), fresh)
  }
}
