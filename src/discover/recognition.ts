import type { Configuration } from '../model/configuration.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { Tree } from '../model/tree.ts'
import { objectsAt, textAt } from './fields.ts'
import { repositoryKey } from './git-url.ts'
import { compareText, joinPath } from './paths.ts'
import { hasWildcard } from './wildcard.ts'

/** Which URLs mean the repository that is being checked. */
export interface Recognition {
  /** True for a URL of the configuration or of a remote, or for the one that was concluded from paths. */
  isSelf(url: string): boolean
  /** Takes the paths in these definitions as evidence. Order does not matter; calling it again adds. */
  consider(objects: readonly JsonObject[]): void
  /** A URL that means this repository by a convention (Flux's `flux-system` source). */
  adopt(url: string): void
  /** Notes what was concluded of another source. */
  take(notice: string): void
  /** One sentence for each URL that nobody configured and that was taken for this repository. */
  notices(): readonly string[]
}

interface Evidence {
  readonly url: string
  readonly existing: Set<string>
  readonly missing: Set<string>
}

/**
 * Forks and renamed repositories name their origin in definitions. When no definition names a known URL, the URL with
 * the most paths that exist here is taken for this repository, provided that they are more than those that do not;
 * a URL none of whose paths exist never is.
 */
export function createRecognition(tree: Tree, configuration: Configuration): Recognition {
  const configured = new Set(configuration.repositories.map(repositoryKey))
  const adopted = new Map<string, string>()
  const evidence = new Map<string, Evidence>()
  const taken = new Set<string>()
  let named = false

  let conclusion: { readonly url: string | undefined } | undefined
  const concluded = (): string | undefined => (conclusion ??= { url: conclude() }).url
  const conclude = (): string | undefined => {
    if (named) return undefined
    const ranked = [...evidence]
      .filter(([, { existing, missing }]) => existing.size > 0 && existing.size >= missing.size)
      .sort(([a, x], [b, y]) => y.existing.size - x.existing.size || compareText(a, b))
    return ranked[0]?.[0]
  }

  return {
    isSelf(url) {
      const key = repositoryKey(url)
      return configured.has(key) || adopted.has(key) || concluded() === key
    },
    consider(objects) {
      conclusion = undefined
      for (const object of objects) {
        // Evidence is for repositories that no definition names.
        if (named) return
        for (const { url, path } of sourcesIn(object)) {
          const key = repositoryKey(url)
          if (configured.has(key)) {
            named = true
            return
          }
          let entry = evidence.get(key)
          if (entry === undefined)
            evidence.set(key, (entry = { url, existing: new Set(), missing: new Set() }))
          const fixed = fixedPart(path)
          if (fixed === '') continue
          const there = tree.resolve(fixed).kind === 'directory'
          ;(there ? entry.existing : entry.missing).add(fixed)
        }
      }
    },
    adopt(url) {
      const key = repositoryKey(url)
      if (!configured.has(key)) adopted.set(key, url)
    },
    take: (notice) => void taken.add(notice),
    notices() {
      const key = concluded()
      const urls = [...adopted.values(), ...(key === undefined ? [] : [evidence.get(key)?.url ?? key])]
      const sentences = [...new Set(urls)].map(
        (url) =>
          `${url} is taken for this repository, because its paths exist here: list it under repositories to make that certain`,
      )
      return [...sentences, ...taken].sort(compareText)
    },
  }
}

/** Every place in an object that names a git repository together with a path in it. */
function sourcesIn(object: JsonObject): { url: string; path: string }[] {
  const found: { url: string; path: string }[] = []
  const visit = (value: Json, depth: number): void => {
    // Generators nest a few levels; a value deeper than this is no source.
    if (depth > 16) return
    if (Array.isArray(value)) {
      for (const item of value as readonly Json[]) visit(item, depth + 1)
      return
    }
    if (!isJsonObject(value)) return
    const url = textAt(value, 'repoURL')
    if (url !== undefined && textAt(value, 'chart') === undefined && !url.includes('{{')) {
      const paths = [
        textAt(value, 'path'),
        ...objectsAt(value, 'directories').map((entry) => textAt(entry, 'path')),
        ...objectsAt(value, 'files').map((entry) => textAt(entry, 'path')),
      ]
      for (const path of paths) found.push({ url, path: path ?? '' })
    }
    for (const item of Object.values(value)) visit(item, depth + 1)
  }
  visit(object, 0)
  return found
}

/** The directories in front of the first wildcard or template. */
function fixedPart(path: string): string {
  const segments = path.split('/')
  const at = segments.findIndex((segment) => hasWildcard(segment) || segment.includes('{{'))
  const fixed = at < 0 ? segments : segments.slice(0, at)
  const last = fixed.at(-1) ?? ''
  // A file that a generator reads: its directory is the evidence.
  return joinPath('', (/\.(?:ya?ml|json)$/.test(last) ? fixed.slice(0, -1) : fixed).join('/')) ?? ''
}
