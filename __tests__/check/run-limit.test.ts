/** A run whose time is over still reports: what it has, and that the rest could not be checked. */
import { expect, it } from 'vitest'
import type { Engines } from '../../src/engine/engines.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const overlay = (image: string): Files =>
  Object.fromEntries(
    ['one', 'two', 'three'].flatMap((name) => [
      [`${name}/kustomization.yaml`, 'resources: [pod.yaml]\n'],
      [
        `${name}/pod.yaml`,
        `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, image: ${image}}]}\n`,
      ],
    ]),
  )

it('counts what it did not get to, and is not green', async () => {
  const asked: Parameters<Engines['limit']>[0][] = []
  const real = shippedEngines()
  const engines: Engines = {
    ...real,
    limit: (milliseconds) => {
      asked.push(milliseconds)
      real.limit({ ...milliseconds, run: 1 })
    },
  }
  try {
    const configuration = { '.preadmit.yaml': 'limits: {minutes: 3, renderSeconds: 20}\n' }
    const report = await checkFiles(
      { ...configuration, ...overlay('web:1') },
      { ...configuration, ...overlay('web:2') },
      engines,
    )
    expect(asked).toEqual([{ run: 180_000, render: 20_000 }])
    expect(report.verdict).toBe('incomplete')
    expect(report.findings.filter(({ status }) => status === 'new')).toEqual([])
    const codes = new Set(report.notChecked.map(({ code }) => code))
    expect(codes).toEqual(new Set(['timeout']))
    expect(report.notChecked.map(({ reason }) => reason).join()).toContain('the whole run may take')
    // Not even the kustomizations were read: the folders are what is left to name.
    expect(report.notChecked.flatMap(({ targets }) => targets).map((id) => id.split('/').at(-1))).toEqual(
      expect.arrayContaining(['one', 'two', 'three']),
    )
  } finally {
    await engines.close()
  }
})
