package part

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

var convert = runtime.DefaultUnstructuredConverter

// Of is what a typed object holds where the manifests differ, as unstructured objects hold it; false when the object is
// not laid out as the manifests are.
func (d *Difference) Of(object runtime.Object) (map[string]any, bool) {
	part, ok := read(reflect.ValueOf(object).Elem(), d.branches)
	if ok {
		part["apiVersion"], part["kind"] = d.New["apiVersion"], d.New["kind"]
	}
	return part, ok
}

// Write puts the differing parts of an unstructured object into a typed one; false, with the object half written, when
// the two are not laid out alike.
func (d *Difference) Write(object runtime.Object, part map[string]any) bool {
	return write(reflect.ValueOf(object).Elem(), part, d.branches)
}

func read(from reflect.Value, branches []branch) (map[string]any, bool) {
	part := make(map[string]any, len(branches))
	// Only whole members are converted, by a value of the same type that holds nothing else.
	var only reflect.Value
	for _, b := range branches {
		field, ok := fieldOf(from, b.name)
		switch {
		case !ok:
			return nil, false
		case b.whole:
			if !only.IsValid() {
				only = reflect.New(from.Type())
			}
			target, _ := fieldOf(only.Elem(), b.name)
			target.Set(field)
		case b.entries != nil:
			if part[b.name], ok = readEntries(field, b.entries); !ok {
				return nil, false
			}
		default:
			below, ok := structOf(field)
			if !ok {
				return nil, false
			}
			if part[b.name], ok = read(below, b.members); !ok {
				return nil, false
			}
		}
	}
	if !only.IsValid() {
		return part, true
	}
	converted, err := convert.ToUnstructured(only.Interface())
	if err != nil {
		return nil, false
	}
	for _, b := range branches {
		if value, ok := converted[b.name]; ok && b.whole {
			part[b.name] = value
		}
	}
	return part, true
}

func readEntries(list reflect.Value, entries []entry) ([]any, bool) {
	if !sameKeys(list, entries) {
		return nil, false
	}
	parts := make([]any, 0, len(entries))
	for i, e := range entries {
		part, ok := read(list.Index(i), e.members)
		if !ok {
			return nil, false
		}
		part[entryKey] = e.key
		parts = append(parts, part)
	}
	return parts, true
}

func write(to reflect.Value, part map[string]any, branches []branch) bool {
	var whole map[string]any
	for _, b := range branches {
		field, ok := fieldOf(to, b.name)
		if !ok {
			return false
		}
		value, there := part[b.name]
		switch {
		case b.whole:
			if whole == nil {
				whole = make(map[string]any, len(branches))
			}
			if there {
				whole[b.name] = value
			}
		case b.entries != nil:
			if !writeEntries(field, value, b.entries) {
				return false
			}
		default:
			below, isStruct := structOf(field)
			members, isObject := value.(map[string]any)
			if !isStruct || !isObject || !write(below, members, b.members) {
				return false
			}
		}
	}
	if whole == nil {
		return true
	}
	written := reflect.New(to.Type())
	if convert.FromUnstructured(whole, written.Interface()) != nil {
		return false
	}
	for _, b := range branches {
		if b.whole {
			target, _ := fieldOf(to, b.name)
			source, _ := fieldOf(written.Elem(), b.name)
			target.Set(source)
		}
	}
	return true
}

func writeEntries(list reflect.Value, value any, entries []entry) bool {
	parts, ok := value.([]any)
	if !ok || len(parts) != len(entries) || !sameKeys(list, entries) {
		return false
	}
	for i, e := range entries {
		part, ok := parts[i].(map[string]any)
		if !ok || part[entryKey] != e.key || !write(list.Index(i), part, e.members) {
			return false
		}
	}
	return true
}

// sameKeys says whether a typed list has the entries that were compared, in their order.
func sameKeys(list reflect.Value, entries []entry) bool {
	if list.Kind() != reflect.Slice || list.Len() != len(entries) || list.Type().Elem().Kind() != reflect.Struct {
		return false
	}
	for i, e := range entries {
		key, ok := fieldOf(list.Index(i), entryKey)
		if !ok || key.Kind() != reflect.String || key.String() != e.key {
			return false
		}
	}
	return true
}

// structOf looks through a pointer.
func structOf(value reflect.Value) (reflect.Value, bool) {
	if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	return value, value.Kind() == reflect.Struct
}

type fieldName struct {
	of   reflect.Type
	name string
}

// indexes remembers where fields stand.
var indexes = map[fieldName][]int{}

// fieldOf finds a field by its JSON name, in inlined structs too.
func fieldOf(value reflect.Value, name string) (reflect.Value, bool) {
	of := fieldName{value.Type(), name}
	index, ok := indexes[of]
	if !ok {
		index = search(of.of, name)
		indexes[of] = index
	}
	if index == nil {
		return reflect.Value{}, false
	}
	return value.FieldByIndex(index), true
}

func search(of reflect.Type, name string) []int {
	for i := range of.NumField() {
		field := of.Field(i)
		tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case tag == name && name != "":
			return field.Index
		case field.Type.Kind() == reflect.Struct && tag == "" && (field.Anonymous || strings.Contains(options, "inline")):
			if below := search(field.Type, name); below != nil {
				return append([]int{i}, below...)
			}
		}
	}
	return nil
}
