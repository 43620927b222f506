/**
 * Bundles the TypeScript into dist/: three ES modules that need nothing but Node. The engines and the schemas beside
 * them are built by their own scripts and only when their sources change.
 *
 * `--check` builds into memory and fails when a committed file differs.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const check = process.argv.includes('--check')
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }

const result = await build({
  absWorkingDir: root,
  entryPoints: { action: 'src/action.ts', cli: 'src/cli.ts', worker: 'src/engine/worker.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.js' },
  bundle: true,
  write: !check,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Readable bundles: a reviewer can see what changed, and the engines dominate the download anyway.
  minifySyntax: true,
  legalComments: 'none',
  charset: 'utf8',
  define: { PREADMIT_VERSION: JSON.stringify(version) },
  // CommonJS dependencies call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
})

if (check) {
  const stale: string[] = []
  for (const file of result.outputFiles ?? []) {
    const committed = await readFile(file.path).catch(() => null)
    if (committed === null || !committed.equals(Buffer.from(file.contents)))
      stale.push(file.path.slice(root.length + 1))
  }
  if (stale.length > 0) {
    console.error(`dist/ is stale: ${stale.join(', ')}. Run \`npm run build\` and commit the result.`)
    process.exit(1)
  }
  console.log('dist/ equals a fresh build')
}
