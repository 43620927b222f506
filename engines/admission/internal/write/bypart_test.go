package write

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	"preadmit.dev/engines/admission/internal/apply"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/kinds"
	"preadmit.dev/engines/admission/internal/quick"
	kjson "sigs.k8s.io/json"
)

// TestMergedByPart writes thousands of edited manifests both ways, and everything that is said and made must be equal.
func TestMergedByPart(t *testing.T) {
	klog.SetLogger(logr.Discard())
	objects := storable(t)
	c := cluster.New()
	random := rand.New(rand.NewPCG(7, 11))
	counts := map[string]int{}
	for range iterations() {
		old := objects[random.IntN(len(objects))]
		object := edited(random, old, objects)
		for _, apply := range []string{"", Client, Server} {
			request := Request{Operation: Update, Object: text(t, object), Old: text(t, old), Namespace: "default", Apply: apply}
			part, whole := bothWays(t, c, request)
			if part != whole {
				t.Fatalf("%q\nold  %s\nnew  %s\nby part %s\nwhole   %s", apply, request.Old, request.Object, part, whole)
			}
			counts[verdictOf(part)]++
			plain(t, request, counts)
		}
		read(t, text(t, object), counts)
		counts["by part"] += usedParts
		counts["directly"] += usedDirect
		usedParts, usedDirect = 0, 0
	}
	if counts["by part"] < 1000 || counts["directly"] < 200 || counts["accepted"] == 0 || counts["rejected"] == 0 || counts["plain"] < 1000 || counts["problems"] < 50 ||
		counts["read quickly"] < 500 {
		t.Errorf("the edits say little: %v", counts)
	}
	t.Logf("%d objects, %v", len(objects), counts)
}

// read holds that what is read quickly is what upstream reads.
func read(t *testing.T, raw json.RawMessage, counts map[string]int) {
	t.Helper()
	h, err := headOf(raw)
	if err != nil {
		return
	}
	quickly, err := kinds.NewObject(h.kind)
	if err != nil || !quick.Read(raw, quickly) {
		return
	}
	counts["read quickly"]++
	slowly, err := kinds.NewObject(h.kind)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := kjson.UnmarshalStrict(raw, slowly)
	if err != nil || len(problems) > 0 || !reflect.DeepEqual(quickly, slowly) {
		t.Fatalf("%s\n%v %v\nquickly %#v\nslowly %#v", raw, err, problems, quickly, slowly)
	}
}

// plain holds that a manifest which is read as surely typed is one.
func plain(t *testing.T, request Request, counts map[string]int) {
	t.Helper()
	h, err := headOf(request.Object)
	if err != nil {
		return
	}
	object := manifest(request.Object)
	if _, known := kinds.Builtin(h.kind.GroupKind()); !known || object == nil {
		return
	}
	problems := apply.Problems(apply.Builtin, object)
	if len(problems) > 0 {
		counts["problems"]++
	}
	if !apply.Plain(request.Object, h.kind) {
		return
	}
	counts["plain"]++
	if len(problems) > 0 {
		t.Fatalf("%s\nhas problems: %v", request.Object, problems)
	}
}

// TestStringDataStays takes `data` away from a Secret whose stringData is the same before and after.
func TestStringDataStays(t *testing.T) {
	secret := func(more map[string]any) map[string]any {
		object := map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "s"},
			"stringData": map[string]any{"pin": "77"}}
		maps.Copy(object, more)
		return object
	}
	old := text(t, secret(map[string]any{"data": map[string]any{"token": "dG9rZW4tdmFsdWU="}}))
	for _, apply := range []string{"", Client, Server} {
		request := Request{Operation: Update, Object: text(t, secret(nil)), Old: old, Namespace: "default", Apply: apply}
		part, whole := bothWays(t, cluster.New(), request)
		if part != whole || !strings.Contains(part, `"data":{"pin":"Nzc="}`) {
			t.Errorf("%q\nby part %s\nwhole   %s", apply, part, whole)
		}
	}
}

// iterations is the number of edited manifests; PART_EDITS asks for more.
func iterations() int {
	if n, err := strconv.Atoi(os.Getenv("PART_EDITS")); err == nil {
		return n
	}
	return 2000
}

// Conditions of gated pods hold the time of the write, and a second may pass between two of them. Where several entries of
// a manifest have no key, upstream's merge names the one that a map of Go shows first.
var byChance = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"|merge: map: .*? does not contain declared merge key: \w+`)

func bothWays(t *testing.T, c *cluster.Cluster, request Request) (part, whole string) {
	t.Helper()
	defer func() { byPart = true }()
	answers := make([]string, 0, 2)
	for _, byPart = range []bool{true, false} {
		result, err := Run(c, request)
		if err != nil {
			t.Fatal(err)
		}
		said, err := json.Marshal(map[string]any{
			"findings": result.Findings, "old": result.Old, "new": result.New,
			"unknown": result.Unknown, "undecodable": result.Undecodable,
		})
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, byChance.ReplaceAllString(string(said), `"chance"`))
	}
	return answers[0], answers[1]
}

func verdictOf(said string) string {
	if strings.Contains(said, `"stage":"validate"`) || strings.Contains(said, `"stage":"decode"`) {
		return "rejected"
	}
	return "accepted"
}

func text(t *testing.T, value any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// storable are the objects of cases and faults of built-in kinds.
func storable(t *testing.T) []map[string]any {
	t.Helper()
	var objects []map[string]any
	for _, pattern := range []string{"../../testdata/faults/*/*.json", "../../testdata/cases/*/request.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var value any
			if err := json.Unmarshal(raw, &value); err != nil {
				t.Fatal(err)
			}
			objects = collect(objects, value)
		}
	}
	if len(objects) < 40 {
		t.Fatalf("only %d objects", len(objects))
	}
	return objects
}

func collect(objects []map[string]any, value any) []map[string]any {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			objects = collect(objects, item)
		}
	case map[string]any:
		if v["apiVersion"] != nil && v["kind"] != nil && v["kind"] != "CustomResourceDefinition" {
			return append(objects, v)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			objects = collect(objects, v[key])
		}
	}
	return objects
}

// edited is a copy with one to four edits: what people do (another value, one more, one less, another order, part of
// another object) and what nobody should.
func edited(random *rand.Rand, object map[string]any, others []map[string]any) map[string]any {
	changed, _ := copied(object).(map[string]any)
	for range 1 + random.IntN(4) {
		places := places(changed, nil, nil)
		edit(random, places[random.IntN(len(places))], others)
	}
	changed["apiVersion"], changed["kind"] = object["apiVersion"], object["kind"]
	return changed
}

// place is an object or a list inside of an object, with the names on the way.
type place struct {
	path  []string
	value any
	set   func(any)
}

func places(value any, path []string, set func(any)) []place {
	found := []place{{path, value, set}}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			found = append(found, places(v[key], append(slices.Clone(path), key), func(n any) { v[key] = n })...)
		}
	case []any:
		for i, item := range v {
			found = append(found, places(item, append(slices.Clone(path), "[]"), func(n any) { v[i] = n })...)
		}
	}
	return found
}

var values = []any{nil, "", "other", "1.5", "100m", -1, 0, 1, 7, 8080, 1.5, 4294967296, true, false, []any{}, map[string]any{},
	"Recreate", "RollingUpdate", "ClusterIP", "LoadBalancer", "registry.example/a:latest", "ReadWriteMany"}

func edit(random *rand.Rand, at place, others []map[string]any) {
	switch v := at.value.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		if random.IntN(3) == 0 && len(keys) > 0 {
			delete(v, keys[random.IntN(len(keys))])
			return
		}
		if from := same(others[random.IntN(len(others))], at.path); from != nil && random.IntN(3) > 0 {
			for key, value := range from {
				if random.IntN(3) == 0 {
					v[key] = copied(value)
				}
			}
			return
		}
		v["added"] = copied(values[random.IntN(len(values))])
	case []any:
		if len(v) == 0 || at.set == nil {
			return
		}
		i, j := random.IntN(len(v)), random.IntN(len(v))
		switch random.IntN(5) {
		case 0:
			at.set(append(slices.Clone(v[:i]), v[i+1:]...))
		case 3:
			entry := copied(v[i])
			if object, ok := entry.(map[string]any); ok {
				object["name"], object["mountPath"] = "other", "/other"
				delete(object, []string{"name", "mountPath"}[random.IntN(2)])
			}
			at.set(append(slices.Clone(v), entry))
		case 1:
			at.set(append(slices.Clone(v), copied(v[i])))
		case 2:
			v[i], v[j] = v[j], v[i]
		default:
			entry := copied(v[i])
			if object, ok := entry.(map[string]any); ok && object["name"] != nil {
				object["name"] = fmt.Sprint(object["name"], random.IntN(3))
			}
			at.set(append([]any{entry}, v...))
		}
	default:
		if at.set == nil {
			return
		}
		if s, ok := v.(string); ok && random.IntN(2) == 0 {
			at.set(s + "x")
			return
		}
		if n, ok := v.(float64); ok && random.IntN(2) == 0 {
			at.set(n + 1)
			return
		}
		at.set(copied(values[random.IntN(len(values))]))
	}
}

// same is the object at a path of another one; nil when there is none.
func same(value any, path []string) map[string]any {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			if len(v) == 0 {
				return nil
			}
			value = v[0]
		}
	}
	found, _ := value.(map[string]any)
	return found
}

func copied(value any) any {
	switch v := value.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for key, member := range v {
			c[key] = copied(member)
		}
		return c
	case []any:
		c := make([]any, 0, len(v))
		for _, item := range v {
			c = append(c, copied(item))
		}
		return c
	}
	return value
}
