import { RemoteError } from './errors.ts'
import type { OciSource } from './remote.ts'
import { compareVersions, isExactVersion, isVersion, parseConstraint } from './version-constraint.ts'

/** Media type of the layer that is a Helm chart. */
export const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'

/** What a reference means before a registry was asked. */
export type Meaning =
  | { readonly kind: 'digest'; readonly digest: string }
  /** `moving`: it is meant to be another every day. */
  | { readonly kind: 'tag'; readonly tag: string; readonly moving: boolean }
  | { readonly kind: 'range' }
  /** A tag when there is one of that name, else a range. */
  | { readonly kind: 'either'; readonly tag: string }

/**
 * Reads a reference as the tool does that installs it.
 *
 * - `tag`: Flux's `ref.tag`, as it is written
 * - `range`: Flux's `ref.semver`
 * - `helm`: what is a version, `1.2` too, is a tag (helm pkg/registry ValidateReference), with `_` for `+`
 * - `flux-chart`: only a whole version is (source-controller, oci_chart_repository.go)
 * - `argocd`: a tag first, then a range (argo-cd util/oci, resolveRevision)
 */
export function readReference({ reference, reading }: OciSource): Meaning {
  if (/^sha256:[0-9a-f]{64}$/.test(reference)) return { kind: 'digest', digest: reference }
  switch (reading) {
    case 'tag':
      return {
        kind: 'tag',
        tag: reference || 'latest',
        moving: reference === '' || reference === 'latest',
      }
    case 'range':
      return { kind: 'range' }
    case 'helm':
    case 'flux-chart': {
      const whole = reading === 'helm' ? isVersion(reference) : isExactVersion(reference)
      return whole ? { kind: 'tag', tag: reference.replaceAll('+', '_'), moving: false } : { kind: 'range' }
    }
    case 'argocd': {
      const constraint = !isVersion(reference) && parseConstraint(reference) !== undefined
      if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(reference) && constraint) return { kind: 'range' }
      if (constraint) return { kind: 'either', tag: reference }
      return { kind: 'tag', tag: reference, moving: reference === 'latest' }
    }
  }
}

/**
 * The tag that a range means among those of a repository: the newest that it allows.
 *
 * @throws RemoteError `not-found`, `refused` for a filter that is no expression
 */
export function tagIn(tags: readonly string[], source: OciSource): string {
  const { reading, reference, url } = source
  const asCharts = reading !== 'range' || source.layer?.mediaType === chartLayer
  const candidates = filtered(tags, source).flatMap((tag) => {
    const version = asCharts ? tag.replaceAll('_', '+') : tag
    return isCandidate(version, source) ? [{ tag, version }] : []
  })
  // An exact name wins for charts, whatever the constraint would take.
  const exact =
    reading === 'helm' || reading === 'flux-chart'
      ? candidates.find(({ version }) => version === reference)
      : undefined
  const allows = parseConstraint(reference === '' ? '*' : reference)
  const found =
    exact ??
    candidates
      .filter(({ version }) => allows?.(version) === true)
      .sort((a, b) => compareVersions(b.version, a.version))[0]
  if (found === undefined)
    throw new RemoteError(
      'not-found',
      url,
      `${url} has no version that ${reference || '*'} allows${source.filter === undefined ? '' : ` and ${JSON.stringify(source.filter)} matches`}`,
    )
  return found.tag
}

function isCandidate(version: string, { reading }: OciSource): boolean {
  switch (reading) {
    case 'helm':
    case 'flux-chart':
      // Helm lists only strict versions (pkg/registry Tags): v1.2.3 is none.
      return isExactVersion(version) && !version.startsWith('v')
    case 'argocd':
      return isVersion(version)
    case 'range':
    case 'tag':
      return isExactVersion(version)
  }
}

/** Flux's `semverFilter`: Go's expressions, of which a lock file's author writes those that both languages know. */
function filtered(tags: readonly string[], { filter, url }: OciSource): readonly string[] {
  if (filter === undefined) return tags
  let expression: RegExp
  try {
    if (!isCheap(filter)) throw new SyntaxError('it may take too long where expressions are tried out')
    expression = new RegExp(filter.replaceAll('(?P<', '(?<'), 'u')
  } catch (error) {
    throw new RemoteError(
      'refused',
      url,
      `the filter ${JSON.stringify(filter)} of the tags of ${url} cannot be read here`,
      { cause: error },
    )
  }
  return tags.filter((tag) => expression.test(tag))
}

/**
 * Go's expressions take linear time, these do not, and a stranger writes them (threats.md T40): no group is repeated, nothing
 * looks around or back, and there are three repetitions and alternatives at most, which a tag of 128 characters bounds.
 */
function isCheap(filter: string): boolean {
  const plain = filter.replace(/\\[^0-9k]/g, 'x').replace(/\[\^?\]?[^\]]*\]/g, 'x')
  return (
    filter.length <= 200 &&
    !plain.includes('\\') &&
    !/\)(?:[+*]|\{)/.test(plain) &&
    !/\(\?(?!P?<[A-Za-z_]|:)/.test(plain) &&
    (plain.match(/[+*{]|[^(+*}]\?/g) ?? []).length <= 3 &&
    plain.split('|').length <= 4
  )
}

/** What a lock file names for a source of a registry. */
export function wantedOf({ reference, filter }: Pick<OciSource, 'reference' | 'filter'>): string {
  return filter === undefined ? reference : `${reference} of tags like ${filter}`
}
