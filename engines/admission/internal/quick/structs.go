package quick

import (
	"reflect"
	"strings"
	"unsafe"
)

// field is one member that a struct takes, in inlined structs too.
type field struct {
	name   string
	number int
	offset uintptr
	read   reader
}

// fields of a struct by the length of their names, which tells most of them apart.
type fields [][]field

func (f fields) find(name string) *field {
	if len(name) >= len(f) {
		return nil
	}
	alike := f[len(name)]
	for i := range alike {
		if alike[i].name == name {
			return &alike[i]
		}
	}
	return nil
}

// mostFields is what fits into the set of those that were read.
const mostFields = 64

func structOf(of reflect.Type) reader {
	var list []field
	if !collect(of, 0, &list) || len(list) > mostFields {
		return nothing
	}
	var all fields
	for i, one := range list {
		one.number = i
		for len(all) <= len(one.name) {
			all = append(all, nil)
		}
		if all.find(one.name) != nil {
			return nothing
		}
		all[len(one.name)] = append(all[len(one.name)], one)
	}
	return func(t *text, at int, into unsafe.Pointer) int {
		if end := t.null(at); end >= 0 {
			return end
		}
		if !t.is(at, '{') {
			return unsure
		}
		if at = t.space(at + 1); t.is(at, '}') {
			return at + 1
		}
		var seen uint64
		for more := true; more; {
			name, start := t.name(at)
			if start < 0 {
				return unsure
			}
			one := all.find(name)
			if one == nil || seen&(1<<one.number) != 0 {
				return unsure
			}
			seen |= 1 << one.number
			end := one.read(t, start, unsafe.Add(into, one.offset))
			if end < 0 {
				return unsure
			}
			at, more = t.next(end, '}')
		}
		return at
	}
}

// collect lists the members of a struct; false when upstream's rules for tags and embedding would have to be known better.
func collect(of reflect.Type, offset uintptr, list *[]field) bool {
	for i := range of.NumField() {
		member := of.Field(i)
		tag, options, _ := strings.Cut(member.Tag.Get("json"), ",")
		switch {
		case tag == "-":
			if options != "" || member.Tag.Get("json") == "-," {
				return false
			}
		case member.Anonymous && tag == "":
			if member.Type.Kind() != reflect.Struct || !member.IsExported() || !collect(member.Type, offset+member.Offset, list) {
				return false
			}
		case !member.IsExported():
		case tag == "" || strings.Contains(options, "string"):
			return false
		default:
			*list = append(*list, field{name: tag, offset: offset + member.Offset, read: readerOf(member.Type)})
		}
	}
	return true
}
