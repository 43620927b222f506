/** Cases made of valid objects: creates and updates in equal parts, every kind with about the same weight. */
import type { JsonObject } from '../../src/model/json.ts'
import { copy, grouped, kindOf, metadataOf, text, type Case } from './case.ts'
import { mutate, random } from './mutations.ts'
import { isolated, passOf, type Pass } from './passes.ts'

/** Objects of one kind that are mutated; more would all be Deployments. */
const perKind = 12

/** Definitions have the most rules of all, and most of their fields lie in schemas. */
const definitionsAtMost = 40

export interface Mutations {
  readonly pass: Pass
  readonly cases: readonly Case[]
}

/**
 * `count` creates, half as many server-side applies of new objects, `count` updates by server-side apply, and a quarter
 * of that of kinds that change what the server does; `clientApplies` creates and updates by kubectl.
 */
export function mutated(
  valid: readonly JsonObject[],
  { count, clientApplies, seed }: { count: number; clientApplies: number; seed: number },
): Mutations[] {
  const kinds = [...grouped(valid.map(plain), kindOf).values()].map((objects) =>
    objects.slice(0, objects[0]?.['kind'] === 'CustomResourceDefinition' ? definitionsAtMost : perKind),
  )
  const of = (pass: Pass): JsonObject[][] =>
    kinds.filter(([first = {}]) => passOf(first) === pass).map((objects) => objects.map(isolated))
  const ordinary = of('ordinary')
  const some = Math.ceil(clientApplies / 5)
  const quarter = Math.ceil(count / 8)
  return [
    {
      pass: 'ordinary',
      cases: [
        ...series(kinds, count, seed, 'create'),
        ...series(ordinary, Math.ceil(count / 2), seed + 1, 'apply'),
        ...series(ordinary, count, seed + 2, 'update'),
        ...series(ordinary, some, seed + 3, 'client apply'),
        ...series(ordinary, clientApplies - some, seed + 4, 'client update'),
      ],
    },
    ...(['delicate', 'admission'] as const).map((pass) => ({
      pass,
      cases: [
        ...series(of(pass), quarter, seed + 5, 'update'),
        ...series(of(pass), Math.ceil(clientApplies / 4), seed + 6, 'client update'),
      ],
    })),
  ]
}

const ways = {
  create: { by: 'create', update: false },
  apply: { by: 'server-side apply', update: false },
  update: { by: 'server-side apply', update: true },
  'client apply': { by: 'client-side apply', update: false },
  'client update': { by: 'client-side apply', update: true },
} as const

function series(kinds: JsonObject[][], count: number, seed: number, way: keyof typeof ways): Case[] {
  const next = random(seed)
  const built = kinds.length === 0 ? 0 : count
  return Array.from({ length: built }, (_, index): Case => {
    const members = kinds[index % kinds.length] ?? []
    const valid = members[Math.floor(next() * members.length)] ?? {}
    const donor = members[Math.floor(next() * members.length)]
    const { object, what } = mutate(valid, next, way !== 'create', donor)
    const id = `mutation/${way}/${index} ${kindOf(valid)}: ${what}`
    const { by, update } = ways[way]
    return { id, set: setOf(valid), object, by, ...(update ? { old: valid } : {}) }
  })
}

function setOf(valid: JsonObject): string {
  if (passOf(valid) !== 'ordinary') return `mutations of kinds that change the server`
  const version = text(valid['apiVersion'])
  const custom = /\.(?:k8s\.)?io\/.*/.test(version) && !builtin.test(version)
  return custom ? 'mutations of custom resources' : 'mutations of built-in kinds'
}

const builtin =
  /^(?:apiregistration|apiextensions|admissionregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|policy|rbac\.authorization|resource|scheduling|storage)\.k8s\.io\//

/** Without what keeps an object from being removed, or marks it as another's. */
function plain(object: JsonObject): JsonObject {
  const changed = copy(object)
  const metadata = metadataOf(changed)
  for (const key of [
    'finalizers',
    'ownerReferences',
    'managedFields',
    'uid',
    'resourceVersion',
    'creationTimestamp',
  ])
    Reflect.deleteProperty(metadata, key)
  Reflect.deleteProperty(changed, 'status')
  return changed
}
