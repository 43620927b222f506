// Package quick reads JSON into Go types as sigs.k8s.io/json does in strict mode, as long as nothing about the text asks for
// a second thought: what it reads is what upstream reads without an error, and whatever may be otherwise (an unknown field,
// a name that stands there twice, another type, a number that is not whole) it leaves to upstream, which takes several
// times as long.
package quick

import (
	"reflect"
	"unicode/utf8"
	"unsafe"

	kjson "sigs.k8s.io/json"
)

// Read fills an empty value to which a pointer is given. When it answers false the value may be half read.
func Read(raw []byte, into any) bool {
	pointer := reflect.ValueOf(into)
	if pointer.Kind() != reflect.Pointer || pointer.IsNil() {
		return false
	}
	t := &text{raw: raw, all: string(raw)}
	end := readerOf(pointer.Type().Elem())(t, t.space(0), pointer.UnsafePointer())
	return end >= 0 && t.space(end) == len(raw)
}

// unsure is where a value ends that upstream has to read.
const unsure = -1

// text is JSON. Strings are cut out of one copy, so that there is one allocation for all of them.
type text struct {
	raw []byte
	all string
}

// reader reads the value that begins at a place into memory of its type and answers where it ends.
type reader func(t *text, at int, into unsafe.Pointer) int

func (t *text) space(at int) int {
	for at < len(t.raw) && (t.raw[at] == ' ' || t.raw[at] == '\n' || t.raw[at] == '\r' || t.raw[at] == '\t') {
		at++
	}
	return at
}

func (t *text) is(at int, what byte) bool { return at < len(t.raw) && t.raw[at] == what }

// next answers where the member or entry after one that ends at a place begins; without more, where all of them end.
func (t *text) next(end int, closes byte) (at int, more bool) {
	at = t.space(end)
	switch {
	case t.is(at, closes):
		return at + 1, false
	case t.is(at, ','):
		return t.space(at + 1), true
	}
	return unsure, false
}

// name reads the name of a member and answers where its value begins.
func (t *text) name(at int) (name string, start int) {
	if !t.is(at, '"') {
		return "", unsure
	}
	end, plain := t.end(at)
	if end < 0 || !plain {
		return "", unsure
	}
	colon := t.space(end)
	if !t.is(colon, ':') {
		return "", unsure
	}
	return t.all[at+1 : end-1], t.space(colon + 1)
}

// end answers where the string ends that begins at a place, and whether it is written as it is read.
func (t *text) end(at int) (end int, plain bool) {
	raw := t.raw
	plain, wide := true, false
	for i := at + 1; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			return i + 1, plain && (!wide || utf8.Valid(raw[at+1:i]))
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return unsure, false
		case c >= utf8.RuneSelf:
			wide = true
		}
	}
	return unsure, false
}

func (t *text) string(at int) (value string, end int) {
	if !t.is(at, '"') {
		return "", unsure
	}
	end, plain := t.end(at)
	switch {
	case end < 0:
		return "", unsure
	case plain:
		return t.all[at+1 : end-1], end
	case kjson.UnmarshalCaseSensitivePreserveInts(t.raw[at:end], &value) != nil:
		return "", unsure
	}
	return value, end
}

// whole reads a whole number of at most 18 digits, none of which is needless.
func (t *text) whole(at int) (value int64, end int) {
	negative := t.is(at, '-')
	if negative {
		at++
	}
	first := at
	for at < len(t.raw) && '0' <= t.raw[at] && t.raw[at] <= '9' {
		value = value*10 + int64(t.raw[at]-'0')
		at++
	}
	digits := at - first
	if digits == 0 || digits > 18 || digits > 1 && t.raw[first] == '0' || !t.closed(at) {
		return 0, unsure
	}
	if negative {
		value = -value
	}
	return value, at
}

// word answers where a literal ends that stands at a place.
func (t *text) word(at int, word string) int {
	end := at + len(word)
	if end > len(t.raw) || t.all[at:end] != word || !t.closed(end) {
		return unsure
	}
	return end
}

// closed says whether a number or a literal can end at a place.
func (t *text) closed(at int) bool {
	if at >= len(t.raw) {
		return true
	}
	switch t.raw[at] {
	case ',', '}', ']', ' ', '\n', '\r', '\t':
		return true
	}
	return false
}
