package operations

import (
	"encoding/json"
	"testing"

	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/write"
)

// deployment is of the size that charts make: two containers, probes, volumes.
const deployment = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","labels":{"app":"web","tier":"front"}},
"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}},
"template":{"metadata":{"labels":{"app":"web","tier":"front"},"annotations":{"prometheus.io/scrape":"true"}},
"spec":{"serviceAccountName":"web","securityContext":{"runAsNonRoot":true,"fsGroup":1000},
"containers":[{"name":"web","image":"registry.example/web:1.0.0","args":["--port","8080"],
"ports":[{"name":"http","containerPort":8080},{"name":"metrics","containerPort":9090}],
"env":[{"name":"LEVEL","value":"info"},{"name":"POD","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},{"name":"TOKEN","valueFrom":{"secretKeyRef":{"name":"web","key":"token"}}}],
"resources":{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"memory":"256Mi"}},
"livenessProbe":{"httpGet":{"path":"/healthz","port":"http"}},"readinessProbe":{"httpGet":{"path":"/ready","port":"http"}},
"volumeMounts":[{"name":"config","mountPath":"/etc/web"},{"name":"tmp","mountPath":"/tmp"}]},
{"name":"proxy","image":"registry.example/proxy:2.0.0","ports":[{"name":"proxy","containerPort":8443}],"volumeMounts":[{"name":"tmp","mountPath":"/tmp"}]}],
"volumes":[{"name":"config","configMap":{"name":"web"}},{"name":"tmp","emptyDir":{}}]}}}}`

func changedDeployment(t testing.TB) json.RawMessage {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(deployment), &object); err != nil {
		t.Fatal(err)
	}
	object["spec"].(map[string]any)["replicas"] = 3
	object["metadata"].(map[string]any)["labels"].(map[string]any)["tier"] = "edge"
	changed, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func BenchmarkDeployment(b *testing.B) {
	New()
	changed := changedDeployment(b)
	requests := map[string]write.Request{
		"create":        {Operation: write.Create, Object: changed},
		"update":        {Operation: write.Update, Object: changed, Old: json.RawMessage(deployment)},
		"update/client": {Operation: write.Update, Object: changed, Old: json.RawMessage(deployment), Apply: write.Client},
		"update/server": {Operation: write.Update, Object: changed, Old: json.RawMessage(deployment), Apply: write.Server},
	}
	c := cluster.New()
	for _, name := range []string{"create", "update", "update/client", "update/server"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				result, err := write.Run(c, requests[name])
				if err != nil || len(result.Findings) > 0 {
					b.Fatal(err, result.Findings)
				}
			}
		})
	}
}
