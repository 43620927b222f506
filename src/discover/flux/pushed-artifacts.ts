import type { Configuration } from '../../model/configuration.ts'
import type { Tree } from '../../model/tree.ts'
import { repositoryKey } from '../git-url.ts'
import { compareText, joinInsideRoot } from '../paths.ts'

/** A folder of this repository that clusters read as an artifact: Flux without git. */
export interface PushedArtifact {
  /** Of the artifact, comparable, without a tag; as far as it is known where the workflow puts it together as it runs. */
  readonly key: string
  readonly complete: boolean
  /** By the configuration, which is trusted and wins. */
  readonly declared: boolean
  /** Directory of the tree that is the artifact's root. */
  readonly root: string
  /** Where it is said. */
  readonly file: string
}

/** Files that continuous integration reads, whose commands publish what stands in the repository. */
const workflowFile = /^(?:\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.yml)$/

/**
 * The artifacts that the configuration declares, and those that a workflow of the repository makes with `flux push
 * artifact --path=…`. What the workflow only knows as it runs (a variable of a matrix, the output of a step) is not guessed.
 */
export async function readPushedArtifacts(
  tree: Tree,
  configuration: Configuration,
): Promise<readonly PushedArtifact[]> {
  const declared = configuration.artifacts.map(({ url, path }) => ({
    ...keyOf(url),
    declared: true,
    root: joinInsideRoot(path),
    file: configuration.file ?? '.preadmit.yaml',
  }))
  const files = tree
    .entries()
    .filter(({ kind, path }) => kind === 'file' && workflowFile.test(path))
    .map(({ path }) => path)
    .sort(compareText)
  const contents = await tree.read(files)
  const slugs = configuration.repositories.map(repositoryKey).flatMap((key): Slug[] => {
    const [owner, name] = key.split('/').slice(-2)
    return owner === undefined || name === undefined ? [] : [{ owner, name }]
  })
  const pushed = files.flatMap((file) => {
    const content = contents.get(file)
    if (!(content instanceof Uint8Array)) return []
    return pushesIn(new TextDecoder().decode(content)).flatMap(({ url, path }): PushedArtifact[] => {
      const root = joinInsideRoot(path)
      if (tree.resolve(root).kind !== 'directory') return []
      const keys = new Map(
        (slugs.length === 0 ? [undefined] : slugs).map((slug) => [filled(url, slug), slug]),
      )
      return [...keys.keys()].map((each) => ({ ...keyOf(each), declared: false, root, file }))
    })
  })
  return [...declared, ...pushed]
}

export interface ArtifactFolder {
  readonly root: string
  /** The workflow whose word was taken although it leaves the URL, or we the source, partly open. */
  readonly guessedFrom?: string
}

/**
 * The folder that an artifact holds: by its URL; for one whose URL is partly open (the workflow's, or that of a source which
 * the Flux operator or a person made) the only folder that a workflow pushes and in which the path exists.
 *
 * @param path `spec.path` of the definition that names the source
 */
export function artifactFolder(
  artifacts: readonly PushedArtifact[],
  url: string,
  path: string,
  tree: Tree,
): ArtifactFolder | undefined {
  const key = url === '' ? undefined : keyOf(url).key
  const known = artifacts.filter((artifact) => artifact.complete && artifact.key === key)
  const [own] = known.filter(({ declared }) => declared).concat(known)
  if (own !== undefined)
    // A second workflow may be there to show a reviewer another folder than the cluster gets.
    return own.declared || known.every(({ root }) => root === own.root) ? { root: own.root } : undefined
  if (path === '') return undefined
  const possible = artifacts.filter(
    (artifact) =>
      (key === undefined || (!artifact.complete && artifact.key !== '' && key.startsWith(artifact.key))) &&
      tree.resolve(joinInsideRoot(`${artifact.root}/${path}`)).kind === 'directory',
  )
  const [first] = possible
  return first === undefined || possible.some(({ root }) => root !== first.root)
    ? undefined
    : { root: first.root, guessedFrom: first.file }
}

/** The one folder below which the path exists; undefined when there is none, or more than one. */
export function likelyRoot(path: string, tree: Tree): string | undefined {
  if (path === '') return undefined
  const roots = new Set<string>()
  for (const { path: file } of tree.entries()) {
    const at = file.indexOf(`/${path}/`)
    if (at > 0) roots.add(file.slice(0, at))
    if (roots.size > 1) return undefined
  }
  return [...roots][0]
}

/** `oci://Host/Owner/Name:tag` → `host/owner/name`, up to the first part that is unknown. */
function keyOf(url: string): { readonly key: string; readonly complete: boolean } {
  const bare = url.replace(/^oci:\/\//i, '').replace(/\/+$/, '')
  const slash = bare.lastIndexOf('/')
  const name = bare.slice(slash + 1).replace(/[:@].*$/, '')
  const key = `${bare.slice(0, slash + 1)}${name}`.toLowerCase()
  const open = key.search(/[$`{}\s]/)
  return open < 0 ? { key, complete: true } : { key: key.slice(0, open), complete: false }
}

interface Slug {
  readonly owner: string
  readonly name: string
}

/** With the contexts of GitHub's workflows that say which repository this is. */
function filled(url: string, slug: Slug | undefined): string {
  const values: Readonly<Record<string, string>> =
    slug === undefined
      ? {}
      : {
          'github.repository': `${slug.owner}/${slug.name}`,
          'github.repository_owner': slug.owner,
          'github.event.repository.name': slug.name,
          'github.event.repository.full_name': `${slug.owner}/${slug.name}`,
          GITHUB_REPOSITORY: `${slug.owner}/${slug.name}`,
          GITHUB_REPOSITORY_OWNER: slug.owner,
        }
  return (
    url
      .replaceAll(/\$\{\{\s*([\w.]+)\s*\}\}/g, (text, context: string) => values[context] ?? text)
      .replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (text, braced?: string, bare?: string) => {
        return values[braced ?? bare ?? ''] ?? text
      })
      // What is only known as the workflow runs: a slash in it parts nothing.
      .replaceAll(/\$\([^)]*\)|\$\{\{[^}]*\}\}/g, '$')
  )
}

/** Commands `flux push artifact URL --path=…` of a file's text, with variables that it sets to one value filled in. */
export function pushesIn(text: string): readonly { readonly url: string; readonly path: string }[] {
  // A step that changes its directory first pushes a path of that one.
  if (/^\s*working-directory:/m.test(text)) return []
  const variables = variablesIn(text)
  const found: { url: string; path: string }[] = []
  for (const [line, command] of text
    .replaceAll(/\\\r?\n/g, ' ')
    .matchAll(/^.*?\bflux\s+push\s+artifact\b(.*)$/gm)) {
    if (/\bcd\s/.test(line)) continue
    const words = wordsOf(command ?? '').map((word) => fillVariables(word, variables))
    const url = words.find((word) => /^(?:oci:\/\/|\$\{?\w)/.test(word))
    const path = optionOf(words, ['--path', '-f'])
    if (url !== undefined && path !== undefined && !/[$`]/.test(path)) found.push({ url, path })
  }
  return found
}

/** Words of a shell command; quotes and substitutions hold theirs together. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\$\{\{[^}]*\}\}|\$\([^)]*\)|[^\s"'])+/g)].map(
    ([word]) => word.replaceAll(/["']/g, ''),
  )
}

function optionOf(words: readonly string[], names: readonly string[]): string | undefined {
  for (const [i, word] of words.entries()) {
    for (const name of names) {
      if (word === name) return words[i + 1]
      if (word.startsWith(`${name}=`)) return word.slice(name.length + 1)
    }
  }
  return undefined
}

function variablesIn(text: string): ReadonlyMap<string, string | undefined> {
  const variables = new Map<string, string | undefined>()
  for (const [, name = '', value = ''] of text.matchAll(/^\s*([A-Z_][A-Z0-9_]*)\s*:\s*(\S.*?)\s*$/gm)) {
    const plain = value.replace(/^(["'])(.*)\1$/, '$2')
    // Two values: which of them counts depends on the job.
    variables.set(name, variables.has(name) && variables.get(name) !== plain ? undefined : plain)
  }
  return variables
}

function fillVariables(word: string, variables: ReadonlyMap<string, string | undefined>): string {
  return word
    .replaceAll(/\$\{\{\s*env\.(\w+)\s*\}\}/g, (text, name: string) => variables.get(name) ?? text)
    .replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (text, braced?: string, bare?: string) => {
      return variables.get(braced ?? bare ?? '') ?? text
    })
}
