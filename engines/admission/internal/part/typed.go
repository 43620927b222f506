package part

import (
	"reflect"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
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

// With answers a copy of a typed object with the differing parts of an unstructured one; false when the two are not laid
// out alike. What stands in templates of pods and does not differ is shared between the two: nothing that validates an
// update writes to it, and upstream, which compares old and new again and again, sees at once that it is the same.
func (d *Difference) With(object runtime.Object, part map[string]any) (runtime.Object, bool) {
	whole := d.copy(object)
	return whole, write(reflect.ValueOf(whole).Elem(), part, d.branches)
}

// templates are where pods are described by what makes them.
var templates = [][]string{{"spec", "template"}, {"spec", "jobTemplate", "spec", "template"}}

func (d *Difference) copy(object runtime.Object) runtime.Object {
	for _, path := range templates {
		if from, ok := templateIn(object, path); ok {
			// A copy of the rest.
			kept := reflect.New(from.Type()).Elem()
			kept.Set(from)
			from.SetZero()
			whole := object.DeepCopyObject()
			from.Set(kept)
			into, _ := templateIn(whole, path)
			into.Set(kept)
			return whole
		}
	}
	return object.DeepCopyObject()
}

func templateIn(object runtime.Object, path []string) (reflect.Value, bool) {
	value := reflect.ValueOf(object).Elem()
	for _, name := range path {
		if value.Kind() != reflect.Struct {
			return reflect.Value{}, false
		}
		var ok bool
		if value, ok = fieldOf(value, name); !ok {
			return reflect.Value{}, false
		}
	}
	return value, value.Type() == podTemplate
}

var podTemplate = reflect.TypeFor[core.PodTemplateSpec]()

func read(from reflect.Value, branches []branch) (map[string]any, bool) {
	if from.Kind() == reflect.Map {
		return readTexts(from, branches)
	}
	part := make(map[string]any, len(branches))
	for _, b := range branches {
		field, ok := fieldOf(from, b.name)
		switch {
		case !ok:
			return nil, false
		case b.whole:
			if !readMember(part, from.Type(), b.name, field) {
				return nil, false
			}
		case b.entries != nil:
			if part[b.name], ok = readEntries(field, b); !ok {
				return nil, false
			}
		default:
			below, ok := below(field)
			if !ok {
				return nil, false
			}
			if part[b.name], ok = read(below, b.members); !ok {
				return nil, false
			}
		}
	}
	return part, true
}

// readMember converts one field, by a struct that has no other.
func readMember(part map[string]any, of reflect.Type, name string, field reflect.Value) bool {
	only := reflect.New(alone(of, name))
	only.Elem().Field(0).Set(field)
	converted, err := convert.ToUnstructured(only.Interface())
	if value, ok := converted[name]; ok {
		part[name] = value
	}
	return err == nil
}

func readEntries(list reflect.Value, b branch) ([]any, bool) {
	if !sameKeys(list, b) {
		return nil, false
	}
	parts := make([]any, 0, list.Len())
	for i, e := range b.entries[:list.Len()] {
		switch {
		case e.same:
		case e.removed:
			part, err := convert.ToUnstructured(list.Index(i).Addr().Interface())
			if err != nil {
				return nil, false
			}
			parts = append(parts, part)
		default:
			part, ok := read(list.Index(i), e.members)
			if !ok {
				return nil, false
			}
			part[b.key] = e.key
			parts = append(parts, part)
		}
	}
	return parts, true
}

func write(to reflect.Value, part map[string]any, branches []branch) bool {
	if to.Kind() == reflect.Map {
		return writeTexts(to, part, branches)
	}
	for _, b := range branches {
		field, ok := fieldOf(to, b.name)
		if !ok {
			return false
		}
		value, there := part[b.name]
		switch {
		case b.whole:
			if !writeMember(field, to.Type(), b.name, value, there) {
				return false
			}
		case b.entries != nil:
			if !writeEntries(field, value, b) {
				return false
			}
		default:
			below, ok := below(field)
			members, isObject := value.(map[string]any)
			if !ok || !isObject || !write(below, members, b.members) {
				return false
			}
		}
	}
	return true
}

func writeMember(field reflect.Value, of reflect.Type, name string, value any, there bool) bool {
	if !there {
		field.SetZero()
		return true
	}
	only := reflect.New(alone(of, name))
	if convert.FromUnstructured(map[string]any{name: value}, only.Interface()) != nil {
		return false
	}
	field.Set(only.Elem().Field(0))
	return true
}

// writeEntries makes a list anew: the one that is there may be shared.
func writeEntries(list reflect.Value, value any, b branch) bool {
	parts, ok := value.([]any)
	if !ok || !sameKeys(list, b) {
		return false
	}
	made := reflect.MakeSlice(list.Type(), 0, len(b.entries))
	// The same entries stand where they stood, before those that were added.
	for i, e := range b.entries {
		if e.same {
			made = reflect.Append(made, list.Index(i))
			continue
		}
		if len(parts) == 0 {
			continue
		}
		part, ok := parts[0].(map[string]any)
		if !ok {
			return false
		}
		into, ok := written(list, part, b)
		if !ok {
			return false
		}
		made, parts = reflect.Append(made, into), parts[1:]
	}
	list.Set(made)
	return len(parts) == 0
}

// written is one merged entry of a list.
func written(list reflect.Value, part map[string]any, b branch) (reflect.Value, bool) {
	at := slices.IndexFunc(b.entries, func(e entry) bool { return e.key == part[b.key] })
	if at < 0 {
		return reflect.Value{}, false
	}
	into := reflect.New(list.Type().Elem())
	if e := b.entries[at]; !e.added && !e.removed {
		into.Elem().Set(list.Index(at))
		return into.Elem(), write(into.Elem(), part, e.members)
	}
	return into.Elem(), convert.FromUnstructured(part, into.Interface()) == nil
}

// sameKeys says whether a typed list has the entries of the old manifest, in their order.
func sameKeys(list reflect.Value, b branch) bool {
	was := len(b.entries)
	if added := slices.IndexFunc(b.entries, func(e entry) bool { return e.added }); added >= 0 {
		was = added
	}
	if list.Kind() != reflect.Slice || list.Len() != was || list.Type().Elem().Kind() != reflect.Struct {
		return false
	}
	for i, e := range b.entries[:was] {
		key, ok := fieldOf(list.Index(i), b.key)
		if !ok || key.Kind() != reflect.String || key.String() != e.key {
			return false
		}
	}
	return true
}

// below is a struct, looked at through a pointer, or a map of texts.
func below(value reflect.Value) (reflect.Value, bool) {
	if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	return value, value.Kind() == reflect.Struct || value.Type() == texts
}

type fieldName struct {
	of   reflect.Type
	name string
}

// indexes remembers where fields stand.
var indexes = map[fieldName][]int{}

// lonely are types with one field of another type.
var lonely = map[fieldName]reflect.Type{}

// alone makes a struct with one field of another one, which has it.
func alone(of reflect.Type, name string) reflect.Type {
	which := fieldName{of, name}
	made, ok := lonely[which]
	if !ok {
		field := of.FieldByIndex(indexes[which])
		made = reflect.StructOf([]reflect.StructField{{Name: field.Name, Type: field.Type, Tag: field.Tag}})
		lonely[which] = made
	}
	return made
}

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
