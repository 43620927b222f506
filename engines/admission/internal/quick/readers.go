package quick

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"unsafe"
)

// readers by type. Types that hold themselves find their own reader here.
var readers = map[reflect.Type]reader{}

var (
	ownJSON = reflect.TypeFor[json.Unmarshaler]()
	ownText = reflect.TypeFor[encoding.TextUnmarshaler]()
	texts   = reflect.TypeFor[map[string]string]()
	number  = reflect.TypeFor[json.Number]()
)

func readerOf(of reflect.Type) reader {
	if made, ok := readers[of]; ok {
		return made
	}
	var made reader
	readers[of] = func(t *text, at int, into unsafe.Pointer) int { return made(t, at, into) }
	made = newReader(of)
	readers[of] = made
	return made
}

func newReader(of reflect.Type) reader {
	switch pointer := reflect.PointerTo(of); {
	case of.Kind() == reflect.Pointer:
		return pointerTo(of)
	case of.Name() != "" && pointer.Implements(ownJSON):
		return unmarshaler(of)
	case of.Implements(ownJSON), of.Implements(ownText), pointer.Implements(ownText), of == number:
		return nothing
	}
	switch of.Kind() {
	case reflect.String:
		return readString
	case reflect.Bool:
		return readBool
	case reflect.Int32:
		return readInt32
	case reflect.Int64:
		return readInt64
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			return bytesOf(of)
		}
		return sliceOf(of)
	case reflect.Map:
		if of.Key().Kind() == reflect.String && !reflect.PointerTo(of.Key()).Implements(ownText) {
			return mapOf(of)
		}
	case reflect.Struct:
		return structOf(of)
	}
	return nothing
}

func nothing(*text, int, unsafe.Pointer) int { return unsure }

// null leaves what is empty as it is, which is what upstream makes of it in a type without a way of its own.
func (t *text) null(at int) int {
	if !t.is(at, 'n') {
		return unsure
	}
	return t.word(at, "null")
}

func readString(t *text, at int, into unsafe.Pointer) int {
	if end := t.null(at); end >= 0 {
		return end
	}
	value, end := t.string(at)
	*(*string)(into) = value
	return end
}

func readBool(t *text, at int, into unsafe.Pointer) int {
	if end := t.word(at, "true"); end >= 0 {
		*(*bool)(into) = true
		return end
	}
	if end := t.word(at, "false"); end >= 0 {
		return end
	}
	return t.null(at)
}

func readInt32(t *text, at int, into unsafe.Pointer) int {
	if end := t.null(at); end >= 0 {
		return end
	}
	value, end := t.whole(at)
	if value < math.MinInt32 || value > math.MaxInt32 {
		return unsure
	}
	*(*int32)(into) = int32(value)
	return end
}

func readInt64(t *text, at int, into unsafe.Pointer) int {
	if end := t.null(at); end >= 0 {
		return end
	}
	value, end := t.whole(at)
	*(*int64)(into) = value
	return end
}

// unmarshaler lets a type read its scalars. Objects and lists would have to be read as JSON before.
func unmarshaler(of reflect.Type) reader {
	return func(t *text, at int, into unsafe.Pointer) int {
		end := unsure
		switch {
		case t.is(at, '"'):
			var plain bool
			if end, plain = t.end(at); !plain {
				return unsure
			}
		case t.is(at, 'n'):
			end = t.null(at)
		default:
			_, end = t.whole(at)
		}
		if end < 0 || reflect.NewAt(of, into).Interface().(json.Unmarshaler).UnmarshalJSON(t.raw[at:end]) != nil {
			return unsure
		}
		return end
	}
}

func pointerTo(of reflect.Type) reader {
	elem := of.Elem()
	read := readerOf(elem)
	return func(t *text, at int, into unsafe.Pointer) int {
		if end := t.null(at); end >= 0 {
			return end
		}
		made := reflect.New(elem).UnsafePointer()
		*(*unsafe.Pointer)(into) = made
		return read(t, at, made)
	}
}

func bytesOf(of reflect.Type) reader {
	return func(t *text, at int, into unsafe.Pointer) int {
		if end := t.null(at); end >= 0 {
			return end
		}
		value, end := t.string(at)
		decoded, err := base64.StdEncoding.DecodeString(value)
		if end < 0 || err != nil {
			return unsure
		}
		reflect.NewAt(of, into).Elem().SetBytes(decoded)
		return end
	}
}

func sliceOf(of reflect.Type) reader {
	read, size := readerOf(of.Elem()), of.Elem().Size()
	return func(t *text, at int, into unsafe.Pointer) int {
		if end := t.null(at); end >= 0 {
			return end
		}
		if !t.is(at, '[') {
			return unsure
		}
		slice := reflect.NewAt(of, into).Elem()
		if at = t.space(at + 1); t.is(at, ']') {
			slice.Set(reflect.MakeSlice(of, 0, 0))
			return at + 1
		}
		for i, more := 0, true; more; i++ {
			if i >= slice.Cap() {
				slice.Grow(1)
			}
			slice.SetLen(i + 1)
			end := read(t, at, unsafe.Add(slice.UnsafePointer(), uintptr(i)*size))
			if end < 0 {
				return unsure
			}
			at, more = t.next(end, ']')
		}
		return at
	}
}

func mapOf(of reflect.Type) reader {
	read := readerOf(of.Elem())
	return func(t *text, at int, into unsafe.Pointer) int {
		if end := t.null(at); end >= 0 {
			return end
		}
		if !t.is(at, '{') {
			return unsure
		}
		made := reflect.MakeMap(of)
		reflect.NewAt(of, into).Elem().Set(made)
		all, plain := made.Interface().(map[string]string)
		if at = t.space(at + 1); t.is(at, '}') {
			return at + 1
		}
		for more := true; more; {
			name, start := t.name(at)
			if start < 0 {
				return unsure
			}
			var end int
			if plain {
				if _, twice := all[name]; twice {
					return unsure
				}
				var value string
				end = read(t, start, unsafe.Pointer(&value))
				all[name] = value
			} else {
				key := reflect.ValueOf(name).Convert(of.Key())
				if made.MapIndex(key).IsValid() {
					return unsure
				}
				value := reflect.New(of.Elem())
				end = read(t, start, value.UnsafePointer())
				made.SetMapIndex(key, value.Elem())
			}
			if end < 0 {
				return unsure
			}
			at, more = t.next(end, '}')
		}
		return at
	}
}
