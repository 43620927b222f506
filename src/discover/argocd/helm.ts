import type { Engines } from '../../engine/engines.ts'
import type { JsonObject } from '../../model/json.ts'
import type { HelmPlan } from '../../model/target.ts'
import type { Tree } from '../../model/tree.ts'
import { dependencyFault } from '../chart-lock.ts'
import type { Charts } from '../charts.ts'
import { field, flagAt, objectAt, objectsAt, scalarText, textAt, textsAt } from '../fields.ts'
import { childOf } from '../paths.ts'
import { broken, joinInputs, type Planned } from '../planned.ts'
import { notHere } from '../remote/deferred.ts'
import type { Answer, RemoteSources, When } from '../remote/sources.ts'
import { mergeValues } from '../merge-values.ts'
import { knownValues } from '../values-files.ts'
import { readYamlTexts, splitDocuments } from '../yaml-text.ts'
import { expandEnvironment, type BuildEnvironment } from './build-environment.ts'
import { kubeVersionOf } from './kube-version.ts'
import { locate, resolveValueFiles, valueUrls, type Reference } from './value-files.ts'

export interface HelmSourceParts {
  readonly source: JsonObject
  readonly path: string
  readonly environment: BuildEnvironment
  /** Undefined for an application with a single source. */
  readonly references: ReadonlyMap<string, Reference> | undefined
  readonly application: { readonly name: string; readonly destinationNamespace: string }
  /** `v1.34.0`. */
  readonly kubeVersion: string
  readonly apiVersions: readonly string[]
  readonly charts: Charts
  readonly sources: RemoteSources
  readonly when: When
  /** The chart itself is not here yet, or never: what is known without it. */
  readonly absent?: { readonly answer: Exclude<Answer, { state: 'here' }>; readonly reason: string }
  readonly tree: Tree
  readonly engines: Engines
  /** How messages name the application. */
  readonly what: string
}

/** A chart in the repository with the options of `source.helm`, as the repo server calls `helm template`. */
export async function planHelm(parts: HelmSourceParts): Promise<Planned> {
  const { source, path, environment, references, what } = parts
  const helm = objectAt(source, 'helm') ?? {}
  const version = textAt(helm, 'version') ?? ''
  // util/helm NewCmd; both names mean Helm 4.
  if (!['', 'v3', 'v4'].includes(version)) return broken(what, `helm version '${version}' is not supported`)
  const kubeVersion = kubeVersionOf(textAt(helm, 'kubeVersion'))
  if (kubeVersion?.error !== undefined) return broken(what, kubeVersion.error)
  const chartInputs = {
    files: [],
    directories: parts.absent === undefined ? [...parts.charts.directoriesOf(path)] : [],
  }

  const written = textsAt(helm, 'valueFiles')
  const fetched = new Map<string, Answer>()
  for (const url of valueUrls(written, environment))
    fetched.set(url, await parts.sources.ask({ kind: 'file', url }, parts.when))
  const valueFiles = resolveValueFiles({
    // Files of a chart that is not here are nobody's input.
    files: parts.absent === undefined ? written : written.filter((file) => file.startsWith('$')),
    fetched,
    ignoreMissing: flagAt(helm, 'ignoreMissingValueFiles') ?? false,
    path,
    environment,
    references,
    tree: parts.tree,
  })
  const inputs = joinInputs(chartInputs, valueFiles.inputs)
  if (valueFiles.kind === 'broken') return broken(what, valueFiles.reason, inputs)
  const values = await inlineValues(helm, parts)
  if (valueFiles.kind === 'remote')
    return notHere(
      parts.absent?.answer.state === 'refused' ? parts.absent.answer : valueFiles.answer,
      what,
      parts.absent?.reason ?? remoteValues(what, valueFiles.reason),
      { inputs, values: 'error' in values ? undefined : values.value, others: [valueFiles.answer] },
    )

  const setFile: string[] = []
  const parameterFiles: string[] = []
  for (const parameter of objectsAt(helm, 'fileParameters')) {
    const file = locate(textAt(parameter, 'path') ?? '', { path, environment, references })
    if ('reason' in file)
      return file.kind === 'broken'
        ? broken(what, file.reason, inputs)
        : notHere(file.answer, what, remoteValues(what, file.reason), { inputs })
    parameterFiles.push(file.path)
    setFile.push(`${textAt(parameter, 'name') ?? ''}=${escapeCommas(file.path)}`)
  }

  if ('error' in values) return broken(what, `failed to parse values: ${values.error}`, inputs)
  if (parts.absent !== undefined) {
    const known = await knownValues(valueFiles.files, values.value, parts)
    return notHere(parts.absent.answer, what, parts.absent.reason, { inputs, values: known })
  }

  // The repo server asks for the chart's dependencies before Helm looks at any file of values.
  const chartFile = childOf(path, 'Chart.yaml')
  if (parts.tree.resolve(chartFile).kind === 'missing')
    return broken(
      what,
      `error reading helm chart from ${chartFile}: no such file or directory`,
      joinInputs(inputs, { files: [chartFile], directories: [path] }),
    )

  const fault = await dependencyFault(path, parts)
  if (fault !== undefined) return broken(what, fault, inputs)

  const plan: HelmPlan = {
    tool: 'helm',
    chart: path,
    release: textAt(helm, 'releaseName') || parts.application.name,
    namespace: textAt(helm, 'namespace') || parts.application.destinationNamespace || 'default',
    valuesFiles: valueFiles.files,
    ...(values.value === undefined ? {} : { values: values.value }),
    ...parameterFlags(helm, environment, setFile),
    includeCRDs: flagAt(helm, 'skipCrds') !== true,
    skipTests: flagAt(helm, 'skipTests') ?? false,
    skipSchemaValidation: flagAt(helm, 'skipSchemaValidation') ?? false,
    // Argo CD renders with `helm template`: always an install.
    upgrade: false,
    kubeVersion: kubeVersion?.version ?? parts.kubeVersion,
    apiVersions: textsAt(helm, 'apiVersions').length > 0 ? textsAt(helm, 'apiVersions') : parts.apiVersions,
  }
  return { plan, inputs: joinInputs(inputs, { files: parameterFiles, directories: [] }) }
}

/** `valuesObject` replaces `values`; neither is substituted. */
async function inlineValues(
  helm: JsonObject,
  parts: HelmSourceParts,
): Promise<{ readonly value: JsonObject | undefined } | { readonly error: string }> {
  const object = objectAt(helm, 'valuesObject')
  if (object !== undefined) return { value: object }
  const text = textAt(helm, 'values')
  if (text === undefined || text.trim() === '') return { value: undefined }
  // The repo server writes them to a file for `--values`, and Helm merges the documents of one.
  let merged: JsonObject = {}
  for (const answer of await readYamlTexts(splitDocuments(text), parts.tree, parts.engines)) {
    if ('error' in answer) return answer
    merged = mergeValues(merged, answer.value)
  }
  return { value: merged }
}

function parameterFlags(
  helm: JsonObject,
  environment: BuildEnvironment,
  setFile: readonly string[],
): Pick<HelmPlan, 'set' | 'setString' | 'setFile'> {
  const set: string[] = []
  const setString: string[] = []
  for (const parameter of objectsAt(helm, 'parameters')) {
    // Go decodes an unquoted `n` or `1` into the text field as it prints it: `false`, `1`.
    const name = scalarText(field(parameter, 'name')) ?? ''
    const value = expandEnvironment(scalarText(field(parameter, 'value')) ?? '', environment)
    const item = `${name}=${escapeCommas(value)}`
    if (flagAt(parameter, 'forceString') === true) setString.push(item)
    else set.push(item)
  }
  return {
    ...(set.length === 0 ? {} : { set }),
    ...(setString.length === 0 ? {} : { setString }),
    ...(setFile.length === 0 ? {} : { setFile }),
  }
}

/** Commas would start another parameter: escaped unless they are already, or the value is a list `{a,b}`. */
function escapeCommas(value: string): string {
  if (value.startsWith('{') && value.endsWith('}')) return value
  return value.replace(/([^\\]),/g, '$1\\,')
}

function remoteValues(what: string, reference: string): string {
  return `values of ${what} come from ${reference}, which is not in this repository: copy the file here, or list the URL under repositories if it names this repository`
}
