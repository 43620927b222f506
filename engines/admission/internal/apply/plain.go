package apply

import (
	"bytes"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	smd "sigs.k8s.io/structured-merge-diff/v6/schema"
)

// Plain says that a manifest of a built-in kind is surely typed without a problem, which Problems finds in many more cases
// and at many times the cost: it reads the text once beside the schema and gives up at whatever asks for a second thought.
// The text is JSON whose objects have each name once.
func Plain(raw []byte, kind schema.GroupVersionKind) bool {
	of := shapeOf(kind)
	if of == nil {
		return false
	}
	s := scan{raw}
	end, ok := s.value(s.space(0), of)
	return ok && s.space(end) == len(raw)
}

type scan struct{ raw []byte }

// value answers where the value ends that begins at a place; false for one that is perhaps not of a type.
func (s scan) value(at int, of *shape) (end int, ok bool) {
	of.open()
	if at >= len(s.raw) {
		return 0, false
	}
	switch s.raw[at] {
	case '{':
		return s.object(at, of, nil)
	case '[':
		return s.list(at, of)
	case '"':
		end = s.text(at)
		return end, end > 0 && of.is(smd.String)
	case 't', 'f':
		return s.word(at), of.is(smd.Boolean)
	case 'n':
		return 0, false
	default:
		return s.word(at), of.is(smd.Numeric)
	}
}

// key is a member by which the entries of a list differ, and its text in one entry.
type key struct {
	name string
	text []byte
}

func (s scan) object(at int, of *shape, keys []key) (end int, ok bool) {
	if !of.isMap {
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
		member := of.member(name)
		if member == nil || bytes.IndexByte(name, '\\') >= 0 {
			return 0, false
		}
		if at = s.space(end); !s.is(at, ':') {
			return 0, false
		}
		at = s.space(at + 1)
		if end, ok = s.value(at, member); !ok {
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

func (s scan) list(at int, of *shape) (end int, ok bool) {
	if !of.isList {
		return 0, false
	}
	at = s.space(at + 1)
	if s.is(at, ']') {
		return at + 1, true
	}
	var seen [][]key
	for {
		var keys []key
		if of.associative {
			end, keys, ok = s.entry(at, of)
			if ok = ok && len(seen) < mostKeyed && !slices.ContainsFunc(seen, func(other []key) bool { return alike(other, keys) }); ok {
				seen = append(seen, keys)
			}
		} else {
			end, ok = s.value(at, of.others)
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
func (s scan) entry(at int, of *shape) (end int, keys []key, ok bool) {
	if len(of.keys) == 0 {
		end, ok = s.value(at, of.others)
		if !ok || s.raw[at] == '{' || s.raw[at] == '[' {
			return 0, nil, false
		}
		keys = []key{{text: s.raw[at:end]}}
		return end, keys, plain(keys[0].text)
	}
	if of.others.open(); !s.is(at, '{') {
		return 0, nil, false
	}
	keys = make([]key, len(of.keys))
	for i, name := range of.keys {
		keys[i].name = name
	}
	if end, ok = s.object(at, of.others, keys); !ok {
		return 0, nil, false
	}
	for _, one := range keys {
		if one.text == nil {
			if !of.others.defaults[one.name] {
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
