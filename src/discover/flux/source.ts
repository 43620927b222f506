import type { JsonObject } from '../../model/json.ts'
import type { ArtifactFiles } from '../../model/target.ts'
import { flagAt, objectsAt, textAt } from '../fields.ts'
import { joinInsideRoot } from '../paths.ts'
import { nothingAsked, type Answer, type OciQuestion, type Question, type When } from '../remote/sources.ts'
import type { Repository } from '../repository.ts'
import type { Surroundings } from '../surroundings.ts'
import { resolveArtifact } from './artifact.ts'
import { artifactFolder, likelyRoot } from './pushed-artifacts.ts'

/** What a `sourceRef` leads to. */
export type FluxSource =
  /**
   * This repository; paths of the source start at `root`. `ignore` is the source's own, when it has one; the name is that
   * of a GitRepository which fetches no submodules, so that they are empty folders to Flux.
   */
  | {
      readonly kind: 'self'
      readonly root: string
      readonly ignore?: string
      readonly withoutSubmodules?: string
      /** The artifact holds every file: nothing is ignored (an OCI layer that is copied as it is). */
      readonly whole?: true
    }
  /** Files of this repository put together elsewhere: path in the artifact → path in the tree. */
  | { readonly kind: 'artifact'; readonly files: ArtifactFiles }
  /** The artifact cannot be made. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** Somewhere else: its kind, URL and reference, as people name it. */
  | {
      readonly kind: 'remote'
      readonly description: string
      readonly answer: Exclude<Answer, { state: 'here' }>
    }

/** Where the files of a source stand. */
export type SourceHere = Omit<Extract<FluxSource, { kind: 'self' }>, 'kind'>

export interface SourceReference {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** Name that `flux bootstrap`, the operator and every example give to the source that is the fleet's repository. */
const bootstrapName = 'flux-system'

/** Reads a `sourceRef`; the namespace is the definition's when it names none. */
export function sourceReference(ref: JsonObject | undefined, namespace: string): SourceReference {
  return {
    kind: textAt(ref, 'kind') ?? 'GitRepository',
    namespace: textAt(ref, 'namespace') || namespace,
    name: textAt(ref, 'name') ?? '',
  }
}

/**
 * Finds out whether a source is this repository: by its URL; by the bootstrap's name `flux-system`, when the path
 * exists here; for an artifact of an ArtifactGenerator by what was copied. A source whose object is nowhere in the
 * repository is this one when its path exists here: sources are often created by hand or by Terraform.
 *
 * @param path `spec.path` of the definition, or the chart's path: what has to exist
 */
export async function resolveSource(
  reference: SourceReference,
  path: string,
  surroundings: Surroundings,
  repository: Repository,
  when: When,
): Promise<FluxSource> {
  const { tree, recognition } = repository
  const { kind, namespace, name } = reference
  const found = await surroundings.find(kind, namespace, name)
  const url = textAt(found?.object, 'spec', 'url') ?? ''
  const wanted = joinInsideRoot(path)
  const exists = tree.resolve(wanted).kind === 'directory'
  const ignore = textAt(found?.object, 'spec', 'ignore')
  /** The line of configuration that would say so, when the path stands in one folder of this repository alone. */
  const hint = (): string => {
    const root = exists || kind === 'GitRepository' ? undefined : likelyRoot(wanted, tree)
    return root === undefined
      ? ''
      : ` (its path is in ${root} here: if the artifact is made of that folder, say so with artifacts: [{url: ${url === '' ? 'oci://…' : JSON.stringify(url)}, path: ${JSON.stringify(root)}}] in the configuration)`
  }
  const self = {
    kind: 'self',
    root: '',
    ...(ignore === undefined ? {} : { ignore }),
    ...(found !== undefined &&
    kind === 'GitRepository' &&
    flagAt(found.object, 'spec', 'recurseSubmodules') !== true
      ? { withoutSubmodules: `GitRepository ${namespace}/${name}` }
      : {}),
  } as const

  if (kind === 'ExternalArtifact') {
    const made = await resolveArtifact(reference, surroundings, repository, (source, of, inside) =>
      resolveSource(sourceReference(source, of), inside, surroundings, repository, 'later'),
    )
    return (
      made ?? { kind: 'remote', description: `ExternalArtifact ${namespace}/${name}`, answer: nothingAsked }
    )
  }
  // A Bucket has an endpoint in place of a URL, and its name beside it.
  const location =
    url === '' && kind === 'Bucket'
      ? `${textAt(found?.object, 'spec', 'endpoint') ?? ''}/${textAt(found?.object, 'spec', 'bucketName') ?? ''}`
      : url
  const pushed =
    kind === 'OCIRepository' || kind === 'Bucket'
      ? artifactFolder(repository.artifacts, location, wanted, tree)
      : undefined
  if (pushed !== undefined) {
    if (pushed.guessedFrom !== undefined)
      recognition.take(
        `${location === '' ? `${kind} ${namespace}/${name}` : location} is taken for the folder ${pushed.root || '.'} of this repository, which ${pushed.guessedFrom} pushes: list it under artifacts to make that certain`,
      )
    return { ...self, root: pushed.root }
  }
  if (found === undefined) {
    if (kind === 'GitRepository' && (name === bootstrapName || (exists && wanted !== ''))) return self
    if (name === bootstrapName && exists) return self
    return {
      kind: 'remote',
      description: `${kind} ${namespace}/${name}, which is not defined in this repository${hint()}`,
      answer: nothingAsked,
    }
  }
  const included = kind === 'GitRepository' ? includedAt(found.object, wanted) : undefined
  if (included !== undefined)
    return {
      kind: 'remote',
      description: `${remoteName(found.object, namespace)}, whose include puts the files of GitRepository ${included.name} at ${included.at}`,
      answer: { state: 'refused', reason: 'included repositories are not put together here' },
    }
  if (recognition.isSelf(url)) return self
  // The bootstrap's source holds the folder that its Kustomization builds; a fork keeps the original's URL.
  if (name === bootstrapName && exists && wanted !== '') {
    recognition.adopt(url)
    return self
  }
  const question = questionOf(found.object)
  if (question === undefined)
    return {
      kind: 'remote',
      description: remoteName(found.object, namespace),
      answer: { state: 'refused', reason: repository.sources.configured ? `a ${kind} is never fetched` : '' },
    }
  const answer = await repository.sources.ask(question, when)
  if (answer.state !== 'here')
    return { kind: 'remote', description: `${remoteName(found.object, namespace)}${hint()}`, answer }
  const copied =
    kind === 'OCIRepository' && textAt(found.object, 'spec', 'layerSelector', 'operation') === 'copy'
  return { ...self, root: answer.root, ...(copied ? { whole: true } : {}) }
}

/** The `include` of a GitRepository that a path lies in (source-controller lays it at `toPath`, or its own name). */
function includedAt(
  object: JsonObject,
  path: string,
): { readonly name: string; readonly at: string } | undefined {
  for (const include of objectsAt(object, 'spec', 'include')) {
    const name = textAt(include, 'repository', 'name') ?? ''
    const at = joinInsideRoot(textAt(include, 'toPath') || name)
    if (at === '' || path === at || path.startsWith(`${at}/`)) return { name, at: at || '.' }
  }
  return undefined
}

/**
 * What a source object asks for. The most exact reference counts, in source-controller's order: commit, name, semver,
 * tag, branch of a GitRepository; digest, semver, tag of an OCIRepository. Buckets need an account's own protocol.
 */
function questionOf(object: JsonObject): Question | undefined {
  switch (textAt(object, 'kind')) {
    case 'GitRepository':
      return gitQuestion(object)
    case 'OCIRepository':
      return ociQuestion(object)
    default:
      return undefined
  }
}

function gitQuestion(object: JsonObject): Question {
  const url = textAt(object, 'spec', 'url') ?? ''
  const readings = [
    ['commit', 'name'],
    ['name', 'name'],
    ['semver', 'range'],
    ['tag', 'tag'],
    ['branch', 'branch'],
  ] as const
  for (const [key, reading] of readings) {
    const revision = textAt(object, 'spec', 'ref', key) ?? ''
    if (revision !== '') return { kind: 'git', url, revision, reading }
  }
  // Without a reference source-controller takes `master` (source.toolkit.fluxcd.io/v1 GitRepositoryRef).
  return { kind: 'git', url, revision: 'master', reading: 'branch' }
}

/** What an OCIRepository asks for. @param chart a HelmRelease installs it */
export function ociQuestion(object: JsonObject, chart = false): OciQuestion {
  const at = (...path: readonly string[]): string => textAt(object, 'spec', ...path) ?? ''
  const digest = at('ref', 'digest')
  const semver = at('ref', 'semver')
  const filter = at('ref', 'semverFilter')
  const mediaType = at('layerSelector', 'mediaType')
  const range = digest === '' && semver !== ''
  return {
    kind: 'oci',
    url: at('url'),
    reference: digest || semver || at('ref', 'tag') || 'latest',
    reading: range ? 'range' : 'tag',
    ...(range && filter !== '' ? { filter } : {}),
    ...(mediaType === '' ? {} : { layer: { mediaType } }),
    ...(chart ? { chart } : {}),
  }
}

/** `GitRepository flux-system/apps (https://host/o/r, branch main)`. */
export function remoteName(object: JsonObject, namespace: string): string {
  const name = `${textAt(object, 'kind') ?? ''} ${textAt(object, 'metadata', 'namespace') || namespace}/${textAt(object, 'metadata', 'name') ?? ''}`
  const url = textAt(object, 'spec', 'url') ?? textAt(object, 'spec', 'endpoint') ?? 'without a URL'
  const reference = ['branch', 'tag', 'semver', 'commit', 'digest', 'name']
    .map((key) => [key, textAt(object, 'spec', 'ref', key)])
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `, ${key ?? ''} ${value ?? ''}`)
  // A host that only this proxy reaches cannot be fetched from here; the rest is fetched without it.
  const proxy = textAt(object, 'spec', 'proxySecretRef', 'name') ?? ''
  const through = proxy === '' ? '' : `, through the proxy of Secret ${proxy}, which is not used here`
  return `${name} (${url}${reference.join('')}${through})`
}
