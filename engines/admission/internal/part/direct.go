package part

import (
	"maps"
	"math"
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
)

// Written is With for a difference that is Direct: what the new manifest says, in a copy of the stored object. False when
// a value does not fit into its field as it stands, for which there may be many reasons.
func (d *Difference) Written(object runtime.Object) (runtime.Object, bool) {
	if !fits(reflect.ValueOf(object).Elem(), d.New, d.branches) {
		return nil, false
	}
	return d.With(object, d.New)
}

// fits says whether the scalars that differ are surely decoded without a problem. Entries that were added are not looked
// at.
func fits(to reflect.Value, part map[string]any, branches []branch) bool {
	for _, b := range branches {
		value := part[b.name]
		if to.Kind() == reflect.Map {
			if _, ok := value.(string); !ok {
				return false
			}
			continue
		}
		field, ok := fieldOf(to, b.name)
		switch {
		case !ok:
		case b.whole:
			ok = isOf(field.Type(), value)
		case b.entries != nil:
			ok = fitEntries(field, value, b)
		default:
			members, isObject := value.(map[string]any)
			into, isThere := below(field)
			ok = isObject && isThere && fits(into, members, b.members)
		}
		if !ok {
			return false
		}
	}
	return true
}

func fitEntries(list reflect.Value, value any, b branch) bool {
	parts, ok := value.([]any)
	if !ok || !sameKeys(list, b) {
		return false
	}
	for i, e := range b.entries {
		if e.same || e.added {
			continue
		}
		if len(parts) == 0 {
			return false
		}
		part, ok := parts[0].(map[string]any)
		if !ok || !fits(list.Index(i), part, e.members) {
			return false
		}
		parts = parts[1:]
	}
	return true
}

// isOf is whether a scalar is one of a type that has no way of its own to be read.
func isOf(of reflect.Type, value any) bool {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	switch v := value.(type) {
	case string:
		return of.Kind() == reflect.String
	case bool:
		return of.Kind() == reflect.Bool
	case int64:
		return of.Kind() == reflect.Int64 || of.Kind() == reflect.Int32 && math.MinInt32 <= v && v <= math.MaxInt32
	}
	return false
}

var texts = reflect.TypeFor[map[string]string]()

func readTexts(from reflect.Value, branches []branch) (map[string]any, bool) {
	all, ok := from.Interface().(map[string]string)
	part := make(map[string]any, len(branches))
	for _, b := range branches {
		if text, there := all[b.name]; there {
			part[b.name] = text
		}
	}
	return part, ok
}

// writeTexts makes a map anew: the one that is there may be shared.
func writeTexts(to reflect.Value, part map[string]any, branches []branch) bool {
	was, ok := to.Interface().(map[string]string)
	if !ok {
		return false
	}
	made := make(map[string]string, len(was)+len(branches))
	maps.Copy(made, was)
	for _, b := range branches {
		value, there := part[b.name]
		if !there {
			delete(made, b.name)
			continue
		}
		text, ok := value.(string)
		if !ok && value != nil {
			return false
		}
		// A null is read as no text.
		made[b.name] = text
	}
	to.Set(reflect.ValueOf(made))
	return true
}
