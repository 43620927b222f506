/** Kubernetes objects that lie as plain YAML or JSON in git repositories. Templates and kustomizations are no objects. */
import { execFileSync } from 'node:child_process'
import { basename, dirname } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { text } from './case.ts'

export interface Manifest {
  readonly id: string
  readonly repository: string
  readonly object: JsonObject
}

/** Bytes of a file; larger ones are bundles and test data of other programs. */
const largest = 3 * 1024 * 1024

/** Every distinct object of the HEAD of a repository, bare or not; at most `limit` of them, evenly taken. */
export function manifestsOf(directory: string, limit: number): Manifest[] {
  const repository = ['repo', '.git', 'git'].includes(basename(directory))
    ? basename(dirname(directory))
    : basename(directory)
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8', maxBuffer: 1 << 30 })
  const files = git('ls-tree', '-r', '-l', '-z', 'HEAD')
    .split('\0')
    .map((row) => /^(?:100644|100755) blob (?<id>\S+) +(?<size>\d+)\t(?<path>.*)$/.exec(row)?.groups)
    .flatMap((row) =>
      row && /\.(ya?ml|json)$/.test(row['path'] ?? '') && Number(row['size']) <= largest ? [row] : [],
    )
  const contents = blobs(
    directory,
    files.map(({ id = '' }) => id),
  )
  const seen = new Set<string>()
  const found: Manifest[] = []
  for (const { id = '', path = '' } of files) {
    objectsOf(contents.get(id) ?? '').forEach((object, index) => {
      const key = JSON.stringify(object)
      if (seen.has(key)) return
      seen.add(key)
      found.push({ id: `${repository}:${path}#${index}`, repository, object })
    })
  }
  const step = Math.max(1, found.length / limit)
  return found.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

/** Contents by object id, of one git process. */
function blobs(directory: string, ids: readonly string[]): Map<string, string> {
  const output = execFileSync('git', ['-C', directory, 'cat-file', '--batch'], {
    input: ids.map((id) => `${id}\n`).join(''),
    maxBuffer: 1 << 30,
  })
  const contents = new Map<string, string>()
  for (let at = 0; at < output.length;) {
    const end = output.indexOf('\n', at)
    const [id = '', type, size] = output.toString('utf8', at, end).split(' ')
    at = end + 1
    // What a snapshot leaves out is `<id> missing`, without contents.
    if (type === 'missing') continue
    contents.set(id, output.toString('utf8', at, at + Number(size)))
    at += Number(size) + 1
  }
  return contents
}

function objectsOf(content: string): JsonObject[] {
  if (!content.includes('apiVersion') || content.includes('{{')) return []
  try {
    const documents = parseAllDocuments(content, { version: '1.1', logLevel: 'silent' })
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return []
    // What JSON cannot hold (dates, not-a-number) becomes what JSON makes of it.
    return documents.flatMap((document) =>
      membersOf(JSON.parse(JSON.stringify(document.toJS() ?? null)) as Json),
    )
  } catch {
    return []
  }
}

function membersOf(value: Json): JsonObject[] {
  if (!isJsonObject(value)) return []
  const version = text(value['apiVersion'])
  if (version === '' || text(value['kind']) === '') return []
  if (
    /^(kustomize\.config|config\.kubernetes|kubeadm|kind\.|kubelet\.config|.*\.config\.k8s)\b/.test(version)
  )
    return []
  if (value['kind'] === 'List' && Array.isArray(value['items'])) return value['items'].flatMap(membersOf)
  return [value]
}
