package quick

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	kjson "sigs.k8s.io/json"
)

// typeOf are the types of some kinds; what is written of others is read into a Pod.
var typeOf = map[string]reflect.Type{
	"Deployment": reflect.TypeFor[apps.Deployment](), "StatefulSet": reflect.TypeFor[apps.StatefulSet](),
	"Job": reflect.TypeFor[batch.Job](), "Service": reflect.TypeFor[core.Service](), "Secret": reflect.TypeFor[core.Secret](),
	"ConfigMap": reflect.TypeFor[core.ConfigMap](), "Ingress": reflect.TypeFor[networking.Ingress](),
	"PersistentVolumeClaim": reflect.TypeFor[core.PersistentVolumeClaim](), "Node": reflect.TypeFor[core.Node](),
}

// pieces are put into texts: what JSON is made of, and what it must not hold.
var pieces = []string{
	`"`, `\`, `\u00e9`, `\ud800`, "\x00", "\t", "é", "\xff", "{", "}", "[", "]", ",", ":", " ", "\n", "0", "01", "-", "-0", "1.0", "1e3",
	"9223372036854775807", "99999999999999999999", "2147483648", "null", "true", "false", "nul", `"name":"x",`, `"name":null,`, `"a":`, "[]", "{}",
}

// TestReadIsUpstreams changes bytes of manifests: what is read quickly is read by upstream too, without a problem and to
// the same value.
func TestReadIsUpstreams(t *testing.T) {
	files, err := filepath.Glob("../../testdata/faults/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 5))
	read, left := 0, 0
	for _, file := range files {
		manifest, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ Kind string }
		if json.Unmarshal(manifest, &head) != nil {
			continue
		}
		of, ok := typeOf[head.Kind]
		if !ok {
			of = reflect.TypeFor[core.Pod]()
		}
		for range 300 {
			if hold(t, changed(random, manifest), of) {
				read++
			} else {
				left++
			}
		}
	}
	if read < 2000 || left < 2000 {
		t.Errorf("the changes say little: %d read, %d left to upstream", read, left)
	}
	t.Logf("%d read, %d left to upstream", read, left)
}

func changed(random *rand.Rand, text []byte) []byte {
	text = slices.Clone(text)
	for range random.IntN(3) {
		at := random.IntN(len(text))
		switch random.IntN(3) {
		case 0:
			text = slices.Delete(text, at, min(len(text), at+1+random.IntN(4)))
		case 1:
			text = slices.Insert(text, at, []byte(pieces[random.IntN(len(pieces))])...)
		default:
			text = slices.Replace(text, at, at+1, []byte(pieces[random.IntN(len(pieces))])...)
		}
	}
	return text
}

func hold(t *testing.T, text []byte, of reflect.Type) bool {
	t.Helper()
	quickly := reflect.New(of)
	if !Read(text, quickly.Interface()) {
		return false
	}
	slowly := reflect.New(of)
	problems, err := kjson.UnmarshalStrict(text, slowly.Interface())
	if err != nil || len(problems) > 0 || !reflect.DeepEqual(quickly.Interface(), slowly.Interface()) {
		t.Fatalf("%q\n%v %v\nquickly %#v\nslowly  %#v", text, err, problems, quickly.Elem(), slowly.Elem())
	}
	return true
}
