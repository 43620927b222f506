package apply

import (
	"bytes"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	smd "sigs.k8s.io/structured-merge-diff/v6/schema"
)

// Plain says that a manifest of a built-in kind is surely typed without a problem, which Problems finds in many more cases
// and at many times the cost: it reads the text once beside the schema and gives up at whatever asks for a second thought.
// The text is JSON whose objects have each name once.
func Plain(raw []byte, kind schema.GroupVersionKind) bool {
	of, ok := typeOf(kind)
	if !ok {
		return false
	}
	s := scan{raw, of.schema}
	end, ok := s.value(s.space(0), of.ref)
	return ok && s.space(end) == len(raw)
}

type kindType struct {
	schema *smd.Schema
	ref    smd.TypeRef
}

var kindTypes = map[schema.GroupVersionKind]kindType{}

func typeOf(kind schema.GroupVersionKind) (kindType, bool) {
	of, ok := kindTypes[kind]
	if !ok {
		empty := &unstructured.Unstructured{}
		empty.SetGroupVersionKind(kind)
		if value, err := Builtin.ObjectToTyped(empty); err == nil {
			of = kindType{value.Schema(), value.TypeRef()}
		}
		kindTypes[kind] = of
	}
	return of, of.schema != nil
}

type scan struct {
	raw    []byte
	schema *smd.Schema
}

// value answers where the value ends that begins at a place; false for one that is perhaps not of a type.
func (s scan) value(at int, ref smd.TypeRef) (end int, ok bool) {
	atom, ok := s.schema.Resolve(ref)
	if !ok || at >= len(s.raw) {
		return 0, false
	}
	switch s.raw[at] {
	case '{':
		return s.object(at, atom.Map, nil)
	case '[':
		return s.list(at, atom.List)
	case '"':
		end = s.text(at)
		return end, end > 0 && isOneOf(atom.Scalar, smd.String)
	case 't', 'f':
		return s.word(at), isOneOf(atom.Scalar, smd.Boolean)
	case 'n':
		return 0, false
	default:
		return s.word(at), isOneOf(atom.Scalar, smd.Numeric)
	}
}

func isOneOf(scalar *smd.Scalar, of smd.Scalar) bool {
	return scalar != nil && (*scalar == of || *scalar == smd.Untyped)
}

// key is a member by which the entries of a list differ, and its text in one entry.
type key struct {
	name string
	text []byte
}

func (s scan) object(at int, of *smd.Map, keys []key) (end int, ok bool) {
	if of == nil {
		return 0, false
	}
	at = s.space(at + 1)
	if s.is(at, '}') {
		return at + 1, true
	}
	for {
		end := s.text(at)
		if end == 0 {
			return 0, false
		}
		name := s.raw[at+1 : end-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			return 0, false
		}
		ref := of.ElementType
		if field, ok := of.FindField(string(name)); ok {
			ref = field.Type
		} else if ref == (smd.TypeRef{}) {
			return 0, false
		}
		if at = s.space(end); !s.is(at, ':') {
			return 0, false
		}
		at = s.space(at + 1)
		if end, ok = s.value(at, ref); !ok {
			return 0, false
		}
		for i := range keys {
			if keys[i].name == string(name) {
				keys[i].text = s.raw[at:end]
			}
		}
		switch at = s.space(end); {
		case s.is(at, '}'):
			return at + 1, true
		case !s.is(at, ','):
			return 0, false
		}
		at = s.space(at + 1)
	}
}

// mostKeyed bounds the lists whose entries are compared with each other.
const mostKeyed = 64

func (s scan) list(at int, of *smd.List) (end int, ok bool) {
	if of == nil {
		return 0, false
	}
	at = s.space(at + 1)
	if s.is(at, ']') {
		return at + 1, true
	}
	var seen [][]key
	for {
		var keys []key
		if of.ElementRelationship == smd.Associative {
			end, keys, ok = s.entry(at, of)
			if ok = ok && len(seen) < mostKeyed && !slices.ContainsFunc(seen, func(other []key) bool { return alike(other, keys) }); ok {
				seen = append(seen, keys)
			}
		} else {
			end, ok = s.value(at, of.ElementType)
		}
		if !ok {
			return 0, false
		}
		switch at = s.space(end); {
		case s.is(at, ']'):
			return at + 1, true
		case !s.is(at, ','):
			return 0, false
		}
		at = s.space(at + 1)
	}
}

// entry reads an entry of a set, or of a list with keys.
func (s scan) entry(at int, of *smd.List) (end int, keys []key, ok bool) {
	if len(of.Keys) == 0 {
		end, ok = s.value(at, of.ElementType)
		if !ok || s.raw[at] == '{' || s.raw[at] == '[' {
			return 0, nil, false
		}
		keys = []key{{text: s.raw[at:end]}}
		return end, keys, plain(keys[0].text)
	}
	atom, ok := s.schema.Resolve(of.ElementType)
	if !ok || !s.is(at, '{') {
		return 0, nil, false
	}
	keys = make([]key, len(of.Keys))
	for i, name := range of.Keys {
		keys[i].name = name
	}
	if end, ok = s.object(at, atom.Map, keys); !ok {
		return 0, nil, false
	}
	for _, one := range keys {
		if one.text == nil {
			if field, ok := atom.Map.FindField(one.name); !ok || field.Default == nil {
				return 0, nil, false
			}
		} else if !plain(one.text) {
			return 0, nil, false
		}
	}
	return end, keys, true
}

// plain texts are those that are equal only to what is written alike: strings without escapes, whole numbers.
func plain(text []byte) bool {
	return text[0] == '"' && bytes.IndexByte(text, '\\') < 0 ||
		!bytes.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// alike says whether two entries perhaps have the same keys: what is absent has a default.
func alike(a, b []key) bool {
	for i := range a {
		if a[i].text != nil && b[i].text != nil && !bytes.Equal(a[i].text, b[i].text) {
			return false
		}
	}
	return true
}

func (s scan) is(at int, what byte) bool { return at < len(s.raw) && s.raw[at] == what }

func (s scan) space(at int) int {
	for at < len(s.raw) && (s.raw[at] == ' ' || s.raw[at] == '\n' || s.raw[at] == '\r' || s.raw[at] == '\t') {
		at++
	}
	return at
}

// text answers where a string ends; 0 when there is none.
func (s scan) text(at int) int {
	if !s.is(at, '"') {
		return 0
	}
	for at++; at < len(s.raw); at++ {
		switch s.raw[at] {
		case '"':
			return at + 1
		case '\\':
			at++
		}
	}
	return 0
}

// word answers where a number or a truth value ends.
func (s scan) word(at int) int {
	for at < len(s.raw) {
		switch s.raw[at] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return at
		}
		at++
	}
	return at
}
