import type { DataObjects, FidelityCase, Files } from './case.ts'
import { generateApplication, type Places } from './generate-application.ts'
import { generateKustomization, generateRelease } from './generate-flux.ts'
import { generateSet } from './generate-set.ts'
import { ground, groundData } from './ground.ts'
import { createRandom } from './random.ts'

const charts = ['charts/web', 'charts/web', 'charts/strict', 'charts/parent']

const places: Places = {
  charts,
  kustomizations: ['kust/base', 'kust/overlay', 'kust/overlay', 'kust/labelled', 'kust/broken'],
  folders: ['plain', 'plain', 'sonnet', 'plain/sub'],
}

const fluxPaths = [
  'flux/plain',
  'flux/plain',
  'flux/kz',
  'kust/overlay',
  'kust/labelled',
  'flux/empty',
  'flux/bad',
  'apps/../flux/plain',
]

/** Variations of definitions: the same seed and number give the same ones. */
export function generatedCases(count: number, seed: number): FidelityCase[] {
  const cases: FidelityCase[] = []
  for (let i = 0; i < count; i++) {
    // Every case has a seed of its own: one that differs can be run again alone.
    const random = createRandom(seed * 100_003 + i)
    const id = `generated-${seed}-${i}`
    const files: Files = ground
    const data: DataObjects = groundData
    switch (i % 4) {
      case 0:
        cases.push(generateApplication(id, random, files, places))
        break
      case 1:
        cases.push(generateSet(id, random, files))
        break
      case 2:
        cases.push(generateKustomization(id, random, files, fluxPaths, data))
        break
      default:
        cases.push(generateRelease(id, random, files, charts, data))
    }
  }
  return cases
}
