/** Loading Rego although one module or template may end the engine: a parse bomb costs only itself. */
import type { RegoFault, RegoLoadRequest, RegoLoadResult } from './api-rego.ts'
import type { EngineAnswer, EngineError } from './engines.ts'
import type { Snapshot } from './snapshot.ts'

type Load = (
  request: RegoLoadRequest,
) => Promise<{ answer: EngineAnswer<RegoLoadResult>; snapshot?: Snapshot }>

type Loaded =
  { readonly result: RegoLoadResult; readonly snapshot: Snapshot } | { readonly error: EngineError }

/**
 * Loads everything; when the engine does not answer, loads each module and template alone, and everything again without
 * those that it does not answer for. They come back with the engine's reason as their fault.
 */
export async function loadAround(request: RegoLoadRequest, load: Load, loadAlone: Load): Promise<Loaded> {
  const first = await load(request)
  if (first.answer.ok) return settled(first.answer.result, first.snapshot)
  const around = await withoutBad(request, loadAlone)
  if (around === undefined) return { error: first.answer.error }
  const second = await load(around)
  return second.answer.ok ? settled(second.answer.result, second.snapshot) : { error: second.answer.error }
}

function settled(result: RegoLoadResult, snapshot: Snapshot | undefined): Loaded {
  if (snapshot === undefined) throw new TypeError('a session was opened without its state')
  return { result, snapshot }
}

/** The request with a fault at everything that ends the engine by itself; undefined when nothing does. */
async function withoutBad(request: RegoLoadRequest, load: Load): Promise<RegoLoadRequest | undefined> {
  const nothing = { templates: [], constraints: [], inventory: {} }
  const faults: RegoFault[] = []
  const checked = async <One extends { fault?: RegoFault }>(
    one: One,
    alone: Pick<RegoLoadRequest, 'bundles' | 'gatekeeper'>,
  ): Promise<One> => {
    const { answer } = await load({ op: 'load', time: request.time, ...alone })
    if (answer.ok) return one
    const fault = { code: answer.error.code, message: answer.error.message }
    faults.push(fault)
    return { ...one, fault }
  }
  const bundles: RegoLoadRequest['bundles'] = []
  for (const { modules, data } of request.bundles) {
    const kept: typeof modules = []
    for (const module of modules)
      kept.push(await checked(module, { bundles: [{ modules: [module], data: [] }], gatekeeper: nothing }))
    bundles.push({ modules: kept, data })
  }
  const templates: RegoLoadRequest['gatekeeper']['templates'] = []
  for (const template of request.gatekeeper.templates)
    templates.push(
      await checked(template, { bundles: [], gatekeeper: { ...nothing, templates: [template] } }),
    )
  return faults.length === 0
    ? undefined
    : { ...request, bundles, gatekeeper: { ...request.gatekeeper, templates } }
}
