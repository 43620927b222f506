// Package part finds what differs between two manifests of one object and cuts the same parts out of typed objects, so
// that merges and decoders have only those parts to read. It knows no rule of any kind.
package part

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Manifest is the JSON text of an object and its members.
type Manifest struct{ members []member }

// Split reads the members of a manifest; false when the text is no object that can be taken apart without care.
func Split(raw []byte) (Manifest, bool) {
	found, ok := members(raw)
	return Manifest{found}, ok
}

// Within answers the members of a member; false when it is no such object.
func (m Manifest) Within(name string) (Manifest, bool) { return Split(find(m.members, name)) }

// Has says whether one of the members is there and is not null.
func (m Manifest) Has(names ...string) bool {
	return slices.ContainsFunc(m.members, func(one member) bool {
		return string(one.value) != "null" && slices.Contains(names, one.name)
	})
}

// Text answers a member that is a string, or nothing; false when the member could be meant by another name, which
// encoding/json takes for it (`KIND`).
func (m Manifest) Text(name string) (text string, ok bool) {
	for _, one := range m.members {
		switch {
		case one.name == name:
			text, _ = textOf(one.value)
		case len(one.name) == len(name) && strings.EqualFold(one.name, name):
			return "", false
		}
	}
	return text, true
}

// member is one name and value of a JSON object, the value as it is written.
type member struct {
	name  string
	value []byte
}

// mostMembers bounds the objects that are taken apart; a pod's specification has about forty fields.
const mostMembers = 128

// members splits a JSON object; false when the text is none, and for objects whose names would have to be read with
// care: escaped ones, and names that stand there twice.
func members(raw []byte) ([]member, bool) {
	at := space(raw, 0)
	if at >= len(raw) || raw[at] != '{' {
		return nil, false
	}
	found := make([]member, 0, 8)
	at = space(raw, at+1)
	if at < len(raw) && raw[at] == '}' {
		return found, true
	}
	for at < len(raw) {
		end, ok := text(raw, at)
		if !ok {
			return nil, false
		}
		name := raw[at+1 : end-1]
		at = space(raw, end)
		if at >= len(raw) || raw[at] != ':' {
			return nil, false
		}
		start := space(raw, at+1)
		end, ok = value(raw, start)
		if !ok {
			return nil, false
		}
		if len(found) == mostMembers || find(found, string(name)) != nil || bytes.ContainsFunc(name, unusual) {
			return nil, false
		}
		found = append(found, member{string(name), raw[start:end]})
		at = space(raw, end)
		if at >= len(raw) {
			return nil, false
		}
		if raw[at] == '}' {
			return found, true
		}
		if raw[at] != ',' {
			return nil, false
		}
		at = space(raw, at+1)
	}
	return nil, false
}

// items splits a JSON array; false when the text is none.
func items(raw []byte) ([][]byte, bool) {
	at := space(raw, 0)
	if at >= len(raw) || raw[at] != '[' {
		return nil, false
	}
	found := make([][]byte, 0, 4)
	at = space(raw, at+1)
	if at < len(raw) && raw[at] == ']' {
		return found, true
	}
	for at < len(raw) {
		end, ok := value(raw, at)
		if !ok {
			return nil, false
		}
		found = append(found, raw[at:end])
		at = space(raw, end)
		if at >= len(raw) {
			return nil, false
		}
		if raw[at] == ']' {
			return found, true
		}
		if raw[at] != ',' {
			return nil, false
		}
		at = space(raw, at+1)
	}
	return nil, false
}

func space(raw []byte, at int) int {
	for at < len(raw) && (raw[at] == ' ' || raw[at] == '\n' || raw[at] == '\r' || raw[at] == '\t') {
		at++
	}
	return at
}

// text answers where the string ends that begins at a place.
func text(raw []byte, at int) (end int, ok bool) {
	if at >= len(raw) || raw[at] != '"' {
		return 0, false
	}
	for at++; at < len(raw); at++ {
		switch raw[at] {
		case '"':
			return at + 1, true
		case '\\':
			at++
		}
	}
	return 0, false
}

// value answers where the value ends that begins at a place. The text was read as JSON before, so brackets are counted
// and not compared.
func value(raw []byte, at int) (end int, ok bool) {
	depth := 0
	for at < len(raw) {
		switch raw[at] {
		case '"':
			if at, ok = text(raw, at); !ok {
				return 0, false
			}
			if depth == 0 {
				return at, true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at, true
			}
			if depth--; depth == 0 {
				return at + 1, true
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return at, true
			}
		}
		at++
	}
	return 0, false
}

// textOf reads a JSON string; false when the value is another one.
func textOf(raw []byte) (string, bool) {
	end, ok := text(raw, 0)
	if !ok || end != len(raw) {
		return "", false
	}
	if plain := raw[1 : end-1]; !bytes.ContainsFunc(plain, unusual) {
		return string(plain), true
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}

// unusual are characters for which a string has to be decoded with care.
func unusual(r rune) bool { return r < ' ' || r == '\\' || r > '~' }
