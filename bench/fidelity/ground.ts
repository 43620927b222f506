import type { Files } from './case.ts'

const chart = (name: string, extra = ''): string =>
  `apiVersion: v2\nname: ${name}\nversion: 1.2.3\nappVersion: "4.5"\n${extra}`

/** The repository that generated definitions deploy from: a bit of everything that a rule of Argo CD or Flux looks at. */
export const ground: Files = {
  'charts/web/Chart.yaml': chart('web'),
  'charts/web/values.yaml':
    'image: {repository: nginx, tag: "1.25"}\nreplicas: 1\nlist: [1, 2]\nnested: {a: 1, b: {c: x}}\nextra: {}\nservice: true\n',
  'charts/web/values-dev.yaml': 'replicas: 2\nnested: {b: {c: dev}}\n',
  'charts/web/values-prod.yaml': 'replicas: 3\nlist: [9]\nnested: {a: null, p: "1"}\n',
  'charts/web/env/a.yaml': 'extra: {a: "1"}\n',
  'charts/web/env/b.yaml': 'extra: {b: "2"}\n',
  'charts/web/env/deep/c.yaml': 'extra: {c: "3"}\n',
  'charts/web/files/note.txt': 'a note, with a comma\n',
  'charts/web/crds/things.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec:\n  group: example.com\n  scope: Cluster\n  names: {kind: Thing, plural: things}\n  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]\n',
  'charts/web/templates/_helpers.tpl':
    '{{- define "web.labels" -}}\napp: {{ .Release.Name }}\nchart: {{ .Chart.Name }}-{{ .Chart.Version }}\n{{- end }}\n',
  'charts/web/templates/all.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-facts
  labels: {{- include "web.labels" . | nindent 4 }}
data:
  values: {{ .Values | toJson | quote }}
  release: "{{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.IsInstall }} {{ .Release.IsUpgrade }} {{ .Release.Revision }} {{ .Release.Service }}"
  kube: {{ .Capabilities.KubeVersion.Version | quote }}
  monitoring: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" | quote }}
  note: {{ .Files.Get "files/note.txt" | quote }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {{- include "web.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
---
{{- if .Values.service }}
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: 80}]}
{{- end }}
`,
  'charts/web/templates/hooks.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations: {"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-weight": "-5"}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: m, image: busybox}]}}}
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: {"helm.sh/hook": test}
spec: {containers: [{name: t, image: busybox}]}
`,
  'charts/web/templates/NOTES.txt': 'Thank you for {{ .Release.Name }}\n',
  'charts/strict/Chart.yaml': chart('strict', 'kubeVersion: ">=1.20.0-0"\n'),
  'charts/strict/values.yaml': 'port: 80\n',
  'charts/strict/values.schema.json':
    '{"type":"object","properties":{"port":{"type":"integer"}},"required":["port"]}',
  'charts/strict/templates/s.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Values.name | default .Release.Name }}}\nspec: {ports: [{port: {{ .Values.port }}}]}\n',
  'charts/parent/Chart.yaml': chart(
    'parent',
    'dependencies:\n  - {name: child, version: 1.2.3, condition: child.enabled, alias: kid}\n',
  ),
  'charts/parent/values.yaml': 'global: {g: 1}\nchild: {enabled: true}\nkid: {color: red}\n',
  'charts/parent/charts/child/Chart.yaml': chart('child'),
  'charts/parent/charts/child/values.yaml': 'color: blue\nenabled: true\n',
  'charts/parent/charts/child/templates/c.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-{{ .Chart.Name }}}\ndata: {color: {{ .Values.color }}, global: {{ .Values.global | toJson | quote }}}\n',
  'charts/parent/templates/p.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-parent}\ndata: {v: {{ .Values | toJson | quote }}}\n',

  'vals/shared.yaml': 'shared: "yes"\nreplicas: 7\n',
  'vals/dev.yaml': 'nested: {shared: dev}\n',
  'vals/list.yaml': 'list: [a]\n',

  'kust/base/kustomization.yaml':
    'resources: [all.yaml]\nconfigMapGenerator: [{name: settings, literals: [a=1, b=2]}]\n',
  'kust/base/all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: api, labels: {app: api}}
spec:
  replicas: 1
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - {name: main, image: "nginx:1.25", envFrom: [{configMapRef: {name: settings}}]}
        - {name: side, image: "registry.example.com:5000/proxy:2"}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: api}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: default}]
---
apiVersion: v1
kind: Namespace
metadata: {name: team}
`,
  'kust/overlay/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: overlay\nresources: [../base]\nimages: [{name: nginx, newTag: "1.26"}]\nlabels: [{pairs: {tier: web}}]\npatches:\n  - {path: replicas.yaml}\n',
  'kust/overlay/replicas.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: {replicas: 4}\n',
  'kust/labelled/kustomization.yaml':
    'commonLabels: {own: "1"}\ncommonAnnotations: {note: base}\nnamePrefix: pre-\nreplicas: [{name: api, count: 5}]\nresources: [../base]\n',
  'kust/components/a/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - target: {kind: Deployment}\n    patch: "- {op: add, path: /metadata/annotations, value: {component: a}}"\n',
  'kust/components/b/kustomization.yml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [cm.yaml]\n',
  'kust/components/b/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-b}\ndata: {x: "1"}\n',
  'kust/broken/kustomization.yaml': 'resources: [nowhere.yaml]\n',

  'plain/one.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {k: v}\n---\n\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: made, namespace: odd}\n',
  'plain/two.yml':
    'apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: two-a}}\n  - {apiVersion: v1, kind: Secret, metadata: {name: two-b, namespace: elsewhere}}\n',
  'plain/three.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"three"}}',
  'plain/.hidden.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hidden}\n',
  'plain/notes.yaml': 'just: text\nnothing: here\n',
  'plain/sub/four.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: four}\n',
  'plain/sub/crd.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: gizmos.example.com}\nspec: {group: example.com, scope: Namespaced, names: {kind: Gizmo, plural: gizmos}, versions: []}\n---\napiVersion: example.com/v1\nkind: Gizmo\nmetadata: {name: g}\n',
  'plain/sub/deep/five.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {k: later}\n',
  'sonnet/main.jsonnet':
    'function(name="x", size=1) [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: name}, data: {size: std.toString(size), ext: std.extVar("ext")}}, (import "lib.libsonnet")]\n',
  'sonnet/lib.libsonnet': '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "lib"}}\n',

  'cfg/dev/config.yaml': 'name: dev\nsize: 1\nnested: {deep: {x: "1"}}\ntags: [a, b]\nenabled: true\n',
  'cfg/prod/config.yaml': 'name: prod\nsize: 3\nnested: {deep: {x: "2"}, more: null}\nratio: 1.5\n',
  'cfg/stage/config.json': '{"name":"stage","size":10000000,"list":[{"a":1},{"a":2}]}',
  'cfg/many.yaml': '- {name: m1, size: "1"}\n- {name: m2, size: "2"}\n',
  'cfg/two.yaml': 'name: first\n---\nname: second\n',
  'apps/alpha/x.txt': 'x',
  'apps/beta/x.txt': 'x',
  'apps/exclude-me/x.txt': 'x',
  'apps/group/Gamma_1/x.txt': 'x',
  'apps/.secret/x.txt': 'x',

  'flux/plain/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "a-${ENV:=none}", labels: {num: "${NUM}"}}\ndata:\n  v: ${VALUE}\n  d: ${MISSING:-fallback}\n  r: ${VALUE/a/b}\n  up: "${VALUE^^} ${#VALUE} ${VALUE:0:2}"\n  keep: $${KEEP} $PLAIN\n  multi: |\n    line ${MULTI}\n    n: ${NUM}\n',
  'flux/plain/b.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\ndata: {s: "if [ ${x ] ; then ${VALUE}"}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: ${NUM:=2}\n  selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "nginx:${TAG:=1}"}]}}\n',
  'flux/plain/sub/kustomization.yaml': 'resources: [c.yaml]\nnameSuffix: -sub\n',
  'flux/plain/sub/c.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nstringData: {p: "${PASSWORD}"}\n',
  'flux/plain/other/d.yml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: d}\n',
  'flux/plain/ignored.json': '{"not": "an object"}',
  'flux/kz/kustomization.yaml':
    'resources: [../../kust/base]\nimages: [{name: nginx, newTag: "1.26", newName: mirror/nginx}]\ncomponents: []\n',
  'flux/bad/values.yaml': 'replicas: 3\n',
  'flux/empty/readme.md': 'nothing\n',
  'flux/comp/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {comp: "${ENV:=no}"}}]\n',
}

/** Data that the cluster of generated Flux definitions holds. */
export const groundData = {
  'ConfigMap/vars': { ENV: 'dev', VALUE: 'banana', NUM: '12', MULTI: 'one\ntwo' },
  'ConfigMap/more': { ENV: 'more', TAG: '1.27', NUM: 'true' },
  'Secret/secret': { PASSWORD: 'p@ss: "word"', VALUE: 'secret' },
  'ConfigMap/values': {
    'values.yaml': 'replicas: 5\nnested: {b: {c: from-cm}}\n',
    'other.yaml': 'list: [x, y]\nextra: {k: v}\n',
    number: '42',
    text: 'a,b',
    flag: 'true',
    broken: 'a: [1',
    quoted: '"12"',
    list: '{a,1,true}',
    json: '{"a": [1, "x,y"]}',
    empty: '',
    multi: 'one\ntwo: x\n',
    null: 'null',
  },
  'Secret/values': { 'values.yaml': 'image: {tag: "9"}\n', password: 'hunter2' },
} as const
