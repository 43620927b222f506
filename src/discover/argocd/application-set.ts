import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { flagAt, objectAt, objectsAt, textAt, textsAt } from '../fields.ts'
import { placeOf, type FoundObject } from '../found.ts'
import { compareText } from '../paths.ts'
import { notChecked } from '../planned.ts'
import type { Repository } from '../repository.ts'
import { asTyped, readTyped } from '../typed.ts'
import { readYamlTexts } from '../yaml-text.ts'
import { nestedCombination, setSpecShape } from './application-set-types.ts'
import { applicationShape } from './application-types.ts'
import { generateClusters } from './generators/clusters.ts'
import { generateMatrix, generateMerge } from './generators/combine.ts'
import { failed, sets, type Generated, type GeneratorContext } from './generators/generator.ts'
import { generateGit } from './generators/git.ts'
import { generateList } from './generators/list.ts'
import { generateLive, isLive } from './generators/live.ts'
import { flattenParameters, override, type Parameters } from './parameters.ts'
import { matchesSelector, selectorProblem } from './selector.ts'
import { normalSpec } from './normal-spec.ts'
import { strategicMerge } from './strategic-merge.ts'
import { fastTemplate, goTemplate, type Dialect } from './templates.ts'

/** What an ApplicationSet makes. */
export interface GeneratedApplications {
  readonly applications: readonly FoundObject[]
  /** Elements that only a cluster or a service knows. */
  readonly notChecked: readonly NotChecked[]
  /** The controller would fail and leave every Application of the set as it is. */
  readonly error?: string
}

/** Applications that one set may make. Ours: Argo CD has no limit, the largest public set has some hundreds. */
const maxApplications = 5000

/** What text/template's Option takes; anything else is a panic. */
const templateOptions: ReadonlySet<string> = new Set(
  ['default', 'invalid', 'zero', 'error'].map((action) => `missingkey=${action}`),
)

/** Deleting an Application that has it deletes what it deployed. */
const resourcesFinalizer = 'resources-finalizer.argocd.argoproj.io'

/** Generates the Applications of an ApplicationSet as Argo CD's controller does. */
export async function generateApplications(
  found: FoundObject,
  repository: Repository,
): Promise<GeneratedApplications> {
  const { object, location } = found
  const namespace = textAt(object, 'metadata', 'namespace') || 'argocd'
  const what = `ApplicationSet ${namespace}/${textAt(object, 'metadata', 'name') ?? ''}`
  const typed = readTyped(objectAt(object, 'spec') ?? {}, setSpecShape, 'yaml')
  if ('error' in typed)
    return { applications: [], notChecked: [], error: `${what} is no ApplicationSet: ${typed.error}` }
  const spec = typed.value
  const isGoTemplate = flagAt(spec, 'goTemplate') === true
  const options = textsAt(spec, 'goTemplateOptions')
  const badOption = isGoTemplate ? options.find((option) => !templateOptions.has(option)) : undefined
  if (badOption !== undefined)
    return { applications: [], notChecked: [], error: `unrecognized option: ${badOption}` }
  const dialect = isGoTemplate ? goTemplate(options, repository.tree, repository.engines) : fastTemplate
  const context: GeneratorContext = {
    repository,
    dialect,
    set: { namespace, name: textAt(object, 'metadata', 'name') ?? '' },
  }

  const applications: FoundObject[] = []
  const unknown: NotChecked[] = []
  for (const generator of objectsAt(spec, 'generators')) {
    const answer = await runGenerator(generator, undefined, context, 0)
    if (answer.kind === 'error') return { applications: [], notChecked: [], error: answer.message }
    for (const { code, reason } of answer.unknown)
      unknown.push(
        notChecked(
          code,
          `${what}${location === undefined ? '' : ` (${placeOf(location)})`}`,
          `some of its Applications are not known: ${reason}`,
        ),
      )
    if (applications.length + answer.sets.length > maxApplications)
      return { applications: [], notChecked: [], error: `makes more than ${maxApplications} Applications` }

    const template = templateOf(spec, generator)
    const made = await applicationsOf(template, spec, answer.sets, namespace, context)
    if ('error' in made) return { applications: [], notChecked: [], error: made.error }
    for (const application of made.objects)
      applications.push({ object: application, ...(location === undefined ? {} : { location }) })
  }
  return { applications, notChecked: unknown }
}

/** A generator's own template stands over the set's. */
function templateOf(spec: JsonObject, generator: JsonObject): JsonObject {
  const template = objectAt(spec, 'template') ?? {}
  const [own] = Object.keys(generator)
    .sort(compareText)
    .map((key) => objectAt(generator, key, 'template'))
    .filter((value) => value !== undefined)
  return own === undefined ? template : override(template, own)
}

/**
 * Fills a generator's fields from the parameters of the one before it. Its `values` may use parameters of its own,
 * which are not there yet: those that miss a key stay for later (applicationset/utils, RenderGeneratorParams).
 */
async function interpolate(
  written: JsonObject,
  parameters: Parameters,
  dialect: Dialect,
): Promise<{ readonly value: JsonObject } | { readonly error: string }> {
  const generator: Record<string, Json> = {}
  for (const [key, fields] of Object.entries(written)) {
    // The selector is read before anything is filled in.
    if (key === 'selector' || !isJsonObject(fields)) {
      generator[key] = fields
      continue
    }
    const { values, ...others } = fields
    const rendered = await dialect.render(others, parameters)
    if ('error' in rendered) return rendered
    generator[key] = rendered.value
    if (!isJsonObject(values)) continue
    const resolved: Record<string, Json> = {}
    for (const [name, text] of Object.entries(values)) {
      const answer = await dialect.strict.render(text, parameters)
      if (!('error' in answer)) resolved[name] = answer.value
      else if (/map has no entry for key|can't evaluate field/.test(answer.error)) resolved[name] = text
      else return answer
    }
    generator[key] = { ...rendered.value, values: resolved }
  }
  return { value: generator }
}

/** One Application for each set of parameters, or why the controller makes none at all. */
async function applicationsOf(
  template: JsonObject,
  spec: JsonObject,
  given: readonly Parameters[],
  namespace: string,
  { repository, dialect }: GeneratorContext,
): Promise<{ readonly objects: readonly JsonObject[] } | { readonly error: string }> {
  const rendered = await dialect.renderEach(template, given)
  const preserved = flagAt(spec, 'syncPolicy', 'preserveResourcesOnDeletion') === true
  const objects: JsonObject[] = []
  for (const [i, parameters] of given.entries()) {
    // Without any parameter the template is taken as it is, and nothing is added.
    const bare = Object.keys(parameters).length === 0
    const filled = bare ? { value: template } : (rendered[i] ?? { error: 'no answer' })
    if ('error' in filled) return filled
    const metadata = objectAt(filled.value, 'metadata')
    objects.push({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      // What a template has besides is no field of its type (v1alpha1 ApplicationSetTemplate).
      spec: objectAt(filled.value, 'spec') ?? {},
      metadata: {
        ...onlyTemplate(metadata),
        namespace,
        // A template without finalizers gets this one, before templatePatch (applicationset/utils, RenderTemplateParams).
        ...(bare || preserved || textsAt(metadata, 'finalizers').length > 0
          ? {}
          : { finalizers: [resourcesFinalizer] }),
      },
    })
  }
  const patchTemplate = textAt(spec, 'templatePatch') ?? ''
  if (patchTemplate === '') return { objects: objects.map(asApplication) }
  const texts = await dialect.renderEach(patchTemplate, given)
  const wanted: string[] = []
  for (const text of texts) {
    if ('error' in text) return text
    wanted.push(text.value)
  }
  const patches = await readYamlTexts(wanted, repository.tree, repository.engines)
  const patched: JsonObject[] = []
  for (const [i, object] of objects.entries()) {
    const patch = patches[i]
    if (patch === undefined || 'error' in patch)
      return { error: `error while converting templatePatch to JSON: ${patch?.error ?? 'no answer'}` }
    const typed = readTyped(patch.value, applicationShape, 'json')
    if ('error' in typed)
      return { error: `invalid templatePatch ${JSON.stringify(JSON.stringify(patch.value))}: ${typed.error}` }
    const merged = applyTemplatePatch(object, patch.value)
    if (merged === undefined)
      return { error: 'error while applying templatePatch template to json: unknown patch type found' }
    patched.push(asApplication(merged))
  }
  return { objects: patched }
}

/** Fields that an Application does not have are gone, whoever wrote them, and so are sources' empty options. */
function asApplication(object: JsonObject): JsonObject {
  const typed = asTyped(object, applicationShape)
  const operation = objectAt(typed, 'operation')
  return {
    ...typed,
    // What is no pointer in the type is there, if empty.
    ...(operation === undefined ? {} : { operation: { initiatedBy: {}, retry: {}, ...operation } }),
    spec: { destination: {}, ...normalSpec(objectAt(typed, 'spec') ?? {}) },
  }
}

function onlyTemplate(metadata: JsonObject | undefined): JsonObject {
  const known = ['name', 'labels', 'annotations', 'finalizers']
  return Object.fromEntries(Object.entries(metadata ?? {}).filter(([key]) => known.includes(key)))
}

/**
 * A templatePatch is a strategic merge patch: finalizers are joined, the patch's first. Whatever it says, the project and
 * the namespace stay, or a patch could leave what the set may do (controllers/template, applyTemplatePatch).
 */
function applyTemplatePatch(object: JsonObject, patch: JsonObject): JsonObject | undefined {
  const patched = strategicMerge(object, patch)
  if (patched === undefined) return undefined
  const added = textsAt(patch, 'metadata', 'finalizers')
  const kept = textsAt(object, 'metadata', 'finalizers').filter((finalizer) => !added.includes(finalizer))
  return {
    ...patched,
    ...own(object, 'apiVersion'),
    ...own(object, 'kind'),
    metadata: {
      ...without(patched, 'metadata', 'namespace'),
      ...own(objectAt(object, 'metadata'), 'namespace'),
      ...(added.length === 0 ? {} : { finalizers: [...added, ...kept] }),
    },
    spec: { ...without(patched, 'spec', 'project'), ...own(objectAt(object, 'spec'), 'project') },
  }
}

function without(object: JsonObject, part: string, key: string): JsonObject {
  return Object.fromEntries(Object.entries(objectAt(object, part) ?? {}).filter(([name]) => name !== key))
}

function own(object: JsonObject | undefined, key: string): JsonObject {
  const value = object?.[key]
  return value === undefined ? {} : { [key]: value }
}

async function runGenerator(
  written: JsonObject,
  parameters: Parameters | undefined,
  context: GeneratorContext,
  depth: number,
): Promise<Generated> {
  // The selector is read before anything is filled in or asked for.
  const problem = selectorProblem(objectAt(written, 'selector'), 'any')
  if (problem !== undefined) return failed(`error parsing label selector: ${problem}`)
  let generator = written
  if (parameters !== undefined && Object.keys(parameters).length > 0) {
    const interpolated = await interpolate(written, parameters, context.dialect)
    if ('error' in interpolated) return failed(interpolated.error)
    generator = interpolated.value
  }
  const run = (each: JsonObject, given: Parameters | undefined): Promise<Generated> => {
    const kinds = Object.keys(each).filter((key) => key !== 'selector' && isJsonObject(each[key]))
    // A combination in a combination's combination is no field of its type, and gone (generators/matrix.go, merge.go).
    if (kinds.length === 0) return Promise.resolve(failed('child generator generated no parameters'))
    if (kinds.length > 1) return Promise.resolve(failed('found more than one inner generator'))
    return runGenerator(each, given, context, depth + 1)
  }

  const collected: {
    sets: Parameters[]
    unknown: Extract<Generated, { kind: 'sets' }>['unknown'][number][]
  } = {
    sets: [],
    unknown: [],
  }
  for (const key of Object.keys(generator)) {
    const fields = generator[key]
    if (!isJsonObject(fields)) continue
    const nested = depth > 0 && (key === 'matrix' || key === 'merge')
    const typed = nested ? readTyped(fields, nestedCombination, 'json') : { value: fields }
    if ('error' in typed) return failed(typed.error)
    const { value } = typed
    const answer = await runOne(key, value, run, context)
    if (answer === undefined) continue
    if (answer.kind === 'error') return answer
    collected.sets.push(...answer.sets)
    collected.unknown.push(...answer.unknown)
  }
  const selector = objectAt(generator, 'selector')
  const kept =
    selector === undefined
      ? collected.sets
      : collected.sets.filter((set) => matchesSelector(selector, flattenParameters(set)))
  return sets(kept, ...collected.unknown)
}

async function runOne(
  key: string,
  value: Record<string, Json> | JsonObject,
  run: (each: JsonObject, given: Parameters | undefined) => Promise<Generated>,
  context: GeneratorContext,
): Promise<Generated | undefined> {
  switch (key) {
    case 'list':
      return await generateList(value, context)
    case 'git':
      return await generateGit(value, context)
    case 'clusters':
      return await generateClusters(value, context)
    case 'matrix':
      return await generateMatrix(value, run, context)
    case 'merge':
      return await generateMerge(value, run, context)
    default:
      return isLive(key) ? await generateLive(key, value, context) : undefined
  }
}
