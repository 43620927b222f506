import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { vaultOfObjects } from '../../../src/compare/secrets.ts'
import { fieldNames } from '../../../src/judge/schema/field-names.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { schemas } from './support.ts'

const definition: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  spec: {
    versions: [
      {
        schema: {
          openAPIV3Schema: {
            properties: {
              spec: {
                type: 'object',
                properties: {
                  passphrase: { type: 'string' },
                  extras: { type: 'object', additionalProperties: { type: 'string' } },
                  stages: { type: 'array', items: { type: 'object', properties: { pipeline: {} } } },
                },
              },
            },
          },
        },
      },
    ],
  },
}

const known = fieldNames(schemas, [definition])
const holding = (...values: string[]): ReturnType<typeof vaultOfObjects> =>
  vaultOfObjects(
    [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        stringData: Object.fromEntries(values.map((value, i) => [`k${i}`, value])),
      },
    ],
    () => known,
  )

describe('names of fields', () => {
  it.each<{ path: string; values: string[]; shown: string }>([
    {
      path: 'spec.persistentVolumeClaim.volumeName',
      values: ['persistentVolumeClaim', 'volumeName'],
      shown: 'spec.persistentVolumeClaim.volumeName',
    },
    {
      path: 'spec.template.spec.containers[0].image',
      values: ['template', 'containers'],
      shown: 'spec.template.spec.containers[0].image',
    },
    { path: 'spec.passphrase', values: ['passphrase'], shown: 'spec.passphrase' },
    { path: 'spec.stages[1].pipeline', values: ['pipeline'], shown: 'spec.stages[1].pipeline' },
    { path: 'spec.hunter2hunter2', values: ['hunter2hunter2'], shown: 'spec.(masked)' },
    { path: 'metadata.labels.template', values: ['template'], shown: 'metadata.labels.(masked)' },
    { path: 'metadata.annotations[template]', values: ['template'], shown: 'metadata.annotations[(masked)]' },
    { path: 'spec.extras.passphrase', values: ['passphrase'], shown: 'spec.extras.(masked)' },
    { path: 'spec.nodeSelector.template', values: ['template'], shown: 'spec.nodeSelector.(masked)' },
    { path: 'spec.xtemplatex.spec', values: ['template'], shown: 'spec.x(masked)x.spec' },
    { path: 'spec.foo12.bar34.spec', values: ['foo12.bar34'], shown: 'spec.(masked).spec' },
  ])('$path of $values', ({ path, values, shown }) => {
    expect(holding(...values).maskPath(path)).toBe(shown)
  })

  it('knows nothing that schemas do not name', () => {
    for (const name of ['hunter2', 'production', 'k8s', '']) expect(known.fields.has(name)).toBe(false)
    for (const name of ['labels', 'annotations', 'data', 'stringData', 'matchLabels', 'limits', 'extras'])
      expect(known.maps.has(name)).toBe(true)
    for (const name of ['spec', 'template', 'metadata', 'containers', 'stages'])
      expect(known.maps.has(name)).toBe(false)
  })

  it('never shows a value that is no name of a field', () => {
    const step = fc.oneof(
      fc.constantFrom('spec', 'template', 'metadata', 'labels', 'containers[0]', 'data', 'volumes[3]'),
      fc.stringMatching(/^[a-z]{1,4}[0-9]{6,9}$/),
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.nat(), (steps, at) => {
        const secrets = steps.filter((one) => /\d{6}/.test(one))
        const secret = secrets[at % Math.max(1, secrets.length)]
        if (secret === undefined) return
        const shown = holding(secret, 'template', 'containers').maskPath(steps.join('.'))
        expect(shown).not.toContain(secret)
        expect(shown.split('.').length).toBe(steps.length)
      }),
    )
  })

  it('keeps keys of values legible too, where they are fields', () => {
    const vault = holding('template', 'hunter2hunter2')
    expect(
      vault.mask({
        spec: { template: { hunter2hunter2: 'template' } },
        metadata: { labels: { template: 'x' } },
      }),
    ).toEqual({
      spec: { template: { '(masked)': '(masked)' } },
      metadata: { labels: { '(masked)': 'x' } },
    })
  })
})
