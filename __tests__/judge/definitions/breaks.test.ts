import { afterAll, describe, expect, it } from 'vitest'
import type { Finding } from '../../../src/model/finding.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import { displayName } from '../../../src/model/object.ts'
import { checkFiles, type Files } from '../../check/harness.ts'
import { shippedEngines } from '../engines.ts'
import { widget, widgetDefinition } from '../schema/support.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const documents = (...objects: readonly JsonObject[]): string =>
  objects.map((object) => JSON.stringify(object)).join('\n---\n')
const definition = (properties: JsonObject): JsonObject => widgetDefinition({ type: 'object', properties })
const size = (maximum: number): JsonObject => ({ size: { type: 'integer', maximum } })
/** Versions as [name, served, storage]. */
const versions = (...list: readonly (readonly [string, boolean, boolean])[]): JsonObject => {
  const whole = structuredClone(definition(size(100))) as unknown as {
    spec: { versions: Record<string, Json>[] }
  }
  const [first] = whole.spec.versions
  whole.spec.versions = list.map(([name, served, storage]) => ({ ...first, name, served, storage }))
  return whole
}
const one = (name: string, spec: JsonObject, version = 'v1', labels: JsonObject = {}): JsonObject => ({
  ...widget(spec),
  apiVersion: `example.com/${version}`,
  metadata: { name, namespace: 'shop', labels },
})

async function found(base: Files, head: Files): Promise<readonly Finding[]> {
  return (await checkFiles(base, head, engines)).findings
}
const told = (findings: readonly Finding[]): string[] =>
  findings.map(({ status, level, rule, object }) =>
    `${status} ${level} ${rule} ${object === undefined ? '' : displayName(object)}`.trimEnd(),
  )
const broken = 'new required safety/breaks-custom-resources CustomResourceDefinition widgets.example.com'

describe('a definition that breaks custom resources', () => {
  const resources = documents(one('big', { size: 80 }), one('huge', { size: 90 }), one('small', { size: 1 }))

  it('names those of targets that the change does not touch', async () => {
    const findings = await found(
      { 'crd/crd.yaml': documents(definition(size(100))), 'app/w.yaml': resources },
      { 'crd/crd.yaml': documents(definition(size(50))), 'app/w.yaml': resources },
    )
    expect(told(findings)).toEqual([broken])
    expect(findings[0]?.message).toMatch(/breaks 2 custom resources .*Widget shop\/big.*Widget shop\/huge/)
    expect(findings[0]?.message).not.toContain('small')
    expect(findings[0]?.location?.file).toBe('crd/crd.yaml')
  })

  it('takes the place of findings on resources that are touched as well', async () => {
    const touched = documents(one('big', { size: 80 }, 'v1', { a: 'b' }), one('small', { size: 1 }, 'v1'))
    const findings = await found(
      { 'crd/crd.yaml': documents(definition(size(100))), 'app/w.yaml': resources },
      { 'crd/crd.yaml': documents(definition(size(50))), 'app/w.yaml': touched },
    )
    expect(told(findings)).toEqual([broken])
    expect(findings[0]?.message).toContain('1 custom resource ')
  })

  it('leaves a resource that its own edit breaks a finding of its own', async () => {
    const findings = await found(
      { 'crd/crd.yaml': documents(definition(size(100))), 'app/w.yaml': documents(one('w', { size: 10 })) },
      {
        'crd/crd.yaml': documents(definition(size(50))),
        'app/w.yaml': documents(one('w', { size: 200 }), one('new', { size: 70 })),
      },
    )
    expect(told(findings)).toEqual([
      'new required admission/FieldValueInvalid Widget shop/new',
      'new required admission/FieldValueInvalid Widget shop/w',
    ])
  })

  it('is no finding when the same change mends them', async () => {
    const findings = await found(
      { 'crd/crd.yaml': documents(definition(size(100))), 'app/w.yaml': documents(one('w', { size: 80 })) },
      { 'crd/crd.yaml': documents(definition(size(50))), 'app/w.yaml': documents(one('w', { size: 8 })) },
    )
    expect(told(findings)).toEqual([])
  })

  it('says that a version is not served any more', async () => {
    const old = documents(one('w', { size: 1 }, 'v1alpha1'))
    const findings = await found(
      {
        'crd/crd.yaml': documents(versions(['v1alpha1', true, false], ['v1', true, true])),
        'app/w.yaml': old,
      },
      {
        'crd/crd.yaml': documents(versions(['v1alpha1', false, false], ['v1', true, true])),
        'app/w.yaml': old,
      },
    )
    expect(told(findings)).toEqual([broken])
    expect(findings[0]?.message).toContain('example.com/v1alpha1 is not served any more (Widget shop/w)')
  })

  it('says once that a stored version is lost and what that breaks', async () => {
    const old = documents(one('w', { size: 1 }, 'v1alpha1'))
    const findings = await found(
      { 'crd/crd.yaml': documents(versions(['v1alpha1', true, true])), 'app/w.yaml': old },
      { 'crd/crd.yaml': documents(versions(['v1', true, true])), 'app/w.yaml': old },
    )
    expect(told(findings)).toEqual([
      'new required admission/FieldValueInvalid CustomResourceDefinition widgets.example.com',
    ])
    expect(findings[0]?.message).toMatch(/previously a storage version.*Widget shop\/w/)
  })

  it('says that the kind of resources that stay is deleted', async () => {
    const keep = documents(one('w', { size: 1 }))
    const other = { 'crd/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n' }
    const findings = await found(
      { ...other, 'crd/crd.yaml': documents(definition(size(100))), 'app/w.yaml': keep },
      { ...other, 'app/w.yaml': keep },
    )
    expect(told(findings)).toEqual([broken])
  })

  it('names fields that the definition does not know any more', async () => {
    const painted = documents(one('w', { size: 1, color: 'red' }))
    const findings = await found(
      {
        'crd/crd.yaml': documents(definition({ ...size(100), color: { type: 'string' } })),
        'app/w.yaml': painted,
      },
      { 'crd/crd.yaml': documents(definition(size(100))), 'app/w.yaml': painted },
    )
    expect(told(findings)).toEqual([broken])
    expect(findings[0]?.message).toContain('spec.color')
  })

  it('names all of them when the scope changes', async () => {
    const cluster = structuredClone(definition(size(100))) as unknown as { spec: Record<string, Json> }
    cluster.spec['scope'] = 'Cluster'
    const findings = await found(
      { 'crd/crd.yaml': documents(definition(size(100))), 'app/w.yaml': resources },
      { 'crd/crd.yaml': documents(cluster), 'app/w.yaml': resources },
    )
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({ rule: 'safety/immutable-field', path: 'spec.scope' })
    expect(findings[0]?.message).toMatch(
      /breaks 3 custom resources .*no namespaces any more \(.*Widget shop\/big/,
    )
  })

  describe('whose conversion webhook is taken away', () => {
    const twoVersions = (webhook: boolean, ofOld: JsonObject): JsonObject => {
      const whole = structuredClone(definition(size(100))) as unknown as {
        spec: { conversion?: JsonObject; versions: JsonObject[] }
      }
      const old = definition(ofOld) as unknown as { spec: { versions: JsonObject[] } }
      whole.spec.versions = [
        { ...whole.spec.versions[0], name: 'v1', served: true, storage: true },
        { ...old.spec.versions[0], name: 'v1beta1', served: true, storage: false },
      ]
      const clientConfig = { service: { name: 's', namespace: 'n' } }
      if (webhook)
        whole.spec.conversion = {
          strategy: 'Webhook',
          webhook: { conversionReviewVersions: ['v1'], clientConfig },
        }
      return whole
    }
    const both = documents(one('old', { length: 5 }, 'v1beta1'), one('new', { size: 5 }))
    const told = async (ofOld: JsonObject, resources: string): Promise<string[]> =>
      (
        await found(
          { 'crd/crd.yaml': documents(twoVersions(true, ofOld)), 'app/w.yaml': resources },
          { 'crd/crd.yaml': documents(twoVersions(false, ofOld)), 'app/w.yaml': resources },
        )
      ).map(({ message }) => message)

    it('names what loses fields', async () => {
      const [message, ...more] = await told({ length: { type: 'integer' } }, both)
      expect(more).toEqual([])
      expect(message).toMatch(
        /breaks 1 custom resource .*stored as example\.com\/v1: spec\.length: unknown field .*\(Widget shop\/old\)/,
      )
    })
    it('is silent where the versions are alike', async () => {
      expect(await told(size(100), documents(one('old', { size: 5 }, 'v1beta1')))).toEqual([])
    })
  })

  describe('points at the line of the definition that they break on', () => {
    const yaml = (served: string, more = ''): string =>
      `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema: &schema
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size:
                  type: integer
                  maximum: 100
                parts:
                  type: array
                  items:
                    type: object
                    properties:
                      name:
                        type: string${more}
    - name: v1beta1
      storage: false
      schema: *schema
      served: ${served}
`
    const line = (text: string, part: string): number =>
      text.split('\n').findIndex((one) => one.includes(part)) + 1
    const resources = documents(
      one('w', { size: 80, parts: [{ name: 'long' }] }),
      one('old', { size: 1 }, 'v1beta1'),
    )
    const before = yaml('true', '\n                      note:\n                        type: string')
    const noted = documents(one('w', { size: 80, parts: [{ name: 'a', note: 'b' }] }))

    it.each([
      ['a value', yaml('true').replace('maximum: 100', 'maximum: 50'), resources, 'size:'],
      [
        'an entry of a list',
        yaml('true', '\n                        maxLength: 2'),
        resources,
        '                      name:',
      ],
      ['a field that is not declared any more', yaml('true'), noted, 'items:'],
      ['a version that is not served any more', yaml('false'), resources, 'served: false'],
      ['a version that is gone', yaml('true').replace(/ {4}- name: v1beta1[^]*/, ''), resources, 'versions:'],
    ])('%s', async (_, head, given, part) => {
      const findings = await found(
        { 'crd/crd.yaml': before, 'app/w.yaml': given },
        { 'crd/crd.yaml': head, 'app/w.yaml': given },
      )
      expect(told(findings)).toEqual([broken])
      expect(findings[0]?.location).toMatchObject({
        file: 'crd/crd.yaml',
        line: line(head, part),
      })
    })
  })

  it('is silent when the schema only grows', async () => {
    const findings = await found(
      { 'crd/crd.yaml': documents(definition(size(100))), 'app/w.yaml': resources },
      {
        'crd/crd.yaml': documents(definition({ ...size(200), color: { type: 'string' } })),
        'app/w.yaml': resources,
      },
    )
    expect(told(findings)).toEqual([])
  })
})

describe('custom resources', () => {
  it('an old fault that the API server tolerates on update stays existing', async () => {
    const crd = { 'crd/crd.yaml': documents(definition(size(50))) }
    const findings = await found(
      { ...crd, 'app/w.yaml': documents(one('w', { size: 80 })) },
      { ...crd, 'app/w.yaml': documents(one('w', { size: 80 }, 'v1', { a: 'b' })) },
    )
    expect(told(findings)).toEqual(['existing required admission/FieldValueInvalid Widget shop/w'])
  })
})
