{{- define "notifier.labels" -}}
app.kubernetes.io/name: notifier
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
acme.example/team: platform
acme.example/environment: {{ .Values.environment }}
{{- end -}}
