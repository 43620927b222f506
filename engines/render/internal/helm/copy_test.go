package helm

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/mitchellh/copystructure"
	"helm.sh/helm/v4/pkg/chart/common"
)

// A copier of its own makes the library walk by reflection, as it does everywhere else.
var walk = copystructure.Config{Copiers: map[reflect.Type]copystructure.CopierFunc{}}

func TestValuesAreCopiedAsTheLibraryCopiesThem(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		value := map[string]any{"values": someValue(random, 5)}
		walked, err := walk.Copy(value)
		if err != nil {
			t.Fatal(err)
		}
		copied, err := copystructure.Copy(value)
		if err != nil || !reflect.DeepEqual(copied, walked) {
			t.Fatalf("%#v: %#v (%v), by reflection %#v", value, copied, err, walked)
		}
	}
}

func TestOtherTypesAreCopiedAsTheLibraryCopiesThem(t *testing.T) {
	type named map[string]any
	type files map[string][]byte
	type release struct{ Name string }
	capabilities := common.DefaultCapabilities.Copy()
	for name, value := range map[string]any{
		"a named map":      named{"a": []any{1, named{"b": 2}}},
		"values":           map[string]any{"Values": common.Values{"a": map[string]any{"b": nil}}},
		"files":            map[string]any{"Files": files{"a": []byte("b"), "empty": {}}},
		"no content":       map[string]any{"Files": files{"a": nil}},
		"bytes":            []any{[]byte("a"), []byte{}, []byte(nil)},
		"a pointer":        map[string]any{"Capabilities": capabilities, "again": capabilities},
		"a struct":         map[string]any{"Release": release{"a"}, "list": []release{{"b"}}},
		"keys of a type":   map[string]any{"a": map[int]string{1: "b"}, "b": map[any]any{"c": true}},
		"inside a map":     map[string]any{"a": named{"b": nil}},
		"a list of texts":  map[string]any{"a": []string{"b"}},
		"a nil map":        map[string]any{"a": map[string]any(nil)},
		"a nil list":       map[string]any{"a": []any(nil)},
		"a number of JSON": []any{uint8(1), float32(2)},
	} {
		walked, err := walk.Copy(value)
		if err != nil {
			t.Fatal(name, err)
		}
		copied, err := copystructure.Copy(value)
		if err != nil || !reflect.DeepEqual(copied, walked) {
			t.Errorf("%s: %#v (%v), by reflection %#v", name, copied, err, walked)
		}
	}
}

func TestACopySharesNothing(t *testing.T) {
	value := map[string]any{"list": []any{map[string]any{"a": 1}}}
	copied, err := copystructure.Copy(value)
	if err != nil {
		t.Fatal(err)
	}
	copied.(map[string]any)["list"].([]any)[0].(map[string]any)["a"] = 2
	if value["list"].([]any)[0].(map[string]any)["a"] != 1 {
		t.Error("the copy writes through to the original")
	}
}

func someValue(random *rand.Rand, depth int) any {
	kind := random.IntN(9)
	if depth == 0 {
		kind %= 7
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return ""
	case 2:
		return fmt.Sprint(random.IntN(100))
	case 3:
		return true
	case 4:
		return random.Float64()
	case 5:
		return random.Int64()
	case 6:
		return random.IntN(100)
	case 7:
		value := map[string]any{}
		for index := range random.IntN(4) {
			value[fmt.Sprint(index)] = someValue(random, depth-1)
		}
		return value
	default:
		value := make([]any, random.IntN(4))
		for index := range value {
			value[index] = someValue(random, depth-1)
		}
		return value
	}
}
