package operations

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
	"preadmit.dev/engines/admission/internal/message"
)

// fault is an entry of index.json: manifests with what a real kube-apiserver said of them.
type fault struct {
	ID      string   `json:"id"`
	Files   []string `json:"files"`
	What    string   `json:"what"`
	Verdict string   `json:"verdict"`
	// Field is the first one that is refused.
	Field string `json:"field"`
	// Server holds its sentences, field first.
	Server []string `json:"server"`
}

// TestFaults judges the manifests of a folder: FAULTS_DIR, or the committed ones.
func TestFaults(t *testing.T) {
	folders := []string{"../../testdata/faults"}
	if extra := os.Getenv("FAULTS_DIR"); extra != "" {
		folders = append(folders, extra)
	}
	for _, folder := range folders {
		judge(t, folder)
	}
}

func judge(t *testing.T, folder string) {
	ops := New()
	var faults []fault
	readJSON(t, filepath.Join(folder, "index.json"), &faults)
	var definitions []json.RawMessage
	readJSON(t, filepath.Join(folder, "crds.json"), &definitions)
	ask(t, ops, map[string]any{"op": "load", "kubernetes": "1.37", "customResourceDefinitions": definitions}, nil)
	counts := map[string]int{}
	for _, f := range faults {
		t.Run(f.ID, func(t *testing.T) {
			got := admitFiles(t, ops, folder, f.Files)
			counts[got.Verdict]++
			if got.Verdict != f.Verdict {
				t.Fatalf("%s: %s instead of %s: %+v", f.What, got.Verdict, f.Verdict, got.Findings)
			}
			if f.Field != "" && (len(got.Findings) == 0 || got.Findings[0].Field != f.Field) {
				t.Errorf("%s: %s instead of %s", f.What, fmt.Sprint(got.Findings), f.Field)
			}
			for _, sentence := range f.Server {
				if f.Verdict == "rejected" && !says(got, sentence) {
					t.Errorf("%s: the server says %q, the engine %+v", f.What, sentence, got.Findings)
				}
			}
		})
	}
	t.Logf("%s: %v", folder, counts)
}

func admitFiles(t *testing.T, ops map[string]abi.Op, folder string, files []string) admitted {
	t.Helper()
	var objects []json.RawMessage
	for _, file := range files {
		var raw json.RawMessage
		readJSON(t, filepath.Join(folder, file), &raw)
		objects = append(objects, raw)
	}
	request := map[string]any{"operation": "CREATE", "object": objects[len(objects)-1], "namespace": "default"}
	if len(objects) == 2 {
		request["operation"], request["old"] = "UPDATE", objects[0]
	}
	var answer struct{ Writes []admitted }
	ask(t, ops, map[string]any{"op": "admit", "writes": []any{request}}, &answer)
	return answer.Writes[0]
}

// says whether a finding is the server's sentence.
func says(got admitted, sentence string) bool {
	for _, f := range got.Findings {
		own := f.Message
		if f.Field != "" && f.Stage == "validate" {
			own = f.Field + ": " + f.Message
		}
		if sentence = message.Shorten(sentence); strings.Contains(sentence, own) || strings.Contains(own, sentence) {
			return true
		}
	}
	return false
}

func readJSON(t testing.TB, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

type response struct {
	Result json.RawMessage `json:"result"`
	Error  *abi.Error      `json:"error"`
	Logs   []string        `json:"logs"`
}

// respond sends a request and answers its header as it was sent, too.
func respond(t testing.TB, ops map[string]abi.Op, request map[string]any) (response, []byte) {
	t.Helper()
	header, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := abi.DecodeFrame(abi.Answer(ops, abi.EncodeFrame(header), tree.Directory{Root: t.TempDir()}))
	if err != nil {
		t.Fatal(err)
	}
	var said response
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	return said, header
}

// ask sends a request and fails the test when it is answered with an error.
func ask(t testing.TB, ops map[string]abi.Op, request map[string]any, result any) {
	t.Helper()
	said, _ := respond(t, ops, request)
	if said.Error != nil {
		t.Fatalf("%s: %+v\n%s", request["op"], said.Error, strings.Join(said.Logs, "\n"))
	}
	if result != nil {
		if err := json.Unmarshal(said.Result, result); err != nil {
			t.Fatal(err)
		}
	}
}
