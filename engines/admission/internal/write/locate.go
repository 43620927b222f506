package write

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"preadmit.dev/engines/admission/internal/kinds"
)

// locate finds the field that cannot be decoded: the decoder's own error names Go types, or nothing at all for
// quantities and durations. It is empty when every field decodes by itself.
func locate(raw json.RawMessage, kind schema.GroupVersionKind) string {
	object, err := kinds.NewObject(kind)
	if err != nil {
		return ""
	}
	return locateIn(raw, reflect.TypeOf(object).Elem())
}

func locateIn(raw json.RawMessage, target reflect.Type) string {
	return strings.TrimPrefix(wrongField(raw, target), ".")
}

// wrongField is the path below a value that does not decode into a type, as `.spec.ports[0]`.
func wrongField(raw json.RawMessage, target reflect.Type) string {
	for target.Kind() == reflect.Pointer {
		target = target.Elem()
	}
	switch target.Kind() {
	case reflect.Struct:
		return wrongMember(raw, func(name string) (reflect.Type, string, bool) {
			member, ok := memberType(target, name)
			return member, "." + name, ok
		})
	case reflect.Map:
		return wrongMember(raw, func(name string) (reflect.Type, string, bool) {
			return target.Elem(), "[" + name + "]", true
		})
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return ""
		}
		for i, item := range items {
			if fails(item, target.Elem()) {
				return fmt.Sprintf("[%d]", i) + wrongField(item, target.Elem())
			}
		}
	}
	return ""
}

func wrongMember(raw json.RawMessage, member func(string) (reflect.Type, string, bool)) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return ""
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		target, step, ok := member(name)
		if ok && fails(members[name], target) {
			return step + wrongField(members[name], target)
		}
	}
	return ""
}

func fails(raw json.RawMessage, target reflect.Type) bool {
	return json.Unmarshal(raw, reflect.New(target).Interface()) != nil
}

// memberType finds a field by its JSON name, in inlined structs too.
func memberType(target reflect.Type, name string) (reflect.Type, bool) {
	for i := range target.NumField() {
		field := target.Field(i)
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == name {
			return field.Type, true
		}
		if (tag == "" && field.Anonymous) || strings.Contains(options, "inline") {
			inlined := field.Type
			for inlined.Kind() == reflect.Pointer {
				inlined = inlined.Elem()
			}
			if inlined.Kind() == reflect.Struct {
				if found, ok := memberType(inlined, name); ok {
					return found, true
				}
			}
		}
	}
	return nil, false
}
