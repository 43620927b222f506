import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { minorOf, translateFlags } from '../../src/command/kubeconform-flags.ts'
import { folder, preadmit, root, validated, validatedText } from './harness.ts'

const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: wrong}\nspec: {ports: [{port: 0}]}\n'
const widget = 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 3}\n'
const definition = (kind: string, extra = ''): string => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${kind.toLowerCase()}s.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: ${kind.toLowerCase()}s, singular: ${kind.toLowerCase()}, kind: ${kind}, listKind: ${kind}List}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {size: {type: integer, maximum: 5${extra}}}}}
`

describe('how flags are written', () => {
  it.each<[string[], string[]]>([
    [
      ['-strict', 'a.yaml'],
      ['--strict', 'a.yaml'],
    ],
    [['--strict=true', '-summary=false'], ['--strict']],
    [
      ['-skip=Pod,Job', '-reject', 'Secret'],
      ['--skip', 'Pod,Job', '--reject', 'Secret'],
    ],
    [['-n=3'], ['-n', '3']],
    [
      ['-output', 'json', '-'],
      ['--output', 'json', '-'],
    ],
    [
      ['-schema-location', 'a={{.Group}}', '-schema-location=b'],
      ['--schema-location', 'a={{.Group}}', '--schema-location', 'b'],
    ],
    [['-v'], ['--version']],
    [
      ['--crds', 'a', 'b'],
      ['--crds', 'a', 'b'],
    ],
    [
      ['x', '--crds', 'a', 'b', '--format', 'json', 'c'],
      ['x', '--crds', 'a', '--crds', 'b', '--format', 'json', 'c'],
    ],
    [
      ['--', '-strict'],
      ['--', '-strict'],
    ],
  ])('%j', (given, expected) => {
    expect(translateFlags(given)).toEqual(expected)
  })

  it.each([
    ['1.33', '1.33'],
    ['v1.33', '1.33'],
    ['1.33.2', '1.33'],
    ['master', '1.37'],
  ])('Kubernetes %s', (given, minor) => {
    expect(minorOf(given, '1.37')).toBe(minor)
  })

  it.each<[string[], RegExp]>([
    [['-cache', '/x', '.'], /-cache has no meaning here: nothing is downloaded/],
    [['-insecure-skip-tls-verify', '.'], /leave the flag out/],
    [['-debug', '.'], /-verbose/],
    [['-strict=maybe', '.'], /true or false/],
    [['.', '-skip'], /-skip needs a value/],
    [['-kubernetes-version', '2', '.'], /no Kubernetes version.*1\.\d+/],
    [['-schema-location', 'https://example.com/{{.Group}}.json', '.'], /fetches nothing.*--crds/],
    [['-schema-location', 'nowhere/{{.Group}}.json', '.'], /leads to no directory/],
    [['-ignore-filename-pattern', '(', '.'], /ignore-filename-pattern/],
    [['-n', '0', '.'], /number of workers/],
    [['-output', 'xml', '.'], /json, junit, pretty, tap, text/],
    [['--format', 'json', '-output', 'json', '.'], /exclude each other/],
    [['-summery', '.'], /--summary/],
  ])('%j is refused', async (args, says) => {
    const { status, err, out } = await preadmit(['validate', ...args], {
      directory: folder({ 'a.yaml': widget }),
    })
    expect([status, out]).toEqual([2, ''])
    expect(err).toMatch(says)
  })

  it('prints version and help', async () => {
    expect((await preadmit(['validate', '-v'])).out).toMatch(/^\d+\.\d+\.\d+/)
    const help = await preadmit(['validate', '-h'])
    expect([help.status, help.out]).toEqual([
      0,
      expect.stringMatching(/--crds[\s\S]*kubeconform[\s\S]*--skip/),
    ])
  })
})

describe('which documents count', () => {
  const directory = folder({
    'a.yaml': configMap('fine'),
    'b.yaml': service,
    'gen/c.yaml': widget,
    'z.yaml': service,
  })
  const counts = async (...args: string[]): Promise<[number, object]> => {
    const { status, validation } = await validated(['.', ...args], { directory })
    return [status, validation.counts]
  }

  it('skips kinds, and versions of kinds', async () => {
    expect(await counts('-skip', 'Service,Widget')).toMatchObject([0, { accepted: 1, skipped: 3 }])
    expect(await counts('-skip', 'v1/Service', '-skip', 'example.com/v1/Widget')).toMatchObject([
      1,
      { rejected: 2 },
    ])
  })
  it('refuses kinds', async () => {
    const { documents } = await validated(['a.yaml', '-reject', 'ConfigMap,Pod'], { directory })
    expect(documents[0]?.findings).toMatchObject([
      {
        rule: 'config/prohibited-kind',
        message: 'prohibited resource kind ConfigMap',
        location: { line: 2 },
      },
    ])
  })
  it('leaves files out by pattern', async () => {
    expect(await counts('-ignore-filename-pattern', '^(b|z)\\.yaml$')).toMatchObject([2, { files: 2 }])
    expect(
      await counts('-ignore-filename-pattern', '[bz]\\.yaml', '-ignore-filename-pattern', '^gen/'),
    ).toMatchObject([0, { files: 1 }])
  })
  it('is incomplete over kinds that nobody knows, unless told otherwise', async () => {
    const unknown = await validated(['gen'], { directory })
    expect([unknown.status, unknown.documents[0]?.reason?.code]).toEqual([2, 'unknown-kind'])
    const ignored = await validated(['gen', '-ignore-missing-schemas'], { directory })
    expect([ignored.status, ignored.documents[0]?.skipped]).toEqual([0, true])
  })
  it('stops at the first document that is not accepted', async () => {
    const { documents } = await validated(['.', '-exit-on-error'], { directory })
    expect(documents.map(({ file }) => file)).toEqual(['./a.yaml', './b.yaml'])
  })
  it('takes one worker, and more than there are cores', async () => {
    expect(await counts('-n', '1')).toEqual(await counts('-n', '64'))
  })
})

describe('--old', () => {
  const claim = (size: string, kind = 'PersistentVolumeClaim'): string =>
    `apiVersion: v1\nkind: ${kind}\nmetadata: {name: data, namespace: shop}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: ${size}}}}\n`
  const directory = folder({
    'old.yaml': `${claim('2Gi')}---\n${configMap('gone')}`,
    'new.yaml': `${claim('1Gi')}---\n${configMap('fresh')}`,
    'implicit.yaml': configMap('same'),
    'explicit.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same, namespace: default}\n',
    'broken.yaml': 'a: [\n',
  })

  it('judges what is on both sides as an update, and nothing that is only in old', async () => {
    const { documents } = await validated(['new.yaml', '--old', 'old.yaml'], { directory })
    expect(documents.map(({ object, operation, verdict }) => [object?.name, operation, verdict])).toEqual([
      ['data', 'UPDATE', 'rejected'],
      ['fresh', 'CREATE', 'accepted'],
    ])
    expect(documents[0]?.findings[0]).toMatchObject({ source: 'safety', rule: 'safety/shrinking-volume' })
  })
  it('takes no namespace for default', async () => {
    const { documents } = await validated(['implicit.yaml', '--old', 'explicit.yaml'], { directory })
    expect(documents[0]?.operation).toBe('UPDATE')
  })
  it('does not pass when old could not be read', async () => {
    const { status, validation } = await validated(['implicit.yaml', '--old', 'broken.yaml'], { directory })
    expect([status, validation.notices.join()]).toEqual([2, expect.stringMatching(/--old broken\.yaml/)])
  })
})

describe('custom resources', () => {
  const directory = folder({
    'widget.yaml': widget,
    'large.yaml': widget.replace('3', '9'),
    'crds/widget.yaml': definition('Widget'),
    'crds/gadget.yaml': definition('Gadget'),
    'crds/app.yaml': configMap('ignored'),
    'array.json': JSON.stringify([
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'widgets.example.com' },
        spec: {
          group: 'example.com',
          scope: 'Namespaced',
          names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          ],
        },
      },
    ]),
    'broken-crd.yaml': definition('Widget', ', $ref: "#/definitions/size"'),
    'schemas/example.com/widget_v1.json': JSON.stringify({
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer', maximum: 5 } } } },
    }),
  })
  const verdicts = async (...args: string[]): Promise<unknown> => {
    const { documents } = await validated(args, { directory })
    return documents.map(({ file, verdict }) => [file, verdict])
  }

  it('are known by --crds: folders, several, a JSON array', async () => {
    const expected = [
      ['widget.yaml', 'accepted'],
      ['large.yaml', 'rejected'],
    ]
    expect(await verdicts('widget.yaml', 'large.yaml', '--crds', 'crds')).toEqual(expected)
    expect(
      await verdicts('widget.yaml', 'large.yaml', '--crds', 'crds/gadget.yaml', 'crds/widget.yaml'),
    ).toEqual(expected)
    expect(await verdicts('--crds', 'crds/widget.yaml', 'widget.yaml', 'large.yaml')).toEqual(expected)
    const array = await validated(['widget.yaml', '--crds', 'array.json'], { directory })
    expect(array.documents[0]?.verdict).toBe('accepted')
  })
  it('are known by definitions among the paths, which win', async () => {
    expect(await verdicts('large.yaml', 'crds/widget.yaml', '--crds', 'array.json')).toEqual([
      ['large.yaml', 'rejected'],
      ['crds/widget.yaml', 'accepted'],
    ])
  })
  it('say that their definition cannot be used', async () => {
    const { documents, status } = await validated(['widget.yaml', '--crds', 'broken-crd.yaml'], { directory })
    expect(status).toBe(2)
    expect(documents[0]).toMatchObject({ verdict: 'unknown', reason: { code: 'unknown-kind' } })
    expect(documents[0]?.reason?.message).toMatch(
      /CustomResourceDefinition widgets\.example\.com cannot be used/,
    )
  })
  it('are known by schema locations', async () => {
    const location = 'schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'
    for (const given of [location, join(directory, location)])
      expect(
        await verdicts('widget.yaml', 'large.yaml', '-schema-location', 'default', '-schema-location', given),
      ).toEqual([
        ['widget.yaml', 'accepted'],
        ['large.yaml', 'rejected'],
      ])
  })
})

describe('--kubernetes', () => {
  const directory = folder({
    'policy.yaml': 'apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: a}\n',
    'name.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: 1web}\nspec: {ports: [{port: 80}]}\n',
  })
  it('judges by the rules of the minor, and says whose', async () => {
    const now = await validated(['name.yaml'], { directory })
    const then = await validated(['name.yaml', '--kubernetes', '1.35'], { directory })
    expect([now.documents[0]?.verdict, then.documents[0]?.verdict]).toEqual(['accepted', 'rejected'])
    expect(then.validation.kubernetes).toEqual({ declared: '1.35', judgedBy: '1.35' })
  })
  it('leaves out rules that came later without a gate', async () => {
    const given = folder({
      'image.yaml':
        'apiVersion: v1\nkind: PodTemplate\nmetadata: {name: a}\ntemplate: {spec: {containers: [{name: a, image: a}], volumes: [{name: v, image: {}}]}}\n',
      'init.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {initContainers: [{name: i, image: a, resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}], containers: [{name: a, image: a}]}\n',
    })
    const verdicts = async (minor: string): Promise<unknown> =>
      (await validated(['.', '--kubernetes', minor], { directory: given })).documents.map(
        ({ verdict }) => verdict,
      )
    expect(await verdicts('1.35')).toEqual(['accepted', 'accepted'])
    expect(await verdicts('1.36')).toEqual(['accepted', 'rejected'])
    expect(await verdicts('1.37')).toEqual(['rejected', 'rejected'])
  })
  it('knows the kinds of the minor', async () => {
    const { documents } = await validated(['policy.yaml', '-kubernetes-version', '1.33.0'], { directory })
    expect(documents[0]?.findings[0]?.rule).toBe('schema/removed-kind')
  })
  it('tells shapes from rules where the minor is not emulated', async () => {
    const { validation } = await validated(['name.yaml', '--kubernetes', '1.28'], { directory })
    expect(validation.kubernetes.declared).toBe('1.28')
    expect(validation.kubernetes.judgedBy).toMatch(/^1\.3\d$/)
    const old = await validated(['name.yaml', '--kubernetes', '1.12'], { directory })
    expect(old.validation.notices.join()).toMatch(/1\.12 is older than the oldest embedded schemas/)
  })

  it.each([
    ['1.32', 0],
    ['1.33', 1],
  ])('%s: a deprecation of 1.33 is told %d times', async (minor, times) => {
    const { documents } = await validatedText(
      'apiVersion: v1\nkind: Endpoints\nmetadata: {name: a}\n',
      '--kubernetes',
      minor,
    )
    expect(documents[0]?.verdict).toBe('accepted')
    expect(documents[0]?.findings.filter(({ message }) => message.includes('is deprecated in'))).toHaveLength(
      times,
    )
  })
})

describe('docs/validate.md', () => {
  const page = readFileSync(join(root, 'docs/validate.md'), 'utf8')
  // kubeconform v0.8, pkg/config/config.go.
  const flags =
    'cache debug exit-on-error h ignore-filename-pattern ignore-missing-schemas insecure-skip-tls-verify kubernetes-version n output reject schema-location skip strict summary v verbose'
  it.each(flags.split(' '))('tells what becomes of -%s', (flag) => {
    expect(page).toMatch(new RegExp(`\`-${flag}[ \`,]`))
  })
  it.each(['old', 'crds', 'kubernetes', 'format'])('shows --%s', (option) => {
    expect(page).toContain(`--${option} `)
  })
})

describe('--server-side', () => {
  const deployment = (spec: string, env: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  ${spec}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, env: [${env}]}]}
`
  const directory = folder({
    'old.yaml': deployment('replicas: 1', '{name: A, value: a}'),
    'duplicate.yaml': deployment('replicas: 1', '{name: A, value: a}, {name: A, value: b}'),
    'recreate.yaml': deployment('strategy: {type: Recreate}', '{name: A, value: a}'),
  })
  it.each([
    ['duplicate.yaml', [], 'accepted'],
    ['duplicate.yaml', ['--server-side'], 'rejected'],
    ['duplicate.yaml', ['--server-side', '--old', 'old.yaml'], 'rejected'],
    ['recreate.yaml', ['--old', 'old.yaml'], 'accepted'],
    ['recreate.yaml', ['--server-side', '--old', 'old.yaml'], 'rejected'],
  ])('%s %j: %s', async (file, flags, verdict) => {
    const { documents } = await validated([file, ...flags], { directory })
    expect(documents[0]?.verdict).toBe(verdict)
  })
})
