import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Found } from '../judgement.ts'

/** Lists of a pod whose entries messages speak of by name. */
const lists = ['containers', 'initContainers', 'ephemeralContainers'] as const

/** How deep a pod template may lie: `spec.jobTemplate.spec.template.spec` of a CronJob, and a level for custom kinds. */
const depth = 6

/**
 * The containers that a message of a policy is about, `containers[name=api]`, sorted: those of the object that it names.
 * Policies tell what is wrong in a sentence only; without this, one container's violation would stand for another's
 * when one is mended and the other one broken. Neither positions nor the rest of the message count.
 */
export function partsOf(object: JsonObject, message: string): readonly string[] {
  return labelsOf(containersIn(object, message))
}

function labelsOf(containers: readonly Container[]): readonly string[] {
  return [...new Set(containers.map(({ list, name }) => `${list}[name=${name}]`))].sort()
}

function containersIn(object: JsonObject, message: string): readonly Container[] {
  const words = new Set(
    message.split(/[^A-Za-z0-9.-]+/).flatMap((word) => [word, word.replace(/[.-]+$/, '')]),
  )
  return containersOf(object).filter(({ name }) => words.has(name))
}

/** A finding with the containers that its message names; one alone is its part, and of its fingerprint. */
export function withParts(one: Found): Found {
  const { object, finding } = one
  if (object === undefined || finding.part !== undefined) return one
  const containers = containersIn(object.object, finding.message)
  const parts = labelsOf(containers)
  const [part] = parts
  const [first] = containers
  if (part === undefined || first === undefined) return one
  const named = { element: finding.element, parts, entry: first.path }
  if (parts.length > 1) return { ...one, named }
  return { ...one, named, finding: { ...finding, part, element: `${finding.element} ${part}` } }
}

interface Container {
  readonly list: string
  readonly name: string
  /** `spec.template.spec.containers[0]` */
  readonly path: string
}

function containersOf(object: JsonObject): readonly Container[] {
  const found: Container[] = []
  const walk = (value: Json | undefined, path: readonly string[]): void => {
    if (!isJsonObject(value) || path.length > depth) return
    for (const list of lists) {
      const entries = Object.hasOwn(value, list) ? value[list] : undefined
      for (const [i, entry] of (Array.isArray(entries) ? (entries as readonly Json[]) : []).entries()) {
        const name = isJsonObject(entry) ? entry['name'] : undefined
        if (typeof name === 'string') found.push({ list, name, path: `${[...path, list].join('.')}[${i}]` })
      }
    }
    for (const key of ['spec', 'template', 'jobTemplate']) walk(value[key], [...path, key])
  }
  walk(object, [])
  return found
}
