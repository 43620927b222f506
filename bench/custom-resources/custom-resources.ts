/**
 * Real definitions with rules: every one is validated as an object, the custom resources that stand beside them are
 * validated against them, and small samples of ours, one fault each, have to be refused at the field that they name.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import type { ValidatedDocument, Validation } from '../../src/model/validation.ts'
import { grouped, metadataOf, text } from '../admission/case.ts'
import { manifestsOf, type Manifest } from '../admission/manifests.ts'

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js')
const samples = join(import.meta.dirname, 'samples')

/** `npm run bench -- custom-resources GITDIR…` */
export function customResources(directories: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'preadmit-custom-resources-'))
  try {
    const kinds = new Set<string>()
    const crds: string[] = []
    for (const [index, directory] of directories.entries()) {
      const manifests = manifestsOf(directory, Infinity)
      const definitions = distinct(manifests.filter(isDefinition))
      const own = new Set(definitions.map(({ object }) => definedKind(object)))
      const resources = manifests.filter(({ object }) => own.has(groupKind(object)))
      const below = join(folder, String(index))
      const path = write(join(below, 'definitions'), definitions)
      console.log(directory)
      print('definitions', definitions, validate([path], []))
      print('custom resources', resources, validate([write(join(below, 'resources'), resources)], [path]))
      for (const kind of own) kinds.add(kind)
      crds.push(path)
    }
    printSamples(kinds, crds)
  } finally {
    rmSync(folder, { recursive: true })
  }
  return Promise.resolve()
}

function isDefinition({ object }: Manifest): boolean {
  // Patches of definitions look like definitions and have no versions.
  return (
    object['kind'] === 'CustomResourceDefinition' &&
    Array.isArray((object['spec'] as JsonObject | undefined)?.['versions'])
  )
}

/** The first of each name: repositories hold the same one in several bundles. */
function distinct(definitions: readonly Manifest[]): Manifest[] {
  return [...grouped(definitions, ({ object }) => text(metadataOf(object)['name'])).values()].flatMap(
    ([first]) => first ?? [],
  )
}

function definedKind({ spec }: JsonObject): string {
  const { group, names } = spec as JsonObject
  return `${text(group)}/${text((names as JsonObject)['kind'])}`
}

function groupKind({ apiVersion, kind }: JsonObject): string {
  const [group = '', version] = text(apiVersion).split('/')
  return `${version === undefined ? '' : group}/${text(kind)}`
}

/** A file for each, numbered, so that answers are found again. */
function write(directory: string, manifests: readonly Manifest[]): string {
  mkdirSync(directory, { recursive: true })
  manifests.forEach(({ object }, index) => {
    writeFileSync(join(directory, `${String(index).padStart(5, '0')}.json`), JSON.stringify(object))
  })
  return directory
}

function validate(paths: readonly string[], crds: readonly string[]): readonly ValidatedDocument[] {
  const flags = crds.flatMap((path) => ['--crds', path])
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [cli, 'validate', ...paths, ...flags, '--format', 'json'],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    },
  )
  if (stdout === '') throw new Error(`preadmit printed nothing: ${stderr}`)
  return (JSON.parse(stdout) as Validation).documents
}

function print(what: string, manifests: readonly Manifest[], documents: readonly ValidatedDocument[]): void {
  console.log(`  ${manifests.length} ${what}: ${counts(documents)}`)
  printRefused(manifests, documents)
}

function counts(documents: readonly ValidatedDocument[]): string {
  const of = (wanted: string): number => documents.filter(({ verdict }) => verdict === wanted).length
  return `${of('accepted')} accepted, ${of('rejected')} rejected, ${of('unknown')} unknown`
}

/** Each rejection is to be read: a fault of the repository, or ours. */
function printRefused(manifests: readonly Manifest[], documents: readonly ValidatedDocument[]): void {
  for (const { file, verdict, findings, reason } of documents) {
    if (verdict === 'accepted') continue
    const { id = file } = manifests[Number(/(\d+)\.json$/.exec(file)?.[1])] ?? {}
    const [first] = findings
    console.log(
      `  ${id}: ${first === undefined ? reason?.message : `${first.path}: ${first.message}`}`.slice(0, 300),
    )
  }
}

/** Samples whose kinds are among the definitions; a comment before each says what has to come out. */
function printSamples(kinds: ReadonlySet<string>, crds: readonly string[]): void {
  let right = 0
  let asked = 0
  for (const name of readdirSync(samples).sort()) {
    const file = join(samples, name)
    const expected = readFileSync(file, 'utf8')
      .split(/^---\n/m)
      .map(leadingComment)
    for (const document of validate([file], crds)) {
      const { object, index, verdict, findings } = document
      if (object === null || !kinds.has(`${object.group}/${object.kind}`)) continue
      asked += 1
      const wanted = expected[index] ?? ''
      const said = findings.map(({ path, message }) => `${path}: ${message}`)
      const [, path = '', words = ''] = /^refused: (\S+): (.*)$/.exec(wanted) ?? []
      const fits =
        wanted === 'accepted'
          ? verdict === 'accepted'
          : verdict === 'rejected' && said.some((one) => one.startsWith(`${path}: `) && one.includes(words))
      if (fits) right += 1
      else console.log(`  ${name} #${index}: ${wanted}\n    ${verdict}: ${said.join(' | ').slice(0, 300)}`)
    }
  }
  console.log(`${right} of ${asked} samples: as they say`)
}

function leadingComment(part: string): string {
  return /^# (.*)$/m.exec(part)?.[1] ?? ''
}
