package operations

import (
	"encoding/json"
	"strings"
	"testing"

	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/write"
)

// TestVerdictWhenUpstreamFails writes a definition that kube-apiserver 1.37.2 breaks off on: selectable fields and an
// empty schema. The cases do not hold it, because the property test makes its objects of theirs.
func TestVerdictWhenUpstreamFails(t *testing.T) {
	New()
	for _, test := range []struct{ name, schema, want string }{
		{"nothing was refused before", `{}`, "unknown"},
		{"a field that nobody knows was refused before", `{"openApiV3Schema":{}}`, "rejected"},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := strings.Replace(selectable, "SCHEMA", test.schema, 1)
			request := write.Request{Operation: write.Create, Object: json.RawMessage(object)}
			result, err := write.Run(cluster.New(), request)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(result.Unknown, write.Panicked) {
				t.Fatalf("upstream did not fail: %v", result.Findings)
			}
			if got := verdict(request, result); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

const selectable = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"rooms.chat.example"},
	"spec":{"group":"chat.example","scope":"Namespaced","names":{"kind":"Room","plural":"rooms","singular":"room","listKind":"RoomList"},
	"versions":[{"name":"v1","served":true,"storage":true,"selectableFields":[{"jsonPath":".spec.topic"}],"schema":SCHEMA}]}}`
