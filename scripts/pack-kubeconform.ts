/**
 * `npm run pack:kubeconform [-- DIRECTORY]`: `@preadmit/kubeconform-wasm` as it is published: one module, its worker, the
 * committed engine and types; nothing of it needs this repository.
 */
import { execFileSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { readManifest } from '../src/engine/manifest.ts'

const root = join(import.meta.dirname, '..')
const source = join(root, 'engines/kubeconform-wasm')

/** Writes the package into a directory, which is emptied first. */
export async function packKubeconform(directory: string): Promise<void> {
  const dist = join(directory, 'dist')
  await rm(directory, { recursive: true, force: true })
  await mkdir(join(dist, 'engines'), { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints: { index: join(source, 'src/index.ts'), worker: 'src/engine/worker.ts' },
    outdir: dist,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    define: { KUBECONFORM_ENGINES: JSON.stringify('./engines/') },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
    },
  })
  await writeEngine(dist)
  emitTypes(join(directory, 'types'))
  for (const name of ['README.md', '../../LICENSE', '../../NOTICE'])
    await cp(join(source, name), join(directory, name.replace('../../', '')))
  await writeFile(join(directory, 'package.json'), await packageText())
}

async function writeEngine(dist: string): Promise<void> {
  const { abi, engines } = readManifest(pathToFileURL(join(root, 'dist/engines.json')))
  const { kubeconform } = engines
  if (kubeconform === undefined) throw new TypeError('dist/engines.json has no kubeconform')
  await writeFile(join(dist, 'engines.json'), JSON.stringify({ abi, engines: { kubeconform } }, null, 2))
  await cp(join(root, 'dist/engines', kubeconform.file), join(dist, 'engines', kubeconform.file))
}

function emitTypes(directory: string): void {
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', root]
  const project = join(source, 'tsconfig.types.json')
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', project, ...options, '--outDir', directory], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

async function packageText(): Promise<string> {
  const own = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Record<string, unknown>
  const { name, version, description, license, type, engines } = own
  const entry = {
    types: './types/engines/kubeconform-wasm/src/index.d.ts',
    default: './dist/index.js',
  }
  return `${JSON.stringify({ name, version, description, license, type, engines, exports: { '.': entry }, files: ['dist', 'types', 'NOTICE'] }, null, 2)}\n`
}

if (process.argv[1] === import.meta.filename)
  await packKubeconform(resolve(process.argv[2] ?? join(source, 'out/package')))
