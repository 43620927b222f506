import { join } from 'node:path'
import type { DataObjects, FidelityCase, Files } from './case.ts'
import { generateApplication, type Places } from './generate-application.ts'
import { generateKustomization, generateRelease } from './generate-flux.ts'
import { groundData } from './ground.ts'
import { createRandom } from './random.ts'
import { readFiles } from './recorded.ts'

/** Definitions with options switched on and off over the repositories of recorded cases: their odd folders, our options. */
export function variedCases(folder: string, count: number, seed: number): FidelityCase[] {
  const argocd: Files = readFiles(join(folder, 'argocd/repo'))
  const flux: Files = readFiles(join(folder, 'flux/repo'))
  const chart = Object.fromEntries(
    Object.entries(readFiles(join(folder, 'flux/chart'))).map(([path, entry]) => [`c/${path}`, entry]),
  )
  const places = placesOf(argocd)
  const data: DataObjects = {
    ...groundData,
    'ConfigMap/vars': { A: 'varied', ns: 'from-vars', NUM: '3' },
  }
  const paths = ['', ...directoriesOf(flux)]
  return Array.from({ length: count }, (_, i) => {
    const random = createRandom(seed * 100_019 + i)
    const id = `varied-${seed}-${i}`
    const made =
      i % 4 < 2
        ? generateApplication(id, random, argocd, places)
        : i % 4 === 2
          ? generateKustomization(id, random, flux, paths, data)
          : generateRelease(id, random, chart, ['c'], data)
    return { ...made, group: made.group.replace('generated', 'varied') }
  })
}

/** Folders by what makes them one thing or another, as far as names tell. */
function placesOf(files: Files): Places {
  const holding = (test: RegExp): string[] =>
    directoriesOf(files).filter((directory) =>
      Object.keys(files).some(
        (path) => path.startsWith(`${directory}/`) && test.test(path.slice(directory.length + 1)),
      ),
    )
  return {
    charts: holding(/^[^/]*Chart\.yaml$/),
    kustomizations: holding(/^kustomization\.ya?ml$/),
    folders: directoriesOf(files),
    valueFiles: Object.keys(files).filter((path) => /v\d*\.yaml$|shared\.yaml$/.test(path)),
  }
}

function directoriesOf(files: Files): string[] {
  const found = new Set<string>()
  for (const path of Object.keys(files))
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      found.add(path.slice(0, at))
  return [...found].sort()
}
