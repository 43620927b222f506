import type { Engines } from '../engine/engines.ts'
import type { Tree } from '../model/tree.ts'

/** What the bytes of a file give away without parsing them. */
export interface FileFacts {
  /** Mentions an Argo CD Application, ApplicationSet or AppProject. */
  readonly argocd: boolean
  /** Mentions a Flux Kustomization or HelmRelease, a source, or a Flux instance. */
  readonly flux: boolean
  /** Mentions what deploys paths of a repository: anything of Argo CD, or a Kustomization or an instance of Flux. */
  readonly deploys: boolean
  /** Holds a document that looks like a Kubernetes object: apiVersion and kind at the left margin, metadata below. */
  readonly object: boolean
  /** Mentions a ConfigMap or a Secret: Flux may read variables or values from it. */
  readonly data: boolean
  /** Mentions Argo CD's setting of global projects, which stands in a ConfigMap. */
  readonly globalProjects: boolean
  /** Holds a Go template action, which no plain manifest does. */
  readonly template: boolean
  readonly bytes: number
}

const nothing: FileFacts = {
  argocd: false,
  flux: false,
  deploys: false,
  object: false,
  data: false,
  globalProjects: false,
  template: false,
  bytes: 0,
}

/** Contents read at once. Ours: bounds memory to some tens of megabytes for ordinary manifests. */
const filesPerRead = 2000

/** Facts by content, and the scan that is under way: the next one reads only what it does not. */
const known = new WeakMap<Engines, { facts: Map<string, FileFacts>; last: Promise<void> }>()

/** True for names that Argo CD, Flux or kubectl take for manifests. */
export function isManifestName(path: string): boolean {
  return /\.(ya?ml|json)$/.test(path)
}

/** True for names of text that a chart renders besides YAML. */
function isScanned(path: string): boolean {
  return isManifestName(path) || path.endsWith('.tpl')
}

/**
 * Looks at the bytes of every manifest of the tree, each content once for base and head together. Files that cannot
 * be read have no facts worth knowing: whoever renders them says why.
 */
export async function scan(tree: Tree, engines: Engines): Promise<ReadonlyMap<string, FileFacts>> {
  let cache = known.get(engines)
  if (cache === undefined)
    known.set(engines, (cache = { facts: new Map<string, FileFacts>(), last: Promise.resolve() }))
  const { facts } = cache
  const files = tree
    .entries()
    .filter((entry) => entry.kind === 'file')
    .filter(({ path }) => isScanned(path))
  const reading = cache.last.then(async () => {
    const fresh = files.filter(({ id }) => !facts.has(id))
    for (let i = 0; i < fresh.length; i += filesPerRead) {
      const chunk = fresh.slice(i, i + filesPerRead)
      const contents = await tree.read(chunk.map(({ path }) => path))
      for (const { path, id } of chunk) {
        const content = contents.get(path)
        facts.set(id, content instanceof Uint8Array ? factsOf(content) : nothing)
      }
    }
  })
  cache.last = reading.catch(() => undefined)
  await reading
  return new Map(files.map(({ path, id }) => [path, facts.get(id) ?? nothing]))
}

function factsOf(content: Uint8Array): FileFacts {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const argocd =
    bytes.includes('argoproj.io/') && (bytes.includes('Application') || bytes.includes('AppProject'))
  const instance =
    bytes.includes('fluxcd.controlplane.io/') &&
    (bytes.includes('FluxInstance') || bytes.includes('ResourceSet'))
  return {
    argocd,
    flux: instance || bytes.includes('.fluxcd.io/'),
    deploys: argocd || instance || bytes.includes('kustomize.toolkit.fluxcd.io/'),
    object:
      hasTopLevelKey(bytes, 'apiVersion') && hasTopLevelKey(bytes, 'kind') && bytes.includes('metadata'),
    data: bytes.includes('ConfigMap') || bytes.includes('Secret'),
    globalProjects: bytes.includes('globalProjects'),
    template: bytes.includes('{{'),
    bytes: bytes.length,
  }
}

/** A key at the start of a line (YAML), in quotes (JSON), or inside braces (flow style). */
function hasTopLevelKey(bytes: Buffer, key: string): boolean {
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) {
    const before = at === 0 ? 0x0a : bytes[at - 1]
    const after = bytes[at + key.length]
    // Newline, the last byte of a byte order mark, quotes, an opening brace; in flow style a comma and a space.
    const starts =
      before === 0x0a ||
      before === 0xbf ||
      before === 0x22 ||
      before === 0x27 ||
      before === 0x7b ||
      (before === 0x20 && bytes[at - 2] === 0x2c)
    if (starts && (after === 0x3a || after === 0x22 || after === 0x27 || after === 0x20)) return true
  }
  return false
}
