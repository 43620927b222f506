import { afterAll, expect, it } from 'vitest'
import { checkFiles } from '../check/harness.ts'
import { shippedEngines } from '../judge/engines.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const chart = (value: string) => ({
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'chart/templates/a.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {at: '{{ now | unixEpoch }}', is: ${value}}\n`,
})

it('what a tool says while it renders is a notice that names its target', async () => {
  const { notices } = await checkFiles(chart('x'), chart('y'), engines)
  expect(notices).toEqual([
    'helm/chart/default: uses the current time: it stands still here, at the time of the commit',
  ])
})
