import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  KubeconformError,
  openKubeconform,
  validate,
  type Kubeconform,
  type ValidateOptions,
} from '../src/index.ts'

const widgetSchema = JSON.stringify({
  type: 'object',
  additionalProperties: false,
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: { type: 'object', properties: { size: { type: 'integer' } } },
  },
})
const location = 'crds/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'
const schemas = { 'crds/example.com/widget_v1.json': widgetSchema }

function widget(size: unknown, kind = 'Widget'): string {
  return JSON.stringify({
    apiVersion: 'example.com/v1',
    kind,
    metadata: { name: 'w', namespace: 'shop' },
    spec: { size },
  })
}

let kubeconform: Kubeconform
beforeAll(() => {
  kubeconform = openKubeconform()
})
afterAll(() => kubeconform.close())

const cases: { name: string; document: string; options?: Partial<ValidateOptions>; expected: string[] }[] = [
  { name: 'a valid resource', document: widget(1), expected: ['valid'] },
  { name: 'a resource of the wrong type', document: widget('1'), expected: ['invalid'] },
  {
    name: 'several documents in one file',
    document: `${widget(1)}\n---\n${widget('1')}\n`,
    expected: ['valid', 'invalid'],
  },
  { name: 'a kind without a schema', document: widget(1, 'Gadget'), expected: ['error'] },
  {
    name: 'a kind without a schema, ignored',
    document: widget(1, 'Gadget'),
    options: { ignoreMissingSchemas: true },
    expected: ['skipped'],
  },
  { name: 'a skipped kind', document: widget('1'), options: { skip: ['Widget'] }, expected: ['skipped'] },
  {
    name: 'a rejected kind',
    document: widget(1),
    options: { reject: ['example.com/v1/Widget'] },
    expected: ['error'],
  },
  {
    name: 'duplicate keys',
    document: 'apiVersion: example.com/v1\nkind: Widget\nkind: Widget\n',
    expected: ['valid'],
  },
  {
    name: 'duplicate keys, strict',
    document: 'apiVersion: example.com/v1\nkind: Widget\nkind: Widget\n',
    options: { strict: true },
    expected: ['error'],
  },
]

describe('validate with schemas in memory', () => {
  it.each(cases)('$name', async ({ document, options, expected }) => {
    const { documents, misses } = await kubeconform.validate([document], {
      schemaLocations: [location],
      schemas,
      ...options,
    })
    expect(documents.flatMap(({ resources }) => resources.map(({ status }) => status))).toEqual(expected)
    expect(misses).toEqual([])
  })

  it('says where a value is wrong', async () => {
    const { documents } = await kubeconform.validate([{ name: 'w.yaml', content: widget('1') }], {
      schemaLocations: [location],
      schemas,
    })
    expect(documents[0]).toMatchObject({
      name: 'w.yaml',
      resources: [
        {
          kind: 'Widget',
          resourceName: 'w',
          namespace: 'shop',
          validationErrors: [{ path: '/spec/size', message: 'got string, want integer' }],
        },
      ],
    })
  })

  it('answers for each document in order', async () => {
    const { documents } = await kubeconform.validate([widget('1'), Buffer.from(widget(1))], {
      schemaLocations: [location],
      schemas,
    })
    expect(documents.map(({ resources }) => resources[0]?.status)).toEqual(['invalid', 'valid'])
  })
})

describe('schemas in a directory', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubeconform-'))
    await mkdir(join(directory, 'catalogue/v1.34.0-standalone-strict'), { recursive: true })
    await writeFile(
      join(directory, 'catalogue/v1.34.0-standalone-strict/widget-example-v1.json'),
      widgetSchema,
    )
  })
  afterAll(() => rm(directory, { recursive: true }))

  it('reads the layout of kubernetes-json-schema', async () => {
    const { documents } = await validate([widget('1')], {
      schemas: directory,
      schemaLocations: ['catalogue'],
      kubernetesVersion: '1.34.0',
      strict: true,
    })
    expect(documents[0]?.resources[0]?.status).toBe('invalid')
  })
})

describe('what it never does', () => {
  it('fetches nothing: a URL is a miss', async () => {
    const { documents, misses } = await kubeconform.validate([widget(1)], {
      schemaLocations: ['https://example.com/{{.ResourceKind}}.json'],
      schemas,
    })
    expect(documents[0]?.resources[0]?.status).toBe('error')
    expect(misses).toEqual([{ kind: 'schema', reference: 'https://example.com/widget.json' }])
  })

  it('leaves the tree of schemas for nothing', async () => {
    const { documents } = await kubeconform.validate([widget(1)], {
      schemaLocations: ['../{{.ResourceKind}}.json'],
      schemas,
    })
    expect(documents[0]?.resources[0]).toMatchObject({
      status: 'error',
      message: 'schema /../widget.json is outside the tree',
    })
  })

  it('takes no location for all locations', async () => {
    const rejected = kubeconform.validate([widget(1)], { schemaLocations: [], schemas })
    await expect(rejected).rejects.toThrow(KubeconformError)
    await expect(rejected).rejects.toMatchObject({ code: 'bad-request' })
  })
})
