import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, preadmit, validated, validatedText } from './harness.ts'

const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`

describe('files', () => {
  const directory = folder({
    'a.yaml': `${configMap('one')}---\n# only a comment\n---\n${configMap('two')}`,
    'sub/b.yml': configMap('three'),
    'sub/c.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"four"}}',
    'sub/.git/config.yaml': configMap('never'),
    'README.md': 'no manifest',
    'named.txt': configMap('five'),
  })

  it('walks directories, names files as given and numbers documents', async () => {
    const { documents } = await validated(['a.yaml', './sub', 'named.txt'], { directory })
    expect(documents.map(({ file, index, object }) => [file, index, object?.name])).toEqual([
      ['a.yaml', 0, 'one'],
      ['a.yaml', 1, 'two'],
      ['./sub/b.yml', 0, 'three'],
      ['./sub/c.json', 0, 'four'],
      ['named.txt', 0, 'five'],
    ])
  })
  it('reads a file once that is named twice', async () => {
    const { documents } = await validated(['a.yaml', directory, 'a.yaml'], { directory })
    expect(documents.filter(({ file }) => file === 'a.yaml')).toHaveLength(2)
    expect(documents.map(({ file }) => file)).toContain(join(directory, 'sub/c.json'))
  })
  it('reads standard input, named or not', async () => {
    const named = await validated(['-'], { input: configMap('piped') })
    const unnamed = await validated([], { input: configMap('piped') })
    expect(named.documents).toEqual(unnamed.documents)
    expect(named.documents[0]).toMatchObject({ file: '-', index: 0, verdict: 'accepted' })
  })
  it('does not pass when the pipe was empty', async () => {
    const { status, documents } = await validated(['-'], { input: '' })
    expect([status, documents[0]?.reason?.code]).toEqual([2, 'empty'])
  })
  it('does not wait for a keyboard', async () => {
    const { status, err } = await preadmit(['validate'])
    expect(status).toBe(2)
    expect(err).toMatch(/name files or directories/)
  })
  it('says that a path does not exist', async () => {
    const { status, err, out } = await preadmit(['validate', 'a.yaml', 'nowhere'], { directory })
    expect([status, out]).toEqual([2, ''])
    expect(err).toMatch(/nowhere does not exist/)
  })
  it('says that there was nothing', async () => {
    const { status, err } = await preadmit(['validate', folder({ 'README.md': '' })])
    expect(status).toBe(0)
    expect(err).toMatch(/no manifests/)
  })
})

describe('documents', () => {
  it('refuses a list of objects, which no client reads, and skips other lists', async () => {
    const directory = folder({
      'bare.json': '[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}]',
      'patch.json': '[{"op":"remove","path":"/a"}]',
      'data.json': '[{"apiVersion":"v1","kind":"ConfigMap"}]',
      'kustomization.yaml': 'configMapGenerator: [{name: c, files: [data.json]}]\n',
    })
    const { documents } = await validated(['.'], { directory })
    expect(documents.map(({ file, verdict, skipped }) => [file, skipped ? 'skipped' : verdict])).toEqual([
      ['./bare.json', 'rejected'],
      ['./data.json', 'skipped'],
      ['./kustomization.yaml', 'skipped'],
      ['./patch.json', 'skipped'],
    ])
    expect(documents[0]?.findings[0]?.message).toMatch(/items of a List/)
  })
  it('opens Lists, typed ones too', async () => {
    const { documents } = await validatedText(`apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: fine}}
  - {apiVersion: v1, kind: Service, metadata: {name: wrong}, spec: {ports: [{port: 0}]}}
---
apiVersion: v1
kind: ConfigMapList
items:
  - {metadata: {name: typed}, data: {n: 1}}
`)
    expect(documents.map(({ index, item, object, verdict }) => [index, item, object?.kind, verdict])).toEqual(
      [
        [0, 0, 'ConfigMap', 'accepted'],
        [0, 1, 'Service', 'rejected'],
        [1, 0, 'ConfigMap', 'rejected'],
      ],
    )
    expect(documents[1]?.findings[0]?.location).toEqual({ file: '-', line: 5 })
    expect(documents[2]?.findings[0]?.location).toEqual({ file: '-', line: 10 })
  })

  it('points at the line of the field, or of its nearest parent', async () => {
    const { documents } = await validatedText(`${configMap('first')}---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
spec:
  selector:
    matchLabels: {app: app}
  template:
    metadata:
      labels: {app: app}
    spec:
      containers:
        - name: app
          imagge: nginx
`)
    expect(documents[1]?.findings.map(({ path, location }) => [path, location?.line])).toEqual([
      ['spec.template.spec.containers[0].image', 17],
      ['spec.template.spec.containers[0].imagge', 18],
    ])
  })

  it('makes one finding of a shape error and a semantic error of one field', async () => {
    const { documents } = await validatedText(
      'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: "80"}]}\n',
    )
    expect(documents[0]?.findings.map(({ path }) => path)).toEqual(['spec.ports[0].port'])
  })

  it('warns without rejecting', async () => {
    const { documents, status } = await validatedText(`apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
    - name: a
      image: a
      env: [{name: A, value: "1"}, {name: A, value: "2"}]
`)
    expect([status, documents[0]?.verdict]).toEqual([0, 'accepted'])
    expect(documents[0]?.findings.map(({ level }) => level)).toEqual(['advisory'])
  })
})

describe('what is no object', () => {
  const directory = folder({
    'app/kustomization.yaml':
      'resources: [deployment.yaml]\npatches: [{path: patch.yaml}, {path: json.yaml, target: {kind: Deployment}}, old.yaml]\n',
    'app/old.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {paused: true}\n',
    'app/patch.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {replicas: 2}\n',
    'app/json.yaml': '- {op: remove, path: /spec/replicas}\n',
    'app/nameless.yaml': 'metadata: {name: app}\nspec: {replicas: 2}\n',
    'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
    'chart/values.yaml': 'replicas: 2\n',
    'chart/templates/quoted.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "{{ .Values.replicas }}"}\n',
    'chart/templates/plain.yaml': configMap('plain'),
    'loose/broken-template.yaml': 'kind: ConfigMap\nmetadata:\n  {{- include "labels" . | nindent 2 }}\n',
    'loose/named.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\n',
    'loose/variable.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "${cluster}"}\n',
    'loose/dashboard.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dashboard}\ndata: {a: "{{ $labels.pod }}"}\n',
    'loose/sops.yaml':
      'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: "ENC[AES256_GCM,data:x]"}\nsops: {mac: x}\n',
    'loose/empty.yaml': '',
    'loose/comment.yaml': '# nothing\n',
    'loose/scalar.yaml': 'hello\n',
    'loose/kind.yaml': 'apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n',
    'loose/empty-list.yaml': 'apiVersion: v1\nkind: List\nitems: []\n',
  })

  it.each([
    ['app/kustomization.yaml', 'not-an-object', true],
    ['app/patch.yaml', 'not-an-object', true],
    ['app/json.yaml', 'not-an-object', true],
    ['app/old.yaml', 'not-an-object', true],
    ['app/nameless.yaml', 'not-an-object', true],
    ['chart/Chart.yaml', 'not-an-object', true],
    ['chart/values.yaml', 'not-an-object', true],
    ['chart/templates/quoted.yaml', 'template', false],
    ['loose/broken-template.yaml', 'template', false],
    ['loose/named.yaml', 'template', false],
    ['loose/variable.yaml', 'template', false],
    ['loose/sops.yaml', 'encrypted', false],
    ['loose/empty.yaml', 'empty', true],
    ['loose/comment.yaml', 'empty', true],
    ['loose/scalar.yaml', 'not-an-object', true],
    ['loose/kind.yaml', 'not-an-object', true],
    ['loose/empty-list.yaml', 'empty', true],
  ])('%s: %s', async (path, code, skipped) => {
    const { documents, validation } = await validated(['app', 'chart', 'loose'], { directory })
    const document = documents.find(({ file }) => file === path)
    expect(document).toMatchObject({ verdict: 'unknown', skipped, reason: { code }, findings: [] })
    expect(document?.reason?.message).not.toBe('')
    expect(validation.verdict).toBe('incomplete')
  })

  it('knows a chart from inside, too', async () => {
    const named = await validated(['templates/quoted.yaml'], { directory: join(directory, 'chart') })
    const inside = await validated(['.'], { directory: join(directory, 'chart/templates') })
    expect(named.documents[0]?.reason?.code).toBe('template')
    expect(inside.documents.map(({ file, verdict }) => [file, verdict])).toEqual([
      ['./plain.yaml', 'accepted'],
      ['./quoted.yaml', 'unknown'],
    ])
  })

  it('still judges what only looks like one', async () => {
    const { documents } = await validated(['chart/templates/plain.yaml', 'loose/dashboard.yaml'], {
      directory,
    })
    expect(documents.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted'])
  })

  it('does not fail over fragments alone', async () => {
    const { status } = await validated(['app/kustomization.yaml', 'chart/values.yaml'], { directory })
    expect(status).toBe(0)
  })
})

describe('what a kustomization builds with', () => {
  const incomplete =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec:\n  selector: {matchLabels: {app: app}}\n' +
    '  template:\n    metadata: {labels: {app: app}}\n    spec: {containers: [{name: app}]}\n'
  const directory = folder({
    'base/kustomization.yaml': 'resources: [deployment.yaml, settings.yaml]\n',
    'base/deployment.yaml': incomplete,
    'base/settings.yaml': configMap('settings'),
    'base/loose.yaml': incomplete,
    'part/kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [deployment.yaml]\n',
    'part/deployment.yaml': incomplete,
    'broken/kustomization.yaml': 'resources: [broken.yaml]\n',
    'broken/broken.yaml': 'kind: [\n',
    'overlay/kustomization.yaml': 'resources: [../base]\n',
  })

  it('is never rejected, and what it lacks is told', async () => {
    const { documents, status } = await validated(['base', 'part', 'overlay'], { directory })
    const said = documents.flatMap(({ file, verdict, reason, findings }) =>
      verdict === 'unknown' && reason?.code !== 'fragment'
        ? []
        : [[file, verdict, ...findings.map(({ level, path }) => `${level} ${path}`)]],
    )
    expect(said).toEqual([
      ['base/deployment.yaml', 'unknown', 'advisory spec.template.spec.containers[0].image'],
      ['base/loose.yaml', 'rejected', 'required spec.template.spec.containers[0].image'],
      ['base/settings.yaml', 'accepted'],
      ['part/deployment.yaml', 'unknown', 'advisory spec.template.spec.containers[0].image'],
    ])
    expect(status).toBe(1)
  })
  it('does not look green', async () => {
    const { status, documents } = await validated(['part'], { directory })
    const [deployment] = documents
    expect(deployment).toMatchObject({ verdict: 'unknown', skipped: false, reason: { code: 'fragment' } })
    expect(deployment?.reason?.message).toMatch(/^part\/kustomization\.yaml builds with it/)
    expect(status).toBe(2)
  })
  it('is whole when it is named', async () => {
    const { documents, status } = await validated(['base/deployment.yaml', 'base'], { directory })
    expect(documents[0]).toMatchObject({ file: 'base/deployment.yaml', verdict: 'rejected' })
    expect(status).toBe(1)
  })
  it('must be YAML all the same', async () => {
    const { status } = await validated(['broken'], { directory })
    expect(status).toBe(1)
  })
})

describe('secrets', () => {
  it('never stand in a message, whatever is wrong', async () => {
    const secret = 'correct-horse-battery-staple'
    const text = `apiVersion: v1
kind: Secret
metadata: {name: a}
type: kubernetes.io/dockerconfigjson
data:
  .dockerconfigjson: ${Buffer.from(secret).toString('base64')}
  broken: "${secret} is no base64"
stringData: {number: 4711471147114711}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: "${secret} ${secret}"}
data: {list: ["${secret}"]}
---
apiVersion: v1
kind: Secret
metadata: {name: b}
stringData: {password: ${secret}}
`
    for (const format of ['json', 'terminal', 'sarif', 'junit']) {
      const { out, status } = await preadmit(['validate', '--format', format], { input: text })
      expect(status).toBe(1)
      // The name of an object is no value: it names the object in every report.
      const messages = out.replaceAll(`${secret} ${secret}`, '(name)')
      expect(messages).not.toContain(secret)
      expect(messages).not.toContain(Buffer.from(secret).toString('base64'))
      expect(messages).not.toContain('4711471147114711')
    }
  })
})

describe('objects that nobody can name', () => {
  it.each([
    ['kind', 'apiVersion: apps/v1\nmetadata: {name: web}\nspec: {}\n', "Object 'Kind' is missing"],
    ['apiVersion', 'kind: Deployment\nmetadata: {name: web}\n', "Object 'apiVersion' is missing"],
    ['an empty kind', 'apiVersion: v1\nkind: ""\nmetadata: {name: web}\n', "Object 'Kind' is missing"],
  ])('refuses one without %s, as every client does', async (_, input, message) => {
    const { documents } = await validatedText(`${configMap('before')}---\n${input}`)
    expect(documents[1]).toMatchObject({
      verdict: 'rejected',
      findings: [{ message, location: { file: '-', line: 5 } }],
    })
  })
  it('takes what has no name either for a file of another tool', async () => {
    const { documents, status } = await validatedText('kind: pipeline\nsteps: []\n')
    expect([status, documents[0]?.reason?.code]).toEqual([0, 'not-an-object'])
  })
  it('leaves a patch without a kind to its kustomization', async () => {
    const directory = folder({
      'kustomization.yaml': 'resources: []\npatches:\n  - path: patch.yaml\n    target: {kind: Deployment}\n',
      'patch.yaml': 'apiVersion: apps/v1\nmetadata: {name: web}\nspec: {replicas: 2}\n',
    })
    const { documents } = await validated(['.'], { directory })
    expect(documents.map(({ verdict, skipped }) => [verdict, skipped])).toEqual([
      ['unknown', true],
      ['unknown', true],
    ])
  })
})

describe('kinds that the server code here cannot judge', () => {
  const bundle =
    'apiVersion: certificates.k8s.io/v1beta1\nkind: ClusterTrustBundle\nmetadata: {name: a}\nspec: {trustBundle: x}\n'
  const autoscaler = `apiVersion: autoscaling/v2beta2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: a}}
`
  it('leaves a version open that a default server does not serve', async () => {
    const { documents, status } = await validatedText(bundle)
    expect([status, documents[0]?.verdict, documents[0]?.reason?.code]).toEqual([
      2,
      'unknown',
      'unknown-kind',
    ])
    expect(documents[0]?.reason?.message).toMatch(/^a default API server does not serve this version/)
    expect((await validatedText(bundle, '--ignore-missing-schemas')).status).toBe(0)
  })
  it('still refuses what does not fit its schema', async () => {
    const { documents } = await validatedText(bundle.replace('trustBundle', 'bundle'))
    expect(documents[0]?.verdict).toBe('rejected')
  })
  it('says that only fields were checked where the embedded server has lost a version', async () => {
    const { documents } = await validatedText(autoscaler, '--kubernetes', '1.25')
    expect(documents[0]?.verdict).toBe('accepted')
    expect(documents[0]?.findings.map(({ rule, level }) => [rule, level])).toContainEqual([
      'schema/only-shape',
      'advisory',
    ])
  })
})
