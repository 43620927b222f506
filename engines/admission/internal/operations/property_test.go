package operations

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/write"
)

// TestNothingPanics writes mutations of valid objects of every kind of the cases: whatever they hold, an answer comes.
func TestNothingPanics(t *testing.T) {
	ops := New()
	ask(t, ops, map[string]any{"op": "load", "kubernetes": "1.37", "customResourceDefinitions": definitionsOfFaults(t)}, nil)
	valid := validObjects(t)
	if len(valid) < 40 {
		t.Fatalf("only %d objects", len(valid))
	}
	random := rand.New(rand.NewPCG(1, 2))
	verdicts := map[string]int{}
	for range 1000 {
		old := valid[random.IntN(len(valid))]
		object := mutated(random, old, 0)
		for _, apply := range []string{"", "client", "server"} {
			for _, request := range []map[string]any{
				{"operation": "CREATE", "object": object, "namespace": "default", "apply": apply},
				{"operation": "UPDATE", "object": object, "old": old, "namespace": "default", "apply": apply},
				{"operation": "UPDATE", "object": old, "old": object, "namespace": "default", "apply": apply},
			} {
				verdicts[answered(t, ops, request)]++
			}
		}
	}
	if verdicts["accepted"] == 0 || verdicts["rejected"] == 0 {
		t.Errorf("the mutations say nothing: %v", verdicts)
	}
	t.Logf("%v", verdicts)
}

// TestBadInput writes what no server would like: deep, long and costly objects.
func TestBadInput(t *testing.T) {
	ops := New()
	ask(t, ops, map[string]any{"op": "load", "kubernetes": "1.37", "customResourceDefinitions": []json.RawMessage{
		json.RawMessage(anything), json.RawMessage(costly), json.RawMessage(recursive),
	}}, nil)
	long := make([]any, 10000)
	for i := range long {
		long[i] = map[string]any{"name": fmt.Sprintf("v%d", i%5000), "value": "x"}
	}
	numbers := make([]any, 2000)
	for i := range numbers {
		numbers[i] = i
	}
	deep := any("end")
	for range 100 {
		deep = map[string]any{"a": []any{deep}}
	}
	pod := map[string]any{"containers": []any{map[string]any{"name": "a", "image": "a", "env": long}}}
	for name, object := range map[string]map[string]any{
		"deep in a known field":   {"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "a"}, "spec": deep},
		"deep in metadata":        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a", "labels": deep}},
		"deep in a custom object": {"apiVersion": "bad.example/v1", "kind": "Anything", "metadata": map[string]any{"name": "a"}, "spec": deep},
		"long list":               {"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "a"}, "spec": pod},
		"costly rule":             {"apiVersion": "bad.example/v1", "kind": "Costly", "metadata": map[string]any{"name": "a"}, "spec": map[string]any{"numbers": numbers}},
		"recursive schema":        {"apiVersion": "bad.example/v1", "kind": "Recursive", "metadata": map[string]any{"name": "a"}, "spec": deep},
		"one MiB":                 {"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a"}, "data": map[string]any{"a": strings.Repeat("x", 1<<20+1)}},
	} {
		for _, apply := range []string{"", "client", "server"} {
			create := map[string]any{"operation": "CREATE", "object": object, "namespace": "default", "apply": apply}
			update := map[string]any{"operation": "UPDATE", "object": object, "old": object, "namespace": "default", "apply": apply}
			start := time.Now()
			t.Logf("%s, %q: %s, %s, %v", name, apply, answered(t, ops, create), answered(t, ops, update), time.Since(start))
		}
	}
	for _, definition := range []string{anything, costly, recursive} {
		t.Log(answered(t, ops, map[string]any{"operation": "CREATE", "object": json.RawMessage(definition), "namespace": ""}))
	}
}

const (
	anything  = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"anythings.bad.example"},"spec":{"group":"bad.example","scope":"Namespaced","names":{"kind":"Anything","plural":"anythings"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}`
	costly    = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"costlies.bad.example"},"spec":{"group":"bad.example","scope":"Namespaced","names":{"kind":"Costly","plural":"costlies"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"numbers":{"type":"array","items":{"type":"integer"}}},"x-kubernetes-validations":[{"rule":"self.numbers.all(a, self.numbers.all(b, a >= 0 || b >= 0))"}]}}}}}]}}`
	recursive = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"recursives.bad.example"},"spec":{"group":"bad.example","scope":"Namespaced","names":{"kind":"Recursive","plural":"recursives"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"$ref":"#"}}}}}]}}`
)

// answered is the verdict on one write; an error of the engine fails the test.
func answered(t *testing.T, ops map[string]abi.Op, request map[string]any) string {
	t.Helper()
	said, header := respond(t, ops, map[string]any{"op": "admit", "writes": []any{request}})
	if said.Error != nil {
		if said.Error.Code != abi.BadRequest {
			t.Fatalf("%+v\n%s\n%.2000s", said.Error, strings.Join(said.Logs, "\n"), header)
		}
		return "bad request"
	}
	var result struct{ Writes []admitted }
	if err := json.Unmarshal(said.Result, &result); err != nil {
		t.Fatal(err)
	}
	for _, finding := range result.Writes[0].Findings {
		if strings.HasPrefix(finding.Message, write.Panicked) {
			t.Errorf("%s\n%.2000s", finding.Message, header)
		}
	}
	return result.Writes[0].Verdict
}

func definitionsOfFaults(t *testing.T) []json.RawMessage {
	t.Helper()
	var definitions []json.RawMessage
	readJSON(t, "../../testdata/faults/crds.json", &definitions)
	return definitions
}

// validObjects are the objects of all cases and faults, wrong ones among them.
func validObjects(t *testing.T) []any {
	t.Helper()
	var objects []any
	for _, pattern := range []string{"../../testdata/faults/*/*.json", "../../testdata/cases/*/request.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			var value any
			readJSON(t, file, &value)
			objects = append(objects, objectsIn(value)...)
		}
	}
	return objects
}

func objectsIn(value any) []any {
	switch v := value.(type) {
	case []any:
		var objects []any
		for _, item := range v {
			objects = append(objects, objectsIn(item)...)
		}
		return objects
	case map[string]any:
		if v["apiVersion"] != nil && v["kind"] != nil {
			return []any{v}
		}
		var objects []any
		for _, key := range []string{"object", "old", "writes", "customResourceDefinitions", "policies", "bindings"} {
			objects = append(objects, objectsIn(v[key])...)
		}
		return objects
	}
	return nil
}

// odd are values that no field expects everywhere.
var odd = []any{nil, "", "text", -1, 0, 1.5, 4294967296, true, []any{}, map[string]any{}, []any{nil}, []any{"a", "a"},
	map[string]any{"a": nil}, map[string]any{"": ""}, []any{map[string]any{}}, strings.Repeat("x", 300)}

// mutated is a copy in which about one value in thirty is something else.
func mutated(random *rand.Rand, value any, depth int) any {
	if depth > 1 && random.IntN(30) == 0 {
		return odd[random.IntN(len(odd))]
	}
	switch v := value.(type) {
	case map[string]any:
		changed := make(map[string]any, len(v))
		for _, key := range sortedKeys(v) {
			if random.IntN(60) != 0 {
				changed[key] = mutated(random, v[key], depth+1)
			}
		}
		if depth == 0 {
			changed["apiVersion"], changed["kind"] = v["apiVersion"], v["kind"]
		}
		return changed
	case []any:
		changed := make([]any, 0, len(v)+1)
		for _, item := range v {
			changed = append(changed, mutated(random, item, depth+1))
		}
		if len(changed) > 0 && random.IntN(8) == 0 {
			changed = append(changed, changed[0])
		}
		return changed
	}
	return value
}

func sortedKeys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
