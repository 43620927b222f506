package operations

import (
	"encoding/json"
	"syscall"
	"testing"

	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/write"
)

// deployment is of the size that charts make: two containers, probes, volumes. bench/engine.ts writes it too.
const deployment = "../../testdata/speed/deployment.json"

// edited is a deployment before and after an edit, written as a host writes both.
func edited(t testing.TB, edit func(spec, container map[string]any)) (old, object json.RawMessage) {
	t.Helper()
	var value map[string]any
	readJSON(t, deployment, &value)
	old, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	spec := value["spec"].(map[string]any)
	pod := spec["template"].(map[string]any)["spec"].(map[string]any)
	edit(spec, pod["containers"].([]any)[0].(map[string]any))
	if object, err = json.Marshal(value); err != nil {
		t.Fatal(err)
	}
	return old, object
}

// edits are what pull requests do most.
var edits = map[string]func(spec, container map[string]any){
	"replicas": func(spec, _ map[string]any) { spec["replicas"] = 3 },
	"image":    func(_, container map[string]any) { container["image"] = "registry.example/web:1.0.1" },
	"variable": func(_, container map[string]any) {
		container["env"] = append(container["env"].([]any), map[string]any{"name": "MODE", "value": "fast"})
	},
}

// BenchmarkDeployment reports the processor's time next to the clock's, which says little on a busy machine. Ratios to
// `create` are what counts.
func BenchmarkDeployment(b *testing.B) {
	New()
	c := cluster.New()
	run := func(name string, request write.Request) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			start := processorTime()
			for b.Loop() {
				result, err := write.Run(c, request)
				if err != nil || len(result.Findings) > 0 {
					b.Fatal(err, result.Findings)
				}
			}
			b.ReportMetric(float64(processorTime()-start)/float64(b.N), "cpu-ns/op")
		})
	}
	old, _ := edited(b, edits["replicas"])
	run("create", write.Request{Operation: write.Create, Object: old})
	for _, name := range []string{"replicas", "image", "variable"} {
		old, object := edited(b, edits[name])
		for _, apply := range []string{"", write.Client, write.Server} {
			run(name+"/"+apply, write.Request{Operation: write.Update, Object: object, Old: old, Apply: apply})
		}
	}
}

// processorTime of this process so far, in nanoseconds.
func processorTime() int64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
