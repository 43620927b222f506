/** Which modules an engine really links, and under which licences. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineLibrary } from '../../src/engine/manifest.ts'
import { root, type EngineDirectory } from './engine-directories.ts'
import { go, overlayFlags, toolchain, wasm } from './go.ts'

/** Files that `go mod vendor` copies beside packages for the law's sake. */
const legalFile = /^(AUTHORS|CONTRIBUTORS|COPYLEFT|COPYING|COPYRIGHT|LEGAL|LICEN[CS]E|NOTICE|PATENTS)/i

/** Sentences that only one licence has, most special first; the identifiers are SPDX's. */
const marks: readonly (readonly [string, RegExp])[] = [
  ['Apache-2.0', /apache license,?\s+version 2\.0/i],
  ['MPL-2.0', /mozilla public license,?\s+version 2\.0/i],
  ['BSD-3-Clause', /redistribution and use[\s\S]*neither the names? of[\s\S]*(endorse|promote)/i],
  ['BSD-2-Clause', /redistribution and use(?![\s\S]*neither the names? of)/i],
  ['ISC', /permission to use, copy, modify, and(\/or)? distribute this software for any\s+purpose/i],
  ['MIT', /permission is hereby granted, free of charge/i],
  ['CC0-1.0', /cc0 1\.0 universal/i],
  ['Unlicense', /this is free and unencumbered software/i],
]

/** Go itself and every module with a package in the binary, sorted by path. Our own modules are left out. */
export function librariesOf(engine: EngineDirectory): EngineLibrary[] {
  const own = modulePath(engine)
  const linked = go(
    engine.path,
    [
      'list',
      ...overlayFlags(engine),
      '-deps',
      '-f',
      '{{with .Module}}{{.Path}} {{if .Replace}}{{.Replace.Version}}{{else}}{{.Version}}{{end}}{{end}}',
      `./cmd/${engine.name}`,
    ],
    { environment: wasm },
  )
  const versions = new Map<string, string>()
  for (const line of linked.split('\n')) {
    const [module, version] = line.split(' ')
    // Modules without a version are ours: the engine and what it replaces by a folder.
    if (module !== undefined && module !== '' && module !== own && version) versions.set(module, version)
  }
  const files = legalFiles(join(root, engine.path, 'vendor'))
  const libraries = [...versions].map(([module, version]) => libraryOf(module, version, versions, files))
  // The standard library and the runtime are in every engine.
  libraries.push({ module: 'std', version: toolchain, licences: ['BSD-3-Clause'], licenceFiles: ['LICENSE'] })
  return libraries.sort((left, right) => (left.module < right.module ? -1 : 1))
}

function modulePath(engine: EngineDirectory): string {
  return /^module\s+(\S+)/m.exec(readFileSync(join(root, engine.path, 'go.mod'), 'utf8'))?.[1] ?? ''
}

function libraryOf(
  module: string,
  version: string,
  modules: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, string>,
): EngineLibrary {
  const own = [...files].filter(([path]) => ownerOf(path, modules) === module)
  const licences = own.flatMap(([, text]) => {
    const mark = marks.find(([, sentence]) => sentence.test(text))
    return mark === undefined ? [] : [mark[0]]
  })
  const licenceFiles = own.map(([path]) => path.slice(module.length + 1)).sort()
  return { module, version, licences: [...new Set(licences)].sort(), licenceFiles }
}

/** The module with the longest path that holds the file: modules nest. */
function ownerOf(path: string, modules: ReadonlyMap<string, string>): string | undefined {
  let parent = path
  for (;;) {
    const slash = parent.lastIndexOf('/')
    if (slash === -1) return undefined
    parent = parent.slice(0, slash)
    if (modules.has(parent)) return parent
  }
}

/** Path below vendor/ → text. */
function legalFiles(vendor: string): Map<string, string> {
  // An engine without dependencies has nothing to vendor.
  if (!existsSync(vendor)) return new Map()
  return new Map(
    readdirSync(vendor, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && legalFile.test(entry.name) && !entry.name.endsWith('.go'))
      .map((entry) => {
        const file = join(entry.parentPath, entry.name)
        return [file.slice(vendor.length + 1).replaceAll('\\', '/'), readFileSync(file, 'utf8')] as const
      }),
  )
}
