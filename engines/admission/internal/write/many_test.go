package write

import (
	"fmt"
	"testing"
	"time"

	"preadmit.dev/engines/admission/internal/cluster"
)

// TestManyErrors writes a Service with so many wrong ports that any work per pair of errors would show.
func TestManyErrors(t *testing.T) {
	const wrong = 10_000
	c := cluster.New()
	ports := make([]any, wrong)
	for i := range ports {
		ports[i] = map[string]any{"name": fmt.Sprintf("P_%d", i), "port": 70000 + i, "protocol": "NONE"}
	}
	object := text(t, map[string]any{
		"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "many"},
		"spec": map[string]any{"ports": ports},
	})
	for _, request := range []Request{
		{Operation: Create, Object: object},
		{Operation: Update, Object: object, Old: object},
		{Operation: Update, Object: object, Old: object, Apply: Server},
	} {
		start := time.Now()
		result, err := Run(c, request)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s %s: %d findings in %v", request.Operation, request.Apply, len(result.Findings), time.Since(start))
		if len(result.Findings) < wrong {
			t.Errorf("%s %s: only %d findings", request.Operation, request.Apply, len(result.Findings))
		}
	}
}

// TestUnmergeable writes a list entry without the key by which a client merges it: only the entry is wrong.
func TestUnmergeable(t *testing.T) {
	pod := func(mount string) []byte {
		return text(t, map[string]any{
			"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "web"},
			"spec": map[string]any{
				"volumes": []any{map[string]any{"name": "data", "emptyDir": map[string]any{}}},
				"containers": []any{map[string]any{
					"name": "web", "image": "nginx:1",
					"volumeMounts": []any{map[string]any{"name": "data", mount: "/data"}},
				}},
			},
		})
	}
	result, err := Run(cluster.New(), Request{Operation: Update, Object: pod("mountPaths"), Old: pod("mountPath")})
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range result.Findings {
		if finding.Field == "metadata.resourceVersion" {
			t.Errorf("%s: %s", finding.Field, finding.Message)
		}
	}
}
