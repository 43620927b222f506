package part

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// Take fills an empty object with what differs, taken from a whole one of the same type; false when the object is not
// laid out as the manifests are. The two share memory.
func (d *Difference) Take(object, whole runtime.Object) bool {
	object.GetObjectKind().SetGroupVersionKind(whole.GetObjectKind().GroupVersionKind())
	return take(reflect.ValueOf(object).Elem(), reflect.ValueOf(whole).Elem(), d.branches)
}

// Put writes what differs into a whole object; false, with the object half written, when the two are not laid out
// alike. The two share memory.
func (d *Difference) Put(whole, object runtime.Object) bool {
	return put(reflect.ValueOf(whole).Elem(), reflect.ValueOf(object).Elem(), d.branches)
}

func take(to, from reflect.Value, branches []branch) bool {
	for _, b := range branches {
		target, source, ok := both(to, from, b.name)
		switch {
		case !ok:
			return false
		case b.whole:
			target.Set(source)
		case b.entries != nil:
			if source.Kind() != reflect.Slice {
				return false
			}
			target.Set(reflect.MakeSlice(target.Type(), source.Len(), source.Len()))
			if !inEntries(target, source, b.entries, true, take) {
				return false
			}
		default:
			if source.Kind() == reflect.Pointer && !source.IsNil() {
				target.Set(reflect.New(target.Type().Elem()))
			}
			if !inside(target, source, b.members, take) {
				return false
			}
		}
	}
	return true
}

func put(to, from reflect.Value, branches []branch) bool {
	for _, b := range branches {
		target, source, ok := both(to, from, b.name)
		switch {
		case !ok:
			return false
		case b.whole:
			target.Set(source)
		case b.entries != nil:
			if source.Kind() != reflect.Slice || !inEntries(target, source, b.entries, false, put) {
				return false
			}
		case !inside(target, source, b.members, put):
			return false
		}
	}
	return true
}

type copier func(to, from reflect.Value, branches []branch) bool

func inside(to, from reflect.Value, branches []branch, copy copier) bool {
	if from.Kind() == reflect.Pointer {
		if from.IsNil() || to.IsNil() {
			return false
		}
		to, from = to.Elem(), from.Elem()
	}
	return from.Kind() == reflect.Struct && copy(to, from, branches)
}

// inEntries copies between two lists whose entries are the ones that were compared, key by key; written says that the
// target has no keys yet.
func inEntries(to, from reflect.Value, entries []entry, written bool, copy copier) bool {
	if from.Len() != len(entries) || to.Len() != len(entries) || from.Type().Elem().Kind() != reflect.Struct {
		return false
	}
	for i, e := range entries {
		target, source, ok := both(to.Index(i), from.Index(i), entryKey)
		if !ok || source.Kind() != reflect.String || source.String() != e.key {
			return false
		}
		if written {
			target.Set(source)
		}
		if target.String() != e.key || !copy(to.Index(i), from.Index(i), e.members) {
			return false
		}
	}
	return true
}

func both(to, from reflect.Value, name string) (target, source reflect.Value, ok bool) {
	index := indexOf(from.Type(), name)
	if index == nil {
		return target, source, false
	}
	return to.FieldByIndex(index), from.FieldByIndex(index), true
}

type fieldName struct {
	of   reflect.Type
	name string
}

// indexes remembers where fields stand.
var indexes = map[fieldName][]int{}

// indexOf finds a field by its JSON name, in inlined structs too; nil when there is none.
func indexOf(of reflect.Type, name string) []int {
	known, ok := indexes[fieldName{of, name}]
	if !ok {
		known = search(of, name)
		indexes[fieldName{of, name}] = known
	}
	return known
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
