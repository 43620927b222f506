package part

import (
	"maps"
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
	"preadmit.dev/engines/admission/internal/quick"
	kjson "sigs.k8s.io/json"
)

// Written is With for a difference that is Direct: what the new manifest says, in a copy of the stored object. False when
// a value does not fit into its field as it stands, for which there may be many reasons.
func (d *Difference) Written(object runtime.Object) (runtime.Object, bool) {
	whole := d.copy(object)
	return whole, put(reflect.ValueOf(whole).Elem(), d.New, d.branches)
}

func put(to reflect.Value, part map[string]any, branches []branch) bool {
	if to.Kind() == reflect.Map {
		return writeTexts(to, part, branches)
	}
	for _, b := range branches {
		value := part[b.name]
		field, ok := fieldOf(to, b.name)
		switch {
		case !ok:
		case b.whole:
			ok = putScalar(field, value)
		case b.entries != nil:
			ok = putEntries(field, value, b)
		default:
			members, isObject := value.(map[string]any)
			into, isThere := below(field)
			ok = isObject && isThere && put(into, members, b.members)
		}
		if !ok {
			return false
		}
	}
	return true
}

// putEntries makes a list anew: the one that is there may be shared. The entries that were there stand where they stood,
// before those that were added.
func putEntries(list reflect.Value, value any, b branch) bool {
	parts, ok := value.([]any)
	if !ok || !sameKeys(list, b) {
		return false
	}
	made := reflect.MakeSlice(list.Type(), len(b.entries), len(b.entries))
	for i, e := range b.entries {
		into := made.Index(i)
		if e.same {
			into.Set(list.Index(i))
			continue
		}
		if e.removed || len(parts) == 0 {
			return false
		}
		part, ok := parts[0].(map[string]any)
		parts = parts[1:]
		switch {
		case !ok:
		case e.added:
			ok = readStrictly(e.text, into.Addr().Interface())
		default:
			into.Set(list.Index(i))
			ok = put(into, part, e.members)
		}
		if !ok {
			return false
		}
	}
	list.Set(made)
	return len(parts) == 0
}

func readStrictly(raw []byte, into any) bool {
	if quick.Read(raw, into) {
		return true
	}
	reflect.ValueOf(into).Elem().SetZero()
	problems, err := kjson.UnmarshalStrict(raw, into)
	return err == nil && len(problems) == 0
}

// putScalar sets a field whose type has no way of its own to be read.
func putScalar(field reflect.Value, value any) bool {
	of := field.Type()
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	made := reflect.New(of)
	switch v := value.(type) {
	case string:
		if of.Kind() != reflect.String {
			return false
		}
		made.Elem().SetString(v)
	case bool:
		if of.Kind() != reflect.Bool {
			return false
		}
		made.Elem().SetBool(v)
	case int64:
		if of.Kind() != reflect.Int64 && of.Kind() != reflect.Int32 || made.Elem().OverflowInt(v) {
			return false
		}
		made.Elem().SetInt(v)
	default:
		return false
	}
	if field.Kind() == reflect.Pointer {
		field.Set(made)
	} else {
		field.Set(made.Elem())
	}
	return true
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
