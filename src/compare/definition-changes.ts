import type { Change } from '../model/change.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { identityKey, splitApiVersion, type ObjectIdentity, type RenderedObject } from '../model/object.ts'
import type { ChartInputs, RenderedPair, Rendering } from '../model/rendering.ts'
import type { RenderPlan } from '../model/target.ts'
import { differences } from './difference.ts'

/**
 * What is known of targets that could not be rendered: the difference of their definitions and of the values that
 * their charts would have got, merged from everywhere. No object of a cluster, so nothing of it is judged or counted.
 *
 * @param changes what rendered targets change: a definition that its parent renders is told there
 */
export function definitionChanges(
  pairs: readonly RenderedPair[],
  changes: readonly Change[],
): readonly Change[] {
  const told = toldBy(changes)
  return pairs.flatMap(({ id, base, head }) => {
    if (head?.state !== 'not-rendered' && base?.state !== 'not-rendered') return []
    if (base === undefined || head === undefined) return []
    const chart = change(id, chartObject(base), chartObject(head))
    // The values of one side with its chart's own say nothing beside those of another without.
    const complete = chartOf(base) !== undefined && chartOf(head) !== undefined
    const values = change(id, valuesObject(base, complete), valuesObject(head, complete))
    const definition = change(
      id,
      definitionObject(base, values !== undefined),
      definitionObject(head, values !== undefined),
    )
    const whole = definitionObject(head, false)
    // What a parent renders shows the definition with its values, when there are no others.
    const shown = whole !== undefined && told(whole) && onlyInlineValues(base) && onlyInlineValues(head)
    return [
      ...(definition === undefined || told(definition.new) ? [] : [definition]),
      ...(chart === undefined ? [] : [chart]),
      ...(values === undefined || (shown && !complete) ? [] : [values]),
    ]
  })
}

/**
 * Whether a rendered target tells the change of a definition. One that nothing deploys is in the folder of its file,
 * where its namespace is as it is written: often none.
 */
function toldBy(changes: readonly Change[]): (definition: RenderedObject | undefined) => boolean {
  const made = changes.filter(({ operation }) => operation !== 'NONE')
  const identities = new Set(made.map(({ identity }) => identityKey(identity)))
  const places = new Set(made.map(({ identity, old, new: next }) => inFile(identity, next ?? old)))
  return (definition) =>
    definition !== undefined &&
    (identities.has(identityKey(definition.identity)) ||
      places.has(inFile({ ...definition.identity, namespace: '' }, definition)))
}

function inFile(identity: ObjectIdentity, object: RenderedObject | undefined): string {
  return `${identityKey(identity)}\n${object?.origin.file ?? ''}`
}

function change(
  target: string,
  old: RenderedObject | undefined,
  next: RenderedObject | undefined,
): Change | undefined {
  if (old === undefined || next === undefined) return undefined
  const found = differences(old.object, next.object, [])
  if (found.length === 0) return undefined
  return { target, identity: next.identity, operation: 'UPDATE', old, new: next, differences: found }
}

/** The definition; without its inline values where all values are told together. */
function definitionObject({ target }: Rendering, withoutValues: boolean): RenderedObject | undefined {
  const { manifest } = target
  if (manifest === undefined) return undefined
  const apiVersion = textOf(manifest['apiVersion'])
  const metadata = isJsonObject(manifest['metadata']) ? manifest['metadata'] : {}
  return {
    identity: {
      group: splitApiVersion(apiVersion).group,
      kind: textOf(manifest['kind']),
      namespace: target.owner?.namespace ?? textOf(metadata['namespace']),
      name: textOf(metadata['name']),
    },
    apiVersion,
    object: withoutValues ? dropValues(manifest) : manifest,
    origin: target.definition === undefined ? {} : { file: target.definition.file },
  }
}

/** Chart.yaml of a chart that is here and did not render: which versions of its dependencies it asks for, above all. */
function chartObject(rendering: Rendering): RenderedObject | undefined {
  const inputs = chartOf(rendering)
  if (inputs === undefined) return undefined
  const { chart, file } = inputs
  return {
    identity: { group: '', kind: 'Chart', namespace: '', name: textOf(chart['name']) },
    apiVersion: '',
    object: chart,
    origin: { file },
  }
}

function chartOf(rendering: Rendering): ChartInputs | undefined {
  return rendering.state === 'not-rendered' ? rendering.chart : undefined
}

/** True for a HelmRelease whose values all stand in it. */
function onlyInlineValues({ target: { kind, manifest } }: Rendering): boolean {
  const spec = manifest?.['spec']
  return kind === 'flux-helmrelease' && isJsonObject(spec) && spec['valuesFrom'] === undefined
}

function valuesObject(rendering: Rendering, complete: boolean): RenderedObject | undefined {
  const { target } = rendering
  const values = complete ? chartOf(rendering)?.values : valuesOf(target.plan)
  if (values === undefined) return undefined
  return {
    identity: {
      group: '',
      // Named as what it is: it stands among objects and is none.
      kind: 'Values',
      namespace: target.owner?.namespace ?? '',
      name: target.owner?.name ?? target.name,
    },
    apiVersion: '',
    object: values,
    origin: target.definition === undefined ? {} : { file: target.definition.file },
  }
}

/** Of a chart: those of the definition and its files; the chart's own are not known. */
function valuesOf(plan: RenderPlan): JsonObject | undefined {
  switch (plan.tool) {
    case 'none':
    case 'helm':
      return plan.values
    case 'several': {
      const all = plan.sources.map(valuesOf).filter((values) => values !== undefined)
      return all.length === 1 ? all[0] : undefined
    }
    case 'kustomize':
    case 'manifests':
    case 'remote':
      return undefined
  }
}

/** `spec.values` of a HelmRelease, `helm.values` and `helm.valuesObject` of an Application's sources. */
function dropValues(value: JsonObject): JsonObject {
  const spec = value['spec']
  if (!isJsonObject(spec)) return value
  const source = (entry: Json): Json => {
    if (!isJsonObject(entry) || !isJsonObject(entry['helm'])) return entry
    return { ...entry, helm: without(entry['helm'], ['values', 'valuesObject']) }
  }
  const edited: Record<string, Json> = { ...without(spec, ['values']) }
  if (edited['source'] !== undefined) edited['source'] = source(edited['source'])
  if (Array.isArray(edited['sources'])) edited['sources'] = (edited['sources'] as readonly Json[]).map(source)
  return { ...value, spec: edited }
}

function without(value: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
