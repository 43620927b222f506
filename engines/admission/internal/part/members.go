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
type Manifest struct {
	raw     []byte
	members []member
}

// Split reads the members of a manifest; false when the text is no object that can be taken apart without care.
func Split(raw []byte) (Manifest, bool) {
	found, _, ok := members(raw)
	return Manifest{raw, found}, ok
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

// members splits the JSON object with which a text begins, and says where it ends; false when there is none, and for
// objects whose names would have to be read with care: escaped ones, and names that stand there twice.
func members(raw []byte) (found []member, end int, ok bool) {
	found = make([]member, 0, 8)
	at, more := first(raw, '{', '}')
	for more {
		name, start, ok := memberAt(raw, at)
		if !ok || len(found) == mostMembers || find(found, string(name)) != nil || bytes.ContainsFunc(name, unusual) {
			return nil, 0, false
		}
		end, ok := value(raw, start)
		if !ok {
			return nil, 0, false
		}
		found = append(found, member{string(name), raw[start:end]})
		at, more = next(raw, end, '}')
	}
	return found, at, at > 0
}

// memberAt reads the name of a member and answers where its value begins.
func memberAt(raw []byte, at int) (name []byte, start int, ok bool) {
	end, ok := text(raw, at)
	if !ok {
		return nil, 0, false
	}
	colon := space(raw, end)
	if colon >= len(raw) || raw[colon] != ':' {
		return nil, 0, false
	}
	return raw[at+1 : end-1], space(raw, colon+1), true
}

// first answers where the first member of an object or the first item of a list stands. Where there is none more is
// false, and at is where the value ends, 0 when the text is no such value.
func first(raw []byte, opens, closes byte) (at int, more bool) {
	at = space(raw, 0)
	if at >= len(raw) || raw[at] != opens {
		return 0, false
	}
	at = space(raw, at+1)
	if at < len(raw) && raw[at] == closes {
		return at + 1, false
	}
	return at, at < len(raw)
}

// next answers where the next member or item stands behind one that ends at a place; otherwise as first.
func next(raw []byte, end int, closes byte) (at int, more bool) {
	at = space(raw, end)
	switch {
	case at >= len(raw):
		return 0, false
	case raw[at] == closes:
		return at + 1, false
	case raw[at] == ',':
		at = space(raw, at+1)
		return at, at < len(raw)
	}
	return 0, false
}

// items splits a JSON array; false when the text is none.
func items(raw []byte) ([][]byte, bool) {
	found := make([][]byte, 0, 4)
	at, more := first(raw, '[', ']')
	for more {
		end, ok := value(raw, at)
		if !ok {
			return nil, false
		}
		found = append(found, raw[at:end])
		at, more = next(raw, end, ']')
	}
	return found, at > 0
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
