/**
 * Where the CustomResourceDefinitions of Argo CD and Flux come from. Argo CD's module holds the files that its
 * installation applies; those of Flux are generated from its controllers' types by the generator of their own makefiles
 * (go.mod beside this file), and equal, byte for byte, the files in the modules of those controllers that can be had.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { JsonObject } from '../../src/model/json.ts'
import { downloadModule, type PinnedModule } from '../schemas/module.ts'

export interface ToolSource {
  /** As people call it: `Argo CD 3.5.7`. */
  readonly tool: string
  readonly definitions: readonly JsonObject[]
}

const argoCd: PinnedModule = {
  module: 'github.com/argoproj/argo-cd/v3',
  version: 'v3.5.7',
  sum: 'h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=',
}

/** The release whose flux2 module names the versions in go.mod. */
const flux = 'Flux 2.9.5'

/** Packages with kinds, as import paths. */
const fluxTypes = [
  'github.com/fluxcd/helm-controller/api/...',
  'github.com/fluxcd/image-automation-controller/api/...',
  'github.com/fluxcd/image-reflector-controller/api/...',
  'github.com/fluxcd/kustomize-controller/api/...',
  'github.com/fluxcd/notification-controller/api/...',
  'github.com/fluxcd/source-controller/api/...',
  'github.com/fluxcd/source-watcher/api/v2/...',
]

/** For the artefact's header. */
export const sourceNames = [`${argoCd.module}@${argoCd.version}`, `the controllers' types of ${flux}`]

/** Needs Go, and the module proxy for what its cache does not hold. */
export function readTools(): readonly ToolSource[] {
  const argo = join(downloadModule(argoCd), 'manifests', 'crds')
  return [
    { tool: `Argo CD ${argoCd.version.slice(1)}`, definitions: readDefinitions(argo) },
    { tool: flux, definitions: generateFlux() },
  ]
}

function generateFlux(): readonly JsonObject[] {
  const out = mkdtempSync(join(tmpdir(), 'preadmit-definitions-'))
  try {
    const paths = fluxTypes.map((path) => `paths=${path}`)
    const generator = 'sigs.k8s.io/controller-tools/cmd/controller-gen'
    execFileSync('go', ['run', generator, 'crd', ...paths, `output:crd:dir=${out}`], {
      cwd: import.meta.dirname,
      env: { ...process.env, GO111MODULE: 'on', GOWORK: 'off', GOFLAGS: '-mod=readonly' },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return readDefinitions(out)
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function readDefinitions(directory: string): readonly JsonObject[] {
  return readdirSync(directory)
    .sort()
    .map((file) => parse(readFileSync(join(directory, file), 'utf8')) as JsonObject)
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
}
